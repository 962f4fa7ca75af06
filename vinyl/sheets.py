"""Tables that people bring as text: letters, separator and column names as spreadsheets write them.

Pure. A Spanish spreadsheet separates by semicolons, because its numbers hold the commas, and may
write Windows' letters.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

SEPARATORS = ",;\t"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class NoText(ValueError):
    """The bytes are no text."""


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 with its mark, UTF-8 without, else Windows' Latin
    letters. NoText for what is none."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return _text(content.decode(encoding))
            except UnicodeDecodeError as error:
                raise NoText("this is no text") from error
    for encoding in ("utf-8", "cp1252"):
        try:
            return _text(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _text(content.decode("latin-1"))


def _text(text: str) -> str:
    if "\x00" in text:
        raise NoText("this is no text")
    return text


def separator_of(head: str) -> str:
    """Comma, semicolon or tab: whichever stands most often in the line of the column names."""
    return max(SEPARATORS, key=head.count)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its column names in small letters, and as they were written."""

    columns: tuple[str, ...]
    written: tuple[str, ...]
    separator: str
    _text: str

    @classmethod
    def of(cls, text: str) -> Sheet:
        """The table in this text; no columns where it is empty. csv.Error for a head that cannot
        be read."""
        text = text.lstrip("\ufeff\r\n")
        head = text.splitlines()[0] if text.strip() else ""
        separator = separator_of(head)
        written = next(csv.reader([head], delimiter=separator, strict=True), []) if head else []
        names = tuple(" ".join(name.split()) for name in written)
        return cls(tuple(name.casefold() for name in names), names, separator, text)

    def first_of(self, names: Collection[str]) -> str:
        """The first of these columns that is there, "" for none."""
        return next((name for name in names if name in self.columns), "")

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """(number of the line that the row ends in, its cells by column), empty rows left out; a
        cell that is missing is "". csv.Error for a row that cannot be read."""
        lines = csv.reader(
            io.StringIO(self._text, newline=""), delimiter=self.separator, strict=True
        )
        next(lines, None)
        for row in lines:
            if any(row):
                cells = [*row, *[""] * len(self.columns)]
                yield lines.line_num, dict(zip(self.columns, cells, strict=False))

    def seen(self) -> str:
        """What was found, for whoever is told that a column is missing."""
        if not any(self.written):
            return "it has no line of column names"
        name = {",": "commas", ";": "semicolons", "\t": "tabs"}[self.separator]
        held = ", ".join(f'"{one[:40]}"' for one in self.written[:12])
        return f"its first line, read with {name}, names {held}"

    def blank(self) -> int:
        """How many rows there are with separators and nothing else."""
        rows = csv.reader(io.StringIO(self._text, newline=""), delimiter=self.separator)
        return sum(bool(row) and not any(row) for row in rows)
