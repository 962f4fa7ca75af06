"""What a step is given: its job's data, progress, and whether to stop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from vinyl.jobs.events import Message, news, publish, publish_all
from vinyl.jobs.leases import Lease
from vinyl.jobs.models import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

# At most five progress events (and row updates) a second for one job.
PROGRESS_INTERVAL_S = 0.2


class Cancelled(BaseException):
    """Raised out of `ctx.progress` when somebody pressed Stop.

    A BaseException, so that a step's own `except Exception` does not swallow the wish.
    """


class LeaseLost(BaseException):
    """Raised out of `ctx.progress` when another runner took the job over."""


class JobContext:
    """One run of a step.

    `payload` and `checkpoint` are plain dicts read from the row; changing them stores
    nothing: return `More(checkpoint=...)`.
    """

    def __init__(self, job: Job, lease: Lease) -> None:
        self.job = job
        self.lease = lease
        self.payload: dict[str, Any] = dict(job.payload)
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.owner_id: int | None = job.owner_id
        self._figures: list[dict[str, Any]] = list(job.figures)
        self._written_at = 0.0
        self._pending = False

    @property
    def cancelled(self) -> bool:
        """Somebody pressed Stop, or the lease is gone: end the step soon."""
        return self.lease.cancelled or self.lease.lost

    def begun(self) -> None:
        """Tell that the job runs; for kinds that tell it themselves."""
        announce([self.job])

    def progress(
        self, done: int, total: int | None = None, message_id: str = "", **params: Any
    ) -> None:
        """Say how far the job is: `done` of `total`, and a source string with its params.

        Cheap enough for an inner loop. Raises Cancelled after Stop and LeaseLost when
        another runner holds the job: let both pass.
        """
        self.job.progress_done = max(0, done)
        self.job.progress_total = total
        if message_id:
            self.job.message_id, self.job.message_params = message_id[:300], params
        self._pending = True
        self.lease.touch()
        self._raise_if_stopped()
        if time.monotonic() - self._written_at >= PROGRESS_INTERVAL_S:
            self.flush()

    def figure(self, label_id: str, value_id: str, *, state: str = "done", **params: Any) -> None:
        """Set one figure under the bar, e.g. ("12 months", "%(n)s plays", n=9871).

        Both are source strings, translated when shown; a label that exists is overwritten.
        `state` is "done", "running" or "next" (not here yet).
        """
        entry = {"label": label_id, "value": value_id, "params": params, "state": state}
        for index, known in enumerate(self._figures):
            if known["label"] == label_id:
                self._figures[index] = entry
                break
        else:
            self._figures.append(entry)
        self.job.figures = self._figures
        self._pending = True

    def flush(self) -> None:
        """Write pending progress to the row now and tell the watchers."""
        if not self._pending:
            return
        job = self.job
        held = Job.objects.filter(pk=job.pk, lease_token=self.lease.token, state=Job.State.RUNNING)
        written = held.filter(cancel_requested=False).update(
            progress_done=job.progress_done,
            progress_total=job.progress_total,
            message_id=job.message_id,
            message_params=job.message_params,
            figures=job.figures,
        )
        self._pending = False
        self._written_at = time.monotonic()
        if not written:
            self.lease.note(cancelled=held.exists())
            self._raise_if_stopped()
        publish(job.topic, job.event, progress_data(job), owner_id=job.owner_id)

    def _raise_if_stopped(self) -> None:
        if self.lease.lost:
            raise LeaseLost
        if self.lease.cancelled:
            raise Cancelled


def progress_data(job: Job) -> dict[str, Any]:
    """What an event says about a job: figures for programs; pages fetch the fragment."""
    return {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "done": job.progress_done,
        "total": job.progress_total,
        "at": timezone.now().isoformat(timespec="milliseconds"),
    }


def announce(jobs: Sequence[Job]) -> None:
    """Publish a change of state to each job's watchers and its owner, all in one round trip."""
    messages = []
    for job in jobs:
        data = progress_data(job)
        messages.append(Message(job.topic, job.event, data, job.owner_id))
        if job.owner_id is not None:
            messages.append(Message(f"user:{job.owner_id}", f"user-{job.owner_id}", data))
        if job.is_finished:
            messages.append(news(job.pk))
    publish_all(messages)
