"""What the album, artist, want and shelf pages are drawn from: plain values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vinyl.look import FilterField

# Rows from which on the browser draws only those near the window.
LONG_LIST = 300


@dataclass(frozen=True, slots=True)
class AlbumRef:
    """As much of an album as its sleeve and its link need."""

    id: int
    title: str
    artist_line: str
    year: int | None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PressingRow:
    """One pressing in the list. ``copies`` are how many of it the person owns."""

    release_id: int
    year: int | None
    country: str
    label: str
    number: str
    format: str
    have: int | None
    want: int | None
    unofficial: bool
    generated: bool
    grade: str
    tag: Any
    copies: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class PressingGroup:
    """Originals, or reissues, with the words that stand beside the name."""

    name: str
    note: str
    rows: tuple[PressingRow, ...]


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column's name; with an address it sorts, and ``current`` says that it does so now."""

    label: str
    url: str = ""
    current: bool = False
    css: str = ""


@dataclass(frozen=True, slots=True)
class Pressings:
    """The whole list of an album's pressings after the filters."""

    groups: tuple[PressingGroup, ...]
    shown: int
    held: int
    filters: tuple[FilterField, ...]
    heads: tuple[ColumnHead, ...]
    hidden: tuple[tuple[str, str], ...] = ()

    @property
    def long(self) -> bool:
        """Whether the browser should draw only the rows near the window."""
        return self.shown > LONG_LIST


@dataclass(frozen=True, slots=True)
class Mine:
    """What the person has to do with an album."""

    plays: int = 0
    wanted: bool = False
    release_wants: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class ArtistLink:
    """An artist as text with an address; ``join`` is what stands before the next."""

    id: int
    name: str
    join: str = ""


@dataclass(frozen=True, slots=True)
class ArtistAlbum:
    """An album on its artist's page, with the person's marks."""

    album: AlbumRef
    owned: bool
    wanted: bool
    plays: int


@dataclass(frozen=True, slots=True)
class AlbumGroup:
    """The albums of one kind."""

    name: str
    albums: tuple[ArtistAlbum, ...]


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line of the wants or of the shelf. ``tag`` is about the pressing ``about``, else about
    the album; ``any_pressing``: the line is about one pressing and the price is another's."""

    album: AlbumRef
    release_id: int | None
    pressing: str
    row_id: int
    remove_url: str
    tag: Any = None
    about: int | None = None
    any_pressing: bool = False
    grade: str = ""
    added_at: datetime | None = None

    @property
    def line(self) -> str:
        """The line's name within its page, as the parts of it carry it."""
        return f"{self.row_id}{'a' if self.any_pressing else ''}"
