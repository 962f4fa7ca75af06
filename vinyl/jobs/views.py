"""Pages of jobs: progress strips, stop and go on, live events, the status page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from vinyl import live
from vinyl.jobs import access, queries, services, status, vitals
from vinyl.jobs.models import Job

# htmx stops polling when an answer has this status.
STOP_POLLING = 286
# One person's open pages, per process; beyond it pages ask every few seconds instead.
STREAMS_PER_PERSON = 12
STREAMS_PER_PROCESS = 1000
TOPICS_PER_STREAM = 60

_streams: Counter[str] = Counter()


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
@require_GET
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """A job's strip; without htmx a small page around it."""
    found = _job_or_404(request, job_id)
    if _is_part(request):
        return _strip(request, found)
    return render(request, "jobs/job.html", {"job": found, "back": _back(request)})


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
    return redirect(_back(request) or reverse("jobs:job", args=[job.pk]))


# --- live events ------------------------------------------------------------------------


@never_cache
async def live_events(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events of `?topics=job:12,user:7,status`, those that the viewer may hear.

    404 when there is none of them, 429 when this person has too many streams open.
    """
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    wanted = [name for name in request.GET.get("topics", "").split(",") if name]
    viewer, topics = await sync_to_async(_allowed_topics)(request, wanted[:TOPICS_PER_STREAM])
    if not topics:
        return HttpResponse(status=404)
    if _streams[viewer] >= STREAMS_PER_PERSON or _streams.total() >= STREAMS_PER_PROCESS:
        return HttpResponse(status=429, headers={"Retry-After": "30"})
    answer = StreamingHttpResponse(_stream(viewer, topics), content_type="text/event-stream")
    answer["Cache-Control"] = "no-cache"
    answer["X-Accel-Buffering"] = "no"
    return answer


async def _stream(viewer: str, topics: Iterable[str]) -> AsyncGenerator[bytes, None]:
    _streams[viewer] += 1
    try:
        async with aclosing(live.frames(live.hub(settings.LIVE_URL), topics)) as parts:
            async for part in parts:
                yield part
    finally:
        _streams[viewer] -= 1
        if not _streams[viewer]:
            del _streams[viewer]


def _allowed_topics(request: HttpRequest, wanted: list[str]) -> tuple[str, list[str]]:
    """(whom the stream is counted for, topics that the viewer may hear)."""
    user: Any = request.user
    allowed = []
    job_ids = [int(name[4:]) for name in wanted if name.startswith("job:") and name[4:].isdecimal()]
    small = [number for number in job_ids if number < 2**63]
    for found in Job.objects.filter(pk__in=small).only("pk", "owner_id") if small else ():
        if access.may_see(found, user, request.session):
            allowed.append(found.topic)
    if user.is_authenticated and f"user:{user.pk}" in wanted:
        allowed.append(f"user:{user.pk}")
    if "status" in wanted and user.is_authenticated and user.is_staff:
        allowed.append("status")
    viewer = (
        f"user:{user.pk}" if user.is_authenticated else f"session:{request.session.session_key}"
    )
    # The stream lasts for hours and asks nothing more: without this each open page would
    # hold a database connection.
    if not connection.in_atomic_block:
        connection.close()
    return viewer, allowed


# --- status -----------------------------------------------------------------------------


def _lights(request: HttpRequest) -> dict[str, Any]:
    site, upstreams = status.site_lights(), status.upstream_lights()
    staff = request.user.is_authenticated and request.user.is_staff
    return {
        "overall": status.overall(site + upstreams),
        "lights": [(_("This site"), site), (_("Other services"), upstreams)],
        "dead": queries.dead_count() if staff else None,
    }


def _log(request: HttpRequest) -> dict[str, Any]:
    user: Any = request.user
    context: dict[str, Any] = {"paused": "paused" in request.GET, "log_known": True, "lines": []}
    try:
        context["lines"] = status.log_lines(
            for_staff=user.is_authenticated and user.is_staff, viewer_id=user.pk
        )
    except vitals.Trouble:
        context["log_known"] = False
    return context


def _coverage_address() -> str:
    """The catalogue's own part of the page, where that room has one."""
    try:
        return reverse("catalog:coverage")
    except NoReverseMatch:
        return ""


@never_cache
@require_GET
def status_page(request: HttpRequest) -> HttpResponse:
    """Is everything well? Public; names of people are for staff only."""
    context = _lights(request) | _log(request) | {"coverage_address": _coverage_address()}
    return render(request, "jobs/status.html", context)


@never_cache
@require_GET
def status_lights(request: HttpRequest) -> HttpResponse:
    """The lights again."""
    return render(request, "jobs/_lights.html", _lights(request))


@never_cache
@require_GET
def status_log(request: HttpRequest) -> HttpResponse:
    """The log again."""
    return render(request, "jobs/_log.html", _log(request))
