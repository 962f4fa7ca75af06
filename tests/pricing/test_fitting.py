"""What stands beside a want: the cheapest offer that is what it asks for."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import ReleaseFormat
from pricing.models import AlbumBestPrice
from tests.factories import (
    make_album,
    make_best_price,
    make_quote,
    make_release,
    make_want,
)
from tests.pricing.reading import words

pytestmark = pytest.mark.django_db
URL = "/wants/"


@pytest.fixture
def album():
    """Of one album: a cheap reissue, a dear red original from the UK, a bootleg, one untold."""
    album = make_album(year=1973)
    reissue = make_release(album, year=2016, country="Europe", format="LP, Album, Reissue")
    first = make_release(album, year=1973, country="UK", format="LP, Album")
    ReleaseFormat.objects.create(release_id=first.pk, name="Vinyl", text="Red Translucent")
    boot = make_release(album, year=1975, country="Italy", format="LP", is_unofficial=True)
    make_best_price(make_quote(album, amount="9.00", shipping="1.00", grade="NM", key="untold"))
    make_quote(album, boot, amount="14.00", shipping="1.00", grade="NM")
    make_quote(album, reissue, amount="20.00", shipping="5.00", grade="NM", edition="reissue")
    make_quote(album, first, amount="60.00", shipping="5.00", grade="NM", edition="original")
    make_quote(
        album, first, amount="40.00", shipping="5.00", grade="VG+", edition="original", key="worse"
    )
    return album


@pytest.mark.parametrize(
    "asks, shown",
    [
        ({}, "10.00"),
        ({"no_unofficial": True, "countries": ["Italy", "Europe"]}, "25.00"),
        ({"originals_only": True}, "45.00"),
        ({"originals_only": True, "least_grade": "NM"}, "65.00"),
        ({"countries": ["UK"]}, "45.00"),
        ({"countries": ["Italy"]}, "15.00"),
        ({"colour": "red"}, "45.00"),
        ({"colour": "black"}, "15.00"),
        ({"originals_only": True, "max_price": "50.00", "currency": "EUR"}, "45.00"),
    ],
)
def test_the_cheapest_that_is_what_the_want_asks_for_stands_beside_it(
    browser, person, album, asks, shown
):
    make_want(person, album, **asks)
    text = words(browser.get(URL))
    assert f"€ {shown}" in text and "Nothing that fits" not in text
    others = {"10.00", "15.00", "25.00", "45.00", "65.00"} - {shown}
    assert not [one for one in others if f"€ {one}" in text]


def test_where_nothing_fits_the_cheapest_of_any_kind_is_named_as_that(browser, person, album):
    wishes = {"originals_only": True, "max_price": "30.00", "currency": "EUR"}
    want = make_want(person, album, **wishes)
    page = browser.get(URL)
    assert "€ 10.00 Nothing that fits now. Cheapest of any pressing: " in words(page)
    # Drawn again, after somebody asked, it says the same.
    line = re.search(r'id="price-\d+-(\w+)"', page.content.decode()).group(1)
    tag = reverse("pricing:tag", args=[album.pk])
    assert "Nothing that fits now." in words(browser.get(tag, {"line": line}))
    want.max_price = None
    want.save()
    assert "€ 45.00" in words(browser.get(tag, {"line": line}))
    assert "€ 10.00" in words(browser.get(tag, {"line": f"{want.pk + 1}w"}))


def test_what_is_dearer_with_shipping_does_not_fit_and_unknown_shipping_says_so(browser, person):
    album = make_album()
    make_quote(album, make_release(album), amount="28.00", shipping="5.00", grade="NM")
    make_want(person, album, max_price="30.00", currency="EUR")
    make_quote(album, make_release(album), amount="29.00", shipping=None, grade="NM")
    assert "€ 29.00 + shipping?" in words(browser.get(URL))


def test_old_and_doubtful_offers_fit_nobody(browser, person, album):
    album.quotes.filter(edition="original").update(doubt="low")
    album.quotes.filter(edition="reissue").update(valid_until=timezone.now() - timedelta(hours=1))
    make_want(person, album, countries=["UK", "Europe"])
    assert "Nothing that fits now." in words(browser.get(URL))
    AlbumBestPrice.objects.all().delete()
    assert "Nothing that fits now." not in words(browser.get(URL))


@pytest.mark.parametrize("number", [1, 4])
def test_any_number_of_choosing_wants_costs_one_query(
    browser, person, django_assert_num_queries, number
):
    for at in range(number):
        album = make_album(f"Album {at}")
        make_quote(album, make_release(album, country="UK"), grade="NM", edition="original")
        make_want(person, album, originals_only=True, countries=["UK"])
    with django_assert_num_queries(11):
        assert browser.get(URL).status_code == 200
