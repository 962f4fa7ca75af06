"""Whose job is it? The owner's, staff's, and the browser's that started it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from vinyl.jobs.models import Job

SESSION_KEY = "job_ids"
REMEMBERED = 50


def remember(request: HttpRequest, job: Job) -> None:
    """Let this browser watch a job that is nobody's own, or somebody else's shared one.

    For trying without an account, and for shared work such as reading an album's pressings.
    Call it in every view that queues a job and shows its progress.
    """
    if job.owner_id is not None and job.owner_id == getattr(request.user, "pk", None):
        return
    known = [number for number in request.session.get(SESSION_KEY, []) if number != job.pk]
    request.session[SESSION_KEY] = [*known, job.pk][-REMEMBERED:]


def may_see(job: Job, user: Any, session: Any) -> bool:
    """The owner, staff, or a browser that was told about the job may watch it."""
    if user.is_authenticated and (user.is_staff or job.owner_id == user.pk):
        return True
    return job.pk in session.get(SESSION_KEY, [])


def may_change(job: Job, user: Any, session: Any) -> bool:
    """Stop it or run it again: as watching, but somebody's own job only by themselves or staff."""
    if not may_see(job, user, session):
        return False
    if job.owner_id is None:
        return True
    return bool(user.is_authenticated and (user.is_staff or job.owner_id == user.pk))
