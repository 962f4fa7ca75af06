"""Deezer's JSON shapes. Ids hold the place in the catalogue, so a lookup is arithmetic."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from sandbox import codes
from sandbox.audio import tempo
from sandbox.editions import edition_title
from sandbox.people import Track
from sandbox.room import base_url, mixed, whole_number, with_query
from sandbox.rooms.lastfm_shapes import listeners
from sandbox.rooms.previews import preview_url
from sandbox.titles import track_titles
from sandbox.world import Album, Artist, World

FIRST_ARTIST, FIRST_ALBUM, FIRST_TRACK = 700_000_000, 900_000_000, 3_000_000_000
GENRES = {
    "Pop": 132, "Rock": 152, "Electronic": 106, "Jazz": 129, "Hip Hop": 116, "Reggae": 144,
    "Classical": 98, "Funk / Soul": 165, "Blues": 153, "Latin": 197, "Folk, World, & Country": 466,
}  # fmt: skip


def artist_id(artist: Artist) -> int:
    return FIRST_ARTIST + artist.number


def album_id(album: Album) -> int:
    return FIRST_ALBUM + album.number


def track_id(track: Track) -> int:
    return FIRST_TRACK + codes.track_number(track.album, track.position)


def artist_at(world: World, number: int) -> Artist | None:
    place = number - FIRST_ARTIST
    return world.artists[place] if 0 <= place < len(world.artists) else None


def album_at(world: World, number: int) -> Album | None:
    place = number - FIRST_ALBUM
    return world.albums[place] if 0 <= place < len(world.albums) else None


def track_at(world: World, number: int) -> Track | None:
    return codes.track_numbered(world, number - FIRST_TRACK) if number >= FIRST_TRACK else None


def api(request: Request) -> str:
    return f"{base_url(request)}/deezer"


def _digest(seed: str) -> str:
    return hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()


def _pictures(request: Request, kind: str, number: int, seed: str) -> dict[str, str]:
    """``picture`` of an artist or ``cover`` of an album in all sizes."""
    name = "picture" if kind == "artist" else "cover"
    start = f"https://cdn-images.dzcdn.net/images/{name.replace('picture', 'artist')}/{seed}"
    sizes = {"small": 56, "medium": 250, "big": 500, "xl": 1000}
    urls = {
        f"{name}_{size}": f"{start}/{pixels}x{pixels}-000000-80-0-0.jpg"
        for size, pixels in sizes.items()
    }
    return {name: f"{api(request)}/{kind}/{number}/image", **urls}


def artist_small(request: Request, artist: Artist) -> dict[str, Any]:
    number = artist_id(artist)
    return {
        "id": number, "name": artist.name, "link": f"https://www.deezer.com/artist/{number}",
        **_pictures(request, "artist", number, _digest(artist.mbid)),
        "tracklist": f"{api(request)}/artist/{number}/top?limit=50", "type": "artist",
    }  # fmt: skip


def artist_object(request: Request, artist: Artist, albums: int) -> dict[str, Any]:
    return artist_small(request, artist) | {
        "nb_album": albums,
        "nb_fan": listeners(artist) // 3,
        "radio": True,
    }


def artist_full(request: Request, artist: Artist) -> dict[str, Any]:
    small = artist_small(request, artist)
    return small | {"share": f"{small['link']}?utm_source=deezer", "radio": True}


def contributors(request: Request, album: Album) -> list[dict[str, Any]]:
    return [artist_full(request, artist) | {"role": "Main"} for artist in album.artists]


def released(album: Album) -> str:
    return f"{album.year or 1990}-{1 + album.number % 12:02d}-{1 + album.number % 28:02d}"


def album_small(request: Request, album: Album) -> dict[str, Any]:
    number = album_id(album)
    return {
        "id": number, "title": edition_title(album),
        **_pictures(request, "album", number, _digest(album.mbid)),
        "md5_image": _digest(album.mbid),
        "tracklist": f"{api(request)}/album/{number}/tracks", "type": "album",
    }  # fmt: skip


def album_object(request: Request, album: Album) -> dict[str, Any]:
    """A row of a search."""
    number = album_id(album)
    return album_small(request, album) | {
        "link": f"https://www.deezer.com/album/{number}", "genre_id": genre_id(album),
        "nb_tracks": len(track_titles(album)), "record_type": record_type(album),
        "explicit_lyrics": False, "artist": artist_small(request, album.artist),
    }  # fmt: skip


def record_type(album: Album) -> str:
    return {"ep": "ep", "single": "single", "compilation": "compile"}.get(album.kind, "album")


def genre_id(album: Album) -> int:
    return next((GENRES[genre] for genre in album.genres if genre in GENRES), -1)


def tracks_of(album: Album) -> list[Track]:
    return [Track(album, place, title) for place, title in enumerate(track_titles(album))]


def track_row(request: Request, track: Track) -> dict[str, Any]:
    """A row of a search; the album's own list has it without the album."""
    number = track_id(track)
    return {
        "id": number, "readable": True, "title": track.title, "title_short": track.title,
        "title_version": "", "link": f"https://www.deezer.com/track/{number}",
        "duration": track.seconds, "rank": 100_000 + track.album.fame * 800,
        "explicit_lyrics": False, "explicit_content_lyrics": 0, "explicit_content_cover": 0,
        "preview": preview_url(request, "deezer-cdn", track),
        "md5_image": _digest(track.album.mbid), "artist": artist_small(request, track.artist),
        "album": album_small(request, track.album), "type": "track",
    }  # fmt: skip


def track_object(request: Request, track: Track) -> dict[str, Any]:
    """``bpm`` is often 0, and a number with a fraction only when there is one."""
    row = track_row(request, track)
    beats = 0 if mixed("bpm", row["id"]) % 3 else tempo(track)
    extra = {
        "isrc": codes.isrc(track), "share": f"{row['link']}?utm_source=deezer",
        "track_position": track.position + 1, "disk_number": 1,
        "release_date": released(track.album),
        "bpm": int(beats) if beats == int(beats) else beats,
        "gain": -(mixed("gain", row["id"]) % 150) / 10 - 1.05, "available_countries": ["ES", "DE"],
        "contributors": contributors(request, track.album),
        "artist": artist_full(request, track.artist),
    }  # fmt: skip
    album = row["album"] | {
        "link": f"https://www.deezer.com/album/{album_id(track.album)}",
        "release_date": released(track.album),
    }
    return row | extra | {"album": album}


def paged(
    request: Request, rows: Sequence[Any], make: Callable[[Request, Any], Any]
) -> JSONResponse:
    """``data``, ``total`` and ``next`` (or ``prev``) as far as there are more."""
    query = request.query_params
    limit = whole_number(query, "limit", 25, least=1, most=100)
    index = whole_number(query, "index", 0)
    body: dict[str, Any] = {
        "data": [make(request, row) for row in rows[index : index + limit]],
        "total": len(rows),
    }
    if index:
        body["prev"] = with_query(request, index=max(0, index - limit))
    if index + limit < len(rows):
        body["next"] = with_query(request, index=index + limit)
    return JSONResponse(body)
