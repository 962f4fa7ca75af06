"""The best price is the least of the live quotes, whatever happened before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricing import best, queries, services
from pricing.grades import GRADES, at_least, good_enough
from pricing.models import AlbumBestPrice, Quote
from pricing.providers.base import FoundQuote, Part
from pricing.viewer import Viewer
from tests.factories import make_album, make_person, make_quote, make_release
from vinyl.money import Money

EURO_AMOUNTS = st.decimals("0.50", "300", places=2)
OFFERS = st.lists(
    st.tuples(
        st.integers(0, 5),  # which offer: the same again is an update
        EURO_AMOUNTS,
        st.none() | st.decimals("0", "30", places=2),
        st.sampled_from(("", *GRADES)),
    ),
    max_size=6,
)


def euros(amount):
    return Money(Decimal(amount), "EUR")


def found(number, amount, shipping, grade, *, source="ebay", release_id=None):
    return FoundQuote(
        key=f"offer:{source}:{number}",
        kind="offer",
        item=euros(amount),
        shipping=None if shipping is None else euros(shipping),
        release_id=release_id,
        grade=grade,
        seller_country="DE",
    )


def best_for(album, least, territory="ES"):
    """What a reader who insists on a grade is shown: (shipping known, total), or None."""
    rows = AlbumBestPrice.objects.filter(
        album=album, territory=territory, least_grade__in=at_least(least)
    )
    return max(((row.shipping_known, -row.total_eur) for row in rows), default=None)


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(OFFERS, min_size=1, max_size=3))
def test_best_price_is_the_least_of_the_live_quotes(rounds):
    album = make_album()
    for offers in rounds:
        last = {one[0]: found(*one) for one in offers}
        part = Part(tuple(last.values()), about=(None,))
        services.record_quotes(source="ebay", album_id=album.pk, territory="ES", part=part)
    believed = list(Quote.objects.filter(album=album, doubt=""))
    for least in GRADES:
        fit = [q for q in believed if good_enough(q.grade, least)]
        known = [(True, -q.total_eur) for q in fit if q.total_eur is not None]
        unknown = [(False, -q.amount_eur) for q in fit]
        assert best_for(album, least) == max(known or unknown, default=None)
    assert services.rebuild_best_prices([album.pk]) == 0
    Quote.objects.all().delete()


EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("told"),
            st.sampled_from(("discogs", "ebay", "shop:one")),
            st.integers(0, 2),  # which album
            st.sampled_from(("", "ES", "DE")),
            OFFERS,
        ),
        st.tuples(st.just("later"), st.integers(1, 30)),  # hours
        st.tuples(st.just("promoted")),
    ),
    max_size=6,
)


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS)
def test_rows_kept_current_are_those_of_a_full_rebuild(events):
    """Whatever was told, ran out and was promoted before."""
    albums, now = [make_album(f"Record {number}") for number in range(3)], timezone.now()
    for what, *about in events:
        if what == "later":
            now += timedelta(hours=about[0])
        elif what == "promoted":
            services.promote(now)
        else:
            source, which, territory, offers = about
            told = {one[0]: found(*one, source=source) for one in offers}
            services.record_quotes(
                source=source,
                album_id=albums[which].pk,
                territory=territory,
                part=Part(tuple(told.values()), about=(None,)),
                observed_at=now,
            )
    services.promote(now)
    fields = [
        "album_id", "territory", "terms_group", "edition", "least_grade", "quote_id",
        "total_eur", "shipping_known", "valid_until",
    ]  # fmt: skip
    kept = set(AlbumBestPrice.objects.values_list(*fields))
    assert sum(differed for _, differed in best.rebuild(now)) == 0
    assert set(AlbumBestPrice.objects.values_list(*fields)) == kept
    AlbumBestPrice.objects.all().delete()
    list(best.rebuild(now))
    assert set(AlbumBestPrice.objects.values_list(*fields)) == kept
    Quote.objects.all().delete()


@pytest.mark.django_db
def test_an_original_stands_beside_a_reissue():
    album = make_album(year=1973)
    original = make_release(album, year=1973, country="UK", format="LP, Album")
    reissue = make_release(album, year=2016, country="Europe", format="LP, Album, Reissue")
    offers = (
        found(1, "75.00", "5.00", "VG+", release_id=original.pk),
        found(2, "20.00", "5.00", "NM", release_id=reissue.pk),
        found(3, "30.00", "5.00", "NM", release_id=reissue.pk),
    )
    services.record_quotes(
        source="ebay", album_id=album.pk, territory="ES", part=Part(offers, about=(None,))
    )
    tag = queries.price_tags([album.pk], Viewer())[album.pk]
    assert (tag.money, tag.release_label) == (euros("25.00"), "2016 Europe reissue, NM")
    assert [(one.label, one.money, one.delivered) for one in tag.beside] == [
        ("1973 UK original", euros("80.00"), True)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "doubt"),
    [("2.00", "low"), ("3.00", ""), ("9.00", ""), ("599.00", ""), ("601.00", "high")],
)
def test_a_price_far_from_all_others_is_in_doubt_and_never_the_best(amount, doubt):
    """The others ask 28 to 32 euros: less than a tenth, or more than twenty times, of 30."""
    album = make_album()
    offers = [found(n, f"{28 + n}.00", "5.00", "NM") for n in range(5)]
    offers.append(found(9, amount, "0.00", "NM"))
    part = Part(tuple(offers), about=(None,))
    services.record_quotes(source="ebay", album_id=album.pk, territory="ES", part=part)
    odd = Quote.objects.get(key="offer:ebay:9")
    assert odd.doubt == doubt
    shown = queries.price_tags([album.pk], Viewer())[album.pk].money
    cheapest = euros("33.00") if doubt or Decimal(amount) > 33 else euros(amount)
    assert shown == cheapest


@pytest.mark.django_db
def test_few_prices_doubt_nothing_but_the_absurd():
    album = make_album()
    offers = (found(1, "2.00", "0", "NM"), found(2, "300.00", "0", "NM"), found(3, "0.05", "0", ""))
    part = Part(offers, about=(None,))
    services.record_quotes(source="ebay", album_id=album.pk, territory="ES", part=part)
    assert dict(Quote.objects.values_list("key", "doubt")) == {
        "offer:ebay:1": "", "offer:ebay:2": "", "offer:ebay:3": "low",
    }  # fmt: skip


def told(album, amounts, *, territory="ES", observed_at=None, release=None):
    """Everything that a source has of an album, or a pressing of it, at these prices: the doubts
    by price."""
    number = None if release is None else release.pk
    offers = tuple(
        found(f"{album.pk}:{number}:{one}", amount, "5.00", "NM", release_id=number)
        for one, amount in enumerate(amounts)
    )
    part = Part(offers, about=(number,))
    services.record_quotes(source="ebay", album_id=album.pk, territory=territory, part=part,
                           observed_at=observed_at)  # fmt: skip
    quotes = Quote.objects.filter(album=album, territory=territory, release=release)
    return {str(amount): doubt for amount, doubt in quotes.values_list("amount", "doubt")}


@pytest.mark.django_db
def test_of_three_offers_one_that_is_absurd_is_not_the_best():
    album = make_album()
    assert told(album, ["25.00", "28.00", "0.50"]) == {"25.00": "", "28.00": "", "0.50": "low"}
    assert best_for(album, "VG") == (True, Decimal("-30.00"))


@pytest.mark.django_db
def test_a_lone_price_is_measured_by_the_albums_past_and_by_its_other_pressings():
    album, other = make_album(), make_album()
    release = make_release(album, year=1999)
    for back in (3, 2, 1):
        day = timezone.now() - timedelta(days=back)
        told(album, ["26.00"], observed_at=day, release=release)
    assert told(album, ["0.50"], territory="DE") == {"0.50": "low"}
    assert told(album, ["9.00"], territory="DE") == {"9.00": ""}
    # An original may cost forty times a reissue; a hundred times is a slip of the hand.
    told(other, ["20.00", "22.00", "25.00"], release=make_release(other, year=2016))
    original = make_release(other, year=1973)
    assert told(other, ["800.00"], release=original) == {"800.00": ""}
    assert told(other, ["8000.00"], release=original) == {"8000.00": "high"}


@pytest.mark.django_db
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    least=st.decimals("0.50", "400", places=2),
    spread=st.lists(st.tuples(st.floats(1, 9.9), st.booleans()), min_size=1, max_size=8),
    days=st.integers(0, 2),
)
def test_a_plain_spread_of_prices_is_never_in_doubt(least, spread, days):
    """However many, of whatever editions, today and before: all within ten times the cheapest."""
    album = make_album()
    pressings = {True: make_release(album, year=1980), False: make_release(album, year=2016)}
    for back in range(days, -1, -1):
        for original, release in pressings.items():
            amounts = [
                (least * Decimal(share)).quantize(Decimal("0.01"))
                for share, mine in spread
                if mine == original
            ]
            now = timezone.now() - timedelta(days=back)
            doubts = told(album, amounts, observed_at=now, release=release)
            assert not any(doubts.values())


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["0", "0.001", "1000000000", "99999999999999"])
def test_what_is_no_price_is_left_out_with_its_reason(amount):
    album = make_album()
    part = Part((found(1, amount, "5.00", "NM"), found(2, "9.00", "1.00", "NM")), about=(None,))
    stored = services.record_quotes(source="ebay", album_id=album.pk, territory="ES", part=part)
    assert stored == (1, {"no_price": 1})


@pytest.mark.django_db
def test_an_auctions_bid_is_no_best_price():
    album = make_album()
    make_quote(album, amount="1.00", is_auction=True)
    sold = make_quote(album, amount="20.00")
    best.refresh(album.pk, timezone.now())
    assert {row.quote_id for row in AlbumBestPrice.objects.all()} == {sold.pk}


@pytest.mark.django_db
def test_an_offer_that_turns_out_to_be_another_album_leaves_the_first():
    first, second = make_album("First"), make_album("Second")
    part = Part((found(1, "9.00", "1.00", "NM"),), about=())
    for album in (first, second):
        services.record_quotes(source="ebay", album_id=album.pk, territory="ES", part=part)
    assert set(AlbumBestPrice.objects.values_list("album_id", flat=True)) == {second.pk}
    assert services.rebuild_best_prices() == 0


@pytest.mark.django_db
def test_rows_are_kept_where_people_live():
    album = make_album()
    make_quote(album, territory="DE")
    best.refresh(album.pk, timezone.now())
    assert not AlbumBestPrice.objects.exists()
    person = make_person(country="DE", postcode="20095")
    services.follow_people()
    assert AlbumBestPrice.objects.get().territory == "DE"
    person.country = "FR"
    person.save()
    services.follow_people()
    assert not AlbumBestPrice.objects.exists()
    assert services.rebuild_best_prices() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "country, postcode, territory",
    [("FI", "22100", "FI-AX"), ("FR", "97400", "RE"), ("ES", "35001", "ES-CN")],
)
def test_rows_are_kept_for_parts_of_countries_that_people_live_in(country, postcode, territory):
    album = make_album()
    make_quote(album, territory=territory)
    make_person(country=country, postcode=postcode)
    services.follow_people()
    assert AlbumBestPrice.objects.get().territory == territory


@pytest.mark.django_db
def test_many_answers_take_as_many_statements_as_one(django_assert_max_num_queries):
    albums = [make_album(f"Record {number}") for number in range(40)]
    answers = [
        services.Answer("ebay", one.pk, "ES", Part((found(one.pk, "9", "1", "NM"),), about=()))
        for one in albums
    ]
    with django_assert_max_num_queries(20):
        stored = services.record_answers(answers)
    assert [one.quotes for one in stored] == [1] * 40
    assert AlbumBestPrice.objects.count() == 40
    for about in (answers, answers[:1]):  # what many take is planned otherwise than what one takes
        services.record_answers(about)
        assert services.rebuild_best_prices() == 0


@pytest.mark.django_db
def test_an_offer_that_turns_out_to_be_another_albums_leaves_the_first_without_it():
    one, other = make_album("Landed", "Can"), make_album("Soon Over Babaluma", "Can")
    offer = found(1, "9", "1", "NM")
    for album in (other, one):  # from the later number to the earlier, whose lock goes first
        part = Part((offer,), about=(None,))
        services.record_quotes(source="ebay", album_id=album.pk, territory="ES", part=part)
    assert [quote.album_id for quote in Quote.objects.all()] == [one.pk]
    assert {row.album_id for row in AlbumBestPrice.objects.all()} == {one.pk}
    assert services.rebuild_best_prices() == 0


@pytest.mark.django_db
def test_a_best_price_that_ran_out_gives_way_to_its_runner_up():
    album, now = make_album(), timezone.now()
    first = make_quote(album, amount="10.00", valid_until=now + timedelta(minutes=1))
    second = make_quote(album, amount="12.00", valid_until=now + timedelta(hours=5))
    best.refresh(album.pk, now)
    assert {row.quote_id for row in AlbumBestPrice.objects.all()} >= {first.pk}
    assert services.promote(now + timedelta(minutes=2)) == 1
    assert {row.quote_id for row in AlbumBestPrice.objects.all()} == {second.pk}
    assert services.promote(now + timedelta(hours=6)) == 1
    assert not AlbumBestPrice.objects.exists()


@pytest.mark.django_db
def test_prices_run_out_for_readers_at_once():
    album, now = make_album(), timezone.now()
    make_quote(album, valid_until=now - timedelta(seconds=1), observed_at=now - timedelta(days=2))
    best.refresh(album.pk, now - timedelta(hours=1))
    assert AlbumBestPrice.objects.exists()
    assert queries.present_prices([album.pk], Viewer()) == {}


@pytest.mark.django_db
def test_rebuild_counts_and_mends_what_was_changed_by_hand():
    album = make_album()
    make_quote(album, amount="20.00", shipping="5.00")
    assert services.rebuild_best_prices() > 0
    assert services.rebuild_best_prices() == 0
    AlbumBestPrice.objects.update(total_eur=Decimal("1.00"))
    assert services.rebuild_best_prices() == AlbumBestPrice.objects.count()
    assert AlbumBestPrice.objects.filter(total_eur=Decimal("25.00")).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_tags_of_a_page_take_two_queries(django_assert_num_queries, count):
    albums = [make_album(f"Record {number}", f"Band {number}") for number in range(count)]
    for album in albums:
        make_quote(album)
        best.refresh(album.pk, timezone.now())
    with django_assert_num_queries(2):
        tags = queries.price_tags([album.pk for album in albums], Viewer())
    assert [tag.state for tag in tags.values()] == ["known"] * count
    with django_assert_num_queries(2):
        queries.release_prices(albums[0].pk, Viewer())


@pytest.mark.django_db
def test_only_the_lowest_delivered_price_of_a_page_gets_the_sticker():
    albums = [make_album(f"Record {number}", f"Band {number}") for number in range(5)]
    make_quote(albums[0], amount="5.00", shipping=None)
    for place, album in enumerate(albums[1:]):
        make_quote(album, amount=f"{20 + place}.00")
    for album in albums:
        best.refresh(album.pk, timezone.now())
    tags = queries.price_tags([album.pk for album in albums], Viewer())
    assert [pk for pk, tag in tags.items() if tag.lowest] == [albums[1].pk]
    assert tags[albums[0].pk].state == "no_shipping"


@pytest.mark.django_db
def test_real_terms_withhold_old_prices_and_keep_ebay_apart(settings):
    settings.UPSTREAMS, settings.DISCOGS_KEEP_PRICE_HISTORY = "real", False
    settings.EBAY_CONSENT = False
    album, now = make_album(), timezone.now()
    part = Part((found(1, "9.00", "1.00", "NM"),), about=(None,))
    services.record_quotes(source="ebay", album_id=album.pk, territory="ES", part=part)
    services.record_quotes(source="discogs", album_id=album.pk, territory="", part=part)
    quote = Quote.objects.get(source="discogs")
    assert quote.valid_until - quote.observed_at == timedelta(hours=6)
    assert set(AlbumBestPrice.objects.values_list("terms_group", flat=True)) == {"open", "ebay"}
    assert queries.price_tags([album.pk], Viewer())[album.pk].source == "discogs"

    seven = now - timedelta(hours=7)
    Quote.objects.update(observed_at=seven, valid_until=now - timedelta(hours=1))
    AlbumBestPrice.objects.update(valid_until=now - timedelta(hours=1))
    services.promote(now)
    assert not Quote.objects.exists()
