"""api.listenbrainz.org: statistics, listens, tokens."""

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
from sandbox.room import Room, address, box, mark, named_agent, whole_number
from sandbox.rooms.listenbrainz_popularity import (
    popularity,
    top_recordings,
    top_release_groups,
)
from sandbox.rooms.listenbrainz_shapes import (
    TRACK_SPACE,
    cover,
    credit_rows,
    recording_mbid,
    refused,
    release_mbid,
)
from sandbox.world import Album, Artist

TOKENS = {"sandbox-listenbrainz-token": "vinilogy_app"}
RANGES = {
    "all_time": None, "week": 7, "month": 30, "quarter": 90, "half_yearly": 182, "year": 365,
    "this_week": 5, "this_month": 20, "this_year": 320,
}  # fmt: skip
LIMIT, WINDOW = 30, 10.0


def owner_of(request: Request, token: str) -> str | None:
    """Whose token it is: the site's own, or ``sandbox-listenbrainz-<name>`` of a listener."""
    name = token.removeprefix("sandbox-listenbrainz-")
    if token in TOKENS:
        return TOKENS[token]
    return name if name != token and box(request).people.get(name) else None


def token_of(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "token" else ""


def person_at(request: Request) -> Person | None:
    return box(request).people.get(request.path_params["user"])


def no_user(request: Request) -> JSONResponse:
    return refused(404, f"User {request.path_params['user']} not found")


async def validate(request: Request) -> Response:
    token = token_of(request) or request.query_params.get("token", "")
    if not token:
        return refused(400, "You need to provide an Authorization token.")
    owner = owner_of(request, token)
    if owner is None:
        return JSONResponse({"code": 200, "message": "Token invalid.", "valid": False})
    return JSONResponse({"code": 200, "message": "Token valid.", "valid": True, "user_name": owner})


# statistics ------------------------------------------------------------------------------


def _artist_row(artist: Artist, count: int) -> dict[str, Any]:
    """Some listens are not mapped to an identifier."""
    mbid = None if artist.number % 11 == 2 else artist.mbid
    return {"artist_mbid": mbid, "artist_mbids": [mbid] if mbid else [], "artist_name": artist.name,
            "listen_count": count}  # fmt: skip


def _group_row(album: Album, count: int) -> dict[str, Any]:
    unmapped = album.number % 13 == 6
    return {
        "artist_mbids": [] if unmapped else [a.mbid for a in album.artists],
        "artist_name": album.credit,
        "artists": [] if unmapped else credit_rows(album), **cover(album), "listen_count": count,
        "release_group_mbid": None if unmapped else album.mbid,
        "release_group_name": edition_title(album) if unmapped else album.title,
    }  # fmt: skip


def _release_row(album: Album, count: int) -> dict[str, Any]:
    return {
        "artist_mbids": [a.mbid for a in album.artists], "artist_name": album.credit,
        "artists": credit_rows(album), **cover(album), "listen_count": count,
        "release_mbid": release_mbid(album), "release_name": edition_title(album),
    }  # fmt: skip


def _recording_row(track: Track, count: int) -> dict[str, Any]:
    album = track.album
    return {
        "artist_mbids": [a.mbid for a in album.artists], "artist_name": album.credit,
        "artists": credit_rows(album), **cover(album), "listen_count": count,
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
        "artist_mbids": [a.mbid for a in album.artists], "artists": credit_rows(album),
        **cover(album), "recording_mbid": recording_mbid(track), "recording_name": track.title,
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
        token, path = token_of(request), request.url.path
        if token and owner_of(request, token) is None and "/validate-token" not in path:
            return refused(401, "Invalid authorization token.")
        return None

    def caller(self, request: Request) -> str:
        token = token_of(request)
        owner = owner_of(request, token) if token else None
        return f"person {owner}" if owner else mark(token)

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
