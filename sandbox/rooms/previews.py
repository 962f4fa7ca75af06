"""Where the previews lie: signed addresses that stop working, and clips behind them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.audio import clip
from sandbox.codes import track_number, track_numbered
from sandbox.people import Track
from sandbox.room import Room, base_url, box, mixed

KEY = b"the sandbox signs its own addresses"
LIFE = 900
TICKET = re.compile(r"exp=(\d+)~acl=([^~]+)~hmac=([0-9a-f]{64})")


def _signature(path: str, expires: int) -> str:
    return hmac.new(KEY, f"{path} {expires}".encode(), hashlib.sha256).hexdigest()


def preview_url(request: Request, host: str, track: Track) -> str:
    """Good for 15 minutes from now. Deezer has none for a few tracks: an empty text."""
    lacks = mixed("preview", track.album.number, track.position) % 23 == 3
    if lacks and host == DeezerCdn.name:
        return ""
    path = f"/api/1/1/{track_number(track.album, track.position)}.wav"
    expires = int(box(request).clock.now()) + LIFE
    ticket = f"exp={expires}~acl={path}*~hmac={_signature(path, expires)}"
    return f"{base_url(request)}/{host}{path}?hdnea={ticket}"


async def preview(request: Request) -> Response:
    path = request.url.path.removeprefix(request.scope["root_path"])
    match = TICKET.fullmatch(request.query_params.get("hdnea", ""))
    if not match or match[2] != f"{path}*" or not hmac.compare_digest(
        match[3], _signature(path, int(match[1]))
    ):  # fmt: skip
        return PlainTextResponse("Access Denied", 403)
    if int(match[1]) <= box(request).clock.now():
        return PlainTextResponse("Access Denied", 403)
    track = track_numbered(box(request).world, request.path_params["number"])
    if track is None:
        return PlainTextResponse("Not Found", 404)
    # The first rendering of a clip takes a moment: others need not wait for it.
    sound = await asyncio.to_thread(clip, track)
    return Response(sound, media_type="audio/wav", headers={"Cache-Control": "no-store"})


class _Previews(Room):
    def routes(self) -> list[Route]:
        return [Route("/api/1/1/{number:int}.wav", preview)]


class DeezerCdn(_Previews):
    name = "deezer-cdn"


class ItunesCdn(_Previews):
    name = "itunes-cdn"
