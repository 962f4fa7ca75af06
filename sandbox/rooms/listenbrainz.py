"""api.listenbrainz.org and labs.api.listenbrainz.org"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.editions import edition_title
from sandbox.limits import Reading
from sandbox.people import DAY, Person, Track
from sandbox.room import Room, address, box, mixed, named_agent, whole_number
from sandbox.rooms.lastfm_shapes import album_plays, listeners, plays
from sandbox.titles import track_titles
from sandbox.world import Album, Artist

TOKENS = {"sandbox-listenbrainz-token": "vinilogy_app"}
RANGES = {
    "all_time": None, "week": 7, "month": 30, "quarter": 90, "half_yearly": 182, "year": 365,
    "this_week": 5, "this_month": 20, "this_year": 320,
}  # fmt: skip
GROUP_TYPES = {"compilation": "Compilation", "live": "Live", "ep": "EP", "single": "Single"}
LIMIT, WINDOW = 30, 10.0
TRACK_SPACE = uuid.UUID("2f2a6a52-7c3b-4a57-9d7e-7472616b7573")


def refused(code: int, error: str) -> JSONResponse:
    return JSONResponse({"code": code, "error": error}, code)


def token_of(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "token" else ""


def recording_mbid(track: Track) -> str:
    return str(uuid.uuid5(TRACK_SPACE, f"{track.album.mbid} {track.position}"))


def release_mbid(album: Album) -> str:
    return str(uuid.uuid5(TRACK_SPACE, f"release {album.mbid}"))


def cover(album: Album) -> dict[str, Any]:
    if not album.has_cover:
        return {"caa_id": None, "caa_release_mbid": None}
    return {"caa_id": 10_000_000_000 + album.number, "caa_release_mbid": release_mbid(album)}


def person_at(request: Request) -> Person | None:
    return box(request).people.get(request.path_params["user"])


def no_user(request: Request) -> JSONResponse:
    return refused(404, f"User {request.path_params['user']} not found")


async def validate(request: Request) -> Response:
    token = token_of(request) or request.query_params.get("token", "")
    if not token:
        return refused(400, "You need to provide an Authorization token.")
    if token not in TOKENS:
        return JSONResponse({"code": 200, "message": "Token invalid.", "valid": False})
    return JSONResponse(
        {"code": 200, "message": "Token valid.", "valid": True, "user_name": TOKENS[token]}
    )


# statistics ------------------------------------------------------------------------------


def _artist_row(artist: Artist, count: int) -> dict[str, Any]:
    """Some listens are not mapped to an identifier."""
    mbid = None if artist.number % 11 == 2 else artist.mbid
    return {"artist_mbid": mbid, "artist_mbids": [mbid] if mbid else [], "artist_name": artist.name,
            "listen_count": count}  # fmt: skip


def _credits(album: Album) -> list[dict[str, str]]:
    last = len(album.artists) - 1
    return [
        {
            "artist_credit_name": a.name,
            "artist_mbid": a.mbid,
            "join_phrase": " / " if n < last else "",
        }
        for n, a in enumerate(album.artists)
    ]


def _group_row(album: Album, count: int) -> dict[str, Any]:
    unmapped = album.number % 13 == 6
    return {
        "artist_mbids": [] if unmapped else [a.mbid for a in album.artists],
        "artist_name": album.credit,
        "artists": [] if unmapped else _credits(album), **cover(album), "listen_count": count,
        "release_group_mbid": None if unmapped else album.mbid,
        "release_group_name": edition_title(album) if unmapped else album.title,
    }  # fmt: skip


def _release_row(album: Album, count: int) -> dict[str, Any]:
    return {
        "artist_mbids": [a.mbid for a in album.artists], "artist_name": album.credit,
        "artists": _credits(album), **cover(album), "listen_count": count,
        "release_mbid": release_mbid(album), "release_name": edition_title(album),
    }  # fmt: skip


def _recording_row(track: Track, count: int) -> dict[str, Any]:
    album = track.album
    return {
        "artist_mbids": [a.mbid for a in album.artists], "artist_name": album.credit,
        "artists": _credits(album), **cover(album), "listen_count": count,
        "recording_mbid": recording_mbid(track), "release_mbid": release_mbid(album),
        "release_name": edition_title(album), "track_name": track.title,
    }  # fmt: skip


ENTITIES: dict[str, tuple[str, Any, Any]] = {
    "artists": ("artists", Person.artist_counts, _artist_row),
    "release-groups": ("release_groups", Person.album_counts, _group_row),
    "releases": ("releases", Person.album_counts, _release_row),
    "recordings": ("recordings", Person.track_counts, _recording_row),
}


async def stats(request: Request) -> Response:
    person = person_at(request)
    if person is None:
        return no_user(request)
    entity = ENTITIES.get(request.path_params["entity"])
    if entity is None:
        return refused(404, "Not found")
    query = request.query_params
    range_name = query.get("range", "all_time")
    if range_name not in RANGES:
        return refused(400, f"Invalid range: {range_name}")
    if not person.total or person.name == box(request).people.stats_pending:
        return Response(status_code=204)
    key, counts_of, row = entity
    counts: Sequence[tuple[Any, int]] = counts_of(person, RANGES[range_name])
    offset = whole_number(query, "offset", 0)
    count = whole_number(query, "count", 25, most=100)
    part = counts[offset : offset + count]
    midnight = int(box(request).clock.now() // DAY) * DAY
    days = RANGES[range_name] or 6 * 365
    total = f"total_{key.removesuffix('s')}_count"
    return JSONResponse(
        {
            "payload": {
                key: [row(thing, number) for thing, number in part], "count": len(part),
                "from_ts": midnight - days * DAY, "last_updated": midnight, "offset": offset,
                "range": range_name, "to_ts": midnight, total: len(counts), "user_id": person.name,
            }
        }
    )  # fmt: skip


# listens ---------------------------------------------------------------------------------


def _listen(person: Person, at: int, index: int) -> dict[str, Any]:
    track = person.tracks[index][0]
    album = track.album
    mapping = {
        "artist_mbids": [a.mbid for a in album.artists], "artists": _credits(album), **cover(album),
        "recording_mbid": recording_mbid(track), "recording_name": track.title,
        "release_mbid": release_mbid(album),
    }  # fmt: skip
    metadata: dict[str, Any] = {
        "additional_info": {"media_player": "sandbox", "submission_client": "sandbox",
                            "duration_ms": track.seconds * 1000},
        "artist_name": album.credit, "track_name": track.title,
        "release_name": edition_title(album),
    }  # fmt: skip
    if album.number % 13 != 6:
        metadata["mbid_mapping"] = mapping
    msid = str(uuid.uuid5(TRACK_SPACE, f"msid {album.number} {track.position}"))
    return {
        "inserted_at": at + 5, "listened_at": at, "recording_msid": msid,
        "track_metadata": metadata,
        "user_name": person.name,
    }  # fmt: skip


async def listens(request: Request) -> Response:
    person = person_at(request)
    if person is None:
        return refused(404, f"Cannot find user: {request.path_params['user']}")
    query = request.query_params
    if "min_ts" in query and "max_ts" in query and query["min_ts"] >= query["max_ts"]:
        return refused(400, "max_ts should be greater than min_ts")
    midnight = int(box(request).clock.now() // DAY) * DAY
    count = whole_number(query, "count", 25, most=1000)
    low, high = whole_number(query, "min_ts", 0), whole_number(query, "max_ts", 1 << 40)
    made = [(midnight - before, i) for before, i in person.plays if low < midnight - before < high]
    made = made[-count:] if "min_ts" in query and "max_ts" not in query else made[:count]
    times = [midnight - before for before, _ in (*person.plays[:1], *person.plays[-1:])] or [0, 0]
    return JSONResponse(
        {
            "payload": {
                "count": len(made), "latest_listen_ts": times[0], "oldest_listen_ts": times[-1],
                "listens": [_listen(person, at, index) for at, index in made],
                "user_id": person.name,
            }
        }
    )  # fmt: skip


async def listen_count(request: Request) -> Response:
    person = person_at(request)
    if person is None:
        return refused(404, f"Cannot find user: {request.path_params['user']}")
    return JSONResponse({"payload": {"count": person.total}})


# popularity ------------------------------------------------------------------------------


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
                    "artists": _credits(album), **cover(album), "length": track.seconds * 1000,
                    "recording_mbid": recording_mbid(track), "recording_name": title,
                    "release_color": _colour(album), "release_mbid": release_mbid(album),
                    "release_name": edition_title(album),
                    "tags": [{"count": 1, "tag": style.lower()} for style in album.styles],
                    "total_listen_count": count, "total_user_count": count // 11,
                }
            )  # fmt: skip
    rows.sort(key=lambda row: -row["total_listen_count"])
    return JSONResponse(rows[:100])


async def popularity(request: Request) -> Response:
    """POST lists of identifiers; unknown ones get nulls, order is kept."""
    kind = request.path_params["kind"]
    key = {"release-group": "release_group_mbids", "artist": "artist_mbids"}.get(kind)
    try:
        mbids = (await request.json())[key] if key else None
    except (ValueError, KeyError, TypeError):
        mbids = None
    if not isinstance(mbids, list) or not mbids or len(mbids) > 100:
        return refused(400, f"{key or 'mbids'} JSON document must be a list of at most 100 items")
    world = box(request).world
    rows = []
    for mbid in mbids:
        album, artist = world.album_by_mbid.get(mbid), world.artist_by_mbid.get(mbid)
        listens_made: int | None = None
        if kind == "artist" and artist:
            listens_made, users = plays(artist), listeners(artist)
        elif kind == "release-group" and album:
            listens_made, users = album_plays(album), album_plays(album) // 11
        name = "artist_mbid" if kind == "artist" else "release_group_mbid"
        rows.append(
            {
                name: mbid,
                "total_listen_count": listens_made,
                "total_user_count": users if listens_made else None,
            }
        )
    return JSONResponse(rows)


class ListenBrainz(Room):
    name = "listenbrainz"

    def routes(self) -> list[Route]:
        return [
            Route("/1/validate-token", validate),
            Route("/1/stats/user/{user}/{entity}", stats),
            Route("/1/user/{user}/listens", listens),
            Route("/1/user/{user}/listen-count", listen_count),
            Route("/1/popularity/top-release-groups-for-artist/{mbid}", top_release_groups),
            Route("/1/popularity/top-recordings-for-artist/{mbid}", top_recordings),
            Route("/1/popularity/{kind}", popularity, methods=["POST"]),
        ]

    def guard(self, request: Request) -> Response | None:
        if not named_agent(request):
            return refused(403, "Please name your application in the User-Agent.")
        reading = box(request).state.limits.take(
            self.name, address(request), limit=LIMIT, seconds=WINDOW
        )
        request.scope["listenbrainz_reading"] = reading
        if not reading.admitted:
            return self.refusal(request, "429")
        token = token_of(request)
        if token and token not in TOKENS:
            return refused(401, "Invalid authorization token.")
        return None

    def headers(self, request: Request) -> dict[str, str]:
        reading: Reading | None = request.scope.get("listenbrainz_reading")
        if reading is None:
            return {}
        reset_in = max(1, round(reading.reset_in))
        return {
            "X-RateLimit-Limit": str(reading.limit),
            "X-RateLimit-Remaining": str(reading.remaining),
            "X-RateLimit-Reset-In": str(reset_in),
            "X-RateLimit-Reset": str(int(box(request).clock.now()) + reset_in),
        }

    def refusal(self, request: Request, kind: str) -> Response:
        if kind == "429":
            return refused(429, "You have exceeded your rate limit.")
        return refused(403, "Forbidden")


# labs ------------------------------------------------------------------------------------
