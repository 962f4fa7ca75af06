"""The test panel in the admin: choose what to run, see its result and the requests it made."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from vinyl.desk import calls, services
from vinyl.desk.forms import CallForm, RecommendationsForm, SyncForm, person_of
from vinyl.jobs.models import Job
from vinyl.jobs.queries import fill
from vinyl.row_ids import row_id
from vinyl.upstreams.errors import LABELS

RECOMMENDATIONS = "recommendations"
# While a job runs the page comes again by itself, without a script.
LOOK_AGAIN_S = "2"


def sync_key(source: str) -> str:
    return f"sync.{source}"


def choices(chosen: str) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """What the panel can run: (group, [(key, name, is it chosen)])."""
    groups: dict[str, list[tuple[str, str, bool]]] = {}
    for key, method in calls.methods().items():
        label = LABELS.get(method.service, method.service)
        groups.setdefault(label, []).append((key, method.name, key == chosen))
    syncs = [(sync_key(one), LABELS.get(one, one), sync_key(one) == chosen)
             for one in services.SYNCS]  # fmt: skip
    return [
        *groups.items(),
        (_("Syncs"), syncs),
        (_("Recommendations"), [(RECOMMENDATIONS, _("make the list"), chosen == RECOMMENDATIONS)]),
    ]


def form_for(run: str, data: Any = None) -> forms.Form | None:
    """The form of what was chosen, None for nothing or something unknown."""
    if run in calls.methods():
        return CallForm(calls.methods()[run], data)
    if run in {sync_key(one) for one in services.SYNCS}:
        return SyncForm(data)
    return RecommendationsForm(data) if run == RECOMMENDATIONS else None


def start(curator: User, run: str, form: forms.Form) -> Job:
    """Queue what a valid form asks for. ValidationError where that cannot be."""
    person = person_of(form)
    if isinstance(form, CallForm):
        return services.start_call(curator, form.method, form.typed(), person)
    if person is None:
        raise ValidationError(_("Choose a test person."))
    if isinstance(form, SyncForm):
        source = run.partition(".")[2]
        return services.start_sync(person, source, form.cleaned_data.get("username", ""))
    return services.start_recommendations(person)


def job_report(job: Job) -> dict[str, Any]:
    """A job with its result and the requests that it made, for a page of the desk."""
    result = services.result_of(job)
    return {
        "job": job,
        "job_says": fill(job.error_message, job.error_params)
        or fill(job.message_id, job.message_params),
        "result": result,
        "result_gone": job.state == Job.State.DONE and result is None,
        "requests": services.requests_of(job),
    }


def may_watch(curator: User, job: Job) -> bool:
    """Jobs that this panel may have started: the curator's own, and those of test people."""
    if job.owner_id is None:
        return False
    return job.owner_id == curator.pk or services.test_people().filter(pk=job.owner_id).exists()


def _asked_before(job: Job) -> dict[str, Any]:
    """What was typed for a job, to be changed and run again."""
    typed = job.payload.get("typed", {})
    person = job.payload.get("person") or job.owner_id
    if job.kind == services.CALL:
        return {**typed, "person": job.payload.get("person")}
    return {"username": job.payload.get("username", ""), "person": person}


def come_again(answer: HttpResponse, job: Job | None) -> HttpResponse:
    if job is not None and job.is_active:
        answer["Refresh"] = LOOK_AGAIN_S
    return answer


@never_cache
def panel(request: HttpRequest) -> HttpResponse:
    """GET ?run= shows the form, ?job= what came of it; POST starts. Staff with the permission."""
    curator = cast(User, request.user)
    if not curator.has_perm(services.PERMISSION):
        raise PermissionDenied
    run = (request.POST or request.GET).get("run", "")
    number = row_id(request.GET.get("job", ""))
    found = Job.objects.filter(pk=number).first() if number is not None else None
    if found is not None and not may_watch(curator, found):
        found = None
    form = form_for(run, request.POST if request.method == "POST" else None)
    if form is not None and found is not None and request.method == "GET":
        form.initial = _asked_before(found)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            job = start(curator, run, form)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect(f"{reverse('desk_panel')}?{urlencode({'run': run, 'job': job.pk})}")
    context = {
        **admin.site.each_context(request),
        "title": _("Test panel"),
        "run": run,
        "choices": choices(run),
        "method": calls.methods().get(run),
        "form": form,
        **(job_report(found) if found else {}),
    }
    return come_again(render(request, "desk/panel.html", context), found)
