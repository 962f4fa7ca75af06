"""Yellow marks a price worth acting on, on few cards of a page."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.stickers import with_stickers
from pricing.tags import PriceTag
from vinyl.money import Money


def tag(album, amount="20.00", state="known", delivered=True, percent=None):
    money = Money(Decimal(amount), "EUR")
    return PriceTag(state, money, percent, delivered=delivered, album_id=album)


def yellow(tags):
    return [
        place
        for place, one in enumerate(with_stickers(tags))
        if one and (one.lowest or (one.state == "under_median" and not one.spent))
    ]


def test_the_lowest_delivered_price_is_marked():
    page = [tag(1, "30.00"), tag(2, "20.00"), tag(3, "25.00"), tag(4, "5.00", "no_shipping", False)]
    assert yellow(page) == [1]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_page_of_fewer_than_four_has_none(count):
    assert yellow([tag(number, f"{20 + number}.00") for number in range(count)]) == []


def test_one_price_alone_is_not_the_lowest():
    assert yellow([tag(1), None, PriceTag(album_id=3), PriceTag(album_id=4)]) == []
    assert yellow([tag(1), tag(1), PriceTag(album_id=3), PriceTag(album_id=4)]) == []


def test_what_is_far_under_its_median_goes_before_the_lowest():
    page = [tag(1, "10.00"), tag(2, "30.00", "under_median", percent=31), tag(3), tag(4)]
    assert yellow(page) == [1]
    assert yellow([*page, *(tag(number, "25.00") for number in range(5, 9))]) == [0, 1]


TAGS = st.builds(
    tag,
    album=st.integers(1, 12),
    amount=st.integers(1, 90).map(str),
    state=st.sampled_from(["known", "under_median", "no_shipping", "stale", "asking"]),
    delivered=st.booleans(),
    percent=st.integers(20, 80),
)


@given(st.lists(st.none() | TAGS, max_size=24))
def test_at_most_a_quarter_of_a_page_is_yellow_and_no_album_twice(page):
    marked = yellow(page)
    assert len(marked) <= len(page) // 4
    albums = [page[place].album_id for place in marked]
    assert len(albums) == len(set(albums))
