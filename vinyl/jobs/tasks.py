"""Celery's side of jobs: thin shells around the services, and this app's own kinds."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from celery.signals import beat_init, worker_ready
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext_noop

from vinyl.jobs import schedule, services, vitals
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, StepResult, job_kind, kind_of
from vinyl.jobs.runner import run_job

log = logging.getLogger(__name__)


@shared_task(name=services.RUN_TASK)
def run(job_id: int) -> None:
    """Have a look at a job. Delivered twice, or for a job that is gone, it does nothing."""
    try:
        job = run_job(job_id)
    except (DatabaseError, InterfaceError):
        # The row could not be written, so nothing is lost: its lease runs out and the sweeper
        # brings it back when the database answers again.
        log.exception("Job %s: the database went away.", job_id)
        return
    if job is not None and job.state == Job.State.QUEUED and job.not_before is None:
        services.send_message(job)


@shared_task(name="jobs.sweep")
def sweep() -> dict[str, int]:
    """One round of the sweeper; that it came through is also beat's sign of life."""
    counts = services.sweep()
    try:
        vitals.sign_beat()
    except vitals.Trouble as error:
        log.warning("Beat's sign of life was not written: %s", type(error).__name__)
    if counts["taken_back"] or counts["given_up"]:
        log.warning("Sweeper: %(taken_back)d taken back, %(given_up)d given up.", counts)
    return counts


@shared_task(name="jobs.enqueue_kind")
def enqueue_kind(kind: str, payload: dict[str, Any] | None = None) -> int | None:
    """Queue a job of this kind unless one is active; what beat calls. Returns its id."""
    if kind_of(kind) is None:
        log.error("Beat asked for the unknown job kind %s.", kind)
        return None
    return services.enqueue(kind, payload=payload, dedupe_key="beat").pk


@worker_ready.connect
def worker_starting(**_kwargs: Any) -> None:
    """A worker often starts because another one died: its work is taken up at once."""
    try:
        services.sweep()
    except (DatabaseError, InterfaceError, *vitals.Trouble):
        log.warning("No round of the sweeper at the start; beat sends the next one.")


@beat_init.connect
def beat_starting(sender: Any, **_kwargs: Any) -> None:
    """What the schedule no longer names must not go on in beat's table."""
    schedule.forget_unknown(sender.app.conf.beat_schedule)
    schedule.keep_counting()


@job_kind("jobs.clean_up", queue="bulk", label=gettext_noop("Cleaning up old jobs"))
def clean_up(ctx: JobContext) -> StepResult:
    """Delete finished jobs that nobody will look at any more."""
    return Done({"deleted": services.clean_up()})
