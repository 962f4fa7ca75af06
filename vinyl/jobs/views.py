"""Pages of jobs: a person's own work, progress strips, stop and go on, live events."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from vinyl import live
from vinyl.jobs import access, queries, services, streams
from vinyl.jobs.models import Job
from vinyl.prepared import Ready
from vinyl.row_ids import row_id

# htmx stops polling when an answer has this status.
STOP_POLLING = 286
TOPICS_PER_STREAM = 60
JOBS_A_PAGE = 20
_WATCHED = Ready(lambda jobs: Job.objects.filter(pk__any=jobs).only("pk", "owner_id"), jobs=list)


def _job_or_404(request: HttpRequest, job_id: int, *, change: bool = False) -> Job:
    job = Job.objects.filter(pk=job_id).first()
    allowed = access.may_change if change else access.may_see
    if job is None or not allowed(job, request.user, request.session):
        raise Http404
    return job


def _is_part(request: HttpRequest) -> bool:
    """htmx wants a part of a page, not a page."""
    return request.headers.get("HX-Request") == "true"


def _strip(request: HttpRequest, job: Job) -> HttpResponse:
    answer = render(request, "jobs/_progress.html", {"job": job})
    if job.is_finished:
        answer.status_code = STOP_POLLING
        told = {"id": job.pk, "kind": job.kind, "state": job.state}
        answer["HX-Trigger"] = json.dumps({"job-finished": told, f"job-finished-{job.pk}": told})
    return answer


@never_cache
@require_safe
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """A job's strip; without htmx a small page around it."""
    found = _job_or_404(request, job_id)
    if _is_part(request):
        return _strip(request, found)
    return render(request, "jobs/job.html", {"job": found, "back": _back(request)})


@login_required
@never_cache
@require_safe
def own_jobs(request: HttpRequest) -> HttpResponse:
    """The person's own work, newest first; `?show=` active, failed or done narrows it."""
    show = request.GET.get("show", "")
    show = show if show in queries.SHOWN else ""
    found = queries.jobs_of(request.user, show)
    page = Paginator(found, JOBS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "show": show, "tabs": _tabs(show)}
    return render(request, "jobs/list.html", context)


def _tabs(show: str) -> list[tuple[str, str, bool]]:
    """(label, query, is current) of each narrowing."""
    labels = [
        ("", _("All")),
        ("active", _("At work")),
        ("failed", _("Failed")),
        ("done", _("Done")),
    ]
    return [(label, f"?show={name}" if name else "?", name == show) for name, label in labels]


@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop a job."""
    stopped = services.cancel(_job_or_404(request, job_id, change=True))
    return _strip(request, stopped) if _is_part(request) else _onward(request, stopped)


@require_POST
def again(request: HttpRequest, job_id: int) -> HttpResponse:
    """Go on with a failed or stopped job from its checkpoint."""
    going = services.run_again(_job_or_404(request, job_id, change=True))
    return _strip(request, going) if _is_part(request) else _onward(request, going)


def _back(request: HttpRequest) -> str:
    """The page of ours that led here, or ""."""
    came_from = (
        request.POST.get("next") or request.GET.get("next") or request.headers.get("Referer", "")
    )
    safe = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return came_from if safe and "/jobs/" not in came_from else ""


def _onward(request: HttpRequest, job: Job) -> HttpResponse:
    return HttpResponseRedirect(_back(request) or reverse("jobs:job", args=[job.pk]))


# --- live events ------------------------------------------------------------------------


@never_cache
def live_events(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events of `?topics=job:12,news:12,user:7,work:7`, those that the viewer may hear:
    `news:` only what a job brings (see events.news), `user:` changes of state, `work:` also the
    progress of all work of that person. `?drawn=` is when the page was drawn, see live.Hub.join.

    404 when there is none of them, 429 when this person has too many streams open.
    """
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    wanted = [name for name in request.GET.get("topics", "").split(",") if name]
    viewer, topics = _allowed_topics(request, wanted[:TOPICS_PER_STREAM])
    if not topics:
        return HttpResponse(status=404)
    # Only what is sent afterwards belongs into the loop: a view of the loop would go to it and back
    # three times before the first byte.
    return streams.answer(viewer, live.heard(settings.LIVE_URL, topics, drawn=_drawn(request)))


def _drawn(request: HttpRequest) -> float | None:
    """The moment that `?drawn=` names, in milliseconds of the epoch."""
    given = request.GET.get("drawn", "")
    return int(given) / 1000 if given.isdecimal() and len(given) < 15 else None


def _allowed_topics(request: HttpRequest, wanted: list[str]) -> tuple[str, list[str]]:
    """(whom the stream is counted for, topics that the viewer may hear)."""
    user: Any = request.user
    allowed = []
    of_jobs: dict[int, list[str]] = {}
    for name in wanted:
        kind, _colon, number = name.partition(":")
        job_id = row_id(number) if kind in ("job", "news") else None
        if job_id is not None:
            of_jobs.setdefault(job_id, []).append(f"{kind}:{job_id}")
    for found in _WATCHED.all(jobs=list(of_jobs)) if of_jobs else ():
        if access.may_see(found, user, request.session):
            allowed += of_jobs[found.pk]
    if user.is_authenticated:
        own = (f"user:{user.pk}", f"work:{user.pk}")
        allowed += [name for name in own if name in wanted]
    return streams.counted_for(request), allowed
