"""Spotify's objects as an application in development mode gets them in 2026."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request

from sandbox.codes import isrc
from sandbox.editions import edition_title
from sandbox.people import Track
from sandbox.room import base_url, whole_number, with_query
from sandbox.titles import track_titles
from sandbox.world import Album, Artist, base62


def site(request: Request) -> str:
    return f"{base_url(request)}/spotify-open"


def pictures(seed: str, sizes: Sequence[int] = (640, 300, 64)) -> list[dict[str, Any]]:
    digest = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    return [
        {
            "height": size,
            "url": f"https://i.scdn.co/image/ab67616d{size:08d}{digest[:24]}",
            "width": size,
        }
        for size in sizes
    ]


def short_artist(request: Request, artist: Artist) -> dict[str, Any]:
    number = artist.spotify_id
    return {
        "external_urls": {"spotify": f"{site(request)}/artist/{number}"},
        "href": f"https://api.spotify.com/v1/artists/{number}", "id": number, "name": artist.name,
        "type": "artist", "uri": f"spotify:artist:{number}",
    }  # fmt: skip


def artist_object(request: Request, artist: Artist) -> dict[str, Any]:
    """Genres are often empty nowadays; popularity and followers are gone."""
    genres = [] if artist.number % 3 == 1 else [style.lower() for style in artist.styles[:3]]
    return short_artist(request, artist) | {
        "genres": genres,
        "images": [] if artist.number % 17 == 3 else pictures(artist.mbid, (640, 320, 160)),
    }


def release_date(album: Album) -> tuple[str, str]:
    """A re-release's date now and then, and a year alone for old ones."""
    year = album.year or 1990
    if album.number % 4 == 1:
        return str(year), "year"
    return f"{year}-{1 + album.number % 12:02d}-{1 + album.number % 28:02d}", "day"


def album_object(request: Request, album: Album) -> dict[str, Any]:
    number = album.spotify_id
    date, precision = release_date(album)
    return {
        "album_type": "compilation" if album.kind == "compilation" else "album",
        "artists": [short_artist(request, artist) for artist in album.artists],
        "external_urls": {"spotify": f"{site(request)}/album/{number}"},
        "href": f"https://api.spotify.com/v1/albums/{number}", "id": number,
        "images": pictures(album.mbid),
        "is_playable": True, "name": edition_title(album), "release_date": date,
        "release_date_precision": precision, "total_tracks": len(track_titles(album)),
        "type": "album",
        "uri": f"spotify:album:{number}",
    }  # fmt: skip


def track_id(track: Track) -> str:
    digest = hashlib.md5(
        f"{track.album.mbid} {track.position}".encode(), usedforsecurity=False
    ).hexdigest()
    return base62(int(digest, 16))


def track_object(request: Request, track: Track) -> dict[str, Any]:
    number = track_id(track)
    return {
        "album": album_object(request, track.album),
        "artists": [short_artist(request, artist) for artist in track.album.artists],
        "disc_number": 1,
        "duration_ms": track.seconds * 1000, "explicit": False,
        "external_ids": {"isrc": isrc(track)},
        "external_urls": {"spotify": f"{site(request)}/track/{number}"},
        "href": f"https://api.spotify.com/v1/tracks/{number}", "id": number, "is_local": False,
        "is_playable": True, "name": track.title, "preview_url": None,
        "track_number": track.position + 1,
        "type": "track", "uri": f"spotify:track:{number}",
    }  # fmt: skip


def paging(
    request: Request, rows: Sequence[Any], make: Callable[[Any], Any], *, default: int, most: int,
    least: int = 1,
) -> Any:  # fmt: skip
    """The paging object; None for a limit that is refused."""
    query = request.query_params
    limit = whole_number(query, "limit", default)
    offset = whole_number(query, "offset", 0)
    if not least <= limit <= most:
        return None
    part = rows[offset : offset + limit]
    ahead = (
        with_query(request, offset=offset + limit, limit=limit)
        if offset + limit < len(rows)
        else None
    )
    behind = with_query(request, offset=max(0, offset - limit), limit=limit) if offset else None
    return {
        "href": str(request.url), "items": [make(row) for row in part], "limit": limit,
        "next": ahead,
        "offset": offset, "previous": behind, "total": len(rows),
    }  # fmt: skip
