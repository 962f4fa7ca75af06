"""Rows of long lists, drawn from their template once for each shape and not once for each row.

A list of pressings has hundreds of rows that differ in a year and a number, and a handful of
shapes: wanted or not, priced or not. A template costs a millisecond, so each shape is drawn once
with marks where the texts stand, and the rows are filled in. What a row looks like stays in its
template; what differs between rows of one shape must be among its texts.

What was drawn says the same to everybody and is kept by the process for the pages that follow. So
the template sees nothing of the page but what `Page` has: whether somebody is signed in, and marks
for the album's id and for the token of the page's forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from secrets import token_hex
from types import SimpleNamespace
from typing import Any, Protocol

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

# Stand in addresses, which take numbers only, for the row's id and for those of its album and its
# pressing; no row has them.
NUMBER, ALBUM_NUMBER, RELEASE_NUMBER = range(987654321098765432, 987654321098765435)
_NUMBERS = {str(NUMBER): "", str(ALBUM_NUMBER): "album_id", str(RELEASE_NUMBER): "release_id"}
# Nobody outside knows it: a seller's title that looked like a mark would be given the page's token.
_SIGN = token_hex(8)
_MARKS = re.compile(f"\ue000{_SIGN}(\\w+)\ue001|{'|'.join(_NUMBERS)}")


def mark(name: str) -> str:
    """What stands in a drawn shape for the text of that name; no text from outside holds it."""
    return f"\ue000{_SIGN}{name}\ue001"


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


@dataclass(frozen=True, slots=True)
class Page:
    """As much of a page as its rows may see: whether somebody is signed in, of which list they are,
    and the id of its album and the token of its forms, which are filled in."""

    signed_in: bool = False
    list_name: str = ""
    album_id: int | None = None
    token: str = ""

    @property
    def key(self) -> Hashable:
        """Equal for pages on which rows of one shape are drawn alike."""
        zone = timezone.get_current_timezone_name()
        return (get_language(), zone, self.signed_in, self.list_name, self.album_id is None)

    def seen(self) -> dict[str, Any]:
        """The context that a row is drawn in."""
        found: dict[str, Any] = {
            "request": SimpleNamespace(user=SimpleNamespace(is_authenticated=self.signed_in)),
            "list_name": self.list_name,
            "csrf_token": mark("token"),
        }
        if self.album_id is not None:
            found["album"] = SimpleNamespace(id=ALBUM_NUMBER)
        return found

    def texts(self) -> Mapping[str, str]:
        """What is filled in, by the names of its marks."""
        return {"token": escape(self.token), "album_id": str(self.album_id)}


_KEPT: dict[Hashable, str] = {}
# Of some kilobytes each. The shapes that people see are far fewer; some hold a time of day.
MOST_KEPT = 2000


def stamp(rows: Iterable[Row], part: str, page: Page, draw: Callable[[Any], str]) -> SafeString:
    """All rows, one after the other. `draw` draws a blank row from the template `part`, seeing
    nothing but ``page.seen()``."""
    written: list[str] = []
    of_page, above = page.texts(), (part, page.key)
    kept = {} if settings.DEBUG else _KEPT
    for row in rows:
        key = (above, row.shape)
        drawn = kept.get(key)
        if drawn is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            drawn = kept[key] = cut(draw(row.blank()))
        # The plain function: Django's own looks for lazy texts and costs ten times as much.
        filled = dict(of_page)
        for name, text in row.texts().items():
            filled[name] = text if isinstance(text, SafeString) else escape(text)
        filled[""] = str(row.number)
        written.append(drawn % filled)
    return mark_safe("".join(written))  # noqa: S308 - templates, and texts escaped here


@receiver(setting_changed)
def _forget_kept(**_changed: Any) -> None:
    _KEPT.clear()
