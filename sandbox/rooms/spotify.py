"""api.spotify.com as an application of 2026 in development mode sees it, and open.spotify.com."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import codes
from sandbox.codes import upc
from sandbox.people import DAY, Track
from sandbox.room import Room, address, box, mixed, whole_number, with_query
from sandbox.rooms import spotify_playlists
from sandbox.rooms.spotify_listener import caller, listener, refused
from sandbox.rooms.spotify_playlists import tracks_by_id
from sandbox.rooms.spotify_shapes import (
    album_object,
    artist_object,
    paging,
    pictures,
    site,
    track_object,
)
from sandbox.titles import track_titles
from sandbox.world import Album, words

RANGES = {"short_term": 28, "medium_term": 182, "long_term": 365}
LIMIT, WINDOW = 180, 30.0
# A day's quota beside the rolling window; nobody publishes the number.
QUOTA = 20_000
SEARCH_LIMIT, MOST_OFFSET = 10, 1000


async def me(request: Request) -> Response:
    """No e-mail, country, product or followers; accounts are told apart by ``account_id``."""
    person = listener(request)
    if isinstance(person, Response):
        return person
    return JSONResponse(
        {
            "account_id": person.account_id, "display_name": person.display,
            "explicit_content": {"filter_enabled": False, "filter_locked": False},
            "external_urls": {"spotify": f"{site(request)}/user/{person.spotify_id}"},
            "href": f"https://api.spotify.com/v1/users/{person.spotify_id}",
            "id": person.spotify_id,
            "images": pictures(person.name, (300, 64)), "type": "user",
            "uri": f"spotify:user:{person.spotify_id}",
        }
    )  # fmt: skip


async def top(request: Request) -> Response:
    """Ranks only: no play counts."""
    person = listener(request, "user-top-read")
    if isinstance(person, Response):
        return person
    kind = request.path_params["kind"]
    time_range = request.query_params.get("time_range", "medium_term")
    if time_range not in RANGES:
        return refused(400, "Invalid time range")
    make: Callable[[Any], Any]
    if kind == "artists":
        rows: list[Any] = [artist for artist, _ in person.artist_counts(RANGES[time_range])]
        make = partial(artist_object, request)
    elif kind == "tracks":
        rows = [track for track, _ in person.track_counts(RANGES[time_range])]
        make = partial(track_object, request)
    else:
        return refused(404, "Service not found")
    answer = paging(request, rows, make, default=20, most=50)
    return JSONResponse(answer) if answer else refused(400, "Invalid limit")


def _added(request: Request, place: int) -> str:
    at = box(request).clock.now() // DAY * DAY - (place * 9 + 2) * DAY
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def saved(request: Request) -> Response:
    person = listener(request, "user-library-read")
    if isinstance(person, Response):
        return person
    kind = request.path_params["kind"]
    if kind not in ("albums", "tracks"):
        return refused(404, "Service not found")
    if kind == "albums":
        albums = [album for album, _ in person.album_counts(None)]
        liked: list[Any] = [album for album in albums if mixed(person.name, album.number) % 3 == 0]

        def make(pair: Any) -> Any:
            place, album = pair
            return {"added_at": _added(request, place), "album": album_object(request, album)}
    else:
        tracks = [track for track, _ in person.track_counts(None)]
        liked = [t for t in tracks if mixed(person.name, t.album.number, t.position) % 4 == 0]

        def make(pair: Any) -> Any:
            place, track = pair
            return {"added_at": _added(request, place), "track": track_object(request, track)}

    answer = paging(request, list(enumerate(liked)), make, default=20, most=50)
    return JSONResponse(answer) if answer else refused(400, "Invalid limit")


async def recently_played(request: Request) -> Response:
    """The last fifty plays and no more."""
    person = listener(request, "user-read-recently-played")
    if isinstance(person, Response):
        return person
    query = request.query_params
    limit = whole_number(query, "limit", 20, least=1, most=50)
    before, after = whole_number(query, "before", 1 << 60), whole_number(query, "after", 0)
    midnight = int(box(request).clock.now() // DAY) * DAY
    made = [((midnight - ago) * 1000, index) for ago, index in person.plays[:50]]
    made = [(at, index) for at, index in made if after < at < before][:limit]
    items = [
        {
            "track": track_object(request, person.tracks[index][0]),
            "played_at": datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "context": None,
        }
        for at, index in made
    ]
    cursors = {"after": str(made[0][0]), "before": str(made[-1][0])} if made else None
    return JSONResponse(
        {
            "items": items,
            "next": with_query(request, before=made[-1][0]) if len(made) == limit else None,
            "cursors": cursors, "limit": limit, "href": str(request.url),
        }
    )  # fmt: skip


async def following(request: Request) -> Response:
    """Paged by the last artist's id."""
    person = listener(request, "user-follow-read")
    if isinstance(person, Response):
        return person
    query = request.query_params
    if query.get("type") != "artist":
        return refused(400, "Invalid type")
    limit = whole_number(query, "limit", 20, least=1, most=50)
    artists = [artist for artist, _ in person.artist_counts(None)][:70]
    ids = [artist.spotify_id for artist in artists]
    after = query.get("after", "")
    start = ids.index(after) + 1 if after in ids else 0
    part = artists[start : start + limit]
    more = start + limit < len(artists)
    last = part[-1].spotify_id if more else None
    return JSONResponse(
        {
            "artists": {
                "items": [artist_object(request, artist) for artist in part],
                "next": with_query(request, after=last) if more else None,
                "total": len(artists), "cursors": {"after": last}, "limit": limit,
                "href": str(request.url),
            }
        }
    )  # fmt: skip


async def search(request: Request) -> Response:
    person = listener(request)
    if isinstance(person, Response):
        return person
    query = request.query_params
    kinds = [kind for kind in query.get("type", "").split(",") if kind]
    if not query.get("q"):
        return refused(400, "No search query")
    if not kinds or set(kinds) - {"artist", "album", "track", "playlist"}:
        return refused(400, "Bad search type field")
    if whole_number(query, "offset", 0) > MOST_OFFSET:
        return refused(400, "Invalid offset")
    world = box(request).world
    fields = _fields(query["q"])
    albums = world.find_albums(text=fields[""], artist=fields["artist"], title=fields["album"])
    if fields["year"]:
        albums = [album for album in albums if str(album.year) == fields["year"]]
    artists = world.find_artists(fields["artist"] or fields[""])
    if code := fields["upc"]:
        found = codes.album_with_upc(world, code)
        albums = [found] if found else []
    if code := fields["isrc"]:
        track = codes.track_with_isrc(world, code)
        tracks = [track] if track else []
    else:
        tracks = [
            Track(album, n, title)
            for album in albums[:40]
            for n, title in enumerate(track_titles(album))
            if words(fields["track"]) <= words(title)
        ]
    sections: dict[str, tuple[Sequence[Any], Callable[..., Any]]] = {
        "artist": (artists, artist_object),
        "album": (albums, album_object),
        "track": (tracks, track_object),
        # Playlists are found no more; the section is there all the same.
        "playlist": ((), track_object),
    }
    answer = {}
    for kind in kinds:
        rows, make = sections[kind]
        part = paging(request, rows, partial(make, request), default=5, most=SEARCH_LIMIT, least=0)
        if part is None:
            return refused(400, "Invalid limit")
        answer[f"{kind}s"] = part
    return JSONResponse(answer)


def _fields(text: str) -> dict[str, str]:
    """``artist:"…" album:… year:…`` and the rest."""
    found = dict.fromkeys(("", "artist", "album", "track", "year", "upc", "isrc"), "")
    current = ""
    for word in text.split():
        name, colon, rest = word.partition(":")
        if colon and name in found:
            current, word = name, rest
        found[current] = f"{found[current]} {word.strip(chr(34))}".strip()
        if word.endswith('"'):
            current = ""
    return found


def _album_tracks(request: Request, album: Album) -> Any:
    """An album's own tracks: no album and no ISRC in them."""

    def row(track: Track) -> dict[str, Any]:
        whole = track_object(request, track)
        return {key: part for key, part in whole.items() if key not in ("album", "external_ids")}

    titles = enumerate(track_titles(album))
    tracks = [Track(album, position, title) for position, title in titles]
    return paging(request, tracks, row, default=20, most=50)


async def one(request: Request) -> Response:
    person = listener(request)
    if isinstance(person, Response):
        return person
    kind, number = request.path_params["kind"], request.path_params["number"]
    if kind not in ("albums", "artists", "tracks"):
        return await gone(request)
    if len(number) != 22:
        return refused(400, "invalid id")
    world = box(request).world
    if kind == "tracks":
        track = tracks_by_id(world).get(number)
        if track is None:
            return refused(404, "Resource not found")
        return JSONResponse(track_object(request, track))
    things: Sequence[Any] = world.albums if kind == "albums" else world.artists
    found = next((thing for thing in things if thing.spotify_id == number), None)
    if found is None:
        return refused(404, "Resource not found")
    if kind == "artists":
        return JSONResponse(artist_object(request, found))
    extra = {
        "tracks": _album_tracks(request, found), "copyrights": [],
        "external_ids": {"upc": upc(found)}, "genres": [],
    }  # fmt: skip
    return JSONResponse(album_object(request, found) | extra)


async def part(request: Request) -> Response:
    """/albums/{id}/tracks and /artists/{id}/albums, the latter ten at a time."""
    person = listener(request)
    if isinstance(person, Response):
        return person
    kind, number, what = (request.path_params[name] for name in ("kind", "number", "what"))
    world = box(request).world
    if (kind, what) == ("albums", "tracks"):
        album = next((a for a in world.albums if a.spotify_id == number), None)
        answer = _album_tracks(request, album) if album else None
        if album is None:
            return refused(404, "Resource not found")
    elif (kind, what) == ("artists", "albums"):
        artist = next((a for a in world.artists if a.spotify_id == number), None)
        if artist is None:
            return refused(404, "Resource not found")
        groups = request.query_params.get("include_groups", "album,single,compilation").split(",")
        rows = [a for a in world.albums_of[artist.number] if album_group(a) in groups]
        answer = paging(
            request, rows, lambda a: album_object(request, a) | {"album_group": album_group(a)},
            default=5, most=SEARCH_LIMIT,
        )  # fmt: skip
    else:
        return await gone(request)
    return JSONResponse(answer) if answer else refused(400, "Invalid limit")


def album_group(album: Album) -> str:
    if album.kind == "compilation":
        return "compilation"
    return "single" if album.kind in ("single", "ep") else "album"


async def gone(request: Request) -> Response:
    """Endpoints that new applications may not call any more."""
    return JSONResponse({"error": {"status": 403}}, 403)


class Spotify(Room):
    name = "spotify"

    def routes(self) -> list[Route]:
        return [
            Route("/v1/me", me),
            Route("/v1/me/top/{kind}", top),
            Route("/v1/me/player/recently-played", recently_played),
            Route("/v1/me/following", following),
            Route("/v1/me/playlists", spotify_playlists.mine, methods=["GET", "POST"]),
            Route("/v1/me/{kind:str}", saved),
            Route("/v1/playlists/{number}", spotify_playlists.one),
            Route("/v1/playlists/{number}/items", spotify_playlists.items, methods=["GET", "POST"]),
            Route("/v1/search", search),
            Route("/v1/{kind:str}/{number:str}", one),
            Route("/v1/{kind:str}/{number:str}/{what:str}", part),
            Route("/v1/{rest:path}", gone),
        ]

    def guard(self, request: Request) -> Response | None:
        """Two counts: a rolling one over half a minute, and the quota of a day."""
        limits, who = box(request).state.limits, address(request)
        reading = limits.take("spotify", who, limit=LIMIT, seconds=WINDOW)
        request.scope["spotify_wait"] = str(max(1, math.ceil(reading.reset_in)))
        if not reading.admitted:
            return self.refusal(request, "429")
        day = limits.take("spotify quota", who, limit=QUOTA, seconds=DAY)
        if not day.admitted:
            request.scope["spotify_wait"] = str(math.ceil(day.reset_in))
            return self.refusal(request, "quota")
        return None

    def caller(self, request: Request) -> str:
        return caller(request)

    def refusal(self, request: Request, kind: str) -> Response:
        wait = {"Retry-After": request.scope.get("spotify_wait", "2")}
        if kind == "429":
            return refused(429, "API rate limit exceeded", **wait)
        if kind == "quota":
            wait = {"Retry-After": request.scope.get("spotify_wait", "43200")}
            error = {"status": 429, "message": "Quota exceeded", "reason": "QUOTA_EXCEEDED"}
            return JSONResponse({"error": error}, 429, headers=wait)
        return refused(403, "Active premium subscription required for the owner of the app.")
