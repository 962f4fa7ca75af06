"""Low, median and high of the wants and of the shelf, from prices that may be shown now."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from pricing.collection import note_day
from pricing.values import Line, list_value
from pricing.viewer import Viewer
from tests.factories import (
    make_album,
    make_copy,
    make_person,
    make_quote,
    make_release,
    make_want,
)
from tests.pricing.reading import words

pytestmark = pytest.mark.django_db
VIEWER = Viewer()


def amounts(value):
    return [
        None if money is None else money.amount for money in (value.low, value.median, value.high)
    ]


def quotes(album, release, *prices, **fields):
    for price in prices:
        make_quote(album, release, amount=price, shipping=None, **fields)


def test_a_list_is_the_sum_of_its_lines():
    album, other = make_album(), make_album("Fear of Music")
    release = make_release(album)
    quotes(album, release, "10", "20", "60")
    quotes(album, make_release(album), "1000")  # another pressing of it
    quotes(other, make_release(other), "5", "7")
    value = list_value([Line(album.pk, release.pk), Line(other.pk)], VIEWER)
    assert amounts(value) == [Decimal(15), Decimal(26), Decimal(67)]
    assert (value.lines, value.priced, value.unpriced) == (2, 2, 0)


def test_the_lowest_of_several_copies_says_nothing_of_the_others():
    album = make_album()
    told, only, listed = (make_release(album) for _ in range(3))
    make_quote(album, told, kind="lowest", for_sale=9, amount="20", shipping=None)
    make_quote(album, only, kind="lowest", for_sale=1, amount="30", shipping=None)
    quotes(album, listed, "40", "60")
    value = list_value([Line(album.pk, one.pk) for one in (told, only, listed)], VIEWER)
    assert amounts(value) == [Decimal(90), Decimal(80), Decimal(90)]
    assert (value.priced, value.with_median, value.with_high, value.uneven) == (3, 2, 2, True)


def test_a_shelf_of_lowest_prices_has_no_high_and_says_why(client):
    person = make_person()
    client.force_login(person)
    album = make_album()
    release = make_release(album)
    make_copy(person, album, release)
    make_quote(album, release, kind="lowest", for_sale=4, amount="20", shipping=None)
    page = words(client.get(reverse("pricing:shelf")))
    assert "High not known" in page
    assert "Of some only the lowest price is told" in page
    day = note_day(person)
    assert (day.priced, day.with_high, day.high_eur) == (1, 0, None)


def test_two_copies_of_one_pressing_count_twice():
    album = make_album()
    release = make_release(album)
    quotes(album, release, "10")
    value = list_value([Line(album.pk, release.pk)] * 2, VIEWER)
    assert amounts(value) == [Decimal(20)] * 3


def test_a_line_without_a_price_is_counted_and_never_nothing():
    album = make_album()
    release = make_release(album)
    quotes(album, release, "10", valid_until=timezone.now() - timedelta(minutes=1))
    value = list_value([Line(album.pk, release.pk)], VIEWER)
    assert amounts(value) == [None, None, None]
    assert (value.lines, value.priced) == (1, 0)


def test_what_was_told_of_a_merged_album_counts():
    kept = make_album()
    gone = make_album("Remain", artist="Heads", merged_into=kept)
    quotes(gone, None, "12")
    assert amounts(list_value([Line(kept.pk)], VIEWER))[0] == Decimal(12)


def test_copies_below_the_least_grade_and_of_other_places_do_not_count():
    album = make_album()
    quotes(album, None, "3", grade="G")
    quotes(album, None, "4", territory="FR")
    quotes(album, None, "30", grade="NM")
    quotes(album, None, "40", grade="")
    value = list_value([Line(album.pk)], VIEWER)
    assert amounts(value) == [Decimal(30), Decimal(35), Decimal(40)]


def test_in_real_mode_discogs_prices_make_no_median_and_ebays_no_figure(settings):
    settings.UPSTREAMS = "real"
    settings.DISCOGS_KEEP_PRICE_HISTORY = settings.EBAY_CONSENT = False
    album = make_album()
    quotes(album, None, "10", "20")
    quotes(album, None, "1", source="ebay")
    value = list_value([Line(album.pk)], VIEWER)
    assert amounts(value) == [Decimal(10), None, Decimal(20)]
    assert (value.priced, value.with_median) == (1, 0)
    quotes(album, None, "30", source="shop:marilians")
    assert amounts(list_value([Line(album.pk)], VIEWER)) == [Decimal(10), Decimal(30), Decimal(30)]


def test_a_price_beyond_six_hours_is_no_part_of_the_sum(settings):
    settings.UPSTREAMS = "real"
    album = make_album()
    now = timezone.now()
    quotes(album, None, "10", observed_at=now - timedelta(hours=7),
           valid_until=now + timedelta(hours=1))  # fmt: skip
    assert list_value([Line(album.pk)], VIEWER).priced == 0


def test_the_pages_say_low_median_high_and_of_how_many(client):
    person = make_person()
    client.force_login(person)
    album, unknown = make_album(), make_album("Fear of Music")
    release = make_release(album)
    quotes(album, release, "10", "20", "60")
    make_want(person, release=release)
    make_want(person, unknown)
    make_copy(person, album, release)
    text = words(client.get(reverse("pricing:wants")))
    assert "Low € 10.00 Median € 20.00 High € 60.00" in text
    assert "Prices of 1 of 2, without shipping." in text
    assert "Prices of 1 of 1, without shipping." in words(client.get(reverse("pricing:shelf")))


def test_where_a_median_is_of_fewer_records_each_figure_says_of_how_many_it_is(client, settings):
    settings.UPSTREAMS = "real"
    settings.DISCOGS_KEEP_PRICE_HISTORY = settings.EBAY_CONSENT = False
    person = make_person()
    client.force_login(person)
    album, other = make_album(), make_album("Fear of Music")
    quotes(album, None, "10", "12")
    quotes(other, None, "5")
    quotes(other, None, "7", source="shop:marilians")
    make_want(person, album)
    make_want(person, other)
    text = words(client.get(reverse("pricing:wants")))
    assert "Low € 15.00 of 2 records Median € 7.00 of 1 record High € 19.00 of 2 records" in text


def test_without_any_price_the_page_says_that_it_is_not_known(client):
    person = make_person()
    client.force_login(person)
    make_want(person, make_album())
    text = words(client.get(reverse("pricing:wants")))
    assert "Low not known Median not known High not known" in text
    assert "None of them has a price that may be shown now." in text


def test_the_value_costs_two_queries_however_long_the_list(django_assert_num_queries):
    album = make_album()
    releases = [make_release(album) for _ in range(3)]
    for some in (1, 3):
        lines = [Line(album.pk), *(Line(album.pk, one.pk) for one in releases[:some])]
        with django_assert_num_queries(2):
            list_value(lines, VIEWER)
    with django_assert_num_queries(0):
        list_value([], VIEWER)
