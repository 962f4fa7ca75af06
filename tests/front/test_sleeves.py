"""Drawn sleeves: the same names, the same drawing; any name, a well-formed one."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.sleeves import shelf, sleeve
from catalog.sleeves.drawing import choose
from catalog.sleeves.families import EVERY
from catalog.sleeves.landing import pictures
from catalog.sleeves.lettering import clean, fit, width
from catalog.sleeves.shapes import PALETTES, contrast

SVG = "{http://www.w3.org/2000/svg}"
BASE = Path(__file__).resolve().parents[2]


def test_same_names_give_the_same_sleeve_in_another_process():
    here = sleeve("Can", "Ege Bamyasi", 1972)
    there = subprocess.run(
        [
            sys.executable,
            "-c",
            "from catalog.sleeves import sleeve; print(sleeve('Can', 'Ege Bamyasi', 1972), end='')",
        ],
        cwd=BASE,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(BASE)},
    ).stdout
    assert there == here


def test_case_and_spaces_do_not_change_palette_or_family():
    for year in (1959, 1972, 1999):
        _, colours, family = choose("Can", "Ege Bamyasi", year)
        _, again, same = choose("CAN", "ege   bamyasi", year)
        assert (again, same) == (colours, family)


def test_different_albums_look_different():
    drawings = {sleeve("Can", title, 1972) for title in ("Tago Mago", "Ege Bamyasi", "Future Days")}
    assert len(drawings) == 3


@settings(max_examples=30, deadline=None)
@given(
    artist=st.text(max_size=40), title=st.text(max_size=90), year=st.none() | st.integers(0, 9999)
)
def test_any_name_gives_a_well_formed_sleeve_that_names_the_artist(artist, title, year):
    root = ElementTree.fromstring(sleeve(artist, title, year))
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 400 400"
    assert root.get("aria-label").startswith(clean(artist) or "?")
    assert root.findall(f".//{SVG}path") + root.findall(f".//{SVG}text")


@pytest.mark.parametrize("family", EVERY, ids=lambda family: family.__name__)
def test_every_family_draws_the_artist_apart_from_the_title(family):
    """Two artists with one title must not look alike in any family."""
    dice_and_colours = choose("Can", "Ege Bamyasi")[:2]
    one = family(*dice_and_colours, "Can", "Ege Bamyasi")
    other = family(choose("Can", "Ege Bamyasi")[0], dice_and_colours[1], "Neu!", "Ege Bamyasi")
    assert one != other


def test_scripts_without_outlines_are_written_as_text():
    drawing = sleeve("椎名林檎", "無罪モラトリアム", 1999)
    texts = "".join(ElementTree.fromstring(drawing).itertext())
    assert "椎名林檎" in texts


def test_markup_in_a_name_stays_text():
    drawing = sleeve("<script>alert(1)</script>", "\"&'", None)
    assert "<script" not in drawing
    ElementTree.fromstring(drawing)


def test_a_word_too_long_for_its_box_is_cut_inside_it():
    size, rows = fit("grotesque", "Llanfairpwllgwyngyll" * 3, 200, 40, 30, rows_at_most=1)
    assert len(rows) == 1
    assert width("grotesque", rows[0], size) <= 200


def test_ink_is_readable_on_every_ground():
    assert all(contrast(palette.ink, palette.ground) >= 5.3 for palette in PALETTES)


def test_a_shelf_holds_every_album_and_is_well_formed():
    albums = [("Can", "Tago Mago"), ("Кино", "Группа крови"), ("", "")]
    root = ElementTree.fromstring(shelf(albums))
    spines = [g for g in root if g.tag == f"{SVG}g"]
    assert len(spines) == len(albums)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    uses = {element.get("href")[1:] for element in root.iter(f"{SVG}use")}
    assert uses <= ids


def test_the_landing_pages_pictures_are_the_ones_the_code_draws():
    for name, drawing in pictures().items():
        assert (BASE / "static" / "img" / name).read_text("utf-8") == drawing
