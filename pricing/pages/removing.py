"""Taking a line off the wants or the shelf, and putting it back as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404

from accounts.models import User, Want
from accounts.services.shelf import wants_like
from accounts.services.undoing import LISTS, Taken, put_back_kept, take_off_kept, taken_of


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken off: its album's title and the token that puts it back."""

    title: str
    token: str


def remove(person: User, name: str, row_id: int) -> Removed:
    """Take a row of the person's own off the list ``name``, a want with all that a merge made one
    with it; 404 for anybody else's."""
    rows = LISTS[name].objects.filter(user=person, pk=row_id)
    found: Any = rows.select_related("album__merged_into", "release__album").first()
    if found is None:
        raise Http404
    album = found.album or found.release.album
    if isinstance(found, Want):
        rows = wants_like(person, album_id=found.album_id, release_id=found.release_id)
    title = (album.merged_into or album).title
    return Removed(title, take_off_kept(person, name, rows, title=title))


def _taken(person: User, name: str, token: str) -> Taken | None:
    taken = taken_of(person, token)
    return taken if taken is not None and taken.name == name else None


def removed_title(person: User, name: str, token: str) -> str:
    """The title that the token puts back; "" for a token that is not this person's or too old."""
    taken = _taken(person, name, token)
    return taken.title if taken is not None else ""


def put_back(person: User, name: str, token: str) -> str:
    """Put the row back as it was; returns its album's title. 404 for a token that does not hold."""
    taken = _taken(person, name, token)
    if taken is None:
        raise Http404
    put_back_kept(person, taken)
    return taken.title
