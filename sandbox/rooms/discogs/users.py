"""Discogs users: profile, collection, want list."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.people import Person
from sandbox.room import box
from sandbox.rooms.discogs import shapes
from sandbox.rooms.discogs.auth import caller_of, refused

NOT_YOURS = (
    "You are not allowed to view this resource. "
    "Please authenticate as the owner to view this content."
)


@dataclass(frozen=True)
class Copy:
    instance_id: int
    release_id: int
    folder_id: int
    rating: int
    notes: tuple[tuple[int, str], ...]
    minutes_ago: int


def person_at(request: Request) -> Person | None:
    return box(request).people.get(request.path_params["username"])


def is_owner(request: Request, person: Person) -> bool:
    return caller_of(request).username == person.name


def copies_of(request: Request, person: Person) -> list[Copy]:
    """The person's copies: the generated ones without those removed, and those added since."""
    memory = box(request).state.memory
    removed = set(memory.collection_removed.get(person.name, ()))
    changed = memory.collection_changed.get(person.name, {})
    copies = [
        Copy(
            i.instance_id, i.release_id, i.folder_id, i.rating, ((1, i.media), (2, i.sleeve)),
            i.days_ago * 1440,
        )
        for i in person.collection
    ]  # fmt: skip
    copies += [
        Copy(row["instance_id"], row["release_id"], row["folder_id"], 0, (), 0)
        for row in memory.collection_added.get(person.name, ())
    ]
    return [
        _changed(copy, changed.get(str(copy.instance_id)))
        for copy in copies
        if copy.instance_id not in removed
    ]


def _changed(copy: Copy, change: dict[str, Any] | None) -> Copy:
    if not change:
        return copy
    notes = dict(copy.notes) | {int(n): text for n, text in change.get("notes", {}).items()}
    return replace(
        copy,
        folder_id=change.get("folder_id", copy.folder_id),
        rating=change.get("rating", copy.rating),
        notes=tuple((number, text) for number, text in sorted(notes.items()) if text),
    )


def folder_names(request: Request, person: Person) -> dict[int, str]:
    """By number, in no order that means anything; names may be double."""
    own = box(request).state.memory.folders.get(person.name)
    if own is not None:
        return {0: "All", **{int(number): name for number, name in own.items()}, 1: "Uncategorized"}
    return {0: "All", 8_000_000 + person.number: "Played on Sundays", 1: "Uncategorized"}


def wants_of(request: Request, person: Person) -> dict[int, dict[str, Any]]:
    changed = box(request).state.memory.wants.get(person.name, {})
    wants = {want.release_id: {"rating": want.rating, "notes": want.notes} for want in person.wants}
    for release_id, row in changed.items():
        if row is None:
            wants.pop(int(release_id), None)
        else:
            wants[int(release_id)] = row
    return wants


async def profile(request: Request) -> Response:
    market = box(request).market
    name = request.path_params["username"]
    seller, person = market.by_name.get(name), person_at(request)
    if seller is None and person is None:
        return refused("User does not exist or may have been deleted.", 404)
    body: dict[str, Any] = {
        "id": seller.user_id if seller else person.discogs_id if person else 0, "username": name,
        "resource_url": f"{shapes.API}/users/{name}", "uri": f"{shapes.www(request)}/user/{name}",
        "name": "", "home_page": "", "location": seller.country if seller else "",
        "profile": "Invented for the sandbox.", "registered": "2012-08-15T21:13:36-07:00",
        "rank": 1.0,
        "num_pending": 0, "num_for_sale": seller.items if seller else 0, "num_lists": 0,
        "releases_contributed": 5, "releases_rated": 116, "rating_avg": 3.9,
        "inventory_url": f"{shapes.API}/users/{name}/inventory",
        "collection_folders_url": f"{shapes.API}/users/{name}/collection/folders",
        "collection_fields_url": f"{shapes.API}/users/{name}/collection/fields",
        "wantlist_url": f"{shapes.API}/users/{name}/wants", "avatar_url": "", "banner_url": "",
        "curr_abbr": seller.currency if seller else "EUR", "activated": True,
        "marketplace_suspended": False, "buyer_rating": 100.0, "buyer_rating_stars": 5.0,
        "buyer_num_ratings": 20, "seller_rating": seller.rating if seller else 0.0,
        "seller_rating_stars": 5.0 if seller else 0.0,
        "seller_num_ratings": seller.feedback if seller else 0,
    }  # fmt: skip
    if person:
        body |= {
            "num_collection": len(copies_of(request, person)),
            "num_wantlist": len(wants_of(request, person)),
        }
    return JSONResponse(body)


# collection ------------------------------------------------------------------------------


async def fields(request: Request) -> Response:
    person = person_at(request)
    if person is None:
        return refused("User does not exist or may have been deleted.", 404)
    grades = ["Mint (M)", "Near Mint (NM or M-)", "Very Good Plus (VG+)", "Very Good (VG)"]
    rows = [
        {
            "id": 1,
            "name": "Media Condition",
            "options": grades,
            "position": 1,
            "public": True,
            "type": "dropdown",
        },
        {
            "id": 2,
            "name": "Sleeve Condition",
            "options": grades,
            "position": 2,
            "public": True,
            "type": "dropdown",
        },
        {"id": 3, "name": "Notes", "lines": 3, "position": 3, "public": True, "type": "textarea"},
    ]
    return JSONResponse({"fields": rows})


def _item(request: Request, copy: Copy) -> dict[str, Any]:
    found = box(request).world.release(copy.release_id)
    assert found is not None
    row: dict[str, Any] = {
        "id": copy.release_id, "instance_id": copy.instance_id,
        "date_added": shapes.stamp(request, copy.minutes_ago), "rating": copy.rating,
        "basic_information": shapes.basic_information(request, *found), "folder_id": copy.folder_id,
    }  # fmt: skip
    if copy.notes:
        row["notes"] = [{"field_id": number, "value": value} for number, value in copy.notes]
    return row


async def folder_releases(request: Request) -> Response:
    person, folder = person_at(request), request.path_params["folder"]
    if person is None:
        return refused("User does not exist or may have been deleted.", 404)
    if folder != 0 and not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    if folder not in folder_names(request, person):
        return refused("The requested resource was not found.", 404)
    copies = [copy for copy in copies_of(request, person) if folder in (0, copy.folder_id)]
    world = box(request).world

    def about(copy: Copy) -> Any:
        found = world.release(copy.release_id)
        assert found is not None
        return found

    keys = {
        "added": lambda c: -c.minutes_ago,
        "artist": lambda c: about(c)[0].artist.sort_name.casefold(),
        "title": lambda c: about(c)[1].title.casefold(),
        "year": lambda c: about(c)[1].year,
        "label": lambda c: about(c)[1].labels[0][0],
        "catno": lambda c: about(c)[1].labels[0][1],
        "format": lambda c: about(c)[1].format_text,
        "rating": lambda c: c.rating,
    }
    query = request.query_params
    key = keys.get(query.get("sort", "added"), keys["added"])
    copies.sort(key=key, reverse=query.get("sort_order", "asc") == "desc")
    return shapes.paged(request, copies, "releases", lambda copy: _item(request, copy))


async def items_of_release(request: Request) -> Response:
    person = person_at(request)
    if person is None:
        return refused("User does not exist or may have been deleted.", 404)
    number = request.path_params["release"]
    copies = [copy for copy in copies_of(request, person) if copy.release_id == number]
    return shapes.paged(request, copies, "releases", lambda copy: _item(request, copy))


async def value(request: Request) -> Response:
    person = person_at(request)
    if person is None or not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    world = box(request).world
    cents = 0
    for copy in copies_of(request, person):
        found = world.release(copy.release_id)
        cents += found[1].base_cents if found else 0
    low, middle, high = (shapes.money_text(cents * part / 100, "EUR") for part in (0.6, 1.0, 1.6))
    return JSONResponse({"maximum": high, "median": middle, "minimum": low})


# want list -------------------------------------------------------------------------------


def _want(request: Request, person: Person, release_id: int, row: dict[str, Any]) -> dict[str, Any]:
    found = box(request).world.release(release_id)
    assert found is not None
    return {
        "id": release_id, "resource_url": f"{shapes.API}/users/{person.name}/wants/{release_id}",
        "rating": row["rating"], "date_added": shapes.stamp(request, 1440 + release_id % 500_000),
        "notes": row["notes"], "notes_public": False,
        "basic_information": shapes.basic_information(request, *found),
    }  # fmt: skip


async def wants(request: Request) -> Response:
    person = person_at(request)
    if person is None:
        return refused("User does not exist or may have been deleted.", 404)
    rows = list(wants_of(request, person).items())
    return shapes.paged(request, rows, "wants", lambda pair: _want(request, person, *pair))


async def sent(request: Request) -> dict[str, Any]:
    """Fields of the query, of a form or of a JSON body; ValueError for a body that is neither."""
    body = await request.body()
    found: dict[str, Any] = dict(request.query_params)
    if not body:
        return found
    if "form" in request.scope:
        return found | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    answer = json.loads(body)
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    return found | answer


def rating_in(values: dict[str, Any], old: int) -> int:
    """0 to 5; ValueError for anything else."""
    rating = int(values.get("rating", old) or 0)
    if not 0 <= rating <= 5:
        raise ValueError("rating")
    return rating


async def one_want(request: Request) -> Response:
    """GET shows, PUT adds (201), POST edits (200), DELETE removes (204)."""
    person = person_at(request)
    if person is None:
        return refused("User does not exist or may have been deleted.", 404)
    if not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    release_id = request.path_params["release"]
    state = box(request).state
    current = wants_of(request, person)
    if request.method != "PUT" and release_id not in current:
        return refused("The requested resource was not found.", 404)
    if request.method == "GET":
        return JSONResponse(_want(request, person, release_id, current[release_id]))
    changed = state.memory.wants.setdefault(person.name, {})
    if request.method == "DELETE":
        changed[str(release_id)] = None
        state.save()
        return Response(status_code=204)
    if box(request).world.release(release_id) is None:
        return refused("Release not found.", 404)
    old = current.get(release_id, {"rating": 0, "notes": ""})
    try:
        values = await sent(request)
        row = {
            "rating": rating_in(values, old["rating"]),
            "notes": str(values.get("notes", old["notes"])),
        }
    except (ValueError, TypeError):
        return refused("Invalid rating or notes.", 422)
    changed[str(release_id)] = row
    state.save()
    status = 201 if request.method == "PUT" else 200
    return JSONResponse(_want(request, person, release_id, row), status)
