"""open.spotify.com: the page behind a link."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.pages import page
from sandbox.room import Room, box


async def open_page(request: Request) -> Response:
    world = box(request).world
    kind, number = request.path_params["kind"], request.path_params["number"]
    title = "Spotify"
    if kind == "artist":
        title = next((a.name for a in world.artists if a.spotify_id == number), title)
    elif kind == "album":
        title = next(
            (f"{a.credit} – {a.title}" for a in world.albums if a.spotify_id == number), title
        )
    return page(title, f"<p>{escape(kind)} {escape(number)}</p>", host="open.spotify.com")


class SpotifyOpen(Room):
    name = "spotify-open"

    def routes(self) -> list[Route]:
        return [Route("/{kind}/{number}", open_page)]
