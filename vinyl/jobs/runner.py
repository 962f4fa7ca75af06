"""Runs a job: takes the lease, runs steps, writes down how each ended.

Nothing here trusts a queue message. Every write is guarded by the lease's token, so a
runner that was given up for dead cannot overwrite its successor.
"""

from __future__ import annotations

import logging
import random
import re
import time
import traceback
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from vinyl.jobs.context import Cancelled, JobContext, LeaseLost, announce
from vinyl.jobs.leases import Lease, heartbeat, let_go, take
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, Kind, More, Retry, StepResult, Wait, hooks_of, kind_of
from vinyl.logs import without_secrets, working_for
from vinyl.upstreams.errors import LABELS, BadAnswer, RateLimited, Unavailable, UpstreamError
from vinyl.upstreams.guard import allow_calls

log = logging.getLogger(__name__)

# Steps of one job run in a row for this long; then it queues again behind the others, so
# that a long import does not starve a short sync.
SLICE_S = 10.0
UPSTREAM_WAIT = timedelta(seconds=30)
# An upstream that gives no answer for this long ends the job as a dead letter.
STALL_LIMIT = timedelta(hours=24)
# A job whose runners go silent so often in a row is what kills them.
MAX_LOSSES = 12
BACKOFF_BASE_S, BACKOFF_CAP_S = 2.0, 300.0

UNKNOWN_KIND = gettext_noop("This site does not know this kind of work any more.")
OUR_FAULT = gettext_noop(
    "Something went wrong on our side. The people who run this site can see it."
)
TRYING_AGAIN = gettext_noop("That did not work. We try again shortly.")


@dataclass
class Outcome:
    """Fields to write when a runner lets go of a job."""

    state: str
    fields: dict[str, Any] = field(default_factory=dict)


def run_job(job_id: int) -> Job | None:
    """Run a job's steps for one slice of time. Returns the job, or None if it was not ours.

    Called twice for one job, at once or later, the second call does nothing.
    """
    lease = take(job_id)
    if lease is None:
        return None
    job = lease.job
    # Inside a transaction (tests) nobody else sees the lease, and a second connection
    # could not see the row.
    beats = not connection.in_atomic_block
    if beats:
        heartbeat.keep(lease)
    try:
        return _run_slice(job, lease)
    finally:
        if beats:
            heartbeat.drop(lease)


def _run_slice(job: Job, lease: Lease) -> Job | None:
    kind = kind_of(job.kind)
    if kind is None:
        log.error("Job %s: kind %s is not registered here.", job.pk, job.kind)
        return _let_go(job, lease.token, _failed("unknown_kind", UNKNOWN_KIND, dead=True))
    slice_ends = time.monotonic() + SLICE_S
    if not kind.tells_itself:
        announce([job])
    while True:
        outcome = _run_step(kind, job, lease)
        if outcome is None:
            return None  # the lease is gone, and with it the right to write
        if outcome.state != Job.State.RUNNING:
            return _let_go(job, lease.token, outcome)
        if time.monotonic() >= slice_ends or lease.cancelled:
            outcome.state = Job.State.QUEUED
            return _let_go(job, lease.token, outcome)
        if not _held(job, lease.token).update(**outcome.fields):
            return None
        for name, value in outcome.fields.items():
            setattr(job, name, value)


def _run_step(kind: Kind, job: Job, lease: Lease) -> Outcome | None:
    """One step and what to write after it; None when the lease was lost underneath."""
    lease.touch()
    context = JobContext(job, lease)
    # Sentences are stored as source strings and translated when shown. Those that a step or a
    # client fills in by itself are at least in the owner's language.
    language = getattr(job.owner, "language", "") or "en"
    about = working_for(request_id=job.request_id, person_id=job.owner_id, cause=job.topic)
    try:
        with translation.override(language), allow_calls(), about:
            result = kind.step(context)
            context.flush()
        return _after(result, job)
    except Cancelled:
        return Outcome(Job.State.CANCELLED, {"finished_at": timezone.now()})
    except LeaseLost:
        log.warning("Job %s (%s) was taken over by another runner.", job.pk, job.kind)
        return None
    except Fail as fail:
        return _failed(fail.code, fail.message, fail.params)
    except Retry as retry:
        return _again(job, "retry", str(retry), TRYING_AGAIN)
    except UpstreamError as error:
        return _after_upstream(error, job)
    except Exception as error:
        log.exception("Job %s (%s) failed in a step.", job.pk, job.kind)
        _leave_broken_transaction()
        return _again(job, type(error).__name__, _describe(error), OUR_FAULT)


def _after(result: StepResult, job: Job) -> Outcome:
    calm = {"attempts": 0, "losses": 0, "stalled_since": None, "error_detail": ""}
    if isinstance(result, Done):
        total = job.progress_total
        fields = {"result": result.result, "finished_at": timezone.now(), **calm}
        if total is not None:
            fields["progress_done"] = total
        if result.message_id:
            fields |= {"message_id": result.message_id[:300], "message_params": result.params}
        return Outcome(Job.State.DONE, fields)
    if isinstance(result, More):
        return Outcome(Job.State.RUNNING, {"checkpoint": result.checkpoint, **calm})
    if isinstance(result, Wait):
        fields = {"not_before": result.until, **calm}
        if result.checkpoint is not None:
            fields["checkpoint"] = result.checkpoint
        if result.message_id:
            fields |= {"message_id": result.message_id[:300], "message_params": result.params}
        return Outcome(Job.State.QUEUED, fields)
    raise TypeError(
        f"A step of {job.kind} returned {type(result).__name__}, not Done, More or Wait."
    )


def _after_upstream(error: UpstreamError, job: Job) -> Outcome:
    """Busy and silent services are waited for; a useless answer is asked again a few times;
    anything else ends the job with the service's sentence."""
    detail = f"{type(error).__name__}: {error.detail or error}"
    words = _words(error)
    if isinstance(error, RateLimited | Unavailable):
        now = timezone.now()
        stalled_since = job.stalled_since or now
        if now - stalled_since > STALL_LIMIT:
            return _failed("upstream_silent", *words, detail=detail, dead=True)
        until = max(error.retry_at or now + UPSTREAM_WAIT, now + timedelta(seconds=1))
        fields = {
            "not_before": until,
            "stalled_since": stalled_since,
            "error_detail": detail[:4000],
        }
        fields |= {"message_id": words[0], "message_params": words[1]}
        return Outcome(Job.State.QUEUED, fields)
    if isinstance(error, BadAnswer):
        return _again(job, "bad_answer", detail, *words)
    return _failed(_snake(type(error).__name__), *words, detail=detail)


def _words(error: UpstreamError) -> tuple[str, dict[str, Any]]:
    """The error's sentence without its time, as a source string with its params: the page adds
    the time itself, in the reader's language and zone."""
    if error.message:
        return "%(text)s", {"text": error.message}
    with translation.override("en"):
        return str(error.sentence), {"service": LABELS.get(error.upstream, error.upstream)}


def _again(
    job: Job, code: str, detail: str, sentence: str, params: dict[str, Any] | None = None
) -> Outcome:
    """Count an attempt: back into the queue with backoff, or dead after the last one."""
    attempts = job.attempts + 1
    if attempts >= job.max_attempts:
        outcome = _failed(code, sentence, params, detail=detail, dead=True)
        outcome.fields["attempts"] = attempts
        return outcome
    return Outcome(
        Job.State.QUEUED,
        {
            "attempts": attempts,
            "not_before": timezone.now() + backoff(attempts),
            "error_detail": detail[:4000],
        },
    )


def backoff(attempt: int) -> timedelta:
    """2, 4, 8 ... seconds, at most five minutes, spread by half so that failures do not
    come back in step."""
    seconds = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2 ** (attempt - 1))
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))


def _failed(
    code: str,
    message: str,
    params: dict[str, Any] | None = None,
    *,
    detail: str = "",
    dead: bool = False,
) -> Outcome:
    return Outcome(
        Job.State.FAILED,
        {
            "error_code": code[:60],
            "error_message": message[:300],
            "error_params": params or {},
            "error_detail": detail[:4000],
            "finished_at": timezone.now(),
            "dead": dead,
        },
    )


def _held(job: Job, token: uuid.UUID | None) -> Any:
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, lease_token=token)


def _let_go(job: Job, token: uuid.UUID | None, outcome: Outcome) -> Job | None:
    """Write the outcome and drop the lease in one guarded UPDATE; None if it was not ours.

    Hooks run in the same transaction: the job is done and what follows is queued, or neither.
    """
    fields = outcome.fields | {"state": outcome.state, "lease_token": None, "lease_until": None}
    fields["dispatched_at"] = None
    if outcome.state == Job.State.QUEUED:
        fields["queued_at"] = timezone.now()
    with transaction.atomic():
        if outcome.state == Job.State.QUEUED:
            held = _held(job, token)
            # Somebody pressed Stop: what would go on ends here, with its checkpoint kept.
            stopped = fields | {"state": Job.State.CANCELLED, "finished_at": timezone.now()}
            stopped["not_before"] = None
            if not held.filter(cancel_requested=True).update(**stopped) and not held.update(
                **fields
            ):
                return None
            job.refresh_from_db()
        elif not let_go(job, token, fields):
            return None
        if job.state == Job.State.DONE:
            _run_hooks(job)
        transaction.on_commit(lambda: announce([job]))
    return job


def _run_hooks(job: Job) -> None:
    for hook in hooks_of(job.kind):
        try:
            with transaction.atomic():
                hook(job)
        except Exception:
            log.exception("After job %s (%s): %s failed.", job.pk, job.kind, hook.__qualname__)


def release(
    job: Job, token: uuid.UUID | None, *, why: str, detail: str, sentence: str
) -> Job | None:
    """Take a job back from a runner that went silent, counting a loss.

    None when the lease changed hands in between. Used by the sweeper.
    """
    losses = job.losses + 1
    if losses >= MAX_LOSSES:
        outcome = _failed(why, sentence, detail=detail, dead=True)
    else:
        # Its lease was the wait.
        outcome = Outcome(Job.State.QUEUED, {"not_before": None, "error_detail": detail})
    outcome.fields["losses"] = losses
    return _let_go(job, token, outcome)


def _leave_broken_transaction() -> None:
    """After a database error outside our control the connection may be unusable."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _describe(error: Exception) -> str:
    """The error and the place in our code, for curators; values that look secret are cut."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " < ".join(
        f"{frame.name} ({_short(frame.filename)}:{frame.lineno})" for frame in reversed(frames)
    )
    words = without_secrets(str(error))[:600]
    return f"{type(error).__name__}: {words} | {places}"


def _short(path: str) -> str:
    return "/".join(path.rsplit("/", 2)[-2:])


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
