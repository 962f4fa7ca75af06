"""Taking a line off the wants or the shelf, and putting it back as it was.

What is needed to put it back travels in a signed token, bound to the person: a removed row
leaves nothing behind in the database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import Owned, User, Want
from accounts.services.shelf import COPY_DETAILS, WANT_OPTIONS, take_off
from accounts.services.shelf import put_back as restore
from pricing import alerts

SALT = "pricing.pages.removed"
GOOD_FOR = 24 * 3600
LISTS: dict[str, type[Want] | type[Owned]] = {"wants": Want, "shelf": Owned}
FIELDS = {
    "wants": (
        "album_id",
        "release_id",
        *sorted(WANT_OPTIONS),
        "rating",
        "source",
        "sent_at",
        "printed",
        "created_at",
    ),
    "shelf": (
        "album_id",
        "release_id",
        "discogs_instance_id",
        "discogs_folder_id",
        *sorted(COPY_DETAILS),
        "fields",
        "double_is_meant",
        "source",
        "printed",
        "added_at",
    ),
}


def _exactly(value: Any) -> str:
    """Times to the microsecond (Django's own encoder cuts them) and exact amounts."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


class _Json(signing.JSONSerializer):
    """Signing's JSON, for times and exact amounts too."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, separators=(",", ":"), default=_exactly).encode()


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken off: its album's title and the token that puts it back."""

    title: str
    token: str


def remove(person: User, name: str, row_id: int) -> Removed:
    """Take a row of the person's own off the list ``name``; 404 for anybody else's."""
    found: Any = (
        LISTS[name]
        .objects.filter(user=person, pk=row_id)
        .select_related("album", "release__album")
        .first()
    )
    if found is None:
        raise Http404
    album = found.album or found.release.album
    values = {field: getattr(found, field) for field in FIELDS[name]}
    content = {
        "person": person.pk,
        "list": name,
        "title": album.title,
        "row": values,
        "alert": alerts.values_of(found) if isinstance(found, Want) else None,
    }
    token = signing.dumps(content, salt=SALT, serializer=_Json, compress=True)
    take_off(found)
    return Removed(album.title, token)


def _content(person: User, name: str, token: str) -> dict[str, Any]:
    try:
        content = signing.loads(token, salt=SALT, serializer=_Json, max_age=GOOD_FOR)
    except signing.BadSignature:
        raise Http404 from None
    if content["person"] != person.pk or content["list"] != name:
        raise Http404
    return dict(content)


def removed_title(person: User, name: str, token: str) -> str:
    """The title that the token puts back; "" for a token that is not this person's or too old."""
    try:
        return str(_content(person, name, token)["title"])
    except Http404:
        return ""


def put_back(person: User, name: str, token: str) -> str:
    """Put the row back as it was; returns its album's title. 404 for a token that does not hold.

    Standing there again already, for instance after two presses, is fine.
    """
    content = _content(person, name, token)
    row = content["row"]
    if name == "shelf" and _stands(person, row):
        return str(content["title"])
    try:
        with transaction.atomic():
            made = restore(person, LISTS[name], row)
            if isinstance(made, Want) and content["alert"]:
                alerts.set_alert(made, **content["alert"])
    except (IntegrityError, ValidationError):
        pass  # wanted again meanwhile, or the album is gone
    return str(content["title"])


def _stands(person: User, row: dict[str, Any]) -> bool:
    """Whether this very copy was put back already."""
    return Owned.objects.filter(
        user=person,
        album_id=row["album_id"],
        release_id=row["release_id"],
        added_at=row["added_at"],
    ).exists()
