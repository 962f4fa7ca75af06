"""Spotify's Web API for one linked person, one method per endpoint."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from vinyl.upstreams import reading
from vinyl.upstreams.base import BaseClient, HeaderAuth, path
from vinyl.upstreams.door import Lane
from vinyl.upstreams.reading import Page
from vinyl.upstreams.spotify import answers
from vinyl.upstreams.spotify.answers import (
    Artist,
    Found,
    Json,
    Me,
    Play,
    Playlist,
    PlaylistEntry,
    SavedAlbum,
    SavedTrack,
    Track,
)
from vinyl.upstreams.spotify.judging import judge

T = TypeVar("T")
TIME_RANGES = ("short_term", "medium_term", "long_term")
LIMIT, SEARCH_LIMIT = 50, 10
SEARCHABLE: dict[str, Callable[[Json], Any]] = {
    "artist": answers.artist, "album": answers.album, "track": answers.track,
}  # fmt: skip


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
            return answers.me(reading.mapping(self._ask("/v1/me")))

    def top_artists(self, time_range: str = "medium_term", *, offset: int = 0) -> Page[Artist]:
        """Ranks only, best first; Spotify tells no play counts. See TIME_RANGES."""
        return self._page("/v1/me/top/artists", answers.artist, offset, time_range=time_range)

    def top_tracks(self, time_range: str = "medium_term", *, offset: int = 0) -> Page[Track]:
        return self._page("/v1/me/top/tracks", answers.track, offset, time_range=time_range)

    def saved_albums(self, *, offset: int = 0) -> Page[SavedAlbum]:
        return self._page("/v1/me/albums", answers.saved_album, offset, market=self._market)

    def saved_tracks(self, *, offset: int = 0) -> Page[SavedTrack]:
        return self._page("/v1/me/tracks", answers.saved_track, offset, market=self._market)

    def recently_played(self) -> tuple[Play, ...]:
        """About the last fifty plays, newest first."""
        with self._reading():
            data = reading.mapping(
                self._ask("/v1/me/player/recently-played", {"limit": str(LIMIT)})
            )
            return reading.each(data.get("items"), answers.play)

    def playlists(self, *, offset: int = 0) -> Page[Playlist]:
        """The person's own playlists and those they follow; ask for the items of those that
        `owner_id` says are theirs."""
        return self._page("/v1/me/playlists", answers.playlist, offset)

    def playlist_items(self, playlist_id: str, *, offset: int = 0) -> Page[PlaylistEntry]:
        """What is in a playlist. Forbidden for one that the person neither owns nor works on."""
        where = path("v1", "playlists", playlist_id, "items")
        return self._page(where, answers.playlist_entry, offset, market=self._market)

    def search(
        self, q: str, *, kinds: Collection[str] = ("album",), offset: int = 0, limit: int = 10
    ) -> Found:
        """Artists, albums and tracks (`kinds`) for words and filters like `artist:"..."`. At most
        ten a page and a thousand in all."""
        wanted = [kind for kind in SEARCHABLE if kind in kinds]
        if not wanted:
            raise ValueError(f"search for one of {', '.join(SEARCHABLE)}")
        limit = max(1, min(limit, SEARCH_LIMIT))
        asked = {
            "q": q, "type": ",".join(wanted), "market": self._market,
            "limit": str(limit), "offset": str(offset),
        }  # fmt: skip
        with self._reading():
            data = reading.mapping(self._ask("/v1/search", asked))
            found = {
                f"{kind}s": _listed(data.get(f"{kind}s"), SEARCHABLE[kind], offset, limit, 1_000)
                for kind in wanted
            }
            return Found(**found)

    def _page(self, where: str, parse: Callable[[Json], T], offset: int, **params: str) -> Page[T]:
        asked = {**params, "limit": str(LIMIT), "offset": str(offset)}
        with self._reading():
            return _listed(self._ask(where, asked), parse, offset, LIMIT)

    def _ask(self, where: str, params: Mapping[str, str] | None = None) -> Any:
        answer = self._call(where, params, auth=self._auth, personal=True, judge=judge)
        return answer.json()


def _listed(
    given: Any, parse: Callable[[Json], T], offset: int, limit: int, reachable: int | None = None
) -> Page[T]:
    """Spotify's paging object. Null among the items stands for what vanished, and is left out."""
    data = reading.mapping(given, "page")
    if "items" not in data:
        raise reading.Malformed("items is missing")
    total = reading.whole(data.get("total"))
    limit = reading.whole(data.get("limit")) or limit
    reach = total if reachable is None else min(total, reachable)
    return Page(
        items=reading.each(data["items"], parse),
        page=offset // limit + 1,
        pages=-(-reach // limit),
        total=total,
        reachable=reachable,
    )
