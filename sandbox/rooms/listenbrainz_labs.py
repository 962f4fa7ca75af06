"""labs.api.listenbrainz.org: similar artists."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.room import Room, address, box
from sandbox.similar import load_similarity

ALGORITHM = (
    "session_based_days_7500_session_300_contribution_5_threshold_10_limit_100_filter_True_skip_30"
)
LABS_LIMIT, LABS_WINDOW = 30, 5.0


async def similar_artists(request: Request) -> Response:
    query = request.query_params
    algorithm = query.get("algorithm", "")
    if algorithm != ALGORITHM:
        return JSONResponse(
            {"error": f"algorithm: value is not a valid enumeration member: '{algorithm}'"}, 400
        )
    rows: list[dict[str, Any]] = []
    for mbid in query.get("artist_mbids", "").split(","):
        artist = box(request).world.artist_by_mbid.get(mbid.strip().lower())
        for other, score in load_similarity().to(artist) if artist else []:
            rows.append(
                {
                    "artist_mbid": other.mbid, "name": other.name, "comment": "",
                    "type": other.kind or None,
                    "gender": None, "score": round(score * 2000), "reference_mbid": mbid,
                }
            )  # fmt: skip
    rows.sort(key=lambda row: -row["score"])
    return JSONResponse(rows[:100])


class ListenBrainzLabs(Room):
    name = "listenbrainz-labs"

    def routes(self) -> list[Route]:
        return [Route("/similar-artists/json", similar_artists)]

    def guard(self, request: Request) -> Response | None:
        limits = box(request).state.limits
        reading = limits.take(self.name, address(request), limit=LABS_LIMIT, seconds=LABS_WINDOW)
        return None if reading.admitted else self.refusal(request, "429")
