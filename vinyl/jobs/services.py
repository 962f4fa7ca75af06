"""Writes on jobs: enqueue, stop, run again, sweep, clean up."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop
from kombu.exceptions import OperationalError as BrokerDown

from vinyl import standing
from vinyl.embedded import holders
from vinyl.jobs import alarms, vitals
from vinyl.jobs.context import announce
from vinyl.jobs.models import Job
from vinyl.jobs.registry import QUEUES, kind_of
from vinyl.jobs.runner import release, run_job
from vinyl.logs import origin
from vinyl.prepared import Prepared
from vinyl.together import together

log = logging.getLogger(__name__)

RUN_TASK = "jobs.run"
# 0 is the most urgent. Within the same queue what is short and dated goes first, then somebody's
# job, then nobody's.
PRIORITY_SWEEP, PRIORITY_INTERACTIVE, PRIORITY_OWNED, PRIORITY_BULK = 0, 3, 6, 9
PRIORITY_PROMPT = PRIORITY_INTERACTIVE
# A queued job whose message was sent this long ago and that nobody took gets another one.
MESSAGE_LOST_AFTER = timedelta(seconds=30)
KEEP_DONE = timedelta(days=14)
KEEP_FAILED = timedelta(days=60)
PUT_AWAY = "put_away"
SILENT = gettext_noop("The worker stopped in the middle of this, several times.")


# Several at once, each only where no other of its kind and key is active. Written out: somebody
# waits, and Django would take longer to write it than to send it.
_COLUMNS = tuple(one.attname for one in Job._meta.concrete_fields if one.attname != "id")
_NAMES = ", ".join(_COLUMNS)
_INSERT = f"""
INSERT INTO jobs_job ({_NAMES})
SELECT {_NAMES} FROM jsonb_populate_recordset(NULL::jobs_job, %s::jsonb)
ON CONFLICT DO NOTHING RETURNING id, kind, dedupe_key
"""
_ACTIVE = Prepared(
    lambda kind, key: Job.objects.filter(kind=kind, dedupe_key=key, state__in=Job.ACTIVE)[:1],
    kind=str,
    key=str,
)


@dataclass(frozen=True)
class Wish:
    """A job to be queued, as `enqueue` wants it. Its key is needed: it tells wishes apart."""

    kind: str
    dedupe_key: str
    payload: dict[str, Any] = field(default_factory=dict)
    lane: str = ""


def enqueue_all(
    wishes: Sequence[Wish],
    *,
    owner: AbstractBaseUser | None = None,
    beside: Callable[[], None] | None = None,
) -> list[Job | None]:
    """Queue several jobs in one statement. Returns the job of each wish, in order; None where one
    of that kind and key is active, which is left as it is: `enqueue` returns that one.

    `beside` writes what belongs to them, in the same round trip: it finds them by kind and key, and
    reads nothing. Outside a transaction what goes in one trip is one: all of it is written, or
    nothing. The messages to the workers leave after the commit, all of them before anybody else is
    told.
    """
    jobs = [_made(one, owner) for one in wishes]
    told = json.dumps(
        [{name: getattr(job, name) for name in _COLUMNS} for job in jobs], cls=DjangoJSONEncoder
    )
    with standing.cursor() as cursor:
        with together():
            cursor.execute(_INSERT, [told])
            if beside is not None:
                beside()
        numbers = {(kind, key): pk for pk, kind, key in cursor.fetchall()}
    queued = []
    for job in jobs:
        job.pk = numbers.get((job.kind, job.dedupe_key))
        if job.pk is not None:
            job._state.adding, job._state.db = False, connection.alias
            queued.append(job)
    if queued:
        transaction.on_commit(partial(_tell_of, queued))
    return [None if job.pk is None else job for job in jobs]


def _made(wish: Wish, owner: AbstractBaseUser | None) -> Job:
    known = kind_of(wish.kind)
    if known is None or not wish.dedupe_key:
        raise ValueError(f"No job kind {wish.kind!r} is registered, or it has no key.")
    return Job(
        kind=wish.kind,
        owner_id=None if owner is None else owner.pk,
        payload=wish.payload,
        subject=known.about(wish.payload),
        dedupe_key=wish.dedupe_key[:200],
        queue=wish.lane or known.queue,
        max_attempts=known.max_attempts,
        request_id=origin().request_id,
        created_at=timezone.now(),
        dispatched_at=timezone.now(),  # its message follows; where it does not, see _tell_of
    )


def _tell_of(jobs: Sequence[Job]) -> None:
    unsent = [job.pk for job in jobs if not _hint(job)]
    announce([job for job in jobs if job.owner_id is not None])
    if unsent:  # the sweeper's next round sends them
        Job.objects.filter(pk__in=unsent, state=Job.State.QUEUED).update(dispatched_at=None)


def enqueue(
    kind: str,
    *,
    owner: AbstractBaseUser | None = None,
    payload: dict[str, Any] | None = None,
    dedupe_key: str = "",
    lane: str = "",
) -> Job:
    """Queue a job and return it; the message to the workers leaves after the commit.

    `payload` is small JSON data. With a `dedupe_key`, a job of this kind and key that is
    queued or running is returned instead: the database holds that there is only one.
    `lane` (one of QUEUES) overrides the queue of the kind. An unknown kind is a
    ValueError: a typing mistake should not end up in a queue.
    """
    known = kind_of(kind)
    if known is None:
        raise ValueError(f"No job kind {kind!r} is registered.")
    if dedupe_key:
        dedupe_key = dedupe_key[:200]
    for _attempt in range(3):
        active = _active(kind, dedupe_key)
        if active is not None:
            return active
        about = known.about(payload or {})
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    kind=kind,
                    owner_id=None if owner is None else owner.pk,
                    payload=payload or {},
                    subject=about,
                    dedupe_key=dedupe_key,
                    queue=lane or known.queue,
                    max_attempts=known.max_attempts,
                    request_id=origin().request_id,
                )
        except IntegrityError:
            if not dedupe_key:
                raise
            continue  # somebody queued the same at this moment: look again
        dispatch(job)
        if job.owner_id is not None:
            transaction.on_commit(partial(announce, [job]))
        return job
    raise RuntimeError(f"Job {kind} {dedupe_key} ended as often as it was looked for.")


def _active(kind: str, dedupe_key: str) -> Job | None:
    if not dedupe_key:
        return None
    return _ACTIVE.first(kind=kind, key=dedupe_key)


def dispatch(job: Job) -> None:
    """Send the hint "look at this job" to its queue once the transaction is committed."""
    transaction.on_commit(lambda: send_message(job))


def send_message(job: Job) -> bool:
    """Send the hint now. A broker that is down delays the job until the sweeper's next
    round; it does not break the page that queued it."""
    sent = _hint(job)
    if sent:
        _note_sent([job.pk])
    return sent


def _hint(job: Job) -> bool:
    try:
        current_app.send_task(
            RUN_TASK,
            args=[job.pk],
            queue=job.queue,
            priority=_priority(job),
            retry=False,
            ignore_result=True,
        )
    except (BrokerDown, *vitals.Trouble) as error:
        log.warning("Job %s waits for the sweeper: broker gave %s", job.pk, type(error).__name__)
        return False
    return True


def _priority(job: Job) -> int:
    """Its place within its queue."""
    if job.queue == Job.Queue.INTERACTIVE:
        return PRIORITY_INTERACTIVE
    kind = kind_of(job.kind)
    if kind is not None and kind.prompt:
        return PRIORITY_PROMPT
    return PRIORITY_BULK if job.owner_id is None else PRIORITY_OWNED


def _note_sent(job_ids: Iterable[int]) -> None:
    """So that the sweeper sends no second one. Who was quick has taken the job already, and then
    nobody needs to know."""
    if ids := list(job_ids):
        waiting = Job.objects.filter(pk__in=ids, state=Job.State.QUEUED)
        waiting.update(dispatched_at=Now())


def cancel(job: Job) -> Job:
    """Stop a job: at once when queued, at its next progress report when running.

    Its dedupe key is free at once, so that the same work can be asked for again.
    """
    now = timezone.now()
    ended = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, finished_at=now, cancel_requested=True, not_before=None
    )
    if not ended:
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
            cancel_requested=True, dedupe_key=""
        )
    job.refresh_from_db()
    transaction.on_commit(lambda: announce([job]))
    return job


def put_away(job: Job) -> None:
    """The owner has read why a job failed, and wants to see it beside their work no more. A later
    failure of the same job is shown again."""
    if job.finished_at is not None:
        job.result = {**job.result, PUT_AWAY: job.finished_at.isoformat()}
        job.save(update_fields=["result"])


def is_put_away(job: Job) -> bool:
    """Whether this end of the job was put away."""
    ended = job.finished_at.isoformat() if job.finished_at is not None else None
    return ended is not None and job.result.get(PUT_AWAY) == ended


def run_again(job: Job) -> Job:
    """Put a failed or stopped job back into its queue; it goes on from its checkpoint.

    When the same work was queued meanwhile, that job is returned instead.
    """
    try:
        with transaction.atomic():
            changed = Job.objects.filter(
                pk=job.pk, state__in=[Job.State.FAILED, Job.State.CANCELLED]
            ).update(
                state=Job.State.QUEUED,
                dead=False,
                attempts=0,
                losses=0,
                queued_at=Now(),
                not_before=None,
                stalled_since=None,
                cancel_requested=False,
                finished_at=None,
                started_at=None,
                error_code="",
                error_message="",
                error_params={},
                error_detail="",
            )
    except IntegrityError:
        return _active(job.kind, job.dedupe_key) or job
    job.refresh_from_db()
    if changed:
        dispatch(job)
        transaction.on_commit(lambda: announce([job]))
    return job


def sweep(*, limit: int = 500) -> dict[str, int]:
    """One round of the sweeper: take back silent jobs, then hint at queued ones that are due.
    A queue that backs up is told to the log.

    Returns how many jobs were taken back, given up and dispatched.
    """
    taken_back, given_up = _take_back_silent(limit)
    due = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    # No message was sent since the job became due, or it was and got lost. A queue that still
    # holds messages is only slow: sending again would grow it without end.
    unsent = Q(dispatched_at__isnull=True) | Q(dispatched_at__lt=F("not_before"))
    for queue in _empty_queues():
        unsent |= Q(queue=queue, dispatched_at__lt=Now() - MESSAGE_LOST_AFTER)
    sent = 0
    for job in Job.objects.filter(due, unsent, state=Job.State.QUEUED).order_by("created_at")[
        :limit
    ]:
        if not send_message(job):
            break  # the broker is down; the next round comes in seconds
        sent += 1
    alarms.tell()
    return {"taken_back": taken_back, "given_up": given_up, "dispatched": sent}


def _empty_queues() -> list[str]:
    try:
        return [queue for queue in QUEUES if vitals.queue_messages(queue) == 0]
    except vitals.Trouble:
        return []


def _take_back_silent(limit: int) -> tuple[int, int]:
    """Re-queue running jobs whose lease ran out; each such loss is counted."""
    taken_back = given_up = 0
    running = Job.objects.filter(state=Job.State.RUNNING)
    silent = list(running.filter(lease_until__lt=Now()).order_by("lease_until")[:limit])
    # A process of this machine that is gone will not come back: no need to wait for its lease.
    here = running.filter(lease_until__gte=Now(), lease_holder__startswith=holders.this_machine())
    gone = [job for job in here[:limit] if holders.is_gone(job.lease_holder)]
    for job in [*silent, *gone]:
        changed = release(
            job, job.lease_token, why="lease_lost", detail="Its worker went away.", sentence=SILENT
        )
        if changed is None:
            continue  # renewed or ended in this moment
        if changed.state == Job.State.FAILED:
            given_up += 1
        else:
            taken_back += 1
    return taken_back, given_up


def clean_up() -> int:
    """Delete finished jobs that nobody will look at any more. Returns how many."""
    now = timezone.now()
    old = Q(state__in=[Job.State.DONE, Job.State.CANCELLED], finished_at__lt=now - KEEP_DONE) | Q(
        state=Job.State.FAILED, finished_at__lt=now - KEEP_FAILED
    )
    return Job.objects.filter(old, finished_at__isnull=False).delete()[0]


def run_pending_jobs(
    kinds: Collection[str] | None = None, limit: int = 200, *, ignore_waits: bool = False
) -> list[Job]:
    """Run queued jobs in this process, oldest first, until none is due or `limit` runs.

    For commands and tests. `kinds` narrows it; `ignore_waits` runs waiting jobs at once.
    Returns the jobs that ran, each once, as they stand now.
    """
    ran: dict[int, None] = {}
    for _run in range(limit):
        waiting = Job.objects.filter(state=Job.State.QUEUED)
        if kinds is not None:
            waiting = waiting.filter(kind__in=kinds)
        if not ignore_waits:
            waiting = waiting.filter(Q(not_before__isnull=True) | Q(not_before__lte=Now()))
        job_id = waiting.order_by("created_at", "pk").values_list("pk", flat=True).first()
        if job_id is None:
            break
        if ignore_waits:
            Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(not_before=None)
        run_job(job_id)
        ran[job_id] = None
    found = Job.objects.in_bulk(ran)
    return [found[job_id] for job_id in ran if job_id in found]
