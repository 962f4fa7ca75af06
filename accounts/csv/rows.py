"""What the cells of a row mean, and how a row is written. Pure.

Columns and words are Discogs' own: see its exports of a collection and of a want list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

SHELF, WANTS = "shelf", "wants"
NUMBER, ARTIST, TITLE, LABEL = "Catalog#", "Artist", "Title", "Label"
FORMAT, RATING, RELEASED, RELEASE = "Format", "Rating", "Released", "release_id"
FOLDER, ADDED = "CollectionFolder", "Date Added"
MEDIA, SLEEVE = "Collection Media Condition", "Collection Sleeve Condition"
SHELF_NOTES, WANT_NOTES = "Collection Notes", "Notes"
_COMMON = (NUMBER, ARTIST, TITLE, LABEL, FORMAT, RATING, RELEASED, RELEASE)
COLUMNS = {
    SHELF: (*_COMMON, FOLDER, ADDED, MEDIA, SLEEVE, SHELF_NOTES),
    WANTS: (*_COMMON, WANT_NOTES),
}
# The person's own columns at Discogs stand behind the others with this word in front.
OWN = "Collection "
MOST_OWN, LONGEST_CELL = 20, 10_000

GRADE_WORDS = {
    "M": "Mint (M)", "NM": "Near Mint (NM or M-)", "VG+": "Very Good Plus (VG+)",
    "VG": "Very Good (VG)", "G+": "Good Plus (G+)", "G": "Good (G)", "F": "Fair (F)",
    "P": "Poor (P)",
}  # fmt: skip
SLEEVE_ONLY = {"generic": "Generic", "not_graded": "Not Graded", "no_cover": "No Cover"}
_BY_WORD = {word.casefold(): code for code, word in (GRADE_WORDS | SLEEVE_ONLY).items()} | {
    code.casefold(): code for code in GRADE_WORDS
}
_DATES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
# Words of the column Format that name something other than a record.
_OTHER = re.compile(
    r"(?i)^(?:\d+\s*[x×]\s*)?(?:CDr?|HDCD|SACD|DVDr?|DVD-.*|Cass|Cassette|File|Blu-ray.*|BD.*|VHS|"
    r"Reel.*|8-Trk.*|MiniDisc|MD|Memory Stick|DCC|DAT|Betamax|Laserdisc|LD|Floppy.*|HD DVD|UMD|"
    r"4-Trk.*|Microcassette|PlayTape|Dualdisc|Dual Disc|Hybrid)$"
)
_RECORD = re.compile(
    r"(?i)^(?:\d+\s*[x×]\s*)?(?:LP|EP|\d{1,2}\"|Vinyl|Flexi.*|Shellac|Lathe.*|Acetate|Single)$"
)


class BadRow(ValueError):
    """A row that cannot be read; `reason` is a code, see accounts.csv.words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `rating` 1-5; `media` and `sleeve` are grade codes ("VG+"), the sleeve also a key
    of SLEEVE_ONLY; `added_at` is aware; `fields` are the person's own columns by name."""

    catno: str = ""
    artist: str = ""
    title: str = ""
    label: str = ""
    format: str = ""
    rating: int | None = None
    released: str = ""
    release_id: int | None = None
    folder: str = ""
    added_at: datetime | None = None
    media: str = ""
    sleeve: str = ""
    notes: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def year(self) -> int | None:
        found = re.match(r"\s*(\d{4})(?!\d)", self.released)
        return int(found[1]) if found else None


def read_line(name: str, cells: Mapping[str, str]) -> Line:
    """A row of the list `name` from its cells by column. BadRow where a cell makes no sense, or
    nothing says which record it is."""
    if any(len(cell) > LONGEST_CELL for cell in cells.values()):
        raise BadRow("long")
    text = {column: cells.get(column, "").strip() for column in cells}
    line = Line(
        catno=text.get(NUMBER, ""),
        artist=text.get(ARTIST, ""),
        title=text.get(TITLE, ""),
        label=text.get(LABEL, ""),
        format=text.get(FORMAT, ""),
        rating=_rating(text.get(RATING, "")),
        released=text.get(RELEASED, ""),
        release_id=_number(text.get(RELEASE, "")),
        folder=text.get(FOLDER, "") if name == SHELF else "",
        added_at=_moment(text.get(ADDED, "")) if name == SHELF else None,
        media=_grade(text.get(MEDIA, ""), "media") if name == SHELF else "",
        sleeve=_grade(text.get(SLEEVE, ""), "sleeve") if name == SHELF else "",
        # What a person wrote is kept to the last space.
        notes=cells.get(SHELF_NOTES if name == SHELF else WANT_NOTES, ""),
        fields={
            column.removeprefix(OWN): cell
            for column, cell in cells.items()
            if column not in COLUMNS[name] and cell
        }
        if name == SHELF
        else {},
    )
    if len(line.folder) > 200:
        raise BadRow("long")
    if line.release_id is None and not (line.artist and line.title):
        raise BadRow("nothing")
    return line


def cells_of(name: str, line: Line) -> dict[str, str]:
    """The row's cells by column, as we write them."""
    cells = {
        NUMBER: line.catno,
        ARTIST: line.artist,
        TITLE: line.title,
        LABEL: line.label,
        FORMAT: line.format,
        RATING: str(line.rating or ""),
        RELEASED: line.released,
        RELEASE: str(line.release_id or ""),
    }
    if name == WANTS:
        return cells | {WANT_NOTES: line.notes}
    added = line.added_at.astimezone(UTC).strftime(_DATES[0]) if line.added_at else ""
    return cells | {
        FOLDER: line.folder,
        ADDED: added,
        MEDIA: GRADE_WORDS.get(line.media, ""),
        SLEEVE: (GRADE_WORDS | SLEEVE_ONLY).get(line.sleeve, ""),
        SHELF_NOTES: line.notes,
        **{f"{OWN}{own}": cell for own, cell in line.fields.items()},
    }


def printed_in(name: str, cells: Mapping[str, str], ours: Line) -> dict[str, list[str]]:
    """Where a file says it in other words than we would: column, our words, the file's words."""
    written = cells_of(name, ours)
    return {
        column: [mine, cells[column]]
        for column, mine in written.items()
        if column in cells and cells[column] != mine
    }


def with_printed(
    cells: Mapping[str, str], printed: Mapping[str, list[str]]
) -> dict[str, str]:  # fmt: skip
    """The cells in the file's words, where what they say is still the same."""
    found = dict(cells)
    for column, (ours, theirs) in printed.items():
        if found.get(column) == ours:
            found[column] = theirs
    return found


def is_other_medium(text: str) -> bool:
    """Whether the column Format names something, and no record among it: "CD, Album"."""
    words = [word.strip() for part in text.split(" + ") for word in part.split(",")]
    if any(_RECORD.match(word) for word in words):
        return False
    return any(_OTHER.match(word) for word in words)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) == 0:
        raise BadRow("release_id")
    return int(text)


def _rating(text: str) -> int | None:
    if text in ("", "0"):
        return None
    if text not in ("1", "2", "3", "4", "5"):
        raise BadRow("rating")
    return int(text)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    for shape in _DATES:
        try:
            found = datetime.strptime(text, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
        # Before the first records and far ahead nobody added anything.
        if 1900 <= found.year <= 2200:
            return found
    raise BadRow("date")


def _grade(text: str, reason: str) -> str:
    if not text:
        return ""
    code = _BY_WORD.get(" ".join(text.split()).casefold(), "")
    if not code or (reason == "media" and code in SLEEVE_ONLY):
        raise BadRow(reason)
    return code
