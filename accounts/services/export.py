"""All that is stored about a person, as a file of theirs.

What goes with the account when it is deleted is what belongs to the person, so both follow the
same relations: a table that somebody adds later is in here without another line.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from accounts.models import User
from vinyl.upstreams import request_log, valkey

# Keys of doors, not facts about anybody: whoever gets hold of the file must not get in with it.
SECRETS = {
    "accounts.user": {"password"},
    "accounts.linkedservice": {"token"},
    "accounts.apitoken": {"digest"},
    "mfa.authenticator": {"data"},
    "account.emailconfirmation": {"key"},
}
IN_MEMORY = 5 * 1024 * 1024
ABOUT = """\
Everything that Vinilogy stores about you, one file per kind of thing, each a list in JSON.
"id" and "is" name something that is not yours alone, such as an album.
Left out are the password's hash, keys of linked services, tokens and codes: they open doors.
"""


def write_export(user: User) -> IO[bytes]:
    """A zip of everything, from its beginning; the caller closes it."""
    found = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", ABOUT)
        for model, rows in belongings(user):
            name = f"{model._meta.app_label}.{model._meta.model_name}"
            _write(archive, name, (_row(model, one) for one in rows.iterator(chunk_size=500)))
        _write(archive, "calls", _calls(user))
    found.seek(0)
    return found


def belongings(user: User) -> Iterator[tuple[type[models.Model], models.QuerySet[Any]]]:
    """Every table that has rows of this person, with those rows: their own row first."""
    seen: set[str] = set()
    waiting: list[tuple[type[models.Model], str]] = [(User, "pk")]
    while waiting:
        model, way = waiting.pop(0)
        if model._meta.label_lower in seen:
            continue
        seen.add(model._meta.label_lower)
        yield model, _rows(model, way, user)
        for relation in model._meta.related_objects:
            child, name = relation.related_model, relation.field.name
            owned = relation.on_delete is models.CASCADE and not relation.many_to_many
            if owned and isinstance(child, type):
                waiting.append((child, name if way == "pk" else f"{name}__{way}"))


def _rows(model: type[models.Model], way: str, user: User) -> models.QuerySet[Any]:
    others = [
        field.name
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and field.name != way.partition("__")[0]
    ]
    found = model._default_manager.filter(**{way: user.pk}).order_by("pk")
    return found.select_related(*others) if others else found


def _row(model: type[models.Model], one: models.Model) -> dict[str, Any]:
    secret = SECRETS.get(model._meta.label_lower, set())
    return {
        field.name: _value(field, one) for field in model._meta.fields if field.name not in secret
    }


def _value(field: models.Field[Any, Any], one: models.Model) -> Any:
    if isinstance(field, models.ForeignKey):
        number = getattr(one, field.attname)
        shared = number is not None and not issubclass(field.related_model, User)
        return {"id": number, "is": str(getattr(one, field.name))} if shared else number
    value = field.value_from_object(one)
    return None if isinstance(value, bytes | memoryview) else value


def _calls(user: User) -> Iterator[dict[str, Any]]:
    """What the call log remembers; nothing while it cannot be read."""
    try:
        lines = request_log.latest(request_log.LENGTH, person_id=user.pk)
    except valkey.Trouble:
        return
    yield from (asdict(line) for line in lines)


def _write(archive: zipfile.ZipFile, name: str, rows: Iterator[dict[str, Any]]) -> None:
    """One list, row by row: somebody's plays need not fit into memory. No file for no row."""
    first = next(rows, None)
    if first is None:
        return
    day = timezone.now().timetuple()[:6]
    entry = zipfile.ZipInfo(f"{name}.json", date_time=day)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w") as file:
        file.write(b"[\n" + _line(first))
        for row in rows:
            file.write(b",\n" + _line(row))
        file.write(b"\n]\n")


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_other).encode()


def _other(value: Any) -> Any:
    """What JSON has no word for: Decimals, times and the like as DjangoJSONEncoder writes them."""
    try:
        return DjangoJSONEncoder().default(value)
    except TypeError:
        return str(value)
