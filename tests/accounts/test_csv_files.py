"""Files of shelves and want lists taken apart and written again, in Discogs' own columns."""

import csv
import io
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from accounts.csv.neutral import neutralised, undone
from accounts.csv.reading import FileRefused, decoded, read_table
from accounts.csv.rows import (
    COLUMNS,
    SHELF,
    WANTS,
    BadRow,
    cells_of,
    is_other_medium,
    printed_in,
    read_line,
    with_printed,
)
from accounts.csv.writing import written

HEAD = ",".join(COLUMNS[SHELF])
ROW = (
    'SRK 6095,Talking Heads,Remain In Light,Sire,"LP, Album",4,1980,249504,Uncategorized,'
    '2024-05-31 18:30:00,Very Good Plus (VG+),Generic,"a ""quiet"" copy"'
)


def rows_of(text, name=SHELF):
    return [row for _line, row in read_table(text.encode(), name).rows()]


def test_a_row_of_discogs_says_what_it_says():
    line = read_line(SHELF, rows_of(f"{HEAD}\r\n{ROW}\r\n")[0])
    assert (line.release_id, line.rating, line.folder) == (249504, 4, "Uncategorized")
    assert (line.media, line.sleeve, line.notes) == ("VG+", "generic", 'a "quiet" copy')
    assert line.added_at.isoformat() == "2024-05-31T18:30:00+00:00"
    assert line.year == 1980


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_files_of_every_make_are_read(separator, encoding):
    target = io.StringIO()
    table = csv.writer(target, delimiter=separator)
    table.writerow(COLUMNS[WANTS])
    table.writerow(["A 1", "Sigur Rós", "Ágætis Byrjun", "Smekkleysa", "LP", "", "1999", "7", "né"])
    found = [row for _line, row in read_table(target.getvalue().encode(encoding), WANTS).rows()]
    line = read_line(WANTS, found[0])
    assert (line.artist, line.title, line.notes) == ("Sigur Rós", "Ágætis Byrjun", "né")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\r\n \n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_text"),
        (b"\xff\xfea", "not_text"),
        (b"name,price\nx,1\n", "no_columns"),
        (b"Artist,Label\nx,y\n", "no_columns"),
        ((HEAD + "\n").encode(), "other_list"),
    ],
)
def test_what_is_no_want_list_is_refused_with_its_reason(content, reason):
    with pytest.raises(FileRefused) as refused:
        read_table(content, WANTS)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("release_id", "12x", "release_id"),
        ("release_id", "0", "release_id"),
        ("release_id", "9" * 30, "release_id"),
        ("release_id", "٣", "release_id"),
        ("Rating", "9", "rating"),
        ("Rating", "-1", "rating"),
        ("Date Added", "31.5.2024", "date"),
        ("Date Added", "0001-01-01 00:00:00", "date"),
        ("Collection Media Condition", "superb", "media"),
        ("Collection Media Condition", "Generic", "media"),
        ("Collection Sleeve Condition", "torn", "sleeve"),
        ("Collection Notes", "x" * 10_001, "long"),
        ("CollectionFolder", "x" * 201, "long"),
    ],
)
def test_a_cell_that_makes_no_sense_is_a_bad_row_with_its_reason(column, cell, reason):
    cells = rows_of(f"{HEAD}\n{ROW}\n")[0] | {column: cell}
    with pytest.raises(BadRow) as bad:
        read_line(SHELF, cells)
    assert bad.value.reason == reason


def test_one_bad_row_stops_nothing():
    text = f"{HEAD}\n{ROW}\n{ROW},one,too many\n\n,,\n{ROW}\n"
    table = read_table(text.encode(), SHELF)
    found = list(table.rows())
    assert [isinstance(row, BadRow) for _line, row in found] == [False, True, False]
    assert [line for line, _row in found] == [2, 3, 6]
    with pytest.raises(BadRow) as bad:
        read_line(SHELF, {"Artist": "Can", "Title": ""})
    assert bad.value.reason == "nothing"


def test_columns_of_ones_own_are_kept_and_unknown_ones_left_out():
    text = f"{HEAD},Collection Price,Something\n{ROW},20 EUR,x\n"
    cells = rows_of(text)[0]
    assert read_line(SHELF, cells).fields == {"Price": "20 EUR"}
    assert "Something" not in cells


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("CD, Album", True), ("2xCD, Comp", True), ("Cass, Album", True), ("File, MP3", True),
        ("LP, Album, RE", False), ("2xLP + CD", False), ('7", Single', False), ("", False),
        ("Box, Comp", False), ("CD, Album + DVD", True), ("Flexi, 7\"", False),
    ],
)  # fmt: skip
def test_other_media_are_told_from_records(text, other):
    assert is_other_medium(text) is other


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-", "@x", "\tx", "'=x", "''+", "＝1"])
def test_cells_that_a_spreadsheet_would_run_are_neutralised_and_come_back(cell):
    assert neutralised(cell) == f"'{cell}"
    assert undone(neutralised(cell)) == cell


@given(some.text())
def test_every_cell_comes_back_from_its_neutral_form(cell):
    assert undone(neutralised(cell)) == cell
    assert not neutralised(cell)[:1] or neutralised(cell)[0] not in "=+-@\t\r\n"


LETTERS = some.text(string.printable.replace("\x0b", "").replace("\x0c", "") + "éß椎'", max_size=20)
CELLS = some.fixed_dictionaries(
    dict.fromkeys(COLUMNS[SHELF], LETTERS)
    | {
        "release_id": some.integers(1, 10**12).map(str),
        "Rating": some.sampled_from(["", "0", "1", "5"]),
        "Date Added": some.sampled_from(["", "2020-02-29 23:59:59", "2021-03-04"]),
        "Collection Media Condition": some.sampled_from(["", "Mint (M)", "vg+", "Fair (F)"]),
        "Collection Sleeve Condition": some.sampled_from(["", "No Cover", "Good (G)", "p"]),
        "Collection Price": LETTERS,
    }
)


@settings(max_examples=60)
@given(some.lists(CELLS, min_size=1, max_size=4))
def test_a_file_read_and_written_has_the_same_rows(rows):
    text = written(SHELF, rows, own=["Collection Price"])
    read = [row for _line, row in read_table(text.encode(), SHELF).rows()]
    assert read == rows
    for cells in read:
        line = read_line(SHELF, cells)
        back = with_printed(cells_of(SHELF, line), printed_in(SHELF, cells, line))
        assert {name: cell for name, cell in back.items() if cell} == {
            name: cell for name, cell in cells.items() if cell
        }


def test_what_was_changed_here_since_is_written_as_it_is_now():
    cells = rows_of(f"{HEAD}\n{ROW}\n")[0] | {"Rating": "0", "Collection Media Condition": "nm"}
    line = read_line(SHELF, cells)
    printed = printed_in(SHELF, cells, line)
    assert set(printed) == {"Rating", "Collection Media Condition"}
    again = cells_of(SHELF, line) | {"Rating": "5"}
    back = with_printed(again, printed)
    assert (back["Rating"], back["Collection Media Condition"]) == ("5", "nm")


def test_letters_of_windows_are_read():
    assert decoded("“né”".encode("cp1252")) == "“né”"
    assert decoded(b"\x81") == "\x81"
