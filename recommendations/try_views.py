"""Trying without an account: three artists, a list computed on the fly, kept at sign-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog.queries import suggest_artists
from pricing.viewer import viewer_for
from recommendations import queries, services
from vinyl.jobs import access
from vinyl.jobs.models import Job

SESSION_SEEDS, SESSION_JOB = "seeds", "seeds_job"
FIELDS = ("seed1", "seed2", "seed3")
MOST_TYPED = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """What this browser named: artists, the search that still runs, names nobody knows."""

    artist_ids: list[int]
    job: Job | None
    unknown: tuple[str, ...]


def tried(session: Any) -> Tried:
    """Artists from the session, with those that a finished search found. Changes nothing."""
    ids = [one for one in session.get(SESSION_SEEDS, []) if isinstance(one, int)]
    job = queries.job_by_id(session.get(SESSION_JOB))
    if job is None or not job.is_finished:
        return Tried(ids[:MOST_TYPED], job, ())
    found = dict.fromkeys([*ids, *job.result.get("artist_ids", [])])
    return Tried(list(found)[:MOST_TYPED], None, tuple(job.result.get("unknown", [])))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def try_without_account(request: HttpRequest) -> HttpResponse:
    """Three artists in, a list out. The names stay in the session until somebody signs up."""
    if request.user.is_authenticated:
        return redirect("recommendations:seeds")
    if request.method == "POST":
        return _named(request)
    visit = tried(request.session)
    seeds = queries.artists_by_id(visit.artist_ids)
    cards = []
    if seeds:
        chosen = services.try_out([artist.pk for artist in seeds])
        cards = queries.try_cards(chosen, viewer_for(request))
    names = [artist.name for artist in seeds]
    typed = [*names, *visit.unknown][:MOST_TYPED]
    fields = list(zip(FIELDS, [*typed, *[""] * (MOST_TYPED - len(typed))], strict=True))
    context = {
        "fields": fields,
        "seeds": seeds,
        "cards": cards,
        "job": visit.job,
        "unknown": ", ".join(visit.unknown),
        "meant": [
            (field, meant)
            for field, name in fields
            if name in visit.unknown and (meant := _likeliest(name))
        ],
    }
    return render(request, "recommendations/try.html", context)


def _likeliest(name: str) -> str:
    """The artist whose name is nearest to this one, which nobody has; "" where none is near."""
    return next((found.name for found in suggest_artists(name, 1)), "")


def _named(request: HttpRequest) -> HttpResponse:
    """Keep the typed artists in the session; a worker looks for what is not known."""
    text = "\n".join(request.POST.get(name, "") for name in FIELDS)
    names = services.names_in(text)[:MOST_TYPED]
    if not names:
        messages.warning(request, _("Type the name of an artist first."))
        return redirect("try")
    named = services.match_names(names)
    ids = [artist.pk for artist in named.known]
    request.session[SESSION_SEEDS] = ids
    request.session.pop(SESSION_JOB, None)
    if named.unknown or queries.without_neighbours(ids):
        job = services.find_artists(named.unknown, artist_ids=ids)
        access.remember(request, job)
        request.session[SESSION_JOB] = job.pk
    return redirect("try")
