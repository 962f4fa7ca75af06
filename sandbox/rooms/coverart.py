"""coverartarchive.org, which sends on to archive.org: a few albums have a picture, most do not."""

from __future__ import annotations

import re
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


async def picture(request: Request) -> Response:
    """The addresses that the index names."""
    size = request.path_params.get("size")
    if size is not None:
        request.path_params["size"] = str(size)
    return await front(request)


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
            Route("/{entity}/{mbid}/{number:int}.png", picture),
            Route("/{entity}/{mbid}/{number:int}-{size:int}.png", picture),
        ]

    def refusal(self, request: Request, kind: str) -> Response:
        return _error(
            503 if kind == "429" else 403, "Service Unavailable" if kind == "429" else "Forbidden"
        )


def _has_thumbnails(number: int) -> bool:
    """Some originals have none: their addresses are 404 after the redirects."""
    return number % 60 != 17


async def download(request: Request) -> Response:
    """archive.org sends on to the machine that holds the file."""
    item, name = request.path_params["item"], request.path_params["name"]
    number = re.search(r"-(\d+)(?:_thumb\d+)?\.png$", name)
    if number is None:
        return _error(404, "Not Found")
    machine = f"us/ia{int(number[1]) % 900 + 100}/items"
    return RedirectResponse(f"{base_url(request)}/archive/{machine}/{item}/{name}", 302)


async def file(request: Request) -> Response:
    name = request.path_params["name"]
    size = next((int(size) for size in SIZES if f"_thumb{size}" in name), 600)
    number = re.search(r"-(\d+)(?:_thumb\d+)?\.png$", name)
    if number is None or ("_thumb" in name and not _has_thumbnails(int(number[1]))):
        return _error(404, "Not Found")
    picture = png(request.path_params["item"], min(size, 600))
    return Response(
        picture, media_type="image/png", headers={"Cache-Control": "public, max-age=3600"}
    )


class Archive(Room):
    name = "archive"

    def routes(self) -> list[Route]:
        return [
            Route("/download/{item}/{name}", download),
            Route("/us/{machine}/items/{item}/{name}", file),
        ]
