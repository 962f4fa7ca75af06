"""A sink for outgoing webhooks: takes everything, shows the newest."""

from __future__ import annotations

import json
from html import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.pages import page
from sandbox.room import Room, box

KEPT = 200


async def take(request: Request) -> Response:
    state = box(request).state
    if request.method == "GET":
        rows = "".join(
            f"<h2>{escape(hook['path'])}</h2><pre>{escape(hook['body'])}</pre>"
            for hook in reversed(state.hooks)
        )
        return page(
            "Webhooks", rows or "<p>Nothing arrived yet.</p>", host="every webhook receiver"
        )
    body = (await request.body()).decode("utf-8", "replace")
    state.hooks.append(
        {
            "at": state.clock.now(),
            "path": request.url.path,
            "method": request.method,
            "headers": dict(request.headers),
            "body": body[:100_000],
        }
    )
    del state.hooks[:-KEPT]
    return JSONResponse(json.loads('{"ok": true}'))


class HookRoom(Room):
    name = "hooks"

    def routes(self) -> list[Route]:
        return [Route("/{rest:path}", take, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]
