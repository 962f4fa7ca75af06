"""Discogs users: profile, collection, want list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.people import Person
from sandbox.room import box, mixed
from sandbox.rooms.discogs import shapes
from sandbox.rooms.discogs.auth import caller_of, refused

NOT_YOURS = (
    "You are not allowed to view this resource. "
    "Please authenticate as the owner to view this content."
)
GRADE_FIELDS = {1: "media", 2: "sleeve"}


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
    copies = [
        Copy(
            i.instance_id,
            i.release_id,
            i.folder_id,
            i.rating,
            ((1, i.media), (2, i.sleeve)),
            i.days_ago * 1440,
        )
        for i in person.collection
    ]
    copies += [
        Copy(row["instance_id"], row["release_id"], row["folder_id"], 0, (), 0)
        for row in memory.collection_added.get(person.name, ())
    ]
    return [copy for copy in copies if copy.instance_id not in removed]


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


def _folder_names(person: Person) -> dict[int, str]:
    return {0: "All", 8_000_000 + person.number: "Played on Sundays", 1: "Uncategorized"}


async def folders(request: Request) -> Response:
    person = person_at(request)
    if person is None:
        return refused("User does not exist or may have been deleted.", 404)
    copies = copies_of(request, person)
    rows = [
        {
            "id": number, "name": name,
            "count": sum(1 for c in copies if number in (0, c.folder_id)),
            "resource_url": f"{shapes.API}/users/{person.name}/collection/folders/{number}",
        }
        for number, name in _folder_names(person).items()
        if number == 0 or is_owner(request, person)
    ]  # fmt: skip
    return JSONResponse({"folders": rows})


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
    if folder not in _folder_names(person):
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


async def add_copy(request: Request) -> Response:
    person = person_at(request)
    if person is None or not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    release_id = request.path_params["release"]
    if box(request).world.release(release_id) is None:
        return refused("Release not found.", 404)
    state = box(request).state
    rows = state.memory.collection_added.setdefault(person.name, [])
    instance = 990_000_000 + mixed(person.name, release_id) % 1_000_000 * 10 + len(rows)
    folder = request.path_params["folder"] or 1
    rows.append({"instance_id": instance, "release_id": release_id, "folder_id": folder})
    state.save()
    link = f"{shapes.API}/users/{person.name}/collection/folders/{folder}/releases/{release_id}"
    return JSONResponse(
        {"instance_id": instance, "resource_url": f"{link}/instances/{instance}"}, 201
    )


async def remove_copy(request: Request) -> Response:
    person = person_at(request)
    if person is None or not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    instance = request.path_params["instance"]
    if not any(copy.instance_id == instance for copy in copies_of(request, person)):
        return refused("The requested resource was not found.", 404)
    state = box(request).state
    state.memory.collection_removed.setdefault(person.name, []).append(instance)
    state.save()
    return Response(status_code=204)


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


async def change_want(request: Request) -> Response:
    """PUT adds (201), POST edits (200), DELETE removes (204)."""
    person = person_at(request)
    if person is None or not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    release_id = request.path_params["release"]
    state = box(request).state
    changed = state.memory.wants.setdefault(person.name, {})
    current = wants_of(request, person)
    if request.method == "DELETE":
        if release_id not in current:
            return refused("The requested resource was not found.", 404)
        changed[str(release_id)] = None
        state.save()
        return Response(status_code=204)
    if box(request).world.release(release_id) is None:
        return refused("Release not found.", 404)
    old = current.get(release_id, {"rating": 0, "notes": ""})
    query = request.query_params
    row = {
        "rating": int(query.get("rating", old["rating"]) or 0),
        "notes": query.get("notes", old["notes"]),
    }
    changed[str(release_id)] = row
    state.save()
    status = 201 if request.method == "PUT" else 200
    return JSONResponse(_want(request, person, release_id, row), status)
