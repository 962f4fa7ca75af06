"""Taken off the shelf or the wants, and put back as it was.

What is needed for that travels in a signed token, bound to the person: a removed row leaves nothing
behind in the database. A room above that hangs something on a row, such as an alert on a want,
says with `keep_also` how that comes back too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import Owned, User, Want
from accounts.services.shelf import COPY_DETAILS, WANT_OPTIONS, put_back, take_off

SALT = "accounts.undoing"
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


@dataclass(frozen=True, slots=True)
class _Also:
    """How something that hangs on a row is told (None: nothing hangs there) and made again."""

    told: Callable[[Any], Any]
    made_again: Callable[[Any, Any], object]


_also: dict[str, dict[str, _Also]] = {name: {} for name in LISTS}


def keep_also(
    name: str, what: str, *, told: Callable[[Any], Any], made_again: Callable[[Any, Any], object]
) -> None:
    """For rooms above: `told(row)` of the list `name` says in JSON what hangs on it, and
    `made_again(row, that)` hangs it on the row that was put back."""
    _also[name][what] = _Also(told, made_again)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a token tells: the title to name, the list, and its rows."""

    title: str
    name: str
    rows: tuple[dict[str, Any], ...]


def take_off_kept(user: User, name: str, rows: QuerySet[Any], *, title: str) -> str:
    """Take these rows of a person's list off; the token puts them back. "" where there are none."""
    with transaction.atomic():
        found = list(rows.filter(user=user).select_for_update(of=("self",)))
        kept = [_kept(name, row) for row in found]
        for row in found:
            take_off(row)
    if not found:
        return ""
    content = {"person": user.pk, "title": title, "list": name, "rows": kept}
    return signing.dumps(content, salt=SALT, serializer=_Json, compress=True)


def taken_of(user: User, token: str) -> Taken | None:
    """What the token puts back; None for one that is not this person's, or too old."""
    try:
        content = signing.loads(token, salt=SALT, serializer=_Json, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    if content["person"] != user.pk:
        return None
    return Taken(content["title"], content["list"], tuple(content["rows"]))


def put_back_kept(user: User, taken: Taken) -> None:
    """Put the rows back as they were. Standing there again already, for instance after two
    presses, is fine."""
    standing = _standing(user, taken)
    for kept in taken.rows:
        copy = _copy_key(kept["row"]) if taken.name == "shelf" else None
        if copy is not None and standing[copy]:
            standing[copy] -= 1
            continue
        try:
            with transaction.atomic():
                made = put_back(user, LISTS[taken.name], kept["row"])
                for what, also in kept["also"].items():
                    _also[taken.name][what].made_again(made, also)
        except (IntegrityError, ValidationError):
            pass  # wanted again meanwhile, or the album is gone


def _copy_key(row: Mapping[str, Any]) -> tuple[int, int | None, datetime]:
    """What tells copies apart; of those that came in one file it is the same."""
    at = row["added_at"]
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return row["album_id"], row["release_id"], at


def _standing(user: User, taken: Taken) -> Counter[tuple[int, int | None, datetime]]:
    """How many of these copies were put back already."""
    if taken.name != "shelf":
        return Counter()
    albums = [kept["row"]["album_id"] for kept in taken.rows]
    copies = Owned.objects.filter(user=user, album_id__in=albums)
    return Counter(map(_copy_key, copies.values("album_id", "release_id", "added_at")))


def _kept(name: str, row: Want | Owned) -> dict[str, Any]:
    told = {what: also.told(row) for what, also in _also[name].items()}
    return {
        "row": {field: getattr(row, field) for field in FIELDS[name]},
        "also": {what: value for what, value in told.items() if value is not None},
    }


def _exactly(value: Any) -> str:
    """Times to the microsecond (Django's own encoder cuts them) and exact amounts."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


class _Json(signing.JSONSerializer):
    """Signing's JSON, for times and exact amounts too."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, separators=(",", ":"), default=_exactly).encode()
