"""MusicBrainz' releases: the pressings of the sandbox's catalogue under ids of their own."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.pressings import Pressing
from sandbox.room import box, whole_number
from sandbox.rooms.listenbrainz_shapes import release_mbid
from sandbox.rooms.musicbrainz_shapes import (
    DISCOGS_TYPES,
    LINK_SPACE,
    credits_of,
    group,
    includes,
    refused,
    relation,
)
from sandbox.titles import track_titles
from sandbox.world import Album, World, load_world

# Half of an id is fixed, the other half is the release's number: a lookup is arithmetic.
ID_START = "5eb0c5a1-0f3d-4c6e-9a11-"
MOST_TRACKS = 500
CODES = {
    "UK": "GB", "US": "US", "Germany": "DE", "France": "FR", "Spain": "ES", "Italy": "IT",
    "Netherlands": "NL", "Japan": "JP", "Canada": "CA", "Australia": "AU", "Sweden": "SE",
    "Portugal": "PT", "Belgium": "BE", "Austria": "AT", "Greece": "GR", "Brazil": "BR",
    "Europe": "XE", "Worldwide": "XW", "New Zealand": "NZ", "Argentina": "AR", "Mexico": "MX",
    "Ireland": "IE", "Denmark": "DK", "Norway": "NO", "Finland": "FI", "Poland": "PL",
    "Yugoslavia": "YU", "USSR": "SU", "Jamaica": "JM", "South Africa": "ZA",
}  # fmt: skip
OFFICIAL = "4e304316-386d-3409-af2e-78857e5cfe34"
KNOWN = frozenset(
    "media labels recordings artist-credits artists release-groups url-rels genres tags aliases "
    "discids isrcs".split()
)


def mbid_of(album: Album, pressing: Pressing) -> str:
    """The album's first release has the id that other services name."""
    if pressing.id == _first(album.number):
        return release_mbid(album)
    return f"{ID_START}{pressing.id:012x}"


@lru_cache(maxsize=4096)
def _first(number: int) -> int:
    world = load_world()
    return next((p.id for p in world.versions(world.albums[number])), 0)


@lru_cache(maxsize=1)
def _album_of_first() -> dict[str, int]:
    return {release_mbid(album): album.number for album in load_world().albums}


def release_with(world: World, mbid: str) -> tuple[Album, Pressing] | None:
    mbid = mbid.lower()
    if mbid.startswith(ID_START):
        return world.release(int(mbid.removeprefix(ID_START), 16))
    number = _album_of_first().get(mbid)
    return world.release(_first(number)) if number is not None else None


def _date(pressing: Pressing) -> str:
    return pressing.released.replace("-00", "")


def _media(album: Album, pressing: Pressing) -> list[dict[str, Any]]:
    """One medium a disc; the tracks are shared among them."""
    name, quantity, _, descriptions = pressing.formats[0]
    size = next((d for d in descriptions if d.endswith('"')), '12"')
    form = f"{size} Vinyl" if name == "Vinyl" else name
    tracks, discs = len(track_titles(album)), max(1, quantity)
    return [
        {
            "format": form, "position": place + 1, "title": "",
            "format-id": str(uuid.uuid5(LINK_SPACE, form)),
            "track-count": tracks // discs + (1 if place < tracks % discs else 0),
        }
        for place in range(discs)
    ]  # fmt: skip


def release_body(album: Album, pressing: Pressing, asked: set[str]) -> dict[str, Any]:
    packaging = (None, "Cardboard/Paper Sleeve", "Gatefold Cover")[pressing.id % 3]
    code, date = CODES.get(pressing.country), _date(pressing)
    area = {
        "id": str(uuid.uuid5(LINK_SPACE, f"area {code}")), "name": pressing.country,
        "sort-name": pressing.country, "disambiguation": "", "type": None, "type-id": None,
        "iso-3166-1-codes": [code],
    }  # fmt: skip
    body: dict[str, Any] = {
        "id": mbid_of(album, pressing), "title": pressing.title, "status": "Official",
        "status-id": OFFICIAL, "date": date, "country": code, "barcode": pressing.barcode or None,
        "disambiguation": "", "quality": "normal", "packaging": packaging,
        "packaging-id": str(uuid.uuid5(LINK_SPACE, packaging)) if packaging else None,
        "asin": None, "text-representation": {"language": "eng", "script": "Latn"},
        "release-events": [{"date": date, "area": area if code else None}],
        "cover-art-archive": {
            "artwork": album.has_cover, "front": album.has_cover, "back": False,
            "count": int(album.has_cover), "darkened": False,
        },
    }  # fmt: skip
    if not date:
        del body["date"]
    if asked & {"media", "recordings"}:
        body["media"] = _media(album, pressing)
    if "labels" in asked:
        body["label-info"] = [
            {
                "catalog-number": number,
                "label": {
                    "id": str(uuid.uuid5(LINK_SPACE, f"label {name}")), "name": name,
                    "sort-name": name, "disambiguation": "", "label-code": None, "type": None,
                    "type-id": None,
                },
            }
            for name, number, _ in pressing.labels
        ]  # fmt: skip
    if asked & {"artist-credits", "artists"}:
        body["artist-credit"] = credits_of(album)
    if "release-groups" in asked:
        body["release-group"] = group(album)
    if "url-rels" in asked:
        link = discogs_release_link(pressing)
        body["relations"] = [relation("discogs", DISCOGS_TYPES["release"], link)] if link else []
    return body


def discogs_release_link(pressing: Pressing) -> str:
    """Every fourth release has none."""
    return f"https://www.discogs.com/release/{pressing.id}" if pressing.id % 4 else ""


async def release(request: Request) -> Response:
    mbid = request.path_params["mbid"]
    found = release_with(box(request).world, mbid)
    if found is None:
        return bad_id(mbid) or refused(404, "Not Found")
    asked = includes(request, KNOWN, "release")
    return asked if isinstance(asked, Response) else JSONResponse(release_body(*found, asked))


def bad_id(mbid: str) -> Response | None:
    try:
        uuid.UUID(mbid)
    except ValueError:
        return refused(400, "Invalid mbid.")
    return None


async def releases(request: Request) -> Response:
    """Browse by release group or artist; with media, a page ends at about 500 tracks, whatever
    ``limit`` says."""
    query, world = request.query_params, box(request).world
    if query.get("query"):
        return _search(request)
    entity = next((name for name in ("release-group", "artist") if query.get(name)), "")
    if not entity:
        return refused(400, "Invalid resource release.")
    albums: list[Album] = []
    if entity == "artist":
        artist = world.artist_by_mbid.get(query[entity].lower())
        albums = world.albums_of[artist.number] if artist else []
    elif found := world.album_by_mbid.get(query[entity].lower()):
        albums = [found]
    if not albums:
        return bad_id(query[entity]) or refused(404, "Not Found")
    asked = includes(request, KNOWN, "release")
    if isinstance(asked, Response):
        return asked
    pairs = [(album, pressing) for album in albums for pressing in world.versions(album)]
    limit = whole_number(query, "limit", 25, least=1, most=100)
    offset = whole_number(query, "offset", 0)
    rows: list[dict[str, Any]] = []
    tracks = 0
    for album, pressing in pairs[offset : offset + limit]:
        tracks += len(track_titles(album)) if asked & {"media", "recordings"} else 0
        if rows and tracks > MOST_TRACKS:
            break
        rows.append(release_body(album, pressing, asked))
    return JSONResponse({"releases": rows, "release-offset": offset, "release-count": len(pairs)})


def _search(request: Request) -> Response:
    """By barcode, or by the words of artist and title."""
    query, world = request.query_params, box(request).world
    text = query["query"]
    if text.startswith("barcode:"):
        pairs = world.with_barcode(text.removeprefix("barcode:").strip('"'))
    else:
        words = text.replace('"', " ").replace("release:", " ").replace("artist:", " ")
        albums = world.find_albums(text=words.replace(" AND ", " "))
        pairs = [(album, p) for album in albums[:20] for p in world.versions(album)]
    limit = whole_number(query, "limit", 25, least=1, most=100)
    offset = whole_number(query, "offset", 0)
    rows = [
        release_body(album, pressing, {"media", "labels", "artist-credits", "release-groups"})
        | {
            "score": 100,
            "count": len(_media(album, pressing)),
            "track-count": len(track_titles(album)),
        }
        for album, pressing in pairs[offset : offset + limit]
    ]
    created = box(request).clock.today().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return JSONResponse(
        {"created": created, "count": len(pairs), "offset": offset, "releases": rows}
    )
