"""Spotify's Web API: what a linked person plays and has saved.

Everything here belongs to one person: it is shown to that person only, never learned from, and
deleted when they unlink (see terms). Access tokens live an hour; a 401 means "refresh once".
Refresh tokens live six months from the person's consent and then end in `invalid_grant`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import gettext

from vinyl.upstreams import door, reading
from vinyl.upstreams.base import BaseClient, HeaderAuth
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.door import Answer, Ask, Lane, judge_status
from vinyl.upstreams.errors import (
    BadAnswer,
    CredentialsRejected,
    Forbidden,
    NotConfigured,
    QuotaExceeded,
    TokenExpired,
    UpstreamError,
    key_refused,
)
from vinyl.upstreams.reading import Page

T = TypeVar("T")
Json = Mapping[str, Any]
TIME_RANGES = ("short_term", "medium_term", "long_term")
LIMIT = 50


@dataclass(frozen=True)
class Me:
    """Link accounts by `account_id`, which never changes; `id` is for playlist ownership."""

    account_id: str
    id: str
    display_name: str = ""
    url: str = ""


@dataclass(frozen=True)
class Artist:
    """`genres` is often empty and will go away."""

    id: str
    name: str
    url: str = ""
    genres: tuple[str, ...] = ()


@dataclass(frozen=True)
class Album:
    """`kind` is "album", "single" or "compilation"; `released` "YYYY", "YYYY-MM" or a day."""

    id: str
    name: str
    artists: tuple[Artist, ...] = ()
    url: str = ""
    kind: str = ""
    released: str = ""
    total_tracks: int | None = None
    upc: str = ""

    @property
    def artist(self) -> str:
        return self.artists[0].name if self.artists else ""


@dataclass(frozen=True)
class Track:
    """`id` is "" for local files."""

    id: str
    name: str
    artists: tuple[Artist, ...] = ()
    album: Album | None = None
    url: str = ""
    isrc: str = ""
    duration_ms: int | None = None


@dataclass(frozen=True)
class SavedAlbum:
    album: Album
    added_at: datetime | None = None


@dataclass(frozen=True)
class SavedTrack:
    track: Track
    added_at: datetime | None = None


@dataclass(frozen=True)
class Play:
    track: Track
    played_at: datetime | None = None


@dataclass(frozen=True)
class Grant:
    """Fresh tokens. `refresh_token` None: keep the old one. `expires_in` in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int
    scope: str


class Client(BaseClient):
    """One linked person's Spotify. TokenExpired: refresh once, make a new client, ask again."""

    upstream = "spotify"

    def __init__(
        self,
        *,
        access_token: str,
        lane: Lane = Lane.BACKGROUND,
        person_id: int | None = None,
        market: str = "ES",
    ) -> None:
        super().__init__(lane=lane, person_id=person_id)
        self._auth = HeaderAuth(f"Bearer {access_token}")
        self._market = market

    def me(self) -> Me:
        with self._reading():
            data = reading.mapping(self._ask("/v1/me"))
            name = reading.required_text(data.get("id"), "user id")
            return Me(
                # Older answers have no account_id; the id is what there is.
                account_id=reading.text(data.get("account_id")) or name,
                id=name,
                display_name=reading.text(data.get("display_name")),
                url=_url(data),
            )

    def top_artists(self, time_range: str = "medium_term", *, offset: int = 0) -> Page[Artist]:
        """Ranks only, best first; Spotify tells no play counts. See TIME_RANGES."""
        return self._page("/v1/me/top/artists", _artist, offset, time_range=time_range)

    def top_tracks(self, time_range: str = "medium_term", *, offset: int = 0) -> Page[Track]:
        return self._page("/v1/me/top/tracks", _track, offset, time_range=time_range)

    def saved_albums(self, *, offset: int = 0) -> Page[SavedAlbum]:
        return self._page("/v1/me/albums", _saved_album, offset, market=self._market)

    def saved_tracks(self, *, offset: int = 0) -> Page[SavedTrack]:
        return self._page("/v1/me/tracks", _saved_track, offset, market=self._market)

    def recently_played(self) -> tuple[Play, ...]:
        """About the last fifty plays, newest first."""
        with self._reading():
            data = reading.mapping(
                self._ask("/v1/me/player/recently-played", {"limit": str(LIMIT)})
            )
            return reading.each(data.get("items"), _play)

    def _page(self, where: str, parse: Callable[[Json], T], offset: int, **params: str) -> Page[T]:
        asked = {**params, "limit": str(LIMIT), "offset": str(offset)}
        with self._reading():
            data = reading.mapping(self._ask(where, asked))
            if "items" not in data:
                raise reading.Malformed("items is missing")
            total = reading.whole(data.get("total"))
            limit = reading.whole(data.get("limit")) or LIMIT
            return Page(
                items=reading.each(data["items"], parse),
                page=offset // limit + 1,
                pages=-(-total // limit),
                total=total,
            )

    def _ask(self, where: str, params: Mapping[str, str] | None = None) -> Any:
        answer = self._call(where, params, auth=self._auth, personal=True, judge=judge)
        return answer.json()


def refresh(
    refresh_token: str, *, lane: Lane = Lane.BACKGROUND, person_id: int | None = None
) -> Grant:
    """New tokens for an old refresh token.

    CredentialsRejected only for `invalid_grant`: the person has to link again. An error that
    passes (5xx, timeout) is another one. It is never sent twice: when the first answer got lost
    Spotify may already have replaced the token.
    """
    if not (keys.value("SPOTIFY_CLIENT_ID") and keys.value("SPOTIFY_CLIENT_SECRET")):
        raise NotConfigured("spotify")
    pair = f"{keys.value('SPOTIFY_CLIENT_ID')}:{keys.value('SPOTIFY_CLIENT_SECRET')}"
    answer = door.call(
        Ask(
            upstream="spotify",
            url_key="spotify_accounts",
            path="/api/token",
            method="POST",
            form={"grant_type": "refresh_token", "refresh_token": refresh_token},
            auth=HeaderAuth("Basic " + b64encode(pair.encode()).decode()),
            personal=True,
            lane=lane,
            person_id=person_id,
            judge=judge_token,
        )
    )
    try:
        data = reading.mapping(answer.json())
        return Grant(
            access_token=reading.required_text(data.get("access_token"), "access_token"),
            refresh_token=reading.text(data.get("refresh_token")) or None,
            expires_in=reading.whole(data.get("expires_in"), 3600),
            scope=reading.text(data.get("scope")),
        )
    except reading.Malformed as error:
        raise BadAnswer("spotify", detail=str(error)) from error


def judge(ask: Ask, answer: Answer) -> UpstreamError | None:
    """401: the access token is over. 429 with QUOTA_EXCEEDED is the long quota, not the rolling
    limit. 403 never breaks a link, and says which of its reasons it was where Spotify tells."""
    if answer.status == 401:
        return TokenExpired("spotify", status=401)
    error = reading.sub(_body(answer), "error")
    if answer.status == 429 and reading.text(error.get("reason")) == "QUOTA_EXCEEDED":
        return QuotaExceeded("spotify", status=429)
    if answer.status == 403:
        return Forbidden("spotify", _why_forbidden(reading.text(error.get("message"))), status=403)
    return judge_status(ask, answer)


def judge_token(ask: Ask, answer: Answer) -> UpstreamError | None:
    """The token endpoint has errors of another shape: `error` is a word."""
    if answer.status in (400, 401):
        word = reading.text(_body(answer).get("error"))
        if word == "invalid_grant":
            return CredentialsRejected("spotify", status=answer.status, detail=word)
        if word in ("invalid_client", "unauthorized_client"):
            return key_refused("spotify", status=answer.status, detail=word)
        return BadAnswer("spotify", status=answer.status, detail=f"HTTP {answer.status}")
    return judge_status(ask, answer)


def _why_forbidden(message: str) -> str:
    lowered = message.lower()
    if "premium" in lowered:
        return gettext("The owner of this site's Spotify application has no Premium subscription.")
    if "not registered" in lowered or "user may not be registered" in lowered:
        return gettext("This site's Spotify application does not know you: it serves five people.")
    if "scope" in lowered:
        return gettext("Spotify was not allowed to share this. Link the account again to allow it.")
    return ""


def _body(answer: Answer) -> Json:
    # An error's body may be empty or HTML; that must not hide the status.
    try:
        data = json.loads(answer.body)
    except ValueError:
        return {}
    return data if isinstance(data, Mapping) else {}


def _url(data: Json) -> str:
    return reading.text(reading.sub(data, "external_urls").get("spotify"))


def _artist(data: Json) -> Artist:
    return Artist(
        id=reading.text(data.get("id")),
        name=reading.required_text(data.get("name"), "artist name"),
        url=_url(data),
        genres=reading.texts(data.get("genres")),
    )


def _album(data: Json) -> Album:
    return Album(
        id=reading.text(data.get("id")),
        name=reading.required_text(data.get("name"), "album name"),
        artists=reading.each(data.get("artists"), _artist),
        url=_url(data),
        kind=reading.text(data.get("album_type")).lower(),
        released=reading.text(data.get("release_date")),
        total_tracks=reading.maybe_whole(data.get("total_tracks")),
        upc=reading.text(reading.sub(data, "external_ids").get("upc")),
    )


def _track(data: Json) -> Track:
    album = reading.sub(data, "album")
    return Track(
        id=reading.text(data.get("id")),
        name=reading.required_text(data.get("name"), "track name"),
        artists=reading.each(data.get("artists"), _artist),
        album=_album(album) if reading.text(album.get("name")) else None,
        url=_url(data),
        isrc=reading.text(reading.sub(data, "external_ids").get("isrc")),
        duration_ms=reading.maybe_whole(data.get("duration_ms")),
    )


def _saved_album(data: Json) -> SavedAlbum:
    album = reading.mapping(data.get("album"), "album")
    return SavedAlbum(_album(album), reading.moment(data.get("added_at")))


def _saved_track(data: Json) -> SavedTrack:
    track = reading.mapping(data.get("track"), "track")
    return SavedTrack(_track(track), reading.moment(data.get("added_at")))


def _play(data: Json) -> Play:
    track = reading.mapping(data.get("track"), "track")
    return Play(_track(track), reading.moment(data.get("played_at")))
