"""The status page and its feed. Public; calls are shown to those who caused them, and to staff."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from vinyl.jobs import streams, vitals
from vinyl.jobs.status import calls, feed, lights


@never_cache
@require_safe
def status_page(request: HttpRequest) -> HttpResponse:
    """Is everything well, and which calls went out? Filters are in the address."""
    user: Any = request.user
    viewer = calls.viewer_of(user, request.session)
    wanted = calls.Filter.read(request.GET)
    paused = "paused" in request.GET
    context = lights.snapshot(for_staff=viewer.staff)
    context |= {"wanted": wanted, "paused": paused, "viewer_of_calls": viewer, "lines": []}
    try:
        context["lines"], last = calls.newest(wanted, viewer)
        context["log_known"] = True
    except vitals.Trouble:
        context["log_known"], last = False, ""
    context |= {
        "filters": calls.fields(wanted, viewer),
        "hidden": _kept(wanted),
        "heading": calls.heading(wanted, user, request.session),
        "feed": _feed_address(wanted, paused=paused, after=last),
        "pause": _address(wanted, paused=not paused),
        "clear": reverse("jobs:status") if wanted.query else "",
        "coverage_address": _coverage_address(),
    }
    return render(request, "jobs/status.html", context)


def _kept(wanted: calls.Filter) -> list[tuple[str, object]]:
    """What the filter bar has no field for and must not lose."""
    kept = (("job", wanted.job), ("request", wanted.request))
    return [(name, value) for name, value in kept if value]


def _address(wanted: calls.Filter, *, paused: bool) -> str:
    query = "&".join(part for part in (wanted.query, "paused=1" if paused else "") if part)
    return reverse("jobs:status") + (f"?{query}" if query else "")


def _feed_address(wanted: calls.Filter, *, paused: bool, after: str) -> str:
    own = urlencode({"after": after} | ({"paused": "1"} if paused else {}))
    query = "&".join(part for part in (wanted.query, own) if part)
    return f"{reverse('jobs:status_live')}?{query}"


def _coverage_address() -> str:
    """The catalogue's own part of the page, where that room has one."""
    try:
        return reverse("catalog:coverage")
    except NoReverseMatch:
        return ""


@never_cache
async def status_live(request: HttpRequest) -> HttpResponseBase:
    """The feed of a status page: `line` a row of the log, `lights` and `overall` when they say
    something new, `again` when the page should fetch itself."""
    if request.method != "GET":
        return HttpResponse(status=405, headers={"Allow": "GET"})
    counted_for, page = await sync_to_async(_page)(request)
    after = request.headers.get("Last-Event-ID", "") or request.GET.get("after", "")
    parts = feed.frames(lambda: feed.feed(settings.CACHE_URL), page, after=after)
    return streams.answer(counted_for, parts)


def _page(request: HttpRequest) -> tuple[str, feed.Page]:
    page = feed.Page(
        viewer=calls.viewer_of(request.user, request.session),
        language=translation.get_language() or settings.LANGUAGE_CODE,
        wanted=calls.Filter.read(request.GET),
        paused="paused" in request.GET,
    )
    return streams.counted_for(request), page
