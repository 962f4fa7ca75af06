"""Last.fm's API, one method per endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from vinyl.upstreams import reading
from vinyl.upstreams.asking import Answer
from vinyl.upstreams.base import BaseClient
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.errors import NotConfigured, NotFound, unknown_person
from vinyl.upstreams.judging import fresh_until
from vinyl.upstreams.lastfm import answers
from vinyl.upstreams.lastfm.answers import (
    AlbumInfo,
    ArtistInfo,
    Json,
    Pictured,
    PlayedAlbum,
    PlayedArtist,
    PlayedTrack,
    RecentTrack,
    SimilarArtist,
    Tag,
    User,
)
from vinyl.upstreams.lastfm.judging import judge
from vinyl.upstreams.reading import Dated, Page

PERIODS = ("overall", "7day", "1month", "3month", "6month", "12month")


class Client(BaseClient):
    """Last.fm for one caller. Reads public data only, with the site's key."""

    upstream = "lastfm"

    def user_info(self, user: str) -> User:
        """NotFound when nobody has that name."""
        with self._reading():
            data = reading.mapping(self._ask("user.getInfo", {"user": user}).get("user"), "user")
            return answers.user(data)

    def top_artists(
        self, user: str, *, period: str = "overall", page: int = 1, limit: int = 200
    ) -> Page[PlayedArtist]:
        """Artists by plays in that period (see PERIODS)."""
        return self._top(user, "artist", answers.played_artist, period, page, limit)

    def top_albums(
        self, user: str, *, period: str = "overall", page: int = 1, limit: int = 200
    ) -> Page[PlayedAlbum]:
        """Albums by plays in that period."""
        return self._top(user, "album", answers.played_album, period, page, limit)

    def top_tracks(
        self, user: str, *, period: str = "overall", page: int = 1, limit: int = 200
    ) -> Page[PlayedTrack]:
        """Tracks by plays in that period."""
        return self._top(user, "track", answers.played_track, period, page, limit)

    def recent_tracks(
        self,
        user: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        page: int = 1,
        limit: int = 200,
    ) -> Page[RecentTrack]:
        """Single plays, newest first. What plays now comes in front of every page without a time
        and beyond `limit`: leave out what is `playing`. Forbidden for a private account."""
        asked = {"user": user, "extended": "1", "limit": str(limit), "page": str(page)}
        asked |= {"from": str(int(since.timestamp()))} if since else {}
        asked |= {"to": str(int(until.timestamp()))} if until else {}
        with self._reading():
            body = self._ask("user.getRecentTracks", asked).get("recenttracks")
            return _page(body, "track", answers.recent_track, page)

    def album_info(self, artist: str, title: str) -> AlbumInfo:
        """NotFound when Last.fm has no such album."""
        with self._reading():
            asked = {"artist": artist, "album": title, "autocorrect": "1"}
            return answers.album_info(
                reading.mapping(self._ask("album.getInfo", asked).get("album"), "album")
            )

    def artist_info(self, name: str) -> ArtistInfo:
        """NotFound when Last.fm has no such artist."""
        with self._reading():
            asked = {"artist": name, "autocorrect": "1"}
            data = reading.mapping(self._ask("artist.getInfo", asked).get("artist"), "artist")
            return answers.artist_info(data)

    def album_pictures(self, artist: str, title: str) -> Pictured:
        """Every size of an album's picture. NotFound when Last.fm has no such album."""
        with self._reading():
            asked = {"artist": artist, "album": title, "autocorrect": "1"}
            return answers.pictured(
                reading.mapping(self._ask("album.getInfo", asked).get("album"), "album")
            )

    def artist_pictures(self, name: str) -> Pictured:
        """Every size of an artist's picture: since 2019 always the placeholder star."""
        with self._reading():
            asked = {"artist": name, "autocorrect": "1"}
            return answers.pictured(
                reading.mapping(self._ask("artist.getInfo", asked).get("artist"), "artist")
            )

    def top_album_pictures(self, name: str, *, limit: int = 10) -> tuple[Pictured, ...]:
        """Every size of the pictures of an artist's most played albums."""
        asked = {"artist": name, "autocorrect": "1", "limit": str(limit), "page": "1"}
        with self._reading():
            body = self._ask("artist.getTopAlbums", asked).get("topalbums")
            return reading.each(reading.mapping(body, "list").get("album"), answers.pictured)

    def similar_artists(self, name: str, *, limit: int = 50) -> Dated[SimilarArtist]:
        """Most alike first; empty where Last.fm knows none."""
        asked = {"artist": name, "autocorrect": "1", "limit": str(limit)}
        with self._reading():
            answer = self._answer("artist.getSimilar", asked)
            body = reading.mapping(answer.json()).get("similarartists")
            rows = reading.mapping(body, "list").get("artist")
            return Dated(reading.each(rows, answers.similar_artist), _fresh_until(answer))

    def artist_top_albums(self, name: str, *, page: int = 1, limit: int = 50) -> Page[PlayedAlbum]:
        """An artist's albums by plays of everybody."""
        asked = {"artist": name, "autocorrect": "1", "limit": str(limit), "page": str(page)}
        with self._reading():
            body = self._ask("artist.getTopAlbums", asked).get("topalbums")
            return _page(body, "album", answers.played_album, page)

    def artist_top_tags(self, name: str) -> Dated[Tag]:
        with self._reading():
            answer = self._answer("artist.getTopTags", {"artist": name, "autocorrect": "1"})
            body = reading.mapping(answer.json()).get("toptags")
            rows = reading.mapping(body, "list").get("tag")
            return Dated(reading.each(rows, answers.tag), _fresh_until(answer))

    def tag_top_artists(self, tag: str, *, page: int = 1, limit: int = 50) -> Page[PlayedArtist]:
        """Artists of a tag, best first; plays are not told here and stay 0."""
        asked = {"tag": tag, "limit": str(limit), "page": str(page)}
        with self._reading():
            body = self._ask("tag.getTopArtists", asked).get("topartists")
            return _page(body, "artist", answers.played_artist, page)

    def _top(
        self, user: str, what: str, parse: Any, period: str, page: int, limit: int
    ) -> Page[Any]:
        asked = {"user": user, "period": period, "limit": str(limit), "page": str(page)}
        with self._reading():
            body = self._ask(f"user.getTop{what.capitalize()}s", asked).get(f"top{what}s")
            return _page(body, what, parse, page)

    def _ask(self, method: str, params: Mapping[str, str]) -> Json:
        return reading.mapping(self._answer(method, params).json())

    def _answer(self, method: str, params: Mapping[str, str]) -> Answer:
        key = keys.value("LASTFM_API_KEY")
        if not key:
            raise NotConfigured(self.upstream)
        try:
            return self._call(
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


def _fresh_until(answer: Answer) -> datetime | None:
    return fresh_until(answer.headers, datetime.now(UTC))


def _page(body: Any, key: str, parse: Any, page: int) -> Page[Any]:
    data = reading.mapping(body, "list")
    attributes = reading.sub(data, "@attr") or data
    return Page(
        items=reading.each(data.get(key), parse),
        page=reading.whole(attributes.get("page"), page) or page,
        pages=reading.whole(attributes.get("totalPages")),
        total=reading.whole(attributes.get("total")),
    )
