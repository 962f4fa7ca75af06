"""The best price is the least of the live quotes, whatever happened before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricing import best, queries, services
from pricing.grades import GRADES, good_enough
from pricing.landed_cost import landed_cost
from pricing.models import AlbumBestPrice, PriceAsk, Quote
from pricing.providers.base import FoundQuote, Part
from pricing.viewer import Viewer
from tests.factories import make_album, make_person, make_quote, make_want
from vinyl.jobs.models import Job
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


def found(number, amount, shipping, grade):
    return FoundQuote(
        key=f"offer:{number}",
        kind="offer",
        item=euros(amount),
        shipping=None if shipping is None else euros(shipping),
        grade=grade,
    )


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
    for least in GRADES:
        fit = [q for q in Quote.objects.filter(album=album) if good_enough(q.grade, least)]
        row = AlbumBestPrice.objects.filter(album=album, least_grade=least).first()
        known = [q.total_eur for q in fit if q.total_eur is not None]
        if known:
            assert (row.shipping_known, row.total_eur) == (True, min(known))
        elif fit:
            assert (row.shipping_known, row.total_eur) == (False, min(q.amount_eur for q in fit))
        else:
            assert row is None
    assert services.rebuild_best_prices([album.pk]) == 0
    Quote.objects.all().delete()


@given(item=EURO_AMOUNTS, shipping=st.none() | EURO_AMOUNTS)
def test_landed_cost_is_the_sum_or_unknown(item, shipping):
    cost = landed_cost(euros(item), None if shipping is None else euros(shipping))
    if shipping is None:
        assert cost.total is None
        assert cost.order > landed_cost(euros("9999"), euros(0)).order
    else:
        assert cost.total == euros(item + shipping)


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


@pytest.mark.django_db
def test_wanted_albums_are_asked_again_when_their_answer_is_old():
    person = make_person()
    wanted, unwanted = make_album("Wanted", "One"), make_album("Unwanted", "Two")
    make_want(person, album=wanted)
    for album in (wanted, unwanted):
        services.ask_prices(person, album_id=album.pk)
    past = timezone.now() - timedelta(days=2)
    PriceAsk.objects.update(state="answered", answered_at=past)
    Job.objects.all().delete()
    jobs = services.ask_again_where_stale()
    assert {job.payload["album_id"] for job in jobs} == {wanted.pk}
    assert {job.queue for job in jobs} == {"sync"}
