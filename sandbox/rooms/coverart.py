"""coverartarchive.org, which sends on to archive.org: a few albums have a picture, most do not."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.pictures import png
from sandbox.room import Room, base_url, box
from sandbox.rooms.listenbrainz_shapes import release_mbid
from sandbox.world import Album

SIZES = ("250", "500", "1200")


def _error(status: int, text: str) -> HTMLResponse:
    return HTMLResponse(
        f"<!doctype html><html lang=en><title>{status} {text}</title><h1>{text}</h1></html>", status
    )


def _album(request: Request) -> Album | Response:
    mbid = request.path_params["mbid"].lower()
    try:
        uuid.UUID(mbid)
    except ValueError:
        return _error(400, "Bad Request")
    world = box(request).world
    album = world.album_by_mbid.get(mbid)
    if request.path_params["entity"] == "release":
        album = next((a for a in world.albums if a.has_cover and release_mbid(a) == mbid), None)
    if album is None or not album.has_cover:
        return _error(404, "Not Found")
    return album


async def index(request: Request) -> Response:
    album = _album(request)
    if isinstance(album, Response):
        return album
    start = f"{base_url(request)}/coverart/release/{release_mbid(album)}"
    number = 10_000_000_000 + album.number
    thumbnails: dict[str, Any] = {size: f"{start}/{number}-{size}.png" for size in SIZES}
    thumbnails |= {"small": thumbnails["250"], "large": thumbnails["500"]}
    return JSONResponse(
        {
            "images": [
                {
                    "approved": True, "back": False, "comment": "",
                    "edit": 1_000_000 + album.number,
                    "front": True, "id": number, "image": f"{start}/{number}.png",
                    "types": ["Front"],
                    "thumbnails": thumbnails,
                }
            ],
            "release": f"https://musicbrainz.org/release/{release_mbid(album)}",
        }
    )  # fmt: skip


async def front(request: Request) -> Response:
    album = _album(request)
    if isinstance(album, Response):
        return album
    size = request.path_params.get("size", "")
    if size and size not in SIZES:
        return _error(400, "Bad Request")
    ending = f"_thumb{size}" if size else ""
    item = f"mbid-{release_mbid(album)}"
    return RedirectResponse(
        f"{base_url(request)}/archive/download/{item}/{item}-{album.number}{ending}.png",
        status_code=307,
    )


class CoverArt(Room):
    name = "coverart"

    def routes(self) -> list[Route]:
        return [
            Route("/{entity}/{mbid}", index),
            Route("/{entity}/{mbid}/front", front),
            Route("/{entity}/{mbid}/front-{size}", front),
        ]

    def refusal(self, request: Request, kind: str) -> Response:
        return _error(
            503 if kind == "429" else 403, "Service Unavailable" if kind == "429" else "Forbidden"
        )


async def download(request: Request) -> Response:
    name = request.path_params["name"]
    size = next((int(size) for size in SIZES if f"_thumb{size}" in name), 600)
    picture = png(request.path_params["item"], min(size, 600))
    return Response(
        picture, media_type="image/png", headers={"Cache-Control": "public, max-age=3600"}
    )


class Archive(Room):
    name = "archive"

    def routes(self) -> list[Route]:
        return [Route("/download/{item}/{name}", download)]
