"""Reads on jobs: a job's strip for a page, a person's active jobs, the state of the queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vinyl.jobs.models import Job
from vinyl.jobs.registry import QUEUES, Kind, kind_of, kinds
from vinyl.prepared import Prepared
from vinyl.templatetags.vinyl_tags import clock_time, format_number

# Below this share, or this soon, an estimate of the time left is a guess that jumps about.
ESTIMATE_FROM, ESTIMATE_AFTER_S = 0.05, 2.0


@dataclass(frozen=True)
class Strip:
    """All that a progress strip shows, in the reader's language.

    `steps` are (name, value, state) of what has arrived. `address` and `listen` are empty
    when the job is finished: nothing is fetched again.
    """

    job_id: int
    title: str
    state: str
    percent: int | None
    status: str
    cause: str
    steps: tuple[tuple[str, str, str], ...]
    active: bool
    address: str
    listen: str
    stop_address: str
    again_address: str

    @property
    def element(self) -> str:
        """Id of the strip's element."""
        return f"job-{self.job_id}"

    @property
    def known_percent(self) -> int:
        """For the bar's width: 0 while the total is unknown."""
        return self.percent or 0


class _Count(int):
    """A number that %s writes as the page's language does, and %d as it is."""

    def __str__(self) -> str:
        return format_number(int(self))


def fill(source: str, params: dict[str, Any]) -> str:
    """A stored source string, translated and filled; as it is when the params do not fit."""
    if not source:
        return ""
    text = _(source)
    shown = {name: _shown(value) for name, value in params.items()}
    try:
        return text % shown if shown else text.replace("%%", "%")
    except (KeyError, TypeError, ValueError):
        return text


def _shown(value: Any) -> Any:
    """A stored parameter as it is read: counts can be grouped, {"say": words} are translated."""
    if isinstance(value, dict) and isinstance(value.get("say"), str):
        words = value["say"]
        return _(words) if words else ""
    return _Count(value) if isinstance(value, int) and not isinstance(value, bool) else value


def title_of(kind: str) -> str:
    """What a person calls this work."""
    known = kind_of(kind)
    return known.title if known else kind


def title_with_subject(job: Job) -> str:
    """What a person calls this work and what it is about: "Prices: Tago Mago · eBay"."""
    title = title_of(job.kind)
    return f"{title}: {job.subject}" if job.subject else title


def strip(job: Job) -> Strip:
    """The strip of a job as it stands. No query."""
    can_stop = job.is_active and not job.cancel_requested
    can_go_on = job.state in (Job.State.FAILED, Job.State.CANCELLED)
    return Strip(
        job_id=job.pk,
        title=title_with_subject(job),
        state=job.state,
        percent=_percent(job),
        status=_status(job),
        cause=_cause(job),
        steps=tuple(
            (
                fill(one["label"], {}),
                fill(one["value"], one.get("params", {})),
                one.get("state", "done"),
            )
            for one in job.figures
        ),
        active=job.is_active,
        address=reverse("jobs:job", args=[job.pk]) if job.is_active else "",
        listen=f"sse:{job.event} throttle:500ms, every 10s" if job.is_active else "",
        stop_address=reverse("jobs:cancel", args=[job.pk]) if can_stop else "",
        again_address=reverse("jobs:again", args=[job.pk]) if can_go_on else "",
    )


def _percent(job: Job) -> int | None:
    if job.state == Job.State.DONE:
        return 100
    if not job.progress_total:
        return None
    return min(100, job.progress_done * 100 // job.progress_total)


def _status(job: Job) -> str:
    """The sentence of the strip: what is done and how long it takes, or how it ended."""
    if job.state == Job.State.DONE:
        done = _("Done, %(time)s") % {"time": clock_time(job.finished_at)}
        return f"{done}. {fill(job.message_id, job.message_params)}" if job.message_id else done
    if job.state == Job.State.FAILED:
        return _("Not finished")
    if job.state == Job.State.CANCELLED:
        return _("Stopped, %(time)s") % {"time": clock_time(job.finished_at)}
    if job.cancel_requested:
        return _("Stopping")
    if job.state == Job.State.QUEUED and job.not_before is not None:
        return _("Next try at %(time)s") % {"time": clock_time(job.not_before)}
    words = fill(job.message_id, job.message_params)
    if job.state == Job.State.QUEUED and not job.started_at:
        words = _("Waiting for its turn")
    left = time_left(job)
    return f"{words or _('Working')}, {left}" if left else words or _("Working")


def _cause(job: Job) -> str:
    """Why a job failed or waits, in words; "" when it simply runs."""
    if job.state == Job.State.FAILED:
        return fill(job.error_message, job.error_params) or _("This did not work.")
    if job.state == Job.State.QUEUED and job.not_before is not None and not job.cancel_requested:
        if job.attempts:
            return _("That did not work. We try again shortly.")
        return fill(job.message_id, job.message_params)
    return ""


def time_left(job: Job) -> str:
    """About how long a running job still takes, from its pace so far; "" when nobody can say."""
    if job.state != Job.State.RUNNING or not job.progress_total or job.started_at is None:
        return ""
    share = job.progress_done / job.progress_total
    elapsed = (timezone.now() - job.started_at).total_seconds()
    if share < ESTIMATE_FROM or share >= 1 or elapsed < ESTIMATE_AFTER_S:
        return ""
    seconds = elapsed * (1 - share) / share
    if seconds < 90:
        rounded = max(5, round(seconds / 5) * 5)
        return ngettext("about %(n)d second left", "about %(n)d seconds left", rounded) % {
            "n": rounded
        }
    minutes = round(seconds / 60)
    return ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {"n": minutes}


def active_jobs(user: Any, *, kind_names: tuple[str, ...] = ()) -> QuerySet[Job]:
    """A person's queued and running jobs, newest first."""
    found = Job.objects.filter(owner=user, state__in=Job.ACTIVE)
    return found.filter(kind__in=kind_names) if kind_names else found


# What the page of a person's work can be narrowed to.
SHOWN = {
    "active": Job.ACTIVE,
    "failed": (Job.State.FAILED,),
    "done": (Job.State.DONE, Job.State.CANCELLED),
}


def jobs_of(user: Any, show: str = "") -> QuerySet[Job]:
    """A person's jobs, newest first; `show` is a key of SHOWN or "" for all."""
    found = Job.objects.filter(owner=user).order_by("-id").defer("checkpoint", "result")
    return found.filter(state__in=SHOWN[show]) if show else found


_LATEST = Prepared(
    lambda person, kind: Job.objects.filter(owner_id=person, kind=kind).order_by("-id")[:1],
    person=int,
    kind=str,
)


def latest_job(user: Any, kind: str, **payload: Any) -> Job | None:
    """A person's newest job of a kind (with this payload), whatever its state. One query."""
    if not payload:
        return _LATEST.first(person=user.pk, kind=kind)
    found = Job.objects.filter(owner=user, kind=kind)
    for name, value in payload.items():
        found = found.filter(**{f"payload__{name}": value})
    return found.order_by("-id").first()


@dataclass(frozen=True)
class QueueState:
    """One queue: jobs that are due and wait, jobs that run, age of the oldest that waits."""

    name: str
    waiting: int
    running: int
    oldest: timedelta | None


def queue_states() -> list[QueueState]:
    """All queues, in one query over the active jobs."""
    now = timezone.now()
    due = Q(state=Job.State.QUEUED) & (Q(not_before__isnull=True) | Q(not_before__lte=now))
    rows = {
        row["queue"]: row
        for row in Job.objects.filter(state__in=Job.ACTIVE)
        .values("queue")
        .order_by("queue")
        .annotate(
            waiting=Count("pk", filter=due),
            running=Count("pk", filter=Q(state=Job.State.RUNNING)),
            # A job that waited for its time is due since then.
            oldest=Min(Greatest("queued_at", Coalesce("not_before", "queued_at")), filter=due),
        )
    }
    states = []
    for name in QUEUES:
        row = rows.get(name)
        oldest = now - row["oldest"] if row and row["oldest"] else None
        states.append(
            QueueState(name, row["waiting"] if row else 0, row["running"] if row else 0, oldest)
        )
    return states


def dead_count() -> int:
    """Jobs on the dead-letter list."""
    return Job.objects.filter(dead=True).count()


def known_kinds() -> tuple[Kind, ...]:
    """All kinds that this installation can run, by name."""
    return kinds()
