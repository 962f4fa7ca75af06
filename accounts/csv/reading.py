"""A file of unknown make taken apart: its letters, its separator, its columns, its rows. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from accounts.csv.neutral import undone
from accounts.csv.rows import (
    ADDED,
    ARTIST,
    COLUMNS,
    FOLDER,
    MEDIA,
    MOST_OWN,
    OWN,
    RELEASE,
    SHELF,
    SLEEVE,
    TITLE,
    WANTS,
    BadRow,
)
from vinyl import sheets
from vinyl.sheets import NoText

MOST_ROWS = 50_000
_ALSO = {
    "catalog number": "Catalog#", "catno": "Catalog#", "release id": RELEASE,
    "releaseid": RELEASE, "folder": FOLDER, "collection folder": FOLDER, "date_added": ADDED,
    "media condition": MEDIA, "sleeve condition": SLEEVE,
}  # fmt: skip


class FileRefused(ValueError):
    """The file as a whole cannot be read; `reason` is a code, see accounts.csv.words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Table:
    """A file's text with the columns that were understood: place in the row to our name."""

    name: str
    text: str
    separator: str
    places: Mapping[int, str]

    def rows(self) -> Iterator[tuple[int, dict[str, str] | BadRow]]:
        """(number of the line that the row begins in, its cells by column), header and empty
        lines left out. A row with more cells than the header has names is bad."""
        lines = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator)
        width, first = None, 1
        while True:
            first = lines.line_num + 1
            try:
                row = next(lines)
            except StopIteration:
                return
            except csv.Error:
                yield first, BadRow("unreadable")
                continue
            if width is None:
                width = len(row)
            elif any(row):
                yield first, self._cells(row, width)

    def _cells(self, row: Sequence[str], width: int) -> dict[str, str] | BadRow:
        if any(row[width:]):
            return BadRow("columns")
        return {
            name: undone(row[place]) if place < len(row) else ""
            for place, name in self.places.items()
        }


def decoded(content: bytes) -> str:
    """The text of a file, see vinyl.sheets. FileRefused("not_text") for what is no text."""
    try:
        return sheets.decoded(content)
    except NoText:
        raise FileRefused("not_text") from None


def read_table(content: bytes, name: str) -> Table:
    """The file as a list of the kind `name`. FileRefused with "empty", "not_text", "no_columns"
    (nothing says which record a row is about), or "other_list" (a want list has no folders)."""
    text = decoded(content)
    head = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    if not head:
        raise FileRefused("empty")
    text = text.lstrip("\r\n")
    separator = sheets.separator_of(head)
    try:
        header = next(csv.reader([head], delimiter=separator))
    except (csv.Error, StopIteration):
        raise FileRefused("no_columns") from None
    places = _places(header)
    found = set(places.values())
    if RELEASE not in found and not {ARTIST, TITLE} <= found:
        raise FileRefused("no_columns")
    if name == WANTS and {FOLDER, ADDED, MEDIA} & found:
        raise FileRefused("other_list")
    if name == WANTS:
        places = {place: column for place, column in places.items() if column in COLUMNS[WANTS]}
    return Table(name, text, separator, places)


def _places(header: Sequence[str]) -> dict[int, str]:
    """Which column stands where; one that stands twice counts where it stands first."""
    known = {one.casefold(): one for name in (SHELF, WANTS) for one in COLUMNS[name]} | _ALSO
    places: dict[int, str] = {}
    own = 0
    for place, cell in enumerate(header):
        heading = " ".join(undone(cell).split())
        column = known.get(heading.casefold(), "")
        is_own = not column and heading.casefold().startswith(OWN.casefold())
        if is_own and len(heading) > len(OWN) and own < MOST_OWN:
            column, own = OWN + heading[len(OWN) :][:100], own + 1
        if column and column not in places.values():
            places[place] = column
    return places
