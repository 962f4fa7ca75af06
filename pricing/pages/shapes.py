"""What the album, artist, want and shelf pages are drawn from: plain values, no rows."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import ngettext

from pricing.pages.tag_shapes import blank_tag, tag_shape, tag_texts
from vinyl.look import FilterField
from vinyl.stamping import ALBUM_NUMBER, NUMBER, RELEASE_NUMBER, mark
from vinyl.templatetags.vinyl_tags import format_number

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
    cover_url: str = ""


@dataclass(frozen=True, slots=True)
class PressingRow:
    """One pressing in the list. ``copies`` are how many of it the person owns."""

    release_id: int
    year: int | None
    country: str
    label: str
    catno: str
    format: str
    have: int | None
    want: int | None
    unofficial: bool
    generated: bool
    grade: str
    tag: Any
    copies: int
    wanted: bool

    @property
    def number(self) -> int:
        return self.release_id

    @property
    def counts(self) -> str:
        """How many have and want it: "912 / 305"."""
        if self.have is None:
            return ""
        return f"{format_number(self.have)}\u2009/\u2009{format_number(self.want or 0)}"

    @property
    def shape(self) -> Hashable:
        """See vinyl.stamping."""
        return (
            bool(self.label or self.catno), bool(self.label), self.have is None, self.unofficial,
            self.generated, self.grade, self.copies, self.wanted, tag_shape(self.tag),
        )  # fmt: skip

    def blank(self) -> Any:
        tag = blank_tag(self.tag)
        return BlankPressing(
            NUMBER, mark("year"), mark("country"), mark("label") if self.label else "",
            mark("catno") if self.label or self.catno else "", mark("format"),
            "" if self.have is None else mark("counts"),
            self.unofficial, self.generated, self.grade, tag, self.copies, self.wanted,
        )  # fmt: skip

    def texts(self) -> dict[str, str]:
        return {
            "year": str(self.year or ""), "country": self.country, "label": self.label,
            "catno": self.catno, "format": self.format, "counts": self.counts,
        } | tag_texts(self.tag)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BlankPressing:
    """A PressingRow whose texts are marks."""

    release_id: int
    year: str
    country: str
    label: str
    catno: str
    format: str
    counts: str
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
    """A column's name; with an address it sorts, and ``order`` says in which order it does so
    now ("ascending", "descending")."""

    label: str
    url: str = ""
    order: str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class Pressings:
    """The whole list of an album's pressings after the filters."""

    groups: tuple[PressingGroup, ...]
    shown: int
    held: int
    filters: tuple[FilterField, ...]
    heads: tuple[ColumnHead, ...]
    # Whether a row is made up by the sandbox; said once above the table.
    generated: bool = False

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
    """An album on its artist's page, with the person's marks and its price, where it has one."""

    album: AlbumRef
    owned: bool
    wanted: bool
    plays: int
    tag: Any = None

    @property
    def number(self) -> int:
        return self.album.id

    @property
    def shape(self) -> Hashable:
        """See vinyl.stamping."""
        return (
            self.owned, self.wanted, bool(self.plays), bool(self.album.year),
            bool(self.album.cover_url), tag_shape(self.tag),
        )  # fmt: skip

    @property
    def played(self) -> str:
        """How often, in words: "86 plays"."""
        words = ngettext("%(plays)s play", "%(plays)s plays", self.plays)
        return words % {"plays": format_number(self.plays)}

    def blank(self) -> Any:
        year: Any = mark("year") if self.album.year else None
        album = replace(
            self.album,
            id=NUMBER,
            title=mark("title"),
            year=year,
            cover_url=mark("cover") if self.album.cover_url else "",
        )
        played = mark("played") if self.plays else ""
        tag = blank_tag(self.tag)
        return BlankArtistAlbum(album, self.owned, self.wanted, self.plays, played, tag)

    def texts(self) -> dict[str, str]:
        return {
            "title": self.album.title,
            "year": str(self.album.year or ""),
            "cover": self.album.cover_url,
            "played": self.played if self.plays else "",
        } | tag_texts(self.tag)


@dataclass(frozen=True, slots=True)
class BlankArtistAlbum:
    """An ArtistAlbum whose texts are marks."""

    album: AlbumRef
    owned: bool
    wanted: bool
    plays: int
    played: str
    tag: Any


@dataclass(frozen=True, slots=True)
class AlbumGroup:
    """The albums of one kind."""

    name: str
    albums: tuple[ArtistAlbum, ...]


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line of the wants or of the shelf. ``tag`` is about the pressing ``about``, else about
    the album; ``any_pressing``: the line is about one pressing and the price is another's;
    ``chooses``: it asks for more than any copy, and ``unfit``: nothing for sale is that now, the
    price is that of the cheapest of any kind."""

    album: AlbumRef
    release_id: int | None
    pressing: str
    row_id: int
    tag: Any = None
    about: int | None = None
    any_pressing: bool = False
    chooses: bool = False
    unfit: bool = False
    grade: str = ""
    asks: tuple[str, ...] = ()
    must: bool = False
    added_at: datetime | None = None

    @property
    def number(self) -> int:
        return self.row_id

    @property
    def line(self) -> str:
        """The line's name within its page, as the parts of it carry it."""
        return f"{self.row_id}{'w' if self.chooses else 'a' if self.any_pressing else ''}"

    @property
    def shape(self) -> Hashable:
        """See vinyl.stamping. The pressing that a tag is about is the line's own."""
        album = self.album
        return (
            bool(album.artist_line), bool(album.year), bool(album.cover_url),
            self.release_id is None, bool(self.pressing), self.about is None, self.any_pressing,
            self.chooses, self.unfit, self.grade, len(self.asks), self.must, tag_shape(self.tag),
        )  # fmt: skip

    def blank(self) -> Any:
        year: Any = mark("year") if self.album.year else None
        album = replace(
            self.album,
            id=ALBUM_NUMBER,
            title=mark("title"),
            artist_line=mark("artist") if self.album.artist_line else "",
            year=year,
            cover_url=mark("cover") if self.album.cover_url else "",
        )
        return replace(
            self,
            album=album,
            release_id=None if self.release_id is None else RELEASE_NUMBER,
            pressing=mark("pressing") if self.pressing else "",
            row_id=NUMBER,
            tag=blank_tag(self.tag),
            about=None if self.about is None else RELEASE_NUMBER,
            asks=tuple(mark(f"asks{at}") for at in range(len(self.asks))),
        )

    def texts(self) -> dict[str, str]:
        found = {
            "album_id": str(self.album.id), "release_id": str(self.release_id),
            "title": self.album.title, "artist": self.album.artist_line,
            "year": str(self.album.year or ""), "cover": self.album.cover_url,
            "pressing": self.pressing,
        } | tag_texts(self.tag)  # fmt: skip
        found.update((f"asks{at}", text) for at, text in enumerate(self.asks))
        return found
