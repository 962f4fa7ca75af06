"""For commands: see a job through to its end, whoever runs it, and say how it went."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vinyl.jobs.models import Job
from vinyl.jobs.queries import Strip, strip
from vinyl.jobs.runner import run_job
from vinyl.jobs.services import sweep

LOOK_EVERY_S = 0.5


def follow(job: Job, *, tell: Callable[[str], None]) -> Job:
    """Wait until the job has ended and return it as it stands then.

    It is run in this process unless a worker was quicker; a worker that went away is noticed. One
    that waits for a service is waited for. `tell` gets a line whenever there is something new.
    """
    told = ""
    while True:
        job.refresh_from_db()
        if not job.is_active:
            return job
        line = _progress(job, strip(job))
        if line != told:
            tell(line)
            told = line
        if job.state == Job.State.RUNNING and job.lease_until and job.lease_until < timezone.now():
            sweep()
        if run_job(job.pk) is None:
            time.sleep(LOOK_EVERY_S)


def _progress(job: Job, shown: Strip) -> str:
    """How far it is; the time that is left would be another line at every look."""
    if job.progress_total:
        return f"{shown.title}: {job.progress_done} of {job.progress_total}"
    return f"{shown.title}: {shown.cause}" if shown.cause else f"{shown.title} ..."


def see_through(command: BaseCommand, job: Job) -> Job:
    """Follow the job on the command's output, and print what it brought.

    Raises CommandError with the job's own sentence when it failed or was stopped.
    """
    try:
        follow(job, tell=command.stdout.write)
    except KeyboardInterrupt as error:
        raise CommandError("Not waiting any longer; the workers go on with it.") from error
    shown = strip(job)
    if job.state != Job.State.DONE:
        raise CommandError(shown.cause or shown.status)
    for label, value, _state in shown.steps:
        command.stdout.write(f"{label}: {value}")
    command.stdout.write(f"{shown.status} {shown.cause}".strip())
    return job
