"""What the importer takes from one record of a dump, whichever way the record was read. Pure.

Which formats count as vinyl: a release is kept when any of its formats is named Vinyl, Shellac,
Flexi-disc, Lathe Cut or Acetate. The last four are media of their own, because a collector of
LPs does not mean a 78 when asking for a first pressing; a release with both (an LP with a bonus
flexi) counts as vinyl. A box of CDs with one LP in it is kept: the LP can be collected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

MEDIA = {
    "Vinyl": "vinyl",
    "Shellac": "shellac",
    "Flexi-disc": "flexi",
    "Lathe Cut": "lathe",
    "Acetate": "acetate",
}
# What a box may hold: a number above it is a slip of the keyboard and says nothing.
MOST_DISCS = 1000
# Records that old dumps carry along and Discogs does not show; those of today have no status.
NOT_ACCEPTED = frozenset(("Draft", "Deleted", "Rejected"))
_FIRST_YEAR, _LAST_YEAR = 1850, 2100


class Credit(NamedTuple):
    """An artist as credited. `name` carries Discogs' "(2)"; `anv` is the name on the sleeve."""

    id: int | None
    name: str
    anv: str
    join: str


class LabelLine(NamedTuple):
    name: str
    catno: str
    id: int | None


class FormatLine(NamedTuple):
    name: str
    quantity: int
    text: str
    descriptions: tuple[str, ...]


class IdentifierLine(NamedTuple):
    kind: str
    value: str
    description: str


# The same without names, as the fast way gives them: equal, and a tenth of the time to make.
CreditRow = tuple[int | None, str, str, str]
LabelRow = tuple[str, str, int | None]
IdentifierRow = tuple[str, str, str]


class DumpRelease(NamedTuple):
    """One release. `tracks` and `companies` are lists of plain dictionaries, ready for JSON."""

    id: int
    title: str
    artists: tuple[CreditRow, ...]
    labels: tuple[LabelRow, ...]
    formats: tuple[FormatLine, ...]
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    country: str
    released: str
    master_id: int | None
    is_main: bool
    tracks: list[dict[str, Any]]
    identifiers: tuple[IdentifierRow, ...]
    companies: list[dict[str, Any]]


class DumpMaster(NamedTuple):
    id: int
    main_release: int | None
    title: str
    artists: tuple[CreditRow, ...]
    genres: tuple[str, ...]
    styles: tuple[str, ...]
    year: int | None


class DumpArtist(NamedTuple):
    id: int
    name: str
    variations: tuple[str, ...]


class DumpLabel(NamedTuple):
    id: int
    name: str
    parent_id: int | None


# Ours are made of Discogs' numbers (see filling.SPAN), which have eight digits today.
MOST_NUMBERED = 999_999_999


def numbers_fit(release: DumpRelease) -> bool:
    """Whether all numbers of a release are such as Discogs deals out."""
    artists = (one[0] for one in release.artists)
    labels = (one[2] for one in release.labels)
    return all(
        number is None or number <= MOST_NUMBERED
        for number in (release.id, release.master_id, *artists, *labels)
    )


# How the reasons begin of records that nothing can be made of.
NO_XML = "no XML"
NO_ID = "no id"
BEYOND = "a number beyond all of Discogs'"
# A number that another record of the file has told already: the first one counts.
AGAIN = "the same id again"
BAD = (NO_XML, NO_ID, BEYOND)


def unreadable(counts: Mapping[str, int]) -> int:
    """How many of the records that an import has counted could not be read."""
    bad = tuple(f"skipped: {reason}" for reason in BAD)
    return sum(number for name, number in counts.items() if name.startswith(bad))


class BadRecord(ValueError):
    """A record that neither way can read; the message says why."""


def year_of(released: str) -> int | None:
    """The year at the head of "1999", "1999-03" or "1999-03-00", whatever blanks stand before; None
    for none or an odd one."""
    head = released.lstrip(" \t\r\n")[:4]
    if len(head) == 4 and head.isascii() and head.isdigit():
        year = int(head)
        if _FIRST_YEAR <= year <= _LAST_YEAR:
            return year
    return None


def quantity_of(text: str) -> int:
    """How many; 1 where nothing sensible stands there, such as more than a thousand."""
    digits = text.lstrip("0")
    if not digits or len(digits) > 4 or not (digits.isascii() and digits.isdigit()):
        return 1
    number = int(digits)
    return number if number <= MOST_DISCS else 1


@lru_cache(maxsize=4096)
def medium_of(names: tuple[str, ...]) -> str | None:
    """The medium of a release with these formats; None when it is not collected here."""
    media = {MEDIA[name] for name in names if name in MEDIA}
    if not media:
        return None
    return next(medium for medium in MEDIA.values() if medium in media)


@lru_cache(maxsize=16384)
def format_words(formats: tuple[FormatLine, ...]) -> str:
    """The formats as one line, as Discogs' lists write it: "2xLP, Album, Reissue, 180g"."""
    words: list[str] = []
    for one in formats:
        described = list(one.descriptions) or [one.name]
        if one.quantity > 1:
            described[0] = f"{one.quantity}x{described[0]}"
        words += described
        if one.text:
            words.append(one.text)
    return ", ".join(words)


@lru_cache(maxsize=16384)
def discs_of(formats: tuple[FormatLine, ...]) -> int:
    """How many records are in the sleeve."""
    return min(sum(one.quantity for one in formats if one.name in MEDIA), 30_000) or 1


@lru_cache(maxsize=16384)
def is_unofficial(formats: tuple[FormatLine, ...]) -> bool:
    return any("Unofficial Release" in one.descriptions for one in formats)


@lru_cache(maxsize=16384)
def work_kind(formats: tuple[FormatLine, ...]) -> str:
    """album, ep, single or compilation, where the formats say so; else ""."""
    words = {word for one in formats for word in one.descriptions}
    if "Compilation" in words:
        return "compilation"
    if words & {"Album", "Mini-Album"}:
        return "album"
    if "EP" in words:
        return "ep"
    if words & {"Single", "Maxi-Single"}:
        return "single"
    return "album" if "LP" in words else ""


def bare_name(name: str) -> tuple[str, str]:
    """("Scuba", "4") from "Scuba (4)": the number is Discogs' way to tell namesakes apart."""
    if name.endswith(")"):
        head, space, number = name.rpartition(" (")
        if space and head and number[:-1].isdigit() and len(number) < 8:
            return head, number[:-1]
    return name, ""


def artist_line(credits: Sequence[tuple[Any, str, str, str]]) -> str:
    """The credit in one line: "Rodrigo y Gabriela feat. C.U.B.A."."""
    if len(credits) == 1:
        _, name, anv, _ = credits[0]
        return anv or bare_name(name)[0]
    line = ""
    for position, (_, name, anv, join) in enumerate(credits, start=1):
        line += anv or bare_name(name)[0]
        if position < len(credits):
            line += ", " if join in ("", ",") else f" {join} "
    return line


def track(position: str, title: str, duration: str, **more: Any) -> dict[str, Any]:
    """One line of a tracklist. Without position and duration it is a heading."""
    kind = "track" if position or duration else "heading"
    return {"position": position, "title": title, "duration": duration, "kind": kind, **more}


def company(id: int | None, name: str, catno: str, role: str) -> dict[str, Any]:
    """One company of a release, with what it did."""
    return {"id": id, "name": name, "catno": catno, "role": role}
