"""Rows of long lists, drawn from their template once for each shape and not once for each row.

A list of pressings has hundreds of rows that differ in a year and a number, and a handful of
shapes: wanted or not, priced or not. A template costs a millisecond, so each shape is drawn once
with marks where the texts stand, and the rows are filled in. What a row looks like stays in its
template; what differs between rows of one shape must be among its texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from html import escape
from typing import Any, Protocol

from django.utils.safestring import SafeString, mark_safe

# Stand in addresses, which take numbers only, for the row's id and for those of its album and its
# pressing; no row has them.
NUMBER, ALBUM_NUMBER, RELEASE_NUMBER = range(987654321098765432, 987654321098765435)
_NUMBERS = {str(NUMBER): "", str(ALBUM_NUMBER): "album_id", str(RELEASE_NUMBER): "release_id"}
_MARKS = re.compile(f"\ue000(\\w+)\ue001|{'|'.join(_NUMBERS)}")


def mark(name: str) -> str:
    """What stands in a drawn shape for the text of that name. Private signs: no text has them."""
    return f"\ue000{name}\ue001"


class Row(Protocol):
    """A row that can be stamped."""

    @property
    def shape(self) -> Hashable:
        """Equal for rows that differ in their texts only."""

    @property
    def number(self) -> int:
        """The row's id, wherever NUMBER stands in `blank`."""

    def blank(self) -> Any:
        """The same row with NUMBER for its id and marks for its texts."""

    def texts(self) -> dict[str, str]:
        """The texts, by the names of their marks. SafeStrings are written as they are."""


def cut(drawn: str) -> str:
    """A drawn shape as a text for ``%`` and the texts by their names; the row's id has the name "",
    the others' "album_id" and "release_id"."""
    return _MARKS.sub(_place, drawn.replace("%", "%%"))


def _place(found: re.Match[str]) -> str:
    return f"%({found[1] or _NUMBERS[found[0]]})s"


def stamp(rows: Iterable[Row], draw: Callable[[Any], str], shapes: dict[Any, str]) -> SafeString:
    """All rows, one after the other. `draw` draws a blank row; `shapes` keeps what was drawn, for
    the other lists of the page."""
    written: list[str] = []
    for row in rows:
        shape = row.shape
        drawn = shapes.get(shape)
        if drawn is None:
            drawn = shapes[shape] = cut(draw(row.blank()))
        texts = row.texts()
        # The plain function: Django's own looks for lazy texts and costs ten times as much.
        filled = {
            name: text if isinstance(text, SafeString) else escape(text)
            for name, text in texts.items()
        }
        filled[""] = str(row.number)
        written.append(drawn % filled)
    return mark_safe("".join(written))  # noqa: S308 - templates, and texts escaped here
