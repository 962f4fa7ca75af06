"""Deezer's public API: tracks and their short previews, without a key.

Traps handled here: errors arrive as HTTP 200 with an `error` object; a preview's address dies
after 900 seconds, so it is asked for again right before the download; an empty address means that
there is no preview; `bpm` is mostly 0, which means unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from vinyl.upstreams import reading
from vinyl.upstreams.base import path
from vinyl.upstreams.door import Answer, Ask, judge_status
from vinyl.upstreams.errors import (
    BadAnswer,
    Forbidden,
    NotFound,
    RateLimited,
    Unavailable,
    UpstreamError,
)
from vinyl.upstreams.previews import Preview, PreviewClient
from vinyl.upstreams.reading import Page

T = TypeVar("T")
Json = Mapping[str, Any]
LIMIT = 100
_QUOTA, _BUSY, _NO_DATA = 4, 700, 800
_TOKENS = (200, 300)


@dataclass(frozen=True)
class Artist:
    """`albums` and `fans` are None where Deezer does not tell them."""

    id: int
    name: str
    url: str = ""
    albums: int | None = None
    fans: int | None = None


@dataclass(frozen=True)
class Track:
    """`seconds` is the whole track's length; `has_preview` whether a clip can be asked for now.
    `bpm` (None: unknown) and `gain` (in decibels) only from `track`, as `isrc` is."""

    id: int
    title: str
    artist: str
    artist_id: int | None = None
    album: str = ""
    album_id: int | None = None
    seconds: int | None = None
    isrc: str = ""
    bpm: Decimal | None = None
    gain: Decimal | None = None
    position: int | None = None
    has_preview: bool = False
    url: str = ""


@dataclass(frozen=True)
class Album:
    """`kind` is "album", "ep", "single" or "compile"; `tracks` only from `album`."""

    id: int
    title: str
    artist: str = ""
    artist_id: int | None = None
    kind: str = ""
    released: str = ""
    upc: str = ""
    label: str = ""
    total_tracks: int | None = None
    tracks: tuple[Track, ...] = ()
    url: str = ""


class Client(PreviewClient):
    """Deezer for one caller. Needs no key."""

    upstream = "deezer"

    def search_tracks(
        self, title: str, *, artist: str = "", album: str = "", offset: int = 0
    ) -> Page[Track]:
        """Tracks by title and, where given, artist and album."""
        asked = _query(track=title, artist=artist, album=album)
        return self._page("/search/track", _track, offset, q=asked)

    def search_albums(self, title: str, *, artist: str = "", offset: int = 0) -> Page[Album]:
        """Albums by title and, where given, artist."""
        return self._page("/search/album", _album, offset, q=_query(album=title, artist=artist))

    def search_artists(self, name: str, *, offset: int = 0) -> Page[Artist]:
        """Artists by name; several may bear the same."""
        return self._page("/search/artist", _artist, offset, q=name)

    def search(self, words: str, *, offset: int = 0) -> Page[Track]:
        """Tracks by words that may stand anywhere in title, artist and album."""
        return self._page("/search", _track, offset, q=words)

    def track(self, id: int) -> Track:
        with self._reading():
            return _track(self._ask(path("track", id)))

    def track_by_isrc(self, isrc: str) -> Track:
        """The recording with that code. NotFound when Deezer has none."""
        with self._reading():
            return _track(self._ask(f"/track/isrc:{path(isrc)[1:]}"))

    def album(self, id: int) -> Album:
        with self._reading():
            return _album(self._ask(path("album", id)))

    def artist_top(self, id: int, *, offset: int = 0) -> Page[Track]:
        """The artist's tracks that are heard most there."""
        return self._page(path("artist", id, "top"), _track, offset)

    def related_artists(self, id: int, *, offset: int = 0) -> Page[Artist]:
        """Artists that Deezer thinks alike, most alike first."""
        return self._page(path("artist", id, "related"), _artist, offset)

    def preview(self, track_id: int) -> Preview | None:
        """The track's clip, its address asked for just now; None where there is none.

        NotConfigured unless ALLOW_PREVIEW_ANALYSIS is on: then nothing is asked.
        """
        self._must_be_allowed()
        with self._reading():
            address = reading.text(self._ask(path("track", track_id)).get("preview"))
            if not address:
                return None
            return self._clip("deezer_cdn", address)

    def _page(self, where: str, parse: Callable[[Json], T], offset: int, **params: str) -> Page[T]:
        asked = {**params, "index": str(offset), "limit": str(LIMIT)}
        with self._reading():
            data = self._ask(where, asked)
            if "data" not in data:
                raise reading.Malformed("data is missing")
            total = reading.whole(data.get("total"), len(data["data"]))
            return Page(
                items=reading.each(data["data"], parse),
                page=offset // LIMIT + 1,
                pages=-(-total // LIMIT),
                total=total,
            )

    def _ask(self, where: str, params: Mapping[str, str] | None = None) -> Json:
        answer = self._call(where, params, judge=judge, remember_missing=timedelta(hours=6))
        return reading.mapping(answer.json())


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """Deezer's own error first: it comes with HTTP 200."""
    error = _error_in(answer)
    if error is None:
        return judge_status(ask, answer)
    number = reading.maybe_whole(error.get("code"))
    detail = f"error {number}: {reading.text(error.get('type'))}"
    if number == _QUOTA:
        return RateLimited("deezer", status=answer.status, detail=detail)
    if number == _NO_DATA:
        return NotFound("deezer", status=answer.status, detail=detail)
    if number == _BUSY or answer.status >= 500:
        return Unavailable("deezer", status=answer.status, detail=detail)
    if number in _TOKENS:
        return Forbidden("deezer", status=answer.status, detail=detail)
    return BadAnswer("deezer", status=answer.status, detail=detail)


def _error_in(answer: Answer) -> Json | None:
    # Errors are tiny; a clip or a long list is none.
    if len(answer.body) > 4096 or not answer.body.lstrip().startswith(b"{"):
        return None
    try:
        data = json.loads(answer.body)
    except ValueError:
        return None
    return reading.sub(data, "error") or None


def _query(**fields: str) -> str:
    """`artist:"..." track:"..."`; a quotation mark inside would end the field."""
    plain = {name: " ".join(value.replace('"', " ").split()) for name, value in fields.items()}
    return " ".join(f'{name}:"{value}"' for name, value in plain.items() if value)


def _artist(data: Json) -> Artist:
    return Artist(
        id=reading.required_id(data.get("id"), "artist"),
        name=reading.required_text(data.get("name"), "artist name"),
        url=reading.text(data.get("link")),
        albums=reading.maybe_whole(data.get("nb_album")),
        fans=reading.maybe_whole(data.get("nb_fan")),
    )


def _track(data: Json) -> Track:
    artist, album = reading.sub(data, "artist"), reading.sub(data, "album")
    return Track(
        id=reading.required_id(data.get("id"), "track"),
        title=reading.required_text(data.get("title"), "track title"),
        artist=reading.text(artist.get("name")),
        artist_id=reading.maybe_whole(artist.get("id")),
        album=reading.text(album.get("title")),
        album_id=reading.maybe_whole(album.get("id")),
        seconds=reading.maybe_whole(data.get("duration")),
        isrc=reading.text(data.get("isrc")),
        bpm=reading.maybe_number(data.get("bpm")) or None,
        gain=reading.maybe_number(data.get("gain")),
        position=reading.maybe_whole(data.get("track_position")),
        has_preview=bool(reading.text(data.get("preview"))),
        url=reading.text(data.get("link")),
    )


def _album(data: Json) -> Album:
    artist = reading.sub(data, "artist")
    return Album(
        id=reading.required_id(data.get("id"), "album"),
        title=reading.required_text(data.get("title"), "album title"),
        artist=reading.text(artist.get("name")),
        artist_id=reading.maybe_whole(artist.get("id")),
        kind=reading.text(data.get("record_type")),
        released=reading.text(data.get("release_date")),
        upc=reading.text(data.get("upc")),
        label=reading.text(data.get("label")),
        total_tracks=reading.maybe_whole(data.get("nb_tracks")),
        tracks=reading.each(reading.sub(data, "tracks").get("data"), _track),
        url=reading.text(data.get("link")),
    )
