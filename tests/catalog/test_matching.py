"""Names and titles as keys: no name is lost, and different spellings of one name meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.matching import (
    Verdict,
    album_similarity,
    artist_similarity,
    normalise_name,
    normalise_title,
    strip_edition,
)

NAMES = st.text(min_size=1, max_size=40)


@given(NAMES)
def test_no_name_becomes_nothing(name):
    assert normalise_name(name)
    assert normalise_title(name)


@given(st.text(st.characters(categories=["L", "Nd", "Zs"]), min_size=1, max_size=40))
def test_a_key_is_its_own_key(name):
    key = normalise_name(name)
    assert normalise_name(key) == key


@given(NAMES, NAMES)
def test_likeness_has_no_direction_at_the_top_and_stays_in_its_bounds(a, b):
    assert artist_similarity(a, a).score == 1
    assert 0 <= artist_similarity(a, b).score <= 1


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The Beatles", "Beatles, The"),
        ("Simon & Garfunkel", "Simon and Garfunkel"),
        ("Macaco y Amparo", "Macaco & Amparo"),
        ("Sigur Rós", "SIGUR ROS"),
        ("Cœur de pirate", "Coeur De Pirate"),
        ("Die Straße", "die strasse"),
        ("Mø", "MO"),
        ("Nirvana (2)", "Nirvana"),
        ("R.E.M.", "REM"),
        ("P!nk", "Pink"),
    ],
)
def test_spellings_of_one_name_meet(left, right):
    assert normalise_name(left) == normalise_name(right)


def test_odd_names_keep_a_key_of_their_own():
    keys = {normalise_name(name) for name in ("The The", "!!!", "Кино", "椎名林檎", "&", "+/-")}
    assert len(keys) == 6
    assert normalise_name("The The") == "the the"
    assert normalise_name("!!!") == "!!!"


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("OK Computer (Deluxe Edition)", ("OK Computer", "Deluxe Edition")),
        ("Rumours (2013 Remaster) [180g]", ("Rumours", "2013 Remaster, 180g")),
        ("Abbey Road - Remastered", ("Abbey Road", "Remastered")),
        ("Unplugged (Live)", ("Unplugged (Live)", "")),
        ("Deluxe", ("Deluxe", "")),
    ],
)
def test_edition_words_come_off_the_end(title, parts):
    assert strip_edition(title) == parts


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("Glenn Miller", "Miller, Glenn", Verdict.SAME),
        ("Scuba", "Scuba (4)", Verdict.DIFFERENT),
        ("Muse", "Mose", Verdict.DOUBTFUL),
        ("Glenn Miller", "Glenn Miller And His Orchestra", Verdict.DIFFERENT),
    ],
)
def test_artists_are_the_same_only_by_evidence(left, right, verdict):
    assert artist_similarity(left, right).verdict is verdict


def test_a_live_album_is_another_album():
    same = album_similarity("Can", "Tago Mago", "CAN", "Tago Mago (40th Anniversary Edition)")
    other = album_similarity("Can", "Tago Mago", "Can", "Tago Mago (Live)")
    assert (same.verdict, other.verdict) == (Verdict.SAME, Verdict.DIFFERENT)
