"""www.last.fm: consent for a session, and plain pages behind links."""

from __future__ import annotations

import re
import secrets
from html import escape
from urllib.parse import unquote_plus, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.pages import choices, hidden, page
from sandbox.pictures import png
from sandbox.room import Room, box

HOST = "www.last.fm"
# Of the covers that it names so many are here, the star among them; all others are gone.
_HELD = "258"


async def consent(request: Request) -> Response:
    form = await request.form() if request.method == "POST" else request.query_params
    callback = str(form.get("cb", ""))
    if request.method == "GET":
        body = (
            "<p>Vinilogy wants to know who you are on Last.fm.</p>"
            f'<form method="post" action="{escape(request.url.path)}">{hidden(cb=callback)}'
            f"{choices('person', box(request).people.choices())}"
            "<button>Yes, allow access</button></form>"
        )
        return page("Connect to Vinilogy", body, host=HOST)
    person = box(request).people.get(str(form.get("person", "")))
    if person is None or not callback:
        return page("Something is missing", "", host=HOST, status=400)
    token = secrets.token_urlsafe(24)
    state = box(request).state
    state.lastfm_tokens[token] = (person.name, state.clock.now())
    joint = "&" if "?" in callback else "?"
    return RedirectResponse(f"{callback}{joint}{urlencode({'token': token})}", status_code=302)


async def picture(request: Request) -> Response:
    """What lies on Last.fm's host of pictures: the star, and some of the covers."""
    folder, name = request.path_params["folder"], request.path_params["name"]
    digest = name.partition(".")[0]
    wide = re.match(r"\d+", folder)
    if not re.fullmatch(r"[0-9a-f]{32}", digest) or wide is None or digest[0] not in _HELD:
        return Response("Not Found", status_code=404, media_type="text/plain")
    return Response(
        png(digest, min(int(wide[0]), 300)), media_type="image/png",
        headers={"Cache-Control": "public, max-age=31536000"},
    )  # fmt: skip


async def anything(request: Request) -> Response:
    parts = [unquote_plus(part) for part in request.path_params["rest"].split("/") if part]
    body = f"<p>{escape(' / '.join(parts[1:]))}</p>"
    return page(parts[-1] if parts else "Last.fm", body, host=HOST)


class LastFmSite(Room):
    name = "lastfm-www"

    def routes(self) -> list[Route]:
        return [
            Route("/api/auth", consent, methods=["GET", "POST"]),
            Route("/api/auth/", consent, methods=["GET", "POST"]),
            Route("/i/u/{folder}/{name}", picture),
            Route("/{rest:path}", anything),
        ]
