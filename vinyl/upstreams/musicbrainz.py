"""MusicBrainz ws/2: identifiers, release groups, and which of them a Discogs master is.

Core data only (CC0): tags, genres and ratings are under a non-commercial licence and are not
read. One call a second for this whole address, see the registry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from vinyl.upstreams import reading
from vinyl.upstreams.base import BaseClient, path
from vinyl.upstreams.door import Answer, Ask, judge_status
from vinyl.upstreams.errors import NotFound, RateLimited, UpstreamError
from vinyl.upstreams.reading import Page

T = TypeVar("T")
Json = Mapping[str, Any]
BROWSE = 100
_LUCENE = re.compile(r'([+\-!(){}\[\]^"~*?:\\/]|&&|\|\|)')
_DISCOGS = re.compile(r"^https?://(?:www\.)?discogs\.com/(?:[^/]+/)?(artist|master|release)/(\d+)")


@dataclass(frozen=True)
class ArtistName:
    """An artist as credited; `join` stands between this one and the next (" & ")."""

    mbid: str
    name: str
    credited_as: str = ""
    join: str = ""


@dataclass(frozen=True)
class ArtistHit:
    """A search hit. `score` is 0-100, relative to the best hit of the same search."""

    mbid: str
    name: str
    score: int
    sort_name: str = ""
    disambiguation: str = ""
    country: str = ""
    kind: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Artist:
    """`mbid` is the present one: an id that was merged answers with the new one."""

    mbid: str
    name: str
    sort_name: str = ""
    disambiguation: str = ""
    country: str = ""
    kind: str = ""
    begin: str = ""
    end: str = ""
    aliases: tuple[str, ...] = ()
    discogs_ids: tuple[int, ...] = ()
    urls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReleaseGroup:
    """A work. `secondary_kinds` (Live, Compilation ...) decide what counts as an album;
    `released` is "YYYY", "YYYY-MM", a day or "". `score` only in search results."""

    mbid: str
    title: str
    kind: str = ""
    secondary_kinds: tuple[str, ...] = ()
    released: str = ""
    artists: tuple[ArtistName, ...] = ()
    disambiguation: str = ""
    master_ids: tuple[int, ...] = ()
    score: int | None = None

    @property
    def year(self) -> int | None:
        return reading.year(self.released)


@dataclass(frozen=True)
class Medium:
    """One disc or file of a release; `format` is MusicBrainz' word ("12\" Vinyl", "CD") or ""."""

    format: str = ""
    tracks: int | None = None
    title: str = ""


@dataclass(frozen=True)
class Label:
    mbid: str = ""
    name: str = ""
    catno: str = ""


@dataclass(frozen=True)
class Release:
    """One edition of a work. `country` may be "XE" (Europe) or "XW" (the world); `barcode` is ""
    where it has none or nobody typed it in; `discogs_ids` only from `release`."""

    mbid: str
    title: str
    status: str = ""
    released: str = ""
    country: str = ""
    barcode: str = ""
    disambiguation: str = ""
    media: tuple[Medium, ...] = ()
    labels: tuple[Label, ...] = ()
    artists: tuple[ArtistName, ...] = ()
    group_mbid: str = ""
    discogs_ids: tuple[int, ...] = ()
    score: int | None = None

    @property
    def is_vinyl(self) -> bool:
        return any("Vinyl" in one.format for one in self.media)


class Client(BaseClient):
    """MusicBrainz for one caller. Needs no key."""

    upstream = "musicbrainz"

    def search_artists(self, name: str, *, limit: int = 25) -> tuple[ArtistHit, ...]:
        """Artists of that name or alias, best first."""
        query = f'artist:"{escape(name)}" OR alias:"{escape(name)}"'
        with self._reading():
            data = self._ask("/ws/2/artist", {"query": query, "limit": str(limit)})
            # Answers of ten years ago called the list "artist".
            return reading.each(data.get("artists", data.get("artist")), _artist_hit)

    def artist(self, mbid: str) -> Artist:
        """NotFound for an id that never was."""
        with self._reading():
            return _artist(self._ask(path("ws", "2", "artist", mbid), {"inc": "url-rels+aliases"}))

    def release_group(self, mbid: str) -> ReleaseGroup:
        """With the Discogs masters it is linked to."""
        with self._reading():
            asked = {"inc": "artist-credits+url-rels"}
            return _release_group(self._ask(path("ws", "2", "release-group", mbid), asked))

    def artist_for_discogs(self, discogs_id: int) -> Artist | None:
        """The one artist linked to an artist of Discogs; None for none and for several. Tells the
        name and the id, no aliases or links."""
        asked = {
            "resource": f"https://www.discogs.com/artist/{discogs_id}",
            "inc": "artist-rels",
        }
        try:
            with self._reading():
                data = self._ask("/ws/2/url", asked, timedelta(days=1))
        except NotFound:
            return None
        found = [reading.sub(row, "artist") for row in reading.rows(data.get("relations"))]
        linked = {
            reading.text(row.get("id")): row for row in found if row.get("id") and row.get("name")
        }
        return _artist(next(iter(linked.values()))) if len(linked) == 1 else None

    def artist_release_groups(self, mbid: str, *, offset: int = 0) -> Page[ReleaseGroup]:
        """An artist's albums and EPs with the Discogs masters that they are linked to. Go on at
        offset + len(page), not at the next hundred."""
        asked = {
            "artist": mbid, "type": "album|ep", "inc": "artist-credits+url-rels",
            "limit": str(BROWSE), "offset": str(offset),
        }  # fmt: skip
        with self._reading():
            data = self._ask("/ws/2/release-group", asked)
            return _browsed(data, "release-group", _release_group, offset)

    def all_artist_release_groups(self, mbid: str) -> Iterator[ReleaseGroup]:
        """All of an artist's albums and EPs, page after page."""
        return _all(lambda offset: self.artist_release_groups(mbid, offset=offset))

    def release(self, mbid: str) -> Release:
        """One edition with the Discogs releases that it is linked to."""
        with self._reading():
            asked = {"inc": "artist-credits+labels+media+release-groups+url-rels"}
            return _release(self._ask(path("ws", "2", "release", mbid), asked))

    def group_releases(self, group_mbid: str, *, offset: int = 0) -> Page[Release]:
        """Editions of a work. Pages are cut at some 500 tracks, so they hold fewer than asked for:
        go on at offset + len(page). A lookup of the work would list 25 at most."""
        asked = {
            "release-group": group_mbid, "inc": "artist-credits+labels+media",
            "limit": str(BROWSE), "offset": str(offset),
        }  # fmt: skip
        with self._reading():
            return _browsed(self._ask("/ws/2/release", asked), "release", _release, offset)

    def all_group_releases(self, group_mbid: str) -> Iterator[Release]:
        """All editions of a work, however the service cuts its pages."""
        return _all(lambda offset: self.group_releases(group_mbid, offset=offset))

    def search_releases(self, artist: str, title: str) -> tuple[Release, ...]:
        """Editions by artist and title, best first, with their score."""
        query = f'release:"{escape(title)}" AND artist:"{escape(artist)}"'
        with self._reading():
            data = self._ask("/ws/2/release", {"query": query, "limit": "25"})
            return reading.each(data.get("releases"), _release)

    def release_group_for_master(self, master_id: int) -> ReleaseGroup | None:
        """The one release group linked to a Discogs master; None for none, and for several
        (then nothing can be concluded)."""
        asked = {
            # MusicBrainz stores the real address without the title behind the number.
            "resource": f"https://www.discogs.com/master/{master_id}",
            "inc": "release-group-rels",
        }
        try:
            with self._reading():
                # Links are added by hand: what is missing today is missing for days.
                data = self._ask("/ws/2/url", asked, timedelta(days=1))
        except NotFound:
            return None
        linked = {
            group.mbid: group
            for row in reading.rows(data.get("relations"))
            if (group := _related_group(row)) is not None
        }
        return next(iter(linked.values())) if len(linked) == 1 else None

    def search_release_groups(self, artist: str, title: str) -> tuple[ReleaseGroup, ...]:
        """Release groups by artist and title, best first, with their score."""
        query = f'releasegroup:"{escape(title)}" AND artist:"{escape(artist)}"'
        with self._reading():
            data = self._ask("/ws/2/release-group", {"query": query, "limit": "25"})
            return reading.each(data.get("release-groups"), _release_group)

    def _ask(
        self, where: str, params: Mapping[str, str], remember: timedelta = timedelta(hours=6)
    ) -> Json:
        answer = self._call(
            where, {**params, "fmt": "json"}, judge=judge, remember_missing=remember
        )
        return reading.mapping(answer.json())


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """A 503 is mostly "too fast", which is no outage and must not open the breaker."""
    too_fast = b"rate limit" in answer.body or "X-Rate-Limited" in answer.headers
    if answer.status == 503 and too_fast:
        return RateLimited("musicbrainz", status=503)
    return judge_status(ask, answer)


def escape(words: str) -> str:
    """A phrase for Lucene: its special characters are taken literally."""
    return _LUCENE.sub(r"\\\1", words)


def _artist_hit(row: Json) -> ArtistHit:
    return ArtistHit(
        mbid=reading.required_text(row.get("id"), "artist id"),
        name=reading.required_text(row.get("name"), "artist name"),
        score=reading.whole(row.get("score")),
        sort_name=reading.text(row.get("sort-name")),
        disambiguation=reading.text(row.get("disambiguation")),
        country=reading.text(row.get("country")),
        kind=reading.text(row.get("type")),
        aliases=_aliases(row),
    )


def _artist(data: Json) -> Artist:
    span = reading.sub(data, "life-span")
    return Artist(
        mbid=reading.required_text(data.get("id"), "artist id"),
        name=reading.required_text(data.get("name"), "artist name"),
        sort_name=reading.text(data.get("sort-name")),
        disambiguation=reading.text(data.get("disambiguation")),
        country=reading.text(data.get("country")),
        kind=reading.text(data.get("type")),
        begin=reading.text(span.get("begin")),
        end=reading.text(span.get("end")),
        aliases=_aliases(data),
        discogs_ids=_discogs_ids(data, "artist"),
        urls=tuple(
            (reading.text(row.get("type")), reading.text(reading.sub(row, "url").get("resource")))
            for row in reading.rows(data.get("relations"))
            if reading.sub(row, "url")
        ),
    )


def _release_group(data: Json) -> ReleaseGroup:
    return ReleaseGroup(
        mbid=reading.required_text(data.get("id"), "release group id"),
        title=reading.required_text(data.get("title"), "release group title"),
        kind=reading.text(data.get("primary-type")),
        secondary_kinds=reading.texts(data.get("secondary-types")),
        released=reading.text(data.get("first-release-date")),
        artists=reading.each(data.get("artist-credit"), _credit),
        disambiguation=reading.text(data.get("disambiguation")),
        master_ids=_discogs_ids(data, "master"),
        score=reading.maybe_whole(data.get("score")),
    )


def _release(data: Json) -> Release:
    return Release(
        mbid=reading.required_text(data.get("id"), "release id"),
        title=reading.required_text(data.get("title"), "release title"),
        status=reading.text(data.get("status")),
        released=reading.text(data.get("date")),
        country=reading.text(data.get("country")),
        barcode=reading.text(data.get("barcode")),
        disambiguation=reading.text(data.get("disambiguation")),
        media=reading.each(data.get("media"), _medium),
        labels=reading.each(data.get("label-info"), _label),
        artists=reading.each(data.get("artist-credit"), _credit),
        group_mbid=reading.text(reading.sub(data, "release-group").get("id")),
        discogs_ids=_discogs_ids(data, "release"),
        score=reading.maybe_whole(data.get("score")),
    )


def _medium(row: Json) -> Medium:
    return Medium(
        format=reading.text(row.get("format")),
        tracks=reading.maybe_whole(row.get("track-count")),
        title=reading.text(row.get("title")),
    )


def _label(row: Json) -> Label:
    label = reading.sub(row, "label")
    return Label(
        mbid=reading.text(label.get("id")),
        name=reading.text(label.get("name")),
        catno=reading.text(row.get("catalog-number")),
    )


def _browsed(data: Json, what: str, parse: Callable[[Json], T], offset: int) -> Page[T]:
    """A browse answer counts under the things' own name, unlike a search answer."""
    total = reading.whole(data.get(f"{what}-count"))
    return Page(
        items=reading.each(data.get(f"{what}s"), parse),
        page=offset // BROWSE + 1,
        pages=-(-total // BROWSE),
        total=total,
    )


def _all(page_at: Callable[[int], Page[T]]) -> Iterator[T]:
    """Page after page, each from where the last one really ended."""
    offset = 0
    while True:
        page = page_at(offset)
        yield from page
        offset += len(page)
        if not len(page) or offset >= page.total:
            return


def _credit(row: Json) -> ArtistName:
    artist = reading.mapping(row.get("artist"), "artist")
    name = reading.required_text(artist.get("name"), "artist name")
    return ArtistName(
        mbid=reading.required_text(artist.get("id"), "artist id"),
        name=name,
        credited_as=reading.text(row.get("name")) or name,
        # Not trimmed: the blanks around "&" belong to the credit.
        join=row["joinphrase"] if isinstance(row.get("joinphrase"), str) else "",
    )


def _related_group(row: Json) -> ReleaseGroup | None:
    group = reading.sub(row, "release_group") or reading.sub(row, "release-group")
    return _release_group(group) if group.get("id") and group.get("title") else None


def _aliases(data: Json) -> tuple[str, ...]:
    return tuple(
        name for row in reading.rows(data.get("aliases")) if (name := reading.text(row.get("name")))
    )


def _discogs_ids(data: Json, kind: str) -> tuple[int, ...]:
    found = []
    for row in reading.rows(data.get("relations")):
        match = _DISCOGS.match(reading.text(reading.sub(row, "url").get("resource")))
        if match and match.group(1) == kind:
            found.append(int(match.group(2)))
    return tuple(found)
