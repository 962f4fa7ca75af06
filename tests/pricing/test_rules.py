"""Listings, grades, territories: the small rules behind a price."""

import pytest

from pricing.grades import grade_code, grade_in_title
from pricing.listing_rules import unfit_because
from pricing.territories import territory_of


@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        ("CAN - Tago Mago LP Vinyl DE 1971 VG+", ""),
        ("Can Tago Mago 2 LP + CD reissue", ""),
        ("Can Tago Mago LP with poster", ""),
        ("Can – Tago Mago (2xLP, 180g) NEU", ""),
        ("Can Tago Mago CD Album 1989", "cd"),
        ("Can Tago Mago 2CD digipak", "cd"),
        ("Can Tago Mago Cassette Tape MC", "cassette"),
        ("Can Tago Mago K7", "cassette"),
        ("Can Tago Mago EMPTY SLEEVE / COVER ONLY - NO VINYL", "sleeve"),
        ("Can Tago Mago nur Hülle, LP fehlt", "sleeve"),
        ("Can Tago Mago solo portada LP", "sleeve"),
        ("Can Tago Mago + 5 more LP Vinyl Lot Konvolut", "lot"),
        ("Can Tago Mago promo poster LP release", "other"),
        ("Can Tago Mago T-Shirt", "other"),
        ("Can Ege Bamyasi LP Vinyl", "another"),
    ],
)
def test_a_listing_is_the_record_or_left_out_with_its_reason(listing, reason):
    assert unfit_because(listing, artist="Can", title="Tago Mago") == reason


@pytest.mark.parametrize(
    ("artist", "title", "listing"),
    [
        ("Tapeworms", "Cassette", "Tapeworms - Cassette LP Vinyl UK 1979 NM"),
        ("The Lot", "No Cover", "The Lot No Cover LP 1981"),
        ("Björk", "Début", "BJORK Debut LP Vinyl"),
    ],
)
def test_words_of_the_names_are_no_evidence_against_a_record(artist, title, listing):
    assert unfit_because(listing, artist=artist, title=title) == ""


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("EMPT", "sleeve"),
        ("EMPTY", "sleeve"),
        ("sleeve onl", "sleeve"),
        ("NO VIN", "sleeve"),
        ("Konvolu", "lot"),
        ("reprodu", "reprint"),
        ("original vin", ""),
        ("vinyl recor", ""),
        ("gatefold", ""),
        ("VG+", ""),
    ],
)
def test_a_title_cut_off_within_a_word_that_tells_against_it_is_doubtful(end, reason):
    start = "David Bowie Rise and Fall of Ziggy Stardust LP 1972 UK".ljust(79 - len(end), "x")
    listing = f"{start} {end}"
    assert len(listing) == 80
    names = {"artist": "David Bowie", "title": "Rise and Fall of Ziggy Stardust"}
    assert unfit_because(listing, **names) == reason
    assert unfit_because("David Bowie Rise and Fall of Ziggy Stardust LP EMPT", **names) == ""


def test_grades_are_read_from_words_and_titles():
    assert grade_code("Very Good Plus (VG+)") == "VG+"
    assert grade_code("Near Mint (NM or M-)") == "NM"
    assert grade_code("Generic") == ""
    assert grade_in_title("Can Tago Mago LP 1971 NM/VG+") == "VG+"
    assert grade_in_title("M by M, LP, G") == ""


@pytest.mark.parametrize(
    ("country", "postcode", "territory"),
    [
        ("ES", "28001", "ES"),
        ("ES", "35001", "ES-CN"),
        ("ES", "38612", "ES-CN"),
        ("ES", "51001", "ES-CE"),
        ("ES", "52001", "ES-ML"),
        ("DE", "35037", "DE"),
        ("DE", "78266", "DE-BUS"),
        ("DE", "78267", "DE"),
        ("DE", "27498", "DE-HEL"),
        ("FR", "97110", "GP"),
        ("FR", "97200", "MQ"),
        ("FR", "97300", "GF"),
        ("FR", "97400", "RE"),
        ("FR", "97500", "PM"),
        ("FR", "97600", "YT"),
        ("FR", "97133", "BL"),
        ("FR", "97150", "MF"),
        ("FR", "98714", "PF"),
        ("FR", "98000", "MC"),
        ("FR", "97***", "FR-OM"),
        ("FR", "96***", "FR"),
        ("IT", "23041", "IT-LIV"),
        ("IT", "23040", "IT"),
        ("IT", "22061", "IT-CAM"),
        ("GR", "630 86", "GR-ATH"),
        ("GR", "63087", "GR"),
        ("ES", "98000", "ES"),
    ],
)
def test_territories_outside_the_vat_area_are_their_own(country, postcode, territory):
    assert territory_of(country, postcode) == territory
