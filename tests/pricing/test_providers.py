"""Sources asked side by side: what is asked first, what is left out and why, what was not asked."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Release
from pricing import queries, services
from pricing.listing_rules import unfit_because
from pricing.models import PriceAsk, PriceSuggestion, Quote
from pricing.providers import PROVIDERS
from pricing.providers.base import FoundQuote, Part, Pressing
from pricing.providers.likely import chosen, guessed_price
from pricing.providers.pressings import told_pressing
from pricing.territories import PARTED as APART_FROM
from pricing.territories import homes_of, territory_of
from sandbox.ebay_stock import Stock
from sandbox.world import load_world
from tests.accounts.linking_help import link
from tests.factories import make_album, make_person, make_quote, make_release, make_want
from tests.pricing.helpers import known_album, run_asks
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.money import Money

HTMX = {"HX-Request": "true"}
NAME = "nuria_bcn"


def block(album, person, name, release_id=None):
    viewer = queries.viewer_for(person)
    return next(
        one for one in queries.provider_blocks(album.pk, viewer, release_id) if one.key == name
    )


def test_of_400_pressings_twenty_are_asked_and_the_page_says_so(sandbox, person, settings):
    settings.PRICE_CALLS_PER_ALBUM = 20
    album = make_album("Much Pressed", "Somebody", releases_synced_at=timezone.now())
    world = load_world()
    there = (one for album in world.albums for one in world.versions(album))
    ids = iter(one.id for one in there if one.vinyl and not one.unofficial)
    for number in range(400):
        make_release(album, discogs_id=next(ids), have=number, want=400 - number)
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    assert sandbox.asked("discogs", "/marketplace/stats") == 20
    assert PriceAsk.objects.get(source="discogs").not_asked == 380
    assert "380 pressings were not asked about" in block(album, person, "discogs").not_asked


def test_what_the_person_wants_then_the_likely_cheap_then_the_best_known_are_asked():
    cheap = Pressing(1, 1, format="LP, Album, Reissue", year=2016, have=4000, want=100)
    first = Pressing(2, 2, format="LP, Album", year=1973, have=300, want=5000)
    promo = Pressing(3, 3, format="LP, Promo", year=1973, have=10, want=600)
    seen = Pressing(4, 4, format="LP, Promo", have=1, want=900, seen_eur=Decimal("2.00"))
    wanted = Pressing(5, 5, format="LP, Test Pressing", have=1, want=50, wanted=True)
    nobody = Pressing(6, None, format="LP", have=9000, want=0)
    every = [promo, first, nobody, wanted, seen, cheap]
    asked = chosen(every, 4, album_year=1973)
    assert [one.id for one in asked] == [5, 4, 1, 2]
    assert len(chosen(every, 50, album_year=1973)) == 5


def plain(number, **facts):
    return Pressing(number, number, format="LP, Album, Reissue", year=2016, **facts)


def test_a_price_that_was_seen_and_a_guess_are_on_one_scale():
    """What was seen cheap is asked again before the never seen of its like, the dear after them."""
    seen = [plain(one, have=700, want=60, seen_eur=Decimal(one)) for one in (12, 30, 63)]
    unseen = [plain(number, have=900 - number, want=70) for number in range(100, 130)]
    asked = [one.id for one in chosen([*unseen, *seen], 12, album_year=1973)]
    assert asked[:2] == [12, 30] and 63 not in asked
    assert len([one for one in asked if one >= 100]) == 10


def test_what_stands_as_the_best_is_asked_first_but_for_what_was_asked_minutes_ago():
    best = plain(1, have=2, want=900, seen_eur=Decimal(80), is_best=True)
    wanted = plain(2, have=9, want=9, wanted=True)
    fresh = plain(3, have=9000, want=1, seen_eur=Decimal(2), is_best=True, is_fresh=True)
    others = [plain(number, have=500, want=40) for number in range(10, 30)]
    assert [one.id for one in chosen([*others, fresh, wanted, best], 4)][:2] == [1, 2]
    assert [one.id for one in chosen([fresh, wanted, best], 4)] == [1, 2, 3]
    assert fresh not in chosen([*others, fresh, wanted, best], 12)


def test_who_asks_again_learns_whether_the_best_price_still_stands(sandbox, person, settings):
    settings.PRICE_CALLS_PER_ALBUM = 1
    album = known_album()
    cheap, *_others = Release.objects.filter(album=album)
    Release.objects.filter(pk=cheap.pk).update(have=1, want=9000)
    old = timezone.now() - timedelta(hours=1)
    price = FoundQuote(f"release:{cheap.discogs_id}", "lowest", Money(Decimal("0.90"), "EUR"),
                       release_id=cheap.pk)  # fmt: skip
    services.record_quotes(source="discogs", album_id=album.pk, territory="", observed_at=old,
                           part=Part((price,), about=(cheap.pk,)))  # fmt: skip
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    asked = Quote.objects.filter(source="discogs", amount=Decimal("0.90"))
    assert not asked.exists() and sandbox.asked("discogs", "/marketplace/stats") == 1
    # It was answered just now, so that another one is asked about.
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    assert Quote.objects.filter(source="discogs").values("release").distinct().count() == 2


@given(
    st.lists(
        st.builds(
            Pressing,
            id=st.integers(1, 10**6),
            discogs_id=st.integers(1, 10**6),
            have=st.none() | st.integers(0, 10**6),
            want=st.none() | st.integers(0, 10**6),
            year=st.none() | st.integers(1900, 2030),
            format=st.sampled_from(("LP", "2xLP, Album", "LP, Promo", "Box Set", "")),
            seen_eur=st.none() | st.decimals("0.10", "5000", places=2),
            is_best=st.booleans(),
            is_fresh=st.booleans(),
        ),
        unique_by=lambda one: one.id,
        max_size=40,
    ),
    st.integers(1, 30),
)
def test_no_more_than_the_calls_and_none_twice(pressings, calls):
    asked = chosen(pressings, calls, album_year=1970)
    assert len(asked) == min(calls, len(pressings))
    assert len({one.id for one in asked}) == len(asked)
    assert all(guessed_price(one, album_year=1970) > 0 for one in asked)
    stale_best = {one.id for one in pressings if one.is_best and not one.is_fresh}
    assert stale_best <= {one.id for one in asked} or len(stale_best) > calls


def test_what_was_left_out_is_named_with_its_reason_on_request(client, sandbox, person):
    album = known_album()
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    why = block(album, person, "ebay").why
    there = load_world().album_named("Can", "Tago Mago")
    titles = {item.title for item in Stock(load_world(), dict).of(there.number)}
    assert why
    assert {one.title for one in why} <= titles
    assert {"an empty sleeve", "lies outside the EU"} <= {one.reason for one in why}
    client.force_login(person)
    page = client.get(reverse("pricing:album_prices", args=[album.pk]), headers=HTMX)
    assert "<summary>Why not?" in page.content.decode()


def test_names_of_what_was_left_out_go_when_their_terms_end(person, settings):
    settings.UPSTREAMS = "real"
    album = make_album()
    ask = PriceAsk.objects.create(
        source="ebay", album=album, territory="ES", state="answered", found=1,
        asked_at=timezone.now(), answered_at=timezone.now() - timedelta(hours=7),
        examples=[{"reason": "cd", "title": "A CD", "url": ""}], left_out={"cd": 1},
    )  # fmt: skip
    assert block(album, person, "ebay").why == ()
    assert services.forget_left_out() == 1
    ask.refresh_from_db()
    assert (ask.examples, ask.left_out) == ([], {"cd": 1})


def test_trouble_is_told_with_the_sources_own_name(person):
    album = make_album()
    PriceAsk.objects.create(
        source="shop", album=album, territory="ES", state="failed", error="BadAnswer",
        asked_at=timezone.now(), answered_at=timezone.now(),
    )  # fmt: skip
    shown = block(album, person, "shops")
    assert shown.message == "Shops sent an answer that we do not understand. Ask again later."


def test_bids_stand_apart_and_are_nobodys_best_price(sandbox, person):
    album = known_album()
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    bids = Quote.objects.filter(source="ebay", is_auction=True)
    assert bids
    shown = block(album, person, "ebay")
    assert shown.auctions
    assert not {row.url for row in shown.auctions} & {row.url for row in shown.offers}
    bids.update(amount_eur=Decimal("0.50"), total_eur=Decimal("0.50"))
    services.rebuild_best_prices()
    assert not bids.filter(best_for__isnull=False).exists()


def test_a_doubtful_price_stands_last_and_says_so(person):
    album = make_album()
    make_quote(album, amount="0.20", doubt="low")
    for amount in ("18.00", "21.00"):
        make_quote(album, amount=amount)
    rows = block(album, person, "discogs").offers
    assert [bool(row.warning) for row in rows] == [False, False, True]


def test_a_pressing_is_searched_by_bar_code_then_number_then_words(sandbox, person):
    album = known_album("Nirvana", "Nevermind")
    release = album.releases.exclude(barcode="").first()
    services.ask_prices(person, release_id=release.pk)
    run_asks()
    searches = [
        line["path"] for line in sandbox.counters()["requests"] if "item_summary" in line["path"]
    ]
    assert searches
    for quote in Quote.objects.filter(source="ebay", release=release):
        assert quote.title


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Can - Tago Mago 2LP UAS 29 211 Germany", "same"),
        ("CAN Tago Mago LP Germany 1971 VG+", "same"),
        ("CAN Tago Mago LP UK 1971 VG+", "other"),
        ("CAN Tago Mago LP Germany 2011 VG+", "other"),
        ("Can Tago Mago 2LP vinyl", ""),
    ],
)
def test_a_title_tells_of_a_pressing_or_does_not(title, told):
    pressing = Pressing(1, 1, catalogue_number="UAS 29 211", year=1971, country="Germany")
    assert told_pressing(title, pressing) == told


def test_an_answer_that_broke_off_goes_on_with_what_is_left(sandbox, person):
    album = known_album(pressings=8)
    sandbox.fault("discogs", "500html", "/marketplace/stats", times=60)
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    job = Job.objects.get(payload__provider="discogs")
    assert job.is_active
    sandbox.clear()
    services.ask_prices(person, album_id=album.pk)
    asked = sandbox.asked("discogs", "/marketplace/stats")
    left = len(job.checkpoint["left"]) if job.checkpoint else 8
    from vinyl.upstreams.door import forget_everything

    forget_everything()
    run_asks()
    job.refresh_from_db()
    assert job.state == "done"
    assert sandbox.asked("discogs", "/marketplace/stats") - asked == left


def test_somebody_who_asks_does_not_wait_behind_the_background(person):
    album = known_album(pressings=1)
    make_want(make_person(), album)
    background = services.ask_again_where_stale()
    assert {job.queue for job in background} == {Job.Queue.SYNC}
    mine = services.ask_prices(person, album_id=album.pk)
    assert {job.pk for job in mine} == {job.pk for job in background}
    assert {job.queue for job in Job.objects.filter(pk__in=[job.pk for job in mine])} == {
        Job.Queue.INTERACTIVE
    }


def test_the_background_takes_what_is_wanted_then_what_is_in_demand(person):
    wanted, shown, idle = make_album("Wanted"), make_album("Shown"), make_album("Idle")
    make_want(person, wanted)
    services.note_view(shown.pk)
    jobs = services.ask_again_where_stale()
    assert [job.payload["album_id"] for job in jobs if job.payload["provider"] == "discogs"] == [
        wanted.pk, shown.pk,
    ]  # fmt: skip
    assert idle.pk not in {job.payload["album_id"] for job in jobs}
    assert services.ask_again_where_stale() == []


@pytest.mark.parametrize(
    ("country", "postcode", "territory", "asked_with"),
    [
        ("FR", "97400", "RE", ""),
        ("RE", "97400", "RE", ""),
        ("FR", "97110", "GP", ""),
        ("FR", "97133", "BL", ""),
        ("ES", "35001", "ES-CN", "35001"),
        ("AX", "AX-22100", "FI-AX", "AX-22100"),
        ("FR", "75011", "FR", ""),
    ],
)
def test_the_background_asks_for_people_of_far_parts_of_a_country_under_their_own_territory(
    db, country, postcode, territory, asked_with
):
    make_want(make_person(country=country, postcode=postcode), wanted := make_album("Wanted"))
    make_want(make_person(country="PT"), make_album("Elsewhere"))

    jobs = [job.payload for job in services.ask_again_where_stale()]
    asked = [job for job in jobs if job["provider"] == "ebay" and job["album_id"] == wanted.pk]

    told = [(one["territory"], one["country"], one["postcode"]) for one in asked]
    assert told == [(territory, territory[:2], asked_with)]


def test_a_territory_is_asked_with_the_postcode_of_most_people_there(person):
    for postcode in ("35001", "38001", "38001"):
        lives_there = make_person(country="ES", postcode=postcode)
    make_want(lives_there, make_album("Wanted"))
    [asked] = {
        job.payload["postcode"]
        for job in services.ask_again_where_stale()
        if job.payload["territory"] == "ES-CN"
    }
    assert asked == "38001"


PARTED = [*APART_FROM, "PT", "RE", "AX", "MC", "LI"]


@given(
    country=st.sampled_from(PARTED),
    postcode=st.from_regex("(97|98|35|5[12]|22|[0-9])[0-9]{0,4}", fullmatch=True),
)
def test_everybody_lives_in_one_territory_whichever_way_it_is_looked_up(country, postcode):
    begins = postcode.startswith
    everywhere = {territory_of(one, number) for one in PARTED for number in [postcode, ""]}
    found = {
        territory
        for territory in everywhere
        for homes in homes_of(territory)
        if homes.country == country
        and (not homes.begins or begins(homes.begins))
        and not (homes.but and begins(homes.but))
    }
    assert found == {territory_of(country, postcode)}


def test_a_round_stays_within_its_share_of_the_budget(person, settings):
    settings.PRICE_CALLS_PER_ALBUM = 20
    for number in range(60):
        make_want(person, make_album(f"Wanted {number}"))
    jobs = [job for job in services.ask_again_where_stale() if job.payload["provider"] == "discogs"]
    window = PROVIDERS["discogs"].windows[0]
    allowed = window.calls * (1 - window.share) * 900 / window.seconds
    assert 0 < len(jobs) * 20 <= allowed * 0.5
    again = [
        job for job in services.ask_again_where_stale() if job.payload["provider"] == "discogs"
    ]
    assert len(again) * 20 < 20 * 2  # the first round's questions still wait


def test_an_offer_that_is_gone_when_it_is_looked_at_goes(sandbox, person, client):
    album = known_album()
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    quote = Quote.objects.filter(source="ebay", is_auction=False).order_by("total_eur").first()
    sandbox.offer(item=quote.key.rpartition(":")[0], status="Removed")
    client.force_login(person)
    answer = client.post(reverse("pricing:check_offer", args=[quote.pk]), headers=HTMX)
    assert answer.status_code == 200
    run_pending_jobs([services.CHECK])
    assert not Quote.objects.filter(pk=quote.pk).exists()
    assert PriceAsk.objects.get(source="ebay").left_out["ended"] >= 1
    assert services.rebuild_best_prices() == 0


def test_an_offer_that_stands_is_seen_anew(sandbox, person):
    album = known_album()
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    quote = Quote.objects.filter(source="ebay", is_auction=False).first()
    before = timezone.now()
    job = services.check_offer(person, quote.pk)
    run_pending_jobs([services.CHECK])
    job.refresh_from_db()
    assert job.result["state"] == "stands"
    assert Quote.objects.get(pk=quote.pk).observed_at > before


def test_an_offer_whose_seller_does_not_send_there_goes_and_says_why(sandbox, person):
    album = known_album()
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    quote = Quote.objects.filter(source="ebay", is_auction=False).order_by("total_eur").first()
    sandbox.offer(item=quote.key.rpartition(":")[0], blocks=[person.country])
    job = services.check_offer(person, quote.pk)
    run_pending_jobs([services.CHECK])
    job.refresh_from_db()
    assert job.result == {"state": "gone", "why": "not_shipped"}
    assert not Quote.objects.filter(pk=quote.pk).exists()
    assert "1 that is not sent to your country" in block(album, person, "ebay").message


def test_an_offer_that_is_gone_leads_back_to_its_album_with_a_sentence(client, person):
    quote = make_quote(make_album(), source="ebay", key="v1|1|0:ES", territory="ES")
    page, check = (
        reverse("pricing:album", args=[quote.album_id]),
        reverse("pricing:check_offer", args=[quote.pk]),
    )
    client.force_login(person)
    assert f'name="next" value="{page}"' in client.get(page).content.decode()
    quote.delete()
    answer = client.post(check, {"next": page}, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert "This offer is gone" in answer.content.decode()
    assert client.post(check, {"next": page}, headers=HTMX).headers["HX-Refresh"] == "true"
    assert client.post(check, {"next": "https://elsewhere.example/"}).status_code == 404


def test_nobody_checks_an_offer_that_holds_elsewhere(client, person):
    quote = make_quote(make_album(), source="ebay", key="v1|1|0:DE", territory="DE")
    client.force_login(person)
    assert client.post(reverse("pricing:check_offer", args=[quote.pk])).status_code == 404


def test_suggestions_are_for_the_person_who_asked(person):
    album = make_album()
    release = make_release(album)
    PriceSuggestion.objects.create(
        user=person, release=release, by_grade={"NM": "31.50", "VG+": "24.00"}, currency="EUR",
        observed_at=timezone.now(),
    )  # fmt: skip
    assert "NM 31.50, VG+ 24.00" in block(album, person, "discogs", release.pk).suggested
    assert block(album, make_person(), "discogs", release.pk).suggested == ""
    PriceSuggestion.objects.update(by_grade={"NM": "3150.00"}, currency="JPY")
    assert "in JPY: NM 3,150." in block(album, person, "discogs", release.pk).suggested


def test_discogs_is_asked_with_the_persons_own_link_what_it_suggests(sandbox, person, client):
    album = known_album()
    release = album.releases.first()
    assert services.ask_suggestion(person, release.pk) is None, "nothing is linked yet"
    client.force_login(person)
    link(client, "discogs", NAME)
    services.ask_prices(person, release_id=release.pk)
    run_pending_jobs([services.SUGGEST])
    found = PriceSuggestion.objects.get(user=person, release=release)
    assert found.by_grade.keys() >= {"M", "NM", "VG+", "VG"} and not found.error
    assert found.currency == "EUR"
    assert f"NM {found.by_grade['NM']}" in block(album, person, "discogs", release.pk).suggested
    assert block(album, make_person(), "discogs", release.pk).suggested == ""


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_judged_without_a_fall(listing, artist, title):
    assert isinstance(unfit_because(listing, artist=artist, title=title), str)
