"""Reads a pasted track list: lines, CSV, or M3U. No database: text in, tracks out.

Lines are "Artist - Track"; CSV has a head that names artist and track (Exportify, Soundiiz and
the like); M3U says both after #EXTINF. Podcasts, files on somebody's own disk and links without
a name are left out and counted: lines read = tracks + skipped.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vinyl.sheets import separator_of

PODCAST, LOCAL, GONE, LINK, UNREADABLE, TWICE, TOO_MANY = (
    "podcast",
    "local",
    "gone",
    "link",
    "unreadable",
    "twice",
    "too_many",
)
SKIPPED = (PODCAST, LOCAL, GONE, LINK, UNREADABLE, TWICE, TOO_MANY)
MOST_TRACKS = 2_000
LONGEST = 500

_DASH = re.compile(r"\s+[-–—]\s+|\t+")
_NUMBER = re.compile(r"^\s*\d{1,4}[.)]\s+")
_ARTIST = ("artist name(s)", "artist name", "artists", "artist", "album artist")
_TRACK = ("track name", "track", "title", "name", "song")
_ALBUM = ("album name", "album", "album title")
_LINK = ("track uri", "uri", "spotify uri", "track url", "url")


@dataclass(frozen=True, slots=True)
class Track:
    """One track; `album` is "" where the list does not say."""

    artist: str
    title: str
    album: str = ""


@dataclass(frozen=True)
class TrackList:
    """What a text held. `skipped` counts lines by one of SKIPPED."""

    tracks: tuple[Track, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        return len(self.tracks) + sum(self.skipped.values())


def parse(text: str) -> TrackList:
    """The tracks of a pasted list, each once, in their order."""
    text = text.replace("\x00", "").lstrip("\ufeff")
    rows = _csv_rows(text)
    return collect(rows if rows is not None else map(_line, _lines(text)))


def collect(found: Iterable[Track | str]) -> TrackList:
    """Tracks and reasons of skipping as one list: each track once, at most MOST_TRACKS."""
    tracks: dict[tuple[str, str], Track] = {}
    skipped: Counter[str] = Counter()
    for one in found:
        if isinstance(one, str):
            skipped[one] += 1
            continue
        key = (one.artist.casefold(), one.title.casefold())
        if key in tracks:
            skipped[TWICE] += 1
        elif len(tracks) >= MOST_TRACKS:
            skipped[TOO_MANY] += 1
        else:
            tracks[key] = one
    return TrackList(tuple(tracks.values()), dict(skipped))


def _lines(text: str) -> Iterable[str]:
    """Lines that mean something. In an M3U the name of a file stands under its #EXTINF."""
    named = False
    for line in text.splitlines():
        line = line.strip()
        if line.upper().startswith("#EXTINF:"):
            named = True
            yield line.partition(",")[2] or line
        elif line.startswith("#") or not line:
            continue
        elif named:
            named = False
        else:
            yield line


def _line(line: str) -> Track | str:
    if reason := _no_track(line):
        return reason
    parts = [part.strip() for part in _DASH.split(_NUMBER.sub("", line), maxsplit=2)]
    if len(parts) < 2 or not parts[0] or not parts[1]:
        return UNREADABLE
    return Track(parts[0][:LONGEST], parts[1][:LONGEST])


def _no_track(text: str) -> str:
    """Why a link is no track: a podcast, a file of somebody's own, or nothing but a link."""
    low = text.casefold()
    if re.search(r"spotify[:/].*(episode|show)[:/]", low) or "open.spotify.com/episode" in low:
        return PODCAST
    if "spotify:local:" in low or low.startswith(("file:", "/", "~", "c:\\", "./")):
        return LOCAL
    return LINK if re.match(r"^(https?://|spotify:)\S+$", low) else ""


def _csv_rows(text: str) -> list[Track | str] | None:
    """The rows of a CSV whose head names artist and track; None for any other text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as all systems end their lines
    head, _, _rest = text.partition("\n")
    mark = separator_of(head)
    if not head.count(mark):
        return None
    try:
        names = [name.strip().casefold() for name in next(csv.reader([head], delimiter=mark))]
    except csv.Error:
        return None
    artist, track = _column(names, _ARTIST), _column(names, _TRACK)
    if artist is None or track is None:
        return None
    album, link = _column(names, _ALBUM), _column(names, _LINK)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=mark))[1:]
    except csv.Error:
        return [UNREADABLE]
    return [_row(row, artist, track, album, link) for row in rows if any(row)]


def _column(names: list[str], known: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _row(
    row: list[str], artist: int, track: int, album: int | None, link: int | None
) -> Track | str:
    def cell(place: int | None) -> str:
        return row[place].strip()[:LONGEST] if place is not None and place < len(row) else ""

    reason = _no_track(cell(link))
    if reason in (PODCAST, LOCAL):
        return reason
    # Several artists stand in one cell; the first is the one whose record it is.
    name = re.split(r"[;,]\s*", cell(artist))[0]
    return Track(name, cell(track), cell(album)) if name and cell(track) else UNREADABLE
