"""ListenBrainz' counts of all listeners together: of an artist's works, and of lists of ids."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.editions import edition_title
from sandbox.people import Track
from sandbox.room import box, mixed
from sandbox.rooms.lastfm_shapes import album_plays, listeners, plays
from sandbox.rooms.listenbrainz_shapes import (
    GROUP_TYPES,
    TRACK_SPACE,
    cover,
    credit_rows,
    recording_mbid,
    refused,
    release_mbid,
)
from sandbox.titles import track_titles
from sandbox.world import Album, Artist, load_world

MOST_IDS = 100
KEYS = {
    "release-group": "release_group_mbid", "artist": "artist_mbid", "release": "release_mbid",
    "recording": "recording_mbid",
}  # fmt: skip


def _artist_at(request: Request) -> Artist | None:
    return box(request).world.artist_by_mbid.get(request.path_params["mbid"].lower())


def _bad_mbid(request: Request) -> JSONResponse | None:
    mbid = request.path_params["mbid"]
    try:
        uuid.UUID(mbid)
    except ValueError:
        return refused(400, f"artist_mbid: '{mbid}' is not a valid uuid")
    return None


def _colour(album: Album) -> dict[str, int]:
    seed = mixed("colour", album.number)
    return {"red": seed % 256, "green": seed // 256 % 256, "blue": seed // 65_536 % 256}


async def top_release_groups(request: Request) -> Response:
    if bad := _bad_mbid(request):
        return bad
    artist = _artist_at(request)
    albums = box(request).world.albums_of[artist.number] if artist else []
    rows = []
    for album in sorted(albums, key=lambda a: -a.fame):
        group = {
            **cover(album), "date": f"{album.year}" if album.year else None, "name": album.title,
            "rels": [],
            "type": GROUP_TYPES.get(album.kind, "Album"),
        }  # fmt: skip
        rows.append(
            {
                "artist": {
                    "artist_credit_id": 100_000 + album.artist.number, "name": album.credit,
                    "artists": [
                        {"artist_mbid": a.mbid, "join_phrase": "", "name": a.name}
                        for a in album.artists
                    ],
                },
                "release": group, "release_color": _colour(album), "release_group": group,
                "release_group_mbid": album.mbid,
                "tag": {
                    "artist": [],
                    "release_group": [{"count": 3, "tag": style.lower()} for style in album.styles],
                },
                "total_listen_count": album_plays(album),
                "total_user_count": album_plays(album) // 11,
            }
        )  # fmt: skip
    return JSONResponse(rows)


def tag_row(place: int, style: str) -> dict[str, Any]:
    """Tags that are genres too carry the genre's id."""
    row: dict[str, Any] = {"count": 5 - min(place, 4), "tag": style.lower()}
    if place % 2 == 0:
        row["genre_mbid"] = str(uuid.uuid5(TRACK_SPACE, f"genre {style}"))
    return row


async def top_recordings(request: Request) -> Response:
    if bad := _bad_mbid(request):
        return bad
    artist = _artist_at(request)
    rows = []
    for album in box(request).world.albums_of[artist.number] if artist else []:
        for position, title in enumerate(track_titles(album)):
            track = Track(album, position, title)
            count = album_plays(album) // (position + 2)
            rows.append(
                {
                    "artist_mbids": [a.mbid for a in album.artists], "artist_name": album.credit,
                    "artists": credit_rows(album), **cover(album), "length": track.seconds * 1000,
                    "recording_mbid": recording_mbid(track), "recording_name": title,
                    "release_color": _colour(album), "release_mbid": release_mbid(album),
                    "release_name": edition_title(album),
                    "tags": [tag_row(place, style) for place, style in enumerate(album.styles)],
                    "total_listen_count": count, "total_user_count": count // 11,
                }
            )  # fmt: skip
    rows.sort(key=lambda row: -row["total_listen_count"])
    return JSONResponse(rows[:100])


@lru_cache(maxsize=1)
def _releases() -> dict[str, Album]:
    return {release_mbid(album): album for album in load_world().albums}


@lru_cache(maxsize=1)
def _recordings() -> dict[str, Track]:
    tracks = (
        Track(album, place, title)
        for album in load_world().albums
        for place, title in enumerate(track_titles(album))
    )
    return {recording_mbid(track): track for track in tracks}


def _counts(request: Request, kind: str, mbid: str) -> tuple[int, int] | None:
    """(listens, listeners) of one id; None for an unknown one."""
    world = box(request).world
    if kind == "artist":
        artist = world.artist_by_mbid.get(mbid)
        return (plays(artist), listeners(artist)) if artist else None
    if kind == "recording":
        track = _recordings().get(mbid)
        made = album_plays(track.album) // (track.position + 2) if track else 0
        return (made, made // 11) if track else None
    album = world.album_by_mbid.get(mbid) if kind == "release-group" else _releases().get(mbid)
    return (album_plays(album), album_plays(album) // 11) if album else None


async def popularity(request: Request) -> Response:
    """POST lists of identifiers; unknown ones get nulls, order is kept."""
    kind = request.path_params["kind"]
    key = KEYS.get(kind)
    if key is None:
        return refused(404, "Not found")
    try:
        mbids = (await request.json())[f"{key}s"]
    except (ValueError, KeyError, TypeError):
        mbids = None
    if not isinstance(mbids, list) or not mbids or len(mbids) > MOST_IDS:
        return refused(400, f"{key}s JSON document must be a list of at most {MOST_IDS} items")
    rows = []
    for mbid in mbids:
        made, users = _counts(request, kind, str(mbid)) or (None, None)
        rows.append({key: mbid, "total_listen_count": made, "total_user_count": users})
    return JSONResponse(rows)
