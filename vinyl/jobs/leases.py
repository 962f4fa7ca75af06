"""Leases: who runs a job, kept alive by one heartbeat thread per process.

The lease is taken by one guarded UPDATE on the database's clock, so of two runners one
wins, whatever their own clocks say. A process that dies stops beating; the sweeper takes
its jobs back when `lease_until` has passed.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Model
from django.db.models.functions import Now

from vinyl import standing
from vinyl.embedded import holders
from vinyl.jobs.models import Job

log = logging.getLogger(__name__)

M = TypeVar("M", bound=Model)

LEASE = timedelta(seconds=20)
HEARTBEAT_S = 5.0
# A step is meant to last under 60 s. One that neither ends nor reports progress for this
# long hangs: it loses its lease, so that the job does not hang with it.
SILENT_STEP_LIMIT_S = 300.0


# Somebody waits while it is written, and Django would take longer to write it than to send it. The
# row as it stands then and its owner's come back with it.
_TAKE = """
UPDATE jobs_job AS job SET state = 'running', lease_token = %s,
    lease_until = statement_timestamp() + %s::interval, lease_holder = %s, not_before = NULL,
    started_at = coalesce(job.started_at, statement_timestamp())
FROM jobs_job AS found LEFT JOIN {people} AS owner ON owner.id = found.owner_id
WHERE found.id = %s AND job.id = found.id AND job.state = 'queued'
    AND (job.not_before IS NULL OR job.not_before <= statement_timestamp())
RETURNING {columns}
"""


_LET_GO = """
UPDATE jobs_job AS job SET {sets}
WHERE id = %s AND state = 'running' AND lease_token = %s RETURNING {columns}
"""


class Lease:
    """The right to run one job, held by this process under a random token. `job` is its row, with
    its owner, as it was taken."""

    def __init__(self, job: Job, token: uuid.UUID) -> None:
        self.job = job
        self.token = token
        self.cancelled = False
        self.lost = False
        self.touched_at = self.renewed_at = time.monotonic()

    def touch(self) -> None:
        """The step is alive."""
        self.touched_at = time.monotonic()

    def note(self, *, cancelled: bool) -> None:
        """A guarded write found no row: somebody pressed Stop, or the lease is gone."""
        if cancelled:
            self.cancelled = True
        else:
            self.lost = True


def take(job_id: int) -> Lease | None:
    """Take a queued job that is due. None when it is not ours to run: somebody was quicker,
    it is finished, or its time has not come."""
    token, people = uuid.uuid4(), get_user_model()
    columns = ", ".join((*_names("job", Job), *_names("owner", people)))
    taking = _TAKE.format(people=people._meta.db_table, columns=columns)
    with standing.cursor() as cursor:
        cursor.execute(taking, [token, str(LEASE), holders.this_process(), job_id])
        row = cursor.fetchone()
    if row is None:
        return None
    fields = len(Job._meta.concrete_fields)
    job = _from_row(Job, row[:fields])
    if job.owner_id is not None:
        job.owner = _from_row(people, row[fields:])
    return Lease(job, token)


def let_go(job: Job, token: uuid.UUID | None, fields: Mapping[str, Any]) -> bool:
    """Write these fields of a job that is held under the token, and read the row as it stands then
    into `job`: one statement. False when it is not held so."""
    columns = {one.attname: one for one in Job._meta.concrete_fields}
    values = [columns[name].get_db_prep_save(value, connection) for name, value in fields.items()]
    words = {
        "sets": ", ".join(f'"{columns[name].column}" = %s' for name in fields),
        "columns": ", ".join(_names("job", Job)),
    }
    with standing.cursor() as cursor:
        cursor.execute(_LET_GO.format(**words), [*values, job.pk, token])
        row = cursor.fetchone()
    if row is None:
        return False
    there = _from_row(Job, row)
    for name in columns:
        setattr(job, name, getattr(there, name))
    return True


def _names(table: str, model: type[Model]) -> list[str]:
    return [f'{table}."{field.column}"' for field in model._meta.concrete_fields]


def _from_row(model: type[M], row: Sequence[Any]) -> M:
    """An object of all its columns, as Django makes it."""
    fields = model._meta.concrete_fields
    values = [
        one.from_db_value(value, None, connection) if hasattr(one, "from_db_value") else value
        for one, value in zip(fields, row, strict=True)
    ]
    return model.from_db(connection.alias, [one.attname for one in fields], values)


class Heartbeat:
    """Renews all leases of this process from one thread with one connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leases: dict[uuid.UUID, Lease] = {}
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    def keep(self, lease: Lease) -> None:
        with self._lock:
            self._leases[lease.token] = lease
            if self._thread is None or not self._thread.is_alive():
                self._wake = threading.Event()
                self._thread = threading.Thread(
                    target=self._beat, args=(self._wake,), name="job-heartbeat", daemon=True
                )
                self._thread.start()

    def drop(self, lease: Lease) -> None:
        with self._lock:
            self._leases.pop(lease.token, None)
            if not self._leases:
                self._wake.set()

    def _beat(self, wake: threading.Event) -> None:
        try:
            while not wake.wait(HEARTBEAT_S):
                with self._lock:
                    leases = list(self._leases.values())
                try:
                    renew(leases)
                except (DatabaseError, InterfaceError) as error:
                    # A restarted database answers again at the next beat; the lease outlives
                    # three missed ones.
                    log.warning("Heartbeat missed: %s", type(error).__name__)
                    connection.close()
                self._give_up_unrenewed(leases)
        finally:
            connection.close()

    @staticmethod
    def _give_up_unrenewed(leases: list[Lease]) -> None:
        for lease in leases:
            if time.monotonic() - lease.renewed_at > LEASE.total_seconds():
                lease.lost = True


def renew(leases: list[Lease]) -> None:
    """Extend these leases by LEASE from now; marks those that are lost or to be stopped."""
    now = time.monotonic()
    alive = [
        lease for lease in leases if not lease.lost and now - lease.touched_at < SILENT_STEP_LIMIT_S
    ]
    if not alive:
        return
    held = Job.objects.filter(
        lease_token__in=[lease.token for lease in alive], state=Job.State.RUNNING
    )
    held.update(lease_until=Now() + LEASE)
    stopping = dict(held.values_list("lease_token", "cancel_requested"))
    for lease in alive:
        if lease.token not in stopping:
            lease.lost = True
        else:
            lease.renewed_at = now
            lease.cancelled = lease.cancelled or stopping[lease.token]


heartbeat = Heartbeat()
