"""Discogs' collection: folders, copies in them, and what is noted about a copy."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.people import Person
from sandbox.room import box, mixed
from sandbox.rooms.discogs import shapes
from sandbox.rooms.discogs.auth import refused
from sandbox.rooms.discogs.users import (
    NOT_YOURS,
    Copy,
    copies_of,
    folder_names,
    is_owner,
    person_at,
    rating_in,
    sent,
)

NOT_FOUND = "The requested resource was not found."
NO_USER = "User does not exist or may have been deleted."
FIRST_NEW_FOLDER = 8_500_000
FIXED = (0, 1)
FIELDS = (1, 2, 3)


def _row(request: Request, person: Person, number: int, name: str, count: int) -> dict[str, Any]:
    link = f"{shapes.API}/users/{person.name}/collection/folders/{number}"
    return {"id": number, "name": name, "count": count, "resource_url": link}


def _rows(request: Request, person: Person) -> list[dict[str, Any]]:
    """Strangers see folder 0 alone."""
    copies = copies_of(request, person)
    return [
        _row(
            request, person, number, name, sum(1 for c in copies if number in (0, c.folder_id))
        )
        for number, name in folder_names(request, person).items()
        if number == 0 or is_owner(request, person)
    ]  # fmt: skip


def _own_names(request: Request, person: Person) -> dict[str, str]:
    """The changeable folders, ready to be changed."""
    memory = box(request).state.memory
    if person.name not in memory.folders:
        names = folder_names(request, person)
        memory.folders[person.name] = {str(n): name for n, name in names.items() if n not in FIXED}
    return memory.folders[person.name]


async def _name_sent(request: Request) -> str:
    try:
        return str((await sent(request)).get("name", "")).strip()
    except ValueError:
        return ""


async def folders(request: Request) -> Response:
    """GET lists, POST makes a new one (201)."""
    person = person_at(request)
    if person is None:
        return refused(NO_USER, 404)
    if request.method == "GET":
        return JSONResponse({"folders": _rows(request, person)})
    if not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    name = await _name_sent(request)
    if not name:
        return refused("A name is required.", 422)
    own = _own_names(request, person)
    number = max([FIRST_NEW_FOLDER, *map(int, own)]) + 1
    own[str(number)] = name
    box(request).state.save()
    return JSONResponse(_row(request, person, number, name, 0), 201)


async def one_folder(request: Request) -> Response:
    """GET shows, POST renames (200), DELETE takes an empty one away (204)."""
    person, number = person_at(request), request.path_params["folder"]
    if person is None:
        return refused(NO_USER, 404)
    if not is_owner(request, person) and (number != 0 or request.method != "GET"):
        return refused(NOT_YOURS, 403)
    row = next((row for row in _rows(request, person) if row["id"] == number), None)
    if row is None:
        return refused(NOT_FOUND, 404)
    if request.method == "GET":
        return JSONResponse(row)
    if number in FIXED:
        return refused("You cannot change this folder.", 403)
    own = _own_names(request, person)
    if request.method == "DELETE":
        if row["count"]:
            return refused("This folder is not empty.", 403)
        del own[str(number)]
        box(request).state.save()
        return Response(status_code=204)
    name = await _name_sent(request)
    if not name:
        return refused("A name is required.", 422)
    own[str(number)] = name
    box(request).state.save()
    return JSONResponse(row | {"name": name})


async def add_copy(request: Request) -> Response:
    """POST adds one more copy, also of a release that is there already (201)."""
    person = person_at(request)
    if person is None or not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    release_id = request.path_params["release"]
    if box(request).world.release(release_id) is None:
        return refused("Release not found.", 404)
    folder = request.path_params["folder"] or 1
    if folder not in folder_names(request, person):
        return refused(NOT_FOUND, 404)
    state = box(request).state
    rows = state.memory.collection_added.setdefault(person.name, [])
    instance = 990_000_000 + mixed(person.name, release_id) % 1_000_000 * 10 + len(rows)
    rows.append({"instance_id": instance, "release_id": release_id, "folder_id": folder})
    state.save()
    link = f"{shapes.API}/users/{person.name}/collection/folders/{folder}/releases/{release_id}"
    return JSONResponse(
        {"instance_id": instance, "resource_url": f"{link}/instances/{instance}"}, 201
    )


def _copy_at(request: Request, person: Person) -> Copy | None:
    places = request.path_params
    return next(
        (
            copy
            for copy in copies_of(request, person)
            if copy.instance_id == places["instance"]
            and copy.release_id == places["release"]
            and places["folder"] in (0, copy.folder_id)
        ),
        None,
    )


def _change_of(request: Request, person: Person, copy: Copy) -> dict[str, Any]:
    changed = box(request).state.memory.collection_changed.setdefault(person.name, {})
    return changed.setdefault(str(copy.instance_id), {})


async def one_copy(request: Request) -> Response:
    """POST changes rating or folder, DELETE takes the copy away; both answer 204."""
    person = person_at(request)
    if person is None or not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    copy = _copy_at(request, person)
    if copy is None:
        return refused(NOT_FOUND, 404)
    state = box(request).state
    if request.method == "DELETE":
        state.memory.collection_removed.setdefault(person.name, []).append(copy.instance_id)
    else:
        try:
            values = await sent(request)
            rating = rating_in(values, copy.rating)
            folder = int(values.get("folder_id", copy.folder_id))
        except (ValueError, TypeError):
            return refused("Invalid rating or folder.", 422)
        if folder not in folder_names(request, person) or folder == 0:
            return refused("Invalid folder.", 422)
        _change_of(request, person, copy).update({"rating": rating, "folder_id": folder})
    state.save()
    return Response(status_code=204)


async def change_field(request: Request) -> Response:
    """POST sets a note (condition, sleeve, text) of a copy; an empty value takes it away (204)."""
    person = person_at(request)
    if person is None or not is_owner(request, person):
        return refused(NOT_YOURS, 403)
    copy, field = _copy_at(request, person), request.path_params["field"]
    if copy is None or field not in FIELDS:
        return refused(NOT_FOUND, 404)
    try:
        value = (await sent(request)).get("value")
    except ValueError:
        value = None
    if value is None:
        return refused("A value is required.", 422)
    _change_of(request, person, copy).setdefault("notes", {})[str(field)] = str(value)
    box(request).state.save()
    return Response(status_code=204)
