"""Last.fm's API: what somebody plays, and which artists resemble which.

Traps handled here: errors come as JSON with their own number at HTTP 200, 400, 403 or 404;
numbers are strings (and sometimes not); a list of one arrives as an object; an empty list loses
its key and its "@attr"; every artist picture since 2019 is the same star, so pictures of artists
are not read at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from vinyl.upstreams import reading
from vinyl.upstreams.base import BaseClient
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.door import Answer, Ask, judge_status
from vinyl.upstreams.errors import (
    BadAnswer,
    CredentialsRejected,
    Forbidden,
    NotConfigured,
    NotFound,
    RateLimited,
    Unavailable,
    UpstreamError,
    key_refused,
    unknown_person,
)
from vinyl.upstreams.reading import Page

Json = Mapping[str, Any]
PERIODS = ("overall", "7day", "1month", "3month", "6month", "12month")
PLACEHOLDERS = ("2a96cbd8b46e442fc41c2b86b821562f", "c6f59c1e5e7240a4c0d427abd71f3dbb")
_PASSING = {2, 8, 11, 16}
_PRIVATE = 17
_KEY_GONE = {10, 26}


@dataclass(frozen=True)
class User:
    name: str
    playcount: int
    url: str = ""
    real_name: str = ""
    country: str = ""
    registered_at: datetime | None = None


@dataclass(frozen=True)
class PlayedArtist:
    """`rank` counts from 1; `mbid` is "" where Last.fm knows none, and may be out of date."""

    name: str
    plays: int
    mbid: str = ""
    rank: int | None = None
    url: str = ""


@dataclass(frozen=True)
class PlayedAlbum:
    artist: str
    title: str
    plays: int
    mbid: str = ""
    artist_mbid: str = ""
    rank: int | None = None
    url: str = ""
    image: str = ""


@dataclass(frozen=True)
class PlayedTrack:
    artist: str
    title: str
    plays: int
    mbid: str = ""
    artist_mbid: str = ""
    rank: int | None = None
    url: str = ""


@dataclass(frozen=True)
class Tag:
    """`count` is a weight 0-100, None where Last.fm gives the tag without one."""

    name: str
    count: int | None = None


@dataclass(frozen=True)
class ArtistInfo:
    """`name` is Last.fm's corrected spelling: store that one."""

    name: str
    mbid: str = ""
    listeners: int = 0
    playcount: int = 0
    tags: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    summary: str = ""
    url: str = ""


@dataclass(frozen=True)
class SimilarArtist:
    """`match` is 0-1, 1 the most alike."""

    name: str
    match: Decimal
    mbid: str = ""
    url: str = ""


class Client(BaseClient):
    """Last.fm for one caller. Reads public data only, with the site's key."""

    upstream = "lastfm"

    def user_info(self, user: str) -> User:
        """NotFound when nobody has that name."""
        with self._reading():
            data = reading.mapping(self._ask("user.getInfo", {"user": user}).get("user"), "user")
            country = reading.text(data.get("country"))
            registered = reading.sub(data, "registered")
            return User(
                name=reading.required_text(data.get("name"), "user name"),
                playcount=reading.whole(data.get("playcount")),
                url=reading.text(data.get("url")),
                real_name=reading.text(data.get("realname")),
                country="" if country == "None" else country,
                registered_at=reading.moment(reading.maybe_whole(registered.get("unixtime"))),
            )

    def top_artists(
        self, user: str, *, period: str = "overall", page: int = 1, limit: int = 200
    ) -> Page[PlayedArtist]:
        """Artists by plays in that period (see PERIODS)."""
        asked = {"user": user, "period": period, "limit": str(limit), "page": str(page)}
        with self._reading():
            body = self._ask("user.getTopArtists", asked).get("topartists")
            return _page(body, "artist", _played_artist, page)

    def top_albums(
        self, user: str, *, period: str = "overall", page: int = 1, limit: int = 200
    ) -> Page[PlayedAlbum]:
        asked = {"user": user, "period": period, "limit": str(limit), "page": str(page)}
        with self._reading():
            body = self._ask("user.getTopAlbums", asked).get("topalbums")
            return _page(body, "album", _played_album, page)

    def top_tracks(
        self, user: str, *, period: str = "overall", page: int = 1, limit: int = 200
    ) -> Page[PlayedTrack]:
        asked = {"user": user, "period": period, "limit": str(limit), "page": str(page)}
        with self._reading():
            body = self._ask("user.getTopTracks", asked).get("toptracks")
            return _page(body, "track", _played_track, page)

    def artist_info(self, name: str) -> ArtistInfo:
        """NotFound when Last.fm has no such artist."""
        with self._reading():
            asked = {"artist": name, "autocorrect": "1"}
            data = reading.mapping(self._ask("artist.getInfo", asked).get("artist"), "artist")
            stats = reading.sub(data, "stats")
            tags = reading.rows(reading.sub(data, "tags").get("tag"))
            similar = reading.rows(reading.sub(data, "similar").get("artist"))
            return ArtistInfo(
                name=reading.required_text(data.get("name"), "artist name"),
                mbid=reading.text(data.get("mbid")),
                listeners=reading.whole(stats.get("listeners")),
                playcount=reading.whole(stats.get("playcount")),
                tags=tuple(reading.text(row.get("name")) for row in tags),
                similar=tuple(reading.text(row.get("name")) for row in similar),
                summary=reading.text(reading.sub(data, "bio").get("summary")),
                url=reading.text(data.get("url")),
            )

    def similar_artists(self, name: str, *, limit: int = 50) -> tuple[SimilarArtist, ...]:
        """Most alike first; empty where Last.fm knows none."""
        asked = {"artist": name, "autocorrect": "1", "limit": str(limit)}
        with self._reading():
            body = self._ask("artist.getSimilar", asked).get("similarartists")
            return reading.each(reading.mapping(body, "list").get("artist"), _similar)

    def artist_top_albums(self, name: str, *, page: int = 1, limit: int = 50) -> Page[PlayedAlbum]:
        """An artist's albums by plays of everybody."""
        asked = {"artist": name, "autocorrect": "1", "limit": str(limit), "page": str(page)}
        with self._reading():
            body = self._ask("artist.getTopAlbums", asked).get("topalbums")
            return _page(body, "album", _played_album, page)

    def artist_top_tags(self, name: str) -> tuple[Tag, ...]:
        with self._reading():
            asked = {"artist": name, "autocorrect": "1"}
            body = self._ask("artist.getTopTags", asked).get("toptags")
            return reading.each(reading.mapping(body, "list").get("tag"), _tag)

    def tag_top_artists(self, tag: str, *, page: int = 1, limit: int = 50) -> Page[PlayedArtist]:
        """Artists of a tag, best first; plays are not told here and stay 0."""
        asked = {"tag": tag, "limit": str(limit), "page": str(page)}
        with self._reading():
            body = self._ask("tag.getTopArtists", asked).get("topartists")
            return _page(body, "artist", _played_artist, page)

    def _ask(self, method: str, params: Mapping[str, str]) -> Json:
        key = keys.value("LASTFM_API_KEY")
        if not key:
            raise NotConfigured(self.upstream)
        try:
            answer = self._call(
                "/2.0/",
                {**params, "method": method, "api_key": key, "format": "json"},
                judge=judge,
                # Artists and names get added: a mistyped name may exist a few minutes later.
                remember_missing=timedelta(minutes=2 if "user" in params else 60),
            )
        except NotFound as error:
            if "user" in params:
                raise unknown_person(self.upstream, params["user"]) from error
            raise
        return reading.mapping(answer.json())


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """Last.fm's own error number first, whatever the HTTP status; else the status."""
    number, message = _error_in(answer)
    if number is None:
        return judge_status(ask, answer)
    detail = f"error {number}: {message}"
    if number == 29:
        return RateLimited("lastfm", status=answer.status, detail=detail)
    if number in _PASSING:
        return Unavailable("lastfm", status=answer.status, detail=detail)
    if number in _KEY_GONE:
        return key_refused("lastfm", status=answer.status, detail=detail)
    if number == _PRIVATE:
        return Forbidden("lastfm", status=answer.status, detail=detail)
    if number in {4, 9, 14, 15}:
        return CredentialsRejected("lastfm", status=answer.status, detail=detail)
    # 6 is both "no such artist" and "you forgot a parameter"; only the words tell them apart.
    if number == 7 or (number == 6 and "missing" not in message.lower()):
        return NotFound("lastfm", status=answer.status, detail=detail)
    return BadAnswer("lastfm", status=answer.status, detail=detail)


def _error_in(answer: Answer) -> tuple[int | None, str]:
    # A list of plays is megabytes at most once; errors are tiny, so big bodies are not errors.
    if answer.body.lstrip()[:1] != b"{" or len(answer.body) > 4096:
        return None, ""
    try:
        data = answer.json()
    except UpstreamError:
        return None, ""
    if not isinstance(data, Mapping) or "error" not in data:
        return None, ""
    return reading.maybe_whole(data["error"]), reading.text(data.get("message"))


def _page(body: Any, key: str, parse: Any, page: int) -> Page[Any]:
    data = reading.mapping(body, "list")
    attributes = reading.sub(data, "@attr") or data
    return Page(
        items=reading.each(data.get(key), parse),
        page=reading.whole(attributes.get("page"), page) or page,
        pages=reading.whole(attributes.get("totalPages")),
        total=reading.whole(attributes.get("total")),
    )


def _rank(row: Json) -> int | None:
    return reading.maybe_whole(reading.sub(row, "@attr").get("rank"))


def _similar(row: Json) -> SimilarArtist:
    return SimilarArtist(
        name=reading.required_text(row.get("name"), "artist name"),
        match=reading.maybe_number(row.get("match")) or Decimal(0),
        mbid=reading.text(row.get("mbid")),
        url=reading.text(row.get("url")),
    )


def _tag(row: Json) -> Tag:
    name = reading.required_text(row.get("name"), "tag name")
    return Tag(name, reading.maybe_whole(row.get("count")))


def _played_artist(row: Json) -> PlayedArtist:
    return PlayedArtist(
        name=reading.required_text(row.get("name"), "artist name"),
        plays=reading.whole(row.get("playcount")),
        mbid=reading.text(row.get("mbid")),
        rank=_rank(row),
        url=reading.text(row.get("url")),
    )


def _played_album(row: Json) -> PlayedAlbum:
    artist = reading.sub(row, "artist")
    return PlayedAlbum(
        artist=reading.text(artist.get("name")) or reading.text(row.get("artist")),
        title=reading.required_text(row.get("name"), "album name"),
        plays=reading.whole(row.get("playcount")),
        mbid=reading.text(row.get("mbid")),
        artist_mbid=reading.text(artist.get("mbid")),
        rank=_rank(row),
        url=reading.text(row.get("url")),
        image=_image(row),
    )


def _played_track(row: Json) -> PlayedTrack:
    artist = reading.sub(row, "artist")
    return PlayedTrack(
        artist=reading.text(artist.get("name")) or reading.text(row.get("artist")),
        title=reading.required_text(row.get("name"), "track name"),
        plays=reading.whole(row.get("playcount")),
        mbid=reading.text(row.get("mbid")),
        artist_mbid=reading.text(artist.get("mbid")),
        rank=_rank(row),
        url=reading.text(row.get("url")),
    )


def _image(row: Json) -> str:
    """The largest cover's address; "" for none and for the placeholder star."""
    addresses = [reading.text(one.get("#text")) for one in reading.rows(row.get("image"))]
    real = [one for one in addresses if one and not any(star in one for star in PLACEHOLDERS)]
    return real[-1] if real else ""
