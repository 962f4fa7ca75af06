"""/healthz: this process answers. /readyz: all that it needs to serve pages answers too."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from vinyl.jobs import vitals
from vinyl.jobs.registry import QUEUES

log = logging.getLogger(__name__)
DatabaseTrouble = (DatabaseError, InterfaceError, PoolTimeout)


@dataclass(frozen=True)
class Part:
    """One part of the site. Only `required` parts make the site unready: pages can be read
    while workers restart."""

    ok: bool
    required: bool
    says: str


# Migrations cannot become unapplied under a running process, so the good answer is kept.
_migrated = False


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive. Asks nobody."""
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations and Valkey are well, else 503; each part says how it is."""
    parts = readiness()
    ready = all(part.ok for part in parts.values() if part.required)
    body = {"ready": ready, "parts": {name: asdict(part) for name, part in parts.items()}}
    return JsonResponse(body, status=200 if ready else 503)


def readiness() -> dict[str, Part]:
    """The state of each part, by name."""
    parts = {"database": database()}
    parts["migrations"] = (
        migrations()
        if parts["database"].ok
        else Part(False, True, "not known without the database")
    )
    parts["valkey"] = valkey()
    for queue in QUEUES:
        parts[f"worker_{queue}"] = _sign(f"worker {queue}", queue)
    parts["beat"] = _sign("beat", None)
    return parts


def database() -> Part:
    """Does the database answer a question?"""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseTrouble as error:
        log.warning("The database does not answer: %s", type(error).__name__)
        connection.close()
        return Part(False, True, "not answering")
    return Part(True, True, "answers")


def migrations() -> Part:
    """Are all migrations applied?"""
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        except DatabaseTrouble as error:
            return Part(False, True, f"not known: {type(error).__name__}")
        if missing:
            return Part(False, True, f"{missing} to apply")
        _migrated = True
    return Part(True, True, "all applied")


def valkey() -> Part:
    """Does Valkey answer, for the cache, the broker and live events?"""
    try:
        for url in (settings.CACHE_URL, settings.BROKER_URL, settings.LIVE_URL):
            vitals.client(url).ping()
    except vitals.Trouble as error:
        log.warning("Valkey does not answer: %s", type(error).__name__)
        return Part(False, True, "not answering")
    return Part(True, True, "answers")


def _sign(what: str, queue: str | None) -> Part:
    try:
        alive = vitals.beat_alive() if queue is None else vitals.worker_alive(queue)
    except vitals.Trouble:
        return Part(False, False, "not known without Valkey")
    return Part(alive, False, "gave a sign" if alive else f"no sign of {what}")
