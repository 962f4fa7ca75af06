"""MusicBrainz' JSON shapes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Set
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.world import Album, Artist

DISCOGS_TYPES = {
    "artist": "04a5b104-a4c2-4bac-99a1-7b837c37d9e4",
    "release-group": "99e550f3-5ab4-3110-b5b9-fe01d970b126",
    "release": "4a78823c-1c53-4176-a5f3-58026c76f2bc",
}
ALBUM_TYPE = "f529b476-6e62-324f-b0aa-1f3e33d313fc"
PRIMARY_IDS = {"Album": ALBUM_TYPE, "EP": "6d0c5bf6-7a33-3420-a519-44fc63eedebf",
               "Single": "d6038452-8ee0-3f68-affc-2de9a1ede0b9"}  # fmt: skip
SECONDARY_IDS = {"Compilation": "dd2a21e1-0c00-3729-a7a0-de60b84eb5d1",
                 "Live": "6fd474e2-6b58-3102-9d17-d6f7eb7da0a0",
                 "Soundtrack": "22a628ad-c082-3c4f-b1b6-d41665107b88"}  # fmt: skip
TYPE_IDS = {
    "Group": "e431f5f6-b5d2-343d-8b36-72607fffb74b",
    "Person": "b6e035f4-3ce9-331c-97df-83397230b0df",
}
LINK_SPACE = uuid.UUID("1d0e3a1c-51f2-4d17-9a1b-6d622d6c696e")
AREA_NAMES = {
    "US": "United States", "GB": "United Kingdom", "DE": "Germany", "FR": "France", "ES": "Spain",
    "CA": "Canada", "AU": "Australia", "JM": "Jamaica", "SE": "Sweden", "IE": "Ireland",
    "IS": "Iceland",
}  # fmt: skip


def refused(status: int, message: str) -> JSONResponse:
    return JSONResponse(
        {
            "error": message,
            "help": "For usage, please see: https://musicbrainz.org/development/mmd",
        },
        status,
    )


def includes(request: Request, known: Set[str], resource: str) -> set[str] | Response:
    asked = {part for part in re.split(r"[+ ]", request.query_params.get("inc", "")) if part}
    unknown = sorted(asked - known)
    if unknown:
        return refused(
            400, f"{unknown[0]} is not a valid inc parameter for the {resource} resource."
        )
    return asked


def is_ambiguous(album: Album) -> bool:
    """Its Discogs master is linked from another group as well; only with little known albums."""
    return not album.known and album.number % 97 == 13


def kinds(album: Album) -> tuple[str, list[str]]:
    """(primary type, secondary types)."""
    primary = {"ep": "EP", "single": "Single"}.get(album.kind, "Album")
    secondary = {"compilation": "Compilation", "live": "Live", "soundtrack": "Soundtrack"}.get(
        album.kind
    )
    return primary, [secondary] if secondary else []


def first_date(album: Album) -> str:
    """A year, a month or a day, as far as known; sometimes empty."""
    if not album.year:
        return ""
    shape = album.number % 5
    if shape == 0:
        return f"{album.year}-{1 + album.number % 12:02d}"
    return (
        f"{album.year}"
        if shape < 3
        else f"{album.year}-{1 + album.number % 12:02d}-{1 + album.number % 28:02d}"
    )


def group(album: Album) -> dict[str, Any]:
    primary, secondary = kinds(album)
    return {
        "id": album.mbid, "title": album.title, "disambiguation": "",
        "first-release-date": first_date(album),
        "primary-type": primary, "primary-type-id": PRIMARY_IDS[primary],
        "secondary-types": secondary,
        "secondary-type-ids": [SECONDARY_IDS[name] for name in secondary],
    }  # fmt: skip


def credits_of(album: Album) -> list[dict[str, Any]]:
    last = len(album.artists) - 1
    return [
        {
            "name": artist.name, "joinphrase": " / " if place < last else "",
            "artist": {
                "id": artist.mbid, "name": artist.name, "sort-name": artist.sort_name,
                "disambiguation": "",
                "type": artist.kind or None, "type-id": TYPE_IDS.get(artist.kind),
                "country": artist.country or None,
            },
        }
        for place, artist in enumerate(album.artists)
    ]  # fmt: skip


def artist_body(artist: Artist) -> dict[str, Any]:
    country = artist.country if len(artist.country) == 2 and artist.country != "SU" else ""
    begin = str(artist.begin) if artist.begin else None
    area = None
    if country:
        name = AREA_NAMES.get(country, country)
        area = {
            "id": str(uuid.uuid5(LINK_SPACE, f"area {country}")), "name": name, "sort-name": name,
            "type": None,
            "type-id": None, "disambiguation": "", "iso-3166-1-codes": [country],
        }  # fmt: skip
    return {
        "id": artist.mbid, "name": artist.name, "sort-name": artist.sort_name, "disambiguation": "",
        "type": artist.kind or None, "type-id": TYPE_IDS.get(artist.kind), "gender": None,
        "gender-id": None,
        "country": country or None, "area": area, "begin-area": None, "end-area": None,
        "life-span": {"begin": begin, "end": None, "ended": False},
        "ipis": [], "isnis": [],
    }  # fmt: skip


def relation(kind: str, type_id: str, resource: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind, "type-id": type_id, "direction": "forward", "target-type": "url",
        "begin": None,
        "end": None, "ended": False, "attributes": [], "attribute-ids": {}, "attribute-values": {},
        "source-credit": "", "target-credit": "",
        "url": {"id": str(uuid.uuid5(LINK_SPACE, resource)), "resource": resource}, **more,
    }  # fmt: skip


def discogs_link(thing: Artist | Album) -> str:
    """Empty for some."""
    if thing.number % 10 == 9:
        return ""
    if isinstance(thing, Artist):
        return f"https://www.discogs.com/artist/{thing.discogs_id}"
    return f"https://www.discogs.com/master/{thing.master_id}" if thing.master_id else ""


def links(thing: Artist | Album) -> list[dict[str, Any]]:
    kind = "artist" if isinstance(thing, Artist) else "release-group"
    rows = []
    if resource := discogs_link(thing):
        rows.append(relation("discogs", DISCOGS_TYPES[kind], resource))
    if isinstance(thing, Album) and resource and not thing.known and thing.number % 103 == 7:
        # Two links of one kind: an edition was taken for an album of its own.
        rows.append(relation("discogs", DISCOGS_TYPES[kind], f"{resource}0"))
    wikidata = f"https://www.wikidata.org/wiki/Q{90_000_000 + thing.number}"
    rows.append(relation("wikidata", "b988d08c-5d86-4a57-9557-c83b399e3580", wikidata))
    return rows


def genres(thing: Artist | Album) -> list[dict[str, Any]]:
    return [
        {
            "id": str(uuid.uuid5(LINK_SPACE, style)),
            "name": style.lower(),
            "count": 5 - place,
            "disambiguation": "",
        }
        for place, style in enumerate(thing.styles[:4])
    ]


def aliases(artist: Artist) -> list[dict[str, Any]]:
    return [
        {"name": name, "sort-name": name, "locale": None, "primary": None, "type": None,
         "type-id": None, "begin": None, "end": None, "ended": False}
        for name in artist.variations
    ]  # fmt: skip
