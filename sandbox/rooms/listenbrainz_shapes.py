"""What ListenBrainz' answers have in common."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.responses import JSONResponse

from sandbox.people import Track
from sandbox.world import Album

GROUP_TYPES = {"compilation": "Compilation", "live": "Live", "ep": "EP", "single": "Single"}
TRACK_SPACE = uuid.UUID("2f2a6a52-7c3b-4a57-9d7e-7472616b7573")


def refused(code: int, error: str) -> JSONResponse:
    return JSONResponse({"code": code, "error": error}, code)


def recording_mbid(track: Track) -> str:
    return str(uuid.uuid5(TRACK_SPACE, f"{track.album.mbid} {track.position}"))


def release_mbid(album: Album) -> str:
    return str(uuid.uuid5(TRACK_SPACE, f"release {album.mbid}"))


def cover(album: Album) -> dict[str, Any]:
    if not album.has_cover:
        return {"caa_id": None, "caa_release_mbid": None}
    return {"caa_id": 10_000_000_000 + album.number, "caa_release_mbid": release_mbid(album)}


def credit_rows(album: Album) -> list[dict[str, str]]:
    last = len(album.artists) - 1
    return [
        {
            "artist_credit_name": a.name,
            "artist_mbid": a.mbid,
            "join_phrase": " / " if n < last else "",
        }
        for n, a in enumerate(album.artists)
    ]
