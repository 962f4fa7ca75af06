"""Tables as spreadsheets of all countries write them."""

import csv

import pytest

from vinyl.sheets import NoText, Sheet, decoded


@pytest.mark.parametrize(
    "text",
    [
        "Name,mbid\nCan,x\n",
        "name;MBID\r\nCan;x\r\n",
        "\ufeff NAME \tMbid\n\nCan\tx",
        '"name";mbid\nCan;x',
    ],
)
def test_a_table_is_read_with_any_separator_and_any_case(text):
    sheet = Sheet.of(text)
    assert sheet.columns == ("name", "mbid")
    assert [cells for _line, cells in sheet.rows()] == [{"name": "Can", "mbid": "x"}]


def test_a_missing_cell_is_empty_and_a_spare_one_is_left_out():
    sheet = Sheet.of("name,mbid\nCan\nNeu!,x,y\n")
    assert [cells["mbid"] for _line, cells in sheet.rows()] == ["", "x"]


@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_of_every_spreadsheet_are_read(letters):
    assert Sheet.of(decoded("artist;mbid\nMecano y Ñu;\n".encode(letters))).columns[0] == "artist"


def test_what_is_no_table_says_what_was_found():
    assert "no line of column names" in Sheet.of(" \n").seen()
    assert Sheet.of("Grupo;Año\n").seen() == (
        'its first line, read with semicolons, names "Grupo", "Año"'
    )
    with pytest.raises(NoText):
        decoded(b"\x89PNG\x00\x00")
    with pytest.raises(csv.Error):
        list(Sheet.of('name\n"Can\n').rows())
