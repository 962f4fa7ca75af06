"""From the button to the price: questions, answers, and bad weather between them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from pricing import asking, queries, services
from pricing.block_facts import read_facts
from pricing.models import AlbumBestPrice, PriceAsk, Quote
from sandbox.ebay_stock import Stock
from sandbox.world import load_world
from tests.factories import make_album, make_person, make_release
from tests.pricing.helpers import known_album, run_asks
from vinyl.jobs import leases
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Fail
from vinyl.templatetags.vinyl_tags import clock_time_and_day
from vinyl.upstreams import budget
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.door import forget_everything
from vinyl.upstreams.guard import allow_calls
from vinyl.upstreams.registry import upstream


def block(album, viewer, name):
    return next(one for one in queries.provider_blocks(album.pk, viewer) if one.key == name)


def test_a_price_arrives_as_exact_euros_from_every_source(sandbox, person):
    album = known_album()
    viewer = queries.viewer_for(person)
    assert queries.price_tags([album.pk], viewer)[album.pk].state == "not_asked"

    jobs = services.ask_prices(person, album_id=album.pk)
    assert [job.payload["provider"] for job in jobs] == ["discogs", "ebay"]
    asking = queries.price_tags([album.pk], viewer)[album.pk]
    assert (asking.state, asking.who) == ("asking", "Discogs and eBay")

    assert {job.state for job in run_asks()} == {"done"}
    quotes = Quote.objects.filter(album=album)
    assert {quote.source for quote in quotes} == {"discogs", "ebay"}
    for quote in quotes:
        assert isinstance(quote.amount_eur, Decimal)
        assert quote.amount_eur > 0
        assert quote.valid_until > quote.observed_at
    tag = queries.price_tags([album.pk], viewer)[album.pk]
    assert (tag.state, tag.delivered, tag.money.currency) == ("known", True, "EUR")


def test_the_last_price_makes_the_answer_whole_before_its_job_has_ended(sandbox, person):
    album = known_album()
    asked = services.ask_prices(person, album_id=album.pk)
    viewer = queries.viewer_for(person)
    for job in asked:
        lease = leases.take(job.pk)
        with allow_calls():
            done = asking.step(JobContext(lease.job, lease))
        answered = block(album, viewer, job.payload["provider"])
        assert (answered.state, answered.job_id) == ("answered", None)
        job.refresh_from_db()
        assert job.state == "running"

    # Whoever asks in that moment shares the job, and is told when it ends.
    assert {one.pk for one in services.ask_prices(person, album_id=album.pk)} == {
        job.pk for job in asked
    }
    assert block(album, viewer, "ebay").state == "asking"
    job.result = done.result
    services.answered(job)
    assert block(album, viewer, "ebay").state == "answered"


def test_unknown_shipping_is_unknown_and_ranks_behind_known(sandbox, person):
    album = known_album()
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    from_discogs = Quote.objects.filter(album=album, source="discogs")
    assert from_discogs.exists()
    assert not from_discogs.filter(shipping__isnull=False).exists()
    assert not from_discogs.filter(total_eur__isnull=False).exists()
    assert Quote.objects.filter(album=album, source="ebay", shipping__isnull=True).exists()

    best = AlbumBestPrice.objects.filter(album=album)
    assert all(row.shipping_known for row in best.filter(territory="ES", quote__total_eur__gt=0))
    assert best.filter(territory="ES", shipping_known=True).exists()
    assert not best.filter(territory="", shipping_known=True).exists()
    shown = block(album, queries.viewer_for(person), "discogs").offers[0]
    assert "?" in shown.sum_text


def test_ebay_keeps_to_vinyl_from_the_european_union(sandbox, person):
    album = known_album("Can", "Tago Mago")
    there = load_world().album_named("Can", "Tago Mago")
    stock = {item.item_id: item for item in Stock(load_world(), dict).of(there.number)}
    assert {"cd", "lot", "sleeve"} <= {item.kind for item in stock.values()}
    assert "US" in {item.country for item in stock.values()}

    services.ask_prices(person, album_id=album.pk)
    run_asks()
    kept = [stock[q.key.rpartition(":")[0]] for q in Quote.objects.filter(source="ebay")]
    assert kept
    assert {item.kind for item in kept} <= {"lp", "box"}
    assert not {item.country for item in kept} & {"US", "GB", "JP", "CH"}
    left_out = PriceAsk.objects.get(source="ebay").left_out
    assert left_out["elsewhere"] >= 1
    assert "Left out:" in block(album, queries.viewer_for(person), "ebay").message


def test_a_source_that_is_down_is_named_and_the_other_still_answers(sandbox, person):
    album = known_album()
    sandbox.fault("discogs", "500html")
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    viewer = queries.viewer_for(person)
    down = block(album, viewer, "discogs")
    assert down.state == "down"
    assert "Discogs" in down.message
    assert block(album, viewer, "ebay").state == "answered"
    tag = queries.price_tags([album.pk], viewer)[album.pk]
    assert (tag.state, tag.source) == ("known", "ebay")

    waiting = Job.objects.get(payload__provider="discogs")
    assert waiting.not_before > timezone.now()
    again = services.ask_prices(person, album_id=album.pk)
    assert waiting.pk in {job.pk for job in again}
    waiting.refresh_from_db()
    assert waiting.not_before is None


def test_a_price_that_stands_is_shown_while_a_slow_source_is_asked_again(sandbox, person):
    album = known_album()
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    viewer = queries.viewer_for(person)
    before = queries.price_tags([album.pk], viewer)[album.pk]
    assert (before.state, before.asked) == ("known", "")

    services.ask_prices(person, album_id=album.pk)
    PriceAsk.objects.filter(source="ebay").update(state="answered")
    while_asked = queries.price_tags([album.pk], viewer)[album.pk]
    assert (while_asked.state, while_asked.money) == ("known", before.money)
    assert while_asked.asked == "Discogs"
    on_the_page = queries.album_tag(read_facts(album.pk, viewer, None), viewer)
    assert (on_the_page.money, on_the_page.beside) == (before.money, before.beside)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("RateLimited", "eBay is busy. We ask again at 14:05."),
        ("QuotaExceeded", "Today's quota with eBay is used up. We ask again at 14:05."),
        ("Unavailable", "eBay is not answering. Next try at 14:05."),
        ("BadAnswer", "eBay sent an answer that we do not understand. Next try at 14:05."),
    ],
)
def test_a_source_in_trouble_says_once_when_it_is_asked_again(person, error, said):
    album = make_album()
    when = timezone.localtime().replace(hour=14, minute=5)
    PriceAsk.objects.create(
        source="ebay", album=album, territory="ES", state="asking", error=error, retry_at=when,
        asked_at=timezone.now(),
    )  # fmt: skip
    assert block(album, queries.viewer_for(person), "ebay").message == said

    tomorrow = when + timedelta(days=1)
    PriceAsk.objects.update(retry_at=tomorrow)
    later = said.replace("14:05", f"{tomorrow:%-d %b %Y} 14:05")
    assert block(album, queries.viewer_for(person), "ebay").message == later


@pytest.mark.parametrize("spent", ["at the source", "by this site"])
def test_who_asks_again_on_a_day_without_calls_left_is_told_that_and_until_when(
    sandbox, person, settings, spent
):
    album = known_album(pressings=1)
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    stored = set(Quote.objects.filter(source="ebay").values_list("pk", flat=True))
    assert stored
    settings.BUDGET_SPEED = 1
    sandbox.speed(1)
    forget_everything()
    if spent == "at the source":
        sandbox.fill_limit("ebay", 5000)
    else:
        budget.agree(upstream("ebay"), "", left=0, keyless=False)

    with timezone.override("Asia/Kolkata"):
        for _press in range(2):
            services.ask_prices(person, album_id=album.pk)
            run_asks()
            told = block(album, queries.viewer_for(person), "ebay")
            ask = PriceAsk.objects.get(source="ebay")
            assert ask.error == "QuotaExceeded"
            again = timezone.localtime(ask.retry_at)
            assert again > timezone.now() + timedelta(minutes=50)
            when = clock_time_and_day(again)
            assert told.message == f"Today's quota with eBay is used up. We ask again at {when}."
    assert set(Quote.objects.filter(source="ebay").values_list("pk", flat=True)) == stored


def test_all_sources_down_is_said_on_the_card(sandbox, person):
    album = known_album()
    for name in ("discogs", "ebay"):
        sandbox.fault(name, "500html")
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    tag = queries.price_tags([album.pk], queries.viewer_for(person))[album.pk]
    assert (tag.state, tag.who) == ("down", "Discogs and eBay")
    assert tag.next_try is not None


def test_an_album_without_pressings_or_offers_says_none_for_sale(sandbox, person):
    album = make_album("Quite Unheard Of", "Nobody At All", releases_synced_at=timezone.now())
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    viewer = queries.viewer_for(person)
    assert queries.price_tags([album.pk], viewer)[album.pk].state == "none"
    assert block(album, viewer, "discogs").state == "empty"
    assert block(album, viewer, "shops").groups


def test_two_people_who_ask_at_once_share_the_question(sandbox, person):
    album, neighbour = known_album(pressings=1), make_person()
    mine = services.ask_prices(person, album_id=album.pk)
    theirs = services.ask_prices(neighbour, album_id=album.pk)
    assert [job.pk for job in mine] == [job.pk for job in theirs]
    abroad = services.ask_prices(make_person(country="DE"), album_id=album.pk)
    # What Discogs tells holds everywhere; what eBay's sellers ask for shipping does not.
    assert abroad[0].pk == mine[0].pk
    assert abroad[1].pk != mine[1].pk


def test_one_pressing_is_asked_for_by_its_own_number(sandbox, person):
    album = known_album("Nirvana", "Nevermind")
    release = album.releases.order_by("pk").first()
    services.ask_prices(person, release_id=release.pk)
    run_asks()
    asked = [line for line in sandbox.counters()["requests"] if "marketplace/stats" in line["path"]]
    assert [line["path"].rpartition("/")[2] for line in asked] == [str(release.discogs_id)]
    tags = queries.release_prices(album.pk, queries.viewer_for(person))
    assert set(tags) == {release.pk}
    assert tags[release.pk].state in {"known", "no_shipping"}


def test_a_question_tells_the_album_and_its_pressings_after_one_trip(
    person, django_assert_num_queries
):
    album = make_album("Future Days", "Can", year=1973, releases_synced_at=timezone.now())
    release = make_release(album, discogs_id=77, year=1973, country="DE")
    payload = {"album_id": album.pk, "user_id": person.pk, "territory": "ES", "country": "ES"}
    with django_assert_num_queries(2):
        asked = asking.question_for(payload, lane=Lane.INTERACTIVE)
    assert (asked.album_id, asked.artist, asked.title) == (album.pk, "Can", "Future Days")
    assert (asked.year, asked.person_id) == (1973, person.pk)
    assert [(one.id, one.discogs_id) for one in asked.pressings] == [(release.pk, 77)]
    other = make_album("Same", "Can", merged_into=album, releases_synced_at=timezone.now())
    merged = asking.question_for(payload | {"album_id": other.pk}, lane=Lane.INTERACTIVE)
    assert (merged.album_id, merged.pressings) == (album.pk, asked.pressings)
    with pytest.raises(Fail):
        asking.question_for(payload | {"album_id": 0}, lane=Lane.INTERACTIVE)


def test_an_offer_that_is_gone_is_forgotten(sandbox, person):
    album = known_album(pressings=1)
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    gone = Quote.objects.filter(source="ebay").first()
    Quote.objects.filter(pk=gone.pk).update(key="v1|1|0:ES")
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    assert not Quote.objects.filter(pk=gone.pk).exists()
    assert services.rebuild_best_prices() == 0


@pytest.mark.parametrize(
    ("source", "where", "kind"),
    [
        ("ebay", "/buy/browse", "missing_fields"),
        ("ebay", "/buy/browse", "empty"),
        ("discogs", "/marketplace/stats", "missing_fields"),
    ],
)
def test_an_answer_with_holes_removes_nothing_and_is_told(sandbox, person, source, where, kind):
    album = known_album(pressings=2)
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    before = set(Quote.objects.filter(source=source).values_list("pk", flat=True))
    assert before
    forget_everything()
    sandbox.fault(source, kind, where)
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    assert set(Quote.objects.filter(source=source).values_list("pk", flat=True)) == before
    shown = block(album, queries.viewer_for(person), source)
    assert shown.state == "down"
    assert shown.message.endswith("sent an answer that we do not understand. Ask again later.")
    assert shown.offers
    assert services.rebuild_best_prices() == 0


def test_a_question_that_ebay_understood_in_part_says_what_to_do(sandbox, person):
    album = known_album(pressings=1)
    sandbox.fault("ebay", "warnings", "/buy/browse")
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    shown = block(album, queries.viewer_for(person), "ebay")
    assert "Check the country and postcode in your settings" in shown.message


@pytest.mark.django_db
def test_asking_for_what_does_not_exist_is_an_error(person):
    with pytest.raises(Exception, match="does not exist"):
        services.ask_prices(person, album_id=10**9)
