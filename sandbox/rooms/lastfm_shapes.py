"""What Last.fm's answers have in common: quirks, errors, pages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse

from sandbox.people import Person
from sandbox.room import base_url, box, whole_number
from sandbox.world import Album, Artist

API_KEY, SECRET = "sandbox-lastfm-key", "sandbox-lastfm-secret"
STAR = "2a96cbd8b46e442fc41c2b86b821562f"
SIZES = {"small": "34s", "medium": "64s", "large": "174s", "extralarge": "300x300"}
STATUS = {6: 404, 9: 403, 10: 403, 11: 503, 13: 403, 14: 403, 15: 403, 16: 503, 17: 403, 26: 403,
          4: 403, 8: 500, 2: 400}  # fmt: skip
MESSAGES = {
    2: "Invalid service - This service does not exist",
    4: "Authentication Failed - You do not have permissions to access the service",
    7: "Invalid resource specified",
    8: "Operation failed - Most likely the backend service failed. Please try again.",
    9: "Invalid session key - Please re-authenticate",
    10: "Invalid API key - You must be granted a valid key by last.fm",
    11: "Service Offline - This service is temporarily offline. Try again later.",
    16: "The service is temporarily unavailable, please try again.",
    17: "Login: User required to be logged in",
    26: "Suspended API key - Access for your account has been suspended",
}


class Failed(Exception):
    def __init__(self, number: int, message: str, *, links: bool = False, status: int = 0) -> None:
        self.body: dict[str, Any] = {"error": number, "message": message}
        if links:
            self.body["links"] = []
        self.number, self.status = number, status or STATUS.get(number, 400)


def failure(error: Failed) -> JSONResponse:
    return JSONResponse(error.body, error.status)


def site(request: Request) -> str:
    return f"{base_url(request)}/lastfm-www"


def link(request: Request, *parts: str) -> str:
    return "/".join([site(request), "music", *(quote_plus(part) for part in parts)])


def pictures(request: Request, digest: str, ending: str = "png") -> list[dict[str, str]]:
    """Last.fm's pictures lie on another host; here below its site, where they can be fetched."""
    start = f"{site(request)}/i/u"
    return [
        {"size": size, "#text": f"{start}/{folder}/{digest}.{ending}"}
        for size, folder in SIZES.items()
    ]


def album_pictures(request: Request, album: Album) -> list[dict[str, str]]:
    if album.number % 9 == 4:
        return [{"size": size, "#text": ""} for size in SIZES]
    digest = hashlib.md5(album.mbid.encode(), usedforsecurity=False).hexdigest()
    return pictures(request, digest, "jpg")


def mbid_of(thing: Artist | Album) -> str:
    """Often empty, and at times one that MusicBrainz no longer knows."""
    if thing.number % 41 == 17:
        return f"{thing.mbid[:-4]}0000"
    return "" if thing.number % 5 == 3 else thing.mbid


def one_or_many(rows: list[Any]) -> Any:
    """A list of one arrives as an object."""
    return rows[0] if len(rows) == 1 else rows


def short_artist(request: Request, artist: Artist) -> dict[str, Any]:
    return {"url": link(request, artist.name), "name": artist.name, "mbid": mbid_of(artist)}


def listeners(artist: Artist) -> int:
    return artist.fame**2 * 4 + artist.number % 997 + 100


def plays(artist: Artist) -> int:
    return listeners(artist) * (12 + artist.fame // 40)


def album_plays(album: Album) -> int:
    return album.fame**2 * 6 + album.number % 991 + 50


def need(request: Request, name: str) -> str:
    value = request.query_params.get(name, "").strip()
    if not value:
        raise Failed(
            6,
            f"Invalid parameters - Your request is missing the [{name}] parameter",
            links=True,
            status=400,
        )
    return value


def artist_asked(request: Request) -> Artist:
    world = box(request).world
    query = request.query_params
    found = world.artist_by_mbid.get(query.get("mbid", "")) or world.artist_named(
        need(request, "artist")
    )
    if found is None:
        raise Failed(6, "The artist you supplied could not be found", links=True)
    return found


def person_asked(request: Request) -> Person:
    person = box(request).people.get(need(request, "user"))
    if person is None:
        raise Failed(6, "User not found")
    return person


def page_of(
    request: Request, rows: Sequence[Any], *, most: int
) -> tuple[Sequence[Any], dict[str, str]]:
    query = request.query_params
    limit = whole_number(query, "limit", 50, least=1, most=most)
    page = whole_number(query, "page", 1, least=1)
    pages = -(-len(rows) // limit)
    attributes = {
        "page": str(page), "perPage": str(limit), "totalPages": str(pages), "total": str(len(rows)),
    }  # fmt: skip
    return rows[(page - 1) * limit : page * limit], attributes
