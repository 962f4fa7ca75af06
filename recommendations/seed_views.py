"""Artists whom people name: a part that onboarding shows, and a page of its own without script."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from catalog.queries import suggest_artists
from recommendations import queries, services

SUGGESTIONS = 8


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _next(request: HttpRequest) -> str:
    """The page of ours that sent the form, else the list of seeds."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return there if safe and there.startswith("/") else reverse("recommendations:seeds")


def _part(request: HttpRequest, named: services.Named | None = None) -> HttpResponse:
    context = {
        "seeds": queries.seeds_of(_me(request)),
        "unknown": named.unknown if named else (),
        "job": named.job if named else None,
        "focus": named is not None,
    }
    template = "_seeds.html" if _is_part(request) else "seeds.html"
    return render(request, f"recommendations/{template}", context)


@never_cache
@login_required
@require_safe
def seeds(request: HttpRequest) -> HttpResponse:
    """The person's artists with a field to add more."""
    return _part(request)


@login_required
@require_POST
def seed_add(request: HttpRequest) -> HttpResponse:
    """Add one artist or a pasted list; fields `seed` or `seeds`."""
    text = "\n".join(request.POST.get(name, "") for name in ("seed", "seeds"))
    named = services.add_seeds_from_text(_me(request), text)
    if _is_part(request):
        return _part(request, named)
    if named.unknown:
        messages.warning(
            request,
            _("Not known yet, we look for them: {names}.").format(names=", ".join(named.unknown)),
        )
    elif named.known:
        names = ", ".join(artist.name for artist in named.known)
        messages.success(request, _("Among your artists now: {names}.").format(names=names))
    return redirect(_next(request))


@login_required
@require_POST
def seed_remove(request: HttpRequest, artist_id: int) -> HttpResponse:
    """Take an artist out; one that is not among the person's own changes nothing."""
    services.remove_seed(_me(request), artist_id)
    return _part(request) if _is_part(request) else redirect("recommendations:seeds")


@never_cache
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Options of a datalist for what was typed; public, for trying without an account."""
    values = (str(value).strip() for name, value in request.GET.items() if name.startswith("seed"))
    typed = next((value for value in values if value), "")[:200]
    found = suggest_artists(typed, SUGGESTIONS) if typed else ()
    return render(request, "recommendations/_suggestions.html", {"artists": found})
