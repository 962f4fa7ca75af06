"""Apple's iTunes Search API: songs, albums and previews, without a key.

Traps handled here: bodies begin with blank lines; too many calls are refused with 403, which says
nothing about permission; a song without a preview has no such key at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from vinyl.upstreams import reading
from vinyl.upstreams.door import Answer, Ask, judge_status
from vinyl.upstreams.errors import NotFound, RateLimited, UpstreamError
from vinyl.upstreams.previews import Preview, PreviewClient

T = TypeVar("T")
Json = Mapping[str, Any]
LIMIT = 200


@dataclass(frozen=True)
class Song:
    """`milliseconds` is the whole song's length; `has_preview` whether there is a clip. The links
    lead to the store and stand beside whatever is shown."""

    id: int
    title: str
    artist: str = ""
    artist_id: int | None = None
    album: str = ""
    album_id: int | None = None
    milliseconds: int | None = None
    position: int | None = None
    released_at: datetime | None = None
    genre: str = ""
    has_preview: bool = False
    url: str = ""


@dataclass(frozen=True)
class Album:
    """An album in one country's store."""

    id: int
    title: str
    artist: str = ""
    artist_id: int | None = None
    total_tracks: int | None = None
    released_at: datetime | None = None
    genre: str = ""
    url: str = ""


class Client(PreviewClient):
    """The store of one country, for one caller. Needs no key."""

    upstream = "itunes"

    def search_songs(self, words: str, *, country: str = "ES", limit: int = 50) -> tuple[Song, ...]:
        """Songs by words of title and artist, best first."""
        asked = {"term": words, "entity": "song", "limit": _limit(limit), "country": country}
        return self._rows("/search", asked, _song, "track")

    def search_albums(
        self, words: str, *, country: str = "ES", limit: int = 50
    ) -> tuple[Album, ...]:
        """Albums by words of title and artist, best first."""
        asked = {"term": words, "entity": "album", "limit": _limit(limit), "country": country}
        return self._rows("/search", asked, _album, "collection")

    def song(self, id: int, *, country: str = "ES") -> Song:
        """One song. NotFound where that country's store has it not."""
        found = self._rows("/lookup", {"id": str(id), "country": country}, _song, "track")
        return self._only(found)

    def song_by_isrc(self, isrc: str, *, country: str = "ES") -> Song:
        """The first song with that recording's code."""
        return self._only(self._rows("/lookup", {"isrc": isrc, "country": country}, _song, "track"))

    def album_by_upc(self, upc: str, *, country: str = "ES") -> Album:
        """The album with that bar code."""
        found = self._rows("/lookup", {"upc": upc, "country": country}, _album, "collection")
        return self._only(found)

    def preview(self, song_id: int, *, country: str = "ES") -> Preview | None:
        """The song's clip, its address asked for just now; None where there is none.

        NotConfigured unless ALLOW_PREVIEW_ANALYSIS is on: then nothing is asked.
        """
        self._must_be_allowed()
        asked = {"id": str(song_id), "country": country}
        with self._reading():
            addresses = self._rows("/lookup", asked, _preview_address, "track")
            if not addresses or not addresses[0]:
                return None
            return self._clip("itunes_cdn", addresses[0])

    def _only(self, found: tuple[T, ...]) -> T:
        if not found:
            raise NotFound(self.upstream)
        return found[0]

    def _rows(
        self, where: str, params: Mapping[str, str], parse: Callable[[Json], T], kind: str
    ) -> tuple[T, ...]:
        """Rows of that kind; a lookup mixes albums among songs."""
        with self._reading():
            answer = self._call(
                where,
                {**params, "media": "music"} if where == "/search" else params,
                judge=judge,
                remember_missing=timedelta(hours=6),
            )
            data = reading.mapping(answer.json())
            if "results" not in data:
                raise reading.Malformed("results is missing")
            rows = [
                row
                for row in reading.rows(data["results"])
                if reading.text(row.get("wrapperType")) in ("", kind)
            ]
            return reading.each(rows, parse)


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """Above some twenty calls a minute Apple answers 403."""
    if answer.status == 403 and ask.url_key == "itunes":
        return RateLimited("itunes", status=403)
    return judge_status(ask, answer)


def _limit(wanted: int) -> str:
    return str(max(1, min(wanted, LIMIT)))


def _preview_address(data: Json) -> str:
    return reading.text(data.get("previewUrl"))


def _song(data: Json) -> Song:
    return Song(
        id=reading.required_id(data.get("trackId"), "song"),
        title=reading.required_text(data.get("trackName"), "song title"),
        artist=reading.text(data.get("artistName")),
        artist_id=reading.maybe_whole(data.get("artistId")),
        album=reading.text(data.get("collectionName")),
        album_id=reading.maybe_whole(data.get("collectionId")),
        milliseconds=reading.maybe_whole(data.get("trackTimeMillis")),
        position=reading.maybe_whole(data.get("trackNumber")),
        released_at=reading.moment(data.get("releaseDate")),
        genre=reading.text(data.get("primaryGenreName")),
        has_preview=bool(_preview_address(data)),
        url=reading.text(data.get("trackViewUrl")),
    )


def _album(data: Json) -> Album:
    return Album(
        id=reading.required_id(data.get("collectionId"), "album"),
        title=reading.required_text(data.get("collectionName"), "album title"),
        artist=reading.text(data.get("artistName")),
        artist_id=reading.maybe_whole(data.get("artistId")),
        total_tracks=reading.maybe_whole(data.get("trackCount")),
        released_at=reading.moment(data.get("releaseDate")),
        genre=reading.text(data.get("primaryGenreName")),
        url=reading.text(data.get("collectionViewUrl")),
    )
