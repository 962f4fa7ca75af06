"""api.deezer.com without a key. Errors are HTTP 200 with an ``error`` in the body."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import codes
from sandbox.people import Track
from sandbox.room import Room, address, box
from sandbox.rooms import deezer_shapes as shapes
from sandbox.similar import load_similarity
from sandbox.world import Album, Artist, words

LIMIT, WINDOW = 50, 5.0
FIELD = re.compile(r'(artist|album|track|label):\s*(?:"([^"]*)"|(\S+))', re.IGNORECASE)
MOST_ALBUMS = 60


def failed(code: int, kind: str, message: str, status: int = 200) -> JSONResponse:
    return JSONResponse({"error": {"type": kind, "message": message, "code": code}}, status)


def no_data(number: int = 1) -> JSONResponse:
    """An id of 0 is the one case with a status of its own."""
    return failed(800, "DataException", "no data", 404 if number == 0 else 200)


def _asked(request: Request) -> dict[str, str] | None:
    """``artist:"…" album:"…" track:"…"`` and the rest under the empty name; None without ``q``."""
    text = request.query_params.get("q", "").strip()
    if not text:
        return None
    found = {name.lower(): quoted or bare for name, quoted, bare in FIELD.findall(text)}
    return found | {"": FIELD.sub(" ", text).strip(' "')}


def _missing() -> JSONResponse:
    return failed(501, "MissingParameterException", "Missing parameters: q")


def _tracks(request: Request, asked: dict[str, str]) -> list[Track]:
    """All words in title, artist and album together; most famous albums first."""
    world = box(request).world
    rest, title = words(asked[""]), words(asked.get("track", ""))
    albums = world.find_albums(artist=asked.get("artist", ""), title=asked.get("album", ""))
    found: list[Track] = []
    for album in albums:
        own = words(f"{album.credit} {album.title}")
        if not (title or asked.get("artist") or asked.get("album")) and not (rest & own):
            # Free words of a title alone would mean to read every title there is.
            continue
        for track in shapes.tracks_of(album):
            called = words(track.title)
            if title <= called and rest <= own | called:
                found.append(track)
        if len(found) >= 300:
            break
    return found


async def search_tracks(request: Request) -> Response:
    asked = _asked(request)
    if asked is None:
        return _missing()
    return shapes.paged(request, _tracks(request, asked), shapes.track_row)


async def search_albums(request: Request) -> Response:
    asked = _asked(request)
    if asked is None:
        return _missing()
    albums = box(request).world.find_albums(
        text=asked[""], artist=asked.get("artist", ""), title=asked.get("album", "")
    )
    return shapes.paged(request, albums[:300], shapes.album_object)


async def search_artists(request: Request) -> Response:
    asked = _asked(request)
    if asked is None:
        return _missing()
    found = box(request).world.find_artists(asked.get("artist") or asked[""])
    return shapes.paged(request, found, _artist_row)


def _artist_row(request: Request, artist: Artist) -> dict[str, Any]:
    return shapes.artist_object(request, artist, len(box(request).world.albums_of[artist.number]))


async def track(request: Request) -> Response:
    found = shapes.track_at(box(request).world, request.path_params["number"])
    if found is None:
        return no_data(request.path_params["number"])
    return JSONResponse(shapes.track_object(request, found))


async def track_by_isrc(request: Request) -> Response:
    found = codes.track_with_isrc(box(request).world, request.path_params["code"])
    return JSONResponse(shapes.track_object(request, found)) if found else no_data()


def _album_body(request: Request, album: Album) -> dict[str, Any]:
    rows = []
    for one in shapes.tracks_of(album):
        row = shapes.track_row(request, one)
        del row["album"]
        small = {key: row["artist"][key] for key in ("id", "name", "tracklist", "type")}
        rows.append(row | {"artist": small})
    number, genre = shapes.album_id(album), shapes.genre_id(album)
    name = next(iter(album.genres), "")
    genres = [
        {"id": genre, "name": name, "picture": f"{shapes.api(request)}/genre/{genre}/image",
         "type": "genre"}
    ]  # fmt: skip
    return shapes.album_object(request, album) | {
        "upc": codes.upc(album), "share": f"https://www.deezer.com/album/{number}?utm_source=deezer",
        "genres": {"data": genres if genre > 0 else []}, "label": "Sandbox Recordings",
        "duration": sum(row["duration"] for row in rows), "fans": album.fame * 91, "rating": 0,
        "release_date": shapes.released(album), "available": True, "explicit_content_lyrics": 7,
        "explicit_content_cover": 0, "contributors": shapes.contributors(request, album),
        "tracks": {"data": rows},
    }  # fmt: skip


async def album(request: Request) -> Response:
    found = shapes.album_at(box(request).world, request.path_params["number"])
    if found is None:
        return no_data(request.path_params["number"])
    return JSONResponse(_album_body(request, found))


async def album_by_upc(request: Request) -> Response:
    found = codes.album_with_upc(box(request).world, request.path_params["code"])
    return JSONResponse(_album_body(request, found)) if found else no_data()


async def album_tracks(request: Request) -> Response:
    found = shapes.album_at(box(request).world, request.path_params["number"])
    if found is None:
        return no_data(request.path_params["number"])
    return shapes.paged(request, shapes.tracks_of(found), shapes.track_row)


async def artist(request: Request) -> Response:
    found = shapes.artist_at(box(request).world, request.path_params["number"])
    if found is None:
        return no_data(request.path_params["number"])
    link = f"https://www.deezer.com/artist/{shapes.artist_id(found)}"
    return JSONResponse(_artist_row(request, found) | {"share": f"{link}?utm_source=deezer"})


async def of_artist(request: Request) -> Response:
    world = box(request).world
    found = shapes.artist_at(world, request.path_params["number"])
    if found is None:
        return no_data(request.path_params["number"])
    what = request.path_params["what"]
    albums = sorted(world.albums_of[found.number], key=lambda one: (-one.fame, one.number))
    if what == "albums":
        return shapes.paged(request, albums, shapes.album_object)
    if what == "related":
        related = [other for other, _ in load_similarity().to(found)[:20]]
        return shapes.paged(request, related, _artist_row)
    if what == "top":
        tracks = [one for a in albums[:MOST_ALBUMS] for one in shapes.tracks_of(a)[:4]]
        return shapes.paged(request, tracks[:100], _top_row)
    return await unknown(request)


def _top_row(request: Request, one: Track) -> dict[str, Any]:
    row = shapes.track_row(request, one)
    return row | {"contributors": shapes.contributors(request, one.album)}


async def image(request: Request) -> Response:
    """The picture's address: the real one is on another host."""
    start = f"https://cdn-images.dzcdn.net/images/{request.path_params['kind']}"
    return RedirectResponse(f"{start}/{request.path_params['number']}/120x120.jpg", 302)


async def unknown(request: Request) -> Response:
    inner = request.url.path.removeprefix(request.scope["root_path"])
    return failed(600, "InvalidQueryException", f"Unknown path components : {inner}")


class Deezer(Room):
    name = "deezer"

    def routes(self) -> list[Route]:
        return [
            Route("/search", search_tracks),
            Route("/search/track", search_tracks),
            Route("/search/album", search_albums),
            Route("/search/artist", search_artists),
            Route("/track/isrc:{code}", track_by_isrc),
            Route("/track/{number:int}", track),
            Route("/track/-{rest}", _negative),
            Route("/album/upc:{code}", album_by_upc),
            Route("/album/{number:int}", album),
            Route("/album/-{rest}", _negative),
            Route("/album/{number:int}/tracks", album_tracks),
            Route("/artist/{number:int}", artist),
            Route("/artist/-{rest}", _negative),
            Route("/{kind}/{number:int}/image", image),
            Route("/artist/{number:int}/{what}", of_artist),
            Route("/{rest:path}", unknown),
        ]

    def guard(self, request: Request) -> Response | None:
        limits = box(request).state.limits
        reading = limits.take(self.name, address(request), limit=LIMIT, seconds=WINDOW)
        return None if reading.admitted else self.refusal(request, "429")

    def refusal(self, request: Request, kind: str) -> Response:
        """Too many calls is HTTP 200 here."""
        if kind == "429":
            return failed(4, "Exception", "Quota limit exceeded")
        if kind == "busy":
            return failed(700, "Exception", "Service busy")
        return failed(200, "OAuthException", "An active access token must be used", 403)


async def _negative(request: Request) -> Response:
    return no_data()
