"""Reading and writing the site's keys. A value leaves only towards the service that it is for.

What the environment gives wins: whoever runs the machine decides, and an admin cannot undo it.
Else the encrypted row counts, else the sandbox's own key (sandbox mode only). The rows are kept
in each process's memory; a counter in Valkey, looked at once a second, says when they changed,
so that a new key is used everywhere without a restart.

Fernet keys come from CREDENTIAL_KEYS, newest first, as for people's tokens.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction
from django.utils import timezone

from vinyl import logs
from vinyl.upstreams import valkey

logger = logging.getLogger(__name__)

# How long a process may go on with what it has read, without and with word from Valkey.
LOOK_EVERY_S = 1.0
READ_AGAIN_S = 60.0


class Origin(StrEnum):
    """Where a key comes from."""

    NONE = "none"
    ENVIRONMENT = "environment"
    ADMIN = "admin"
    SANDBOX = "sandbox"


@dataclass
class _Memory:
    """What this process knows of the rows."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    # Keys that were changed or taken away meanwhile, too: an answer on its way may name one.
    seen: frozenset[str] = field(default=frozenset(), repr=False)
    version: bytes | None = None
    read_at: float = float("-inf")
    looked_at: float = float("-inf")


_memory = _Memory()


@dataclass(frozen=True)
class Rotation:
    """How many rows were written anew, and the services whose row no key opens."""

    rotated: int
    unreadable: tuple[str, ...]


def value(name: str) -> str:
    """The key of that settings name, "" where there is none. Never show it, log it or store it."""
    return _find(name)[1]


def origin(name: str) -> Origin:
    """Where the key of that settings name comes from."""
    return _find(name)[0]


def _find(name: str) -> tuple[Origin, str]:
    given = str(getattr(settings, name, "") or "")
    if name in settings.KEYS_FROM_ENVIRONMENT:
        return (Origin.ENVIRONMENT if given else Origin.NONE), given
    stored = _stored().get(name, "") if settings.KEYS_IN_ADMIN else ""
    if stored:
        return Origin.ADMIN, stored
    return (Origin.SANDBOX if given else Origin.NONE), given


def version() -> str:
    """Changes whenever somebody changes a key in the admin: an answer to the old key is none to
    the new one."""
    if not settings.KEYS_IN_ADMIN:
        return ""
    _stored()
    return (_memory.version or b"").decode()


def store(upstream: str, changes: Mapping[str, str], *, by: Any = None) -> None:
    """Set keys of a service; an empty value takes one away. All processes follow in a second."""
    model = _model()
    with transaction.atomic():
        row, _new = model.objects.select_for_update().get_or_create(upstream=upstream)
        values = {**_open(row), **changes}
        _memory.seen |= frozenset(values.values())
        kept = {name: one for name, one in values.items() if one}
        row.sealed = _seal(upstream, kept) if kept else None
        row.changed_at, row.changed_by, row.test_job_id = timezone.now(), by, None
        row.save()
        transaction.on_commit(_tell_all)
    forget()


def rotate() -> Rotation:
    """Writes every row anew with the newest of CREDENTIAL_KEYS."""
    model, keys = _model(), _fernet()
    rotated, unreadable = 0, []
    for upstream in model.objects.exclude(sealed=None).values_list("upstream", flat=True):
        with transaction.atomic():
            row = model.objects.select_for_update().get(upstream=upstream)
            try:
                row.sealed = keys.rotate(bytes(row.sealed))
            except InvalidToken:
                unreadable.append(upstream)
                continue
            row.save(update_fields=["sealed"])
            rotated += 1
    return Rotation(rotated, tuple(unreadable))


def _seen() -> frozenset[str]:
    return _memory.seen


# A log line must not hold one of them, whatever stands beside it.
logs.hide_also(_seen)


def forget() -> None:
    """This process reads the rows again when it next needs a key."""
    _memory.read_at = _memory.looked_at = float("-inf")


def _tell_all() -> None:
    forget()
    try:
        valkey.connection().incr(_version_key())
    except valkey.Trouble:
        logger.warning("other processes hear of the changed key only after %s s", READ_AGAIN_S)


def _stored() -> Mapping[str, str]:
    now = time.monotonic()
    if now - _memory.looked_at < LOOK_EVERY_S:
        return _memory.values
    _memory.looked_at = now
    try:
        version = valkey.connection().get(_version_key())
    except valkey.Trouble:
        version = _memory.version
    if version == _memory.version and now - _memory.read_at < READ_AGAIN_S:
        return _memory.values
    try:
        rows = list(_model().objects.exclude(sealed=None))
    except DatabaseError as error:
        # Rather the keys of a minute ago than a site that takes itself for not configured.
        logger.error("the services' keys cannot be read: %s", type(error).__name__)
        return _memory.values
    _memory.values = {name: one for row in rows for name, one in _open(row).items()}
    _memory.seen |= frozenset(_memory.values.values())
    _memory.version, _memory.read_at = version, now  # type: ignore[assignment]  # sync client
    return _memory.values


def _open(row: Any) -> dict[str, str]:
    if not row.sealed:
        return {}
    try:
        content = json.loads(_fernet().decrypt(bytes(row.sealed)))
    except (InvalidToken, ValueError):
        logger.error("no key of CREDENTIAL_KEYS opens the keys of %s", row.upstream)
        return {}
    if content.get("upstream") != row.upstream:
        logger.error("the keys of %s were sealed for another service", row.upstream)
        return {}
    return dict(content["values"])


def _seal(upstream: str, values: Mapping[str, str]) -> bytes:
    """The service's name is inside, so that a row copied onto another one opens nothing."""
    return _fernet().encrypt(json.dumps({"upstream": upstream, "values": dict(values)}).encode())


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])


def _version_key() -> str:
    return valkey.key("keys", "version")


def _model() -> Any:
    # By name: clients are imported before Django has loaded its models.
    return apps.get_model("credentials", "ServiceKeys")
