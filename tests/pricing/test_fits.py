"""Whether a pressing or a copy for sale suits a want, and if not, why not."""

from decimal import Decimal

import pytest

from pricing.fits import OfferFacts, PressingFacts, WantOptions, fits
from vinyl.money import CurrencyMismatch, Money

US = PressingFacts(7, 1, edition="original", country="US", formats="LP, Album")
WANT = WantOptions(album_id=1)


def euros(amount):
    return Money(Decimal(amount), "EUR")


def codes(options, pressing, offer=None):
    return [one.code for one in fits(options, pressing, offer)]


def test_any_pressing_of_the_album_suits_and_no_other_record():
    assert codes(WANT, US) == []
    assert codes(WANT, None) == []
    assert codes(WantOptions(album_id=2), US) == ["other_record"]
    assert codes(WantOptions(release_id=7), US) == []
    assert codes(WantOptions(release_id=8), US) == ["other_record"]


@pytest.mark.parametrize(
    ("options", "pressing", "why"),
    [
        ({"originals_only": True}, {}, []),
        ({"originals_only": True}, {"edition": "reissue"}, ["not_original"]),
        ({"originals_only": True}, {"edition": ""}, ["not_original"]),
        ({"originals_only": True}, {"unofficial": True, "edition": "reissue"}, ["unofficial"]),
        ({"no_unofficial": True}, {"unofficial": True}, ["unofficial"]),
        ({}, {"unofficial": True}, []),
        ({"countries": frozenset({"UK", "US"})}, {}, []),
        ({"countries": frozenset({"UK"})}, {}, ["country"]),
        ({"countries": frozenset({"UK"})}, {"country": ""}, ["country"]),
        # "Austria" is no "US", whatever letters they share.
        ({"countries": frozenset({"Austria"})}, {"country": "US"}, ["country"]),
        ({"colour": "red"}, {"formats": "LP, Album, Red Translucent"}, []),
        ({"colour": "gray"}, {"formats": "LP, Grey Marbled"}, []),
        ({"colour": "red"}, {}, ["colour"]),
        ({"colour": "black"}, {}, []),
        ({"colour": "black"}, {"formats": "LP, White"}, ["colour"]),
        ({"colour": "glow"}, {"formats": "LP, Glow In The Dark"}, []),
    ],
)
def test_each_option_says_what_it_leaves_out(options, pressing, why):
    facts = {"edition": "original", "country": "US", "formats": "LP, Album"} | pressing
    assert codes(WantOptions(album_id=1, **options), PressingFacts(7, 1, **facts)) == why


@pytest.mark.parametrize(
    "options",
    [{"originals_only": True}, {"colour": "red"}, {"countries": frozenset({"US"})}],
)
def test_who_chooses_is_not_sold_a_pressing_that_nobody_named(options):
    assert codes(WantOptions(album_id=1, **options), None) == ["pressing_unknown"]
    assert codes(WantOptions(release_id=7), None) == ["pressing_unknown"]


@pytest.mark.parametrize(
    ("grade", "total", "why"),
    [
        ("VG+", "30.00", []),
        ("NM", "30.01", ["price"]),
        ("VG", "25.00", ["grade"]),
        ("", "25.00", ["grade_unknown"]),
        ("M", None, ["shipping_unknown"]),
        ("G", "99.00", ["grade", "price"]),
    ],
)
def test_an_offer_is_held_against_condition_and_price(grade, total, why):
    want = WantOptions(album_id=1, least_grade="VG+", max_price=euros("30.00"))
    offer = OfferFacts(grade, euros("24.00"), None if total is None else euros(total))
    assert codes(want, US, offer) == why


def test_an_item_alone_above_the_limit_is_too_dear_whatever_the_shipping():
    want = WantOptions(album_id=1, max_price=euros("30.00"))
    assert codes(want, US, OfferFacts("NM", euros("31.00"))) == ["price"]
    with pytest.raises(CurrencyMismatch):
        fits(want, US, OfferFacts("NM", Money(Decimal(20), "SEK")))
