"""Album, artist, pressing, wants and shelf."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from catalog.models import Artist
from catalog.queries import present_id, pressings
from catalog.queries.withholding import text_is_withheld
from catalog.services.likeness import ask_similar_again
from catalog.services.refreshing import ask_pressings_again
from pricing import services
from pricing.pages import artists, contexts, lists, releases, removing
from pricing.pages.pressings import Asked
from pricing.views import blocks_context
from vinyl.jobs.access import remember


@require_safe
def album(request: HttpRequest, album_id: int) -> HttpResponse:
    """An album with every pressing. Public. Prices that were asked for, and text of pressings,
    that are too old to be shown are asked for again, by a job, for people who are signed in; robots
    cause no call."""
    found = contexts.album_or_404(album_id)
    if found.merged_into_id is not None:
        return _moved(request, reverse("pricing:album", args=[present_id(found.pk)]))
    asked = Asked.from_query(request.GET.dict())
    held = pressings(found.pk, asked.filters)
    person = contexts.person_of(request)
    if person is not None:
        services.note_view(found.pk)
        jobs = services.ask_again_where_withheld(person, found.pk)
        again = ask_pressings_again(found) if held.withheld else None
        for job in (*jobs, again):
            if job is not None:
                remember(request, job)
    context = contexts.album_context(request, found, asked, held)
    return render(request, "pricing/album.html", context | blocks_context(request, found))


@require_safe
def artist(request: HttpRequest, artist_id: int) -> HttpResponse:
    """An artist with all albums. Public. Likeness that may be shown no longer is asked for again,
    by a job, for people who are signed in."""
    found = get_object_or_404(Artist.objects.select_related("merged_into"), pk=artist_id)
    if found.merged_into is not None:
        return _moved(request, reverse("pricing:artist", args=[found.merged_into.pk]))
    if request.user.is_authenticated:
        ask_similar_again(found)
    return render(request, "pricing/artist.html", artists.artist_context(request, found))


@require_safe
def release(request: HttpRequest, release_id: int) -> HttpResponse:
    """One pressing with everything that is known of it. Public. What may be shown no longer is
    asked for again as for its album."""
    found = releases.release_or_404(release_id)
    if request.user.is_authenticated and text_is_withheld(found):
        job = ask_pressings_again(found.album.merged_into or found.album)
        if job is not None:
            remember(request, job)
    context = releases.release_context(request, found)
    blocks = blocks_context(request, context["album"], found.pk)
    return render(request, "pricing/release.html", context | blocks)


def _moved(request: HttpRequest, address: str) -> HttpResponse:
    """What was merged has moved for good; filters and order of the address go along."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)


def _list(request: HttpRequest, name: str) -> HttpResponse:
    person = cast(User, request.user)
    context = lists.CONTEXTS[name](request, person)
    token = request.GET.get("removed", "")
    if token:
        context["removed_title"] = removing.removed_title(person, name, token)
        context |= _undo(name, token)
    return render(request, f"pricing/{name}.html", context)


def _undo(name: str, token: str) -> dict[str, Any]:
    """What the toast's Undo posts."""
    return {"undo_url": reverse(f"pricing:{name}_undo"), "undo_fields": [("removed", token)]}


@never_cache
@login_required
@require_safe
def wants(request: HttpRequest) -> HttpResponse:
    """What the person wants."""
    return _list(request, "wants")


@never_cache
@login_required
@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """What the person owns."""
    return _list(request, "shelf")


@login_required
@require_POST
def remove(request: HttpRequest, name: str, row_id: int) -> HttpResponse:
    """Take a line off one's own list. htmx: the line goes and a toast offers Undo; without
    script the list comes back with the same toast in it."""
    person = cast(User, request.user)
    gone = removing.remove(person, name, row_id)
    back = f"{reverse(f'pricing:{name}')}?{urlencode({'removed': gone.token})}"
    if request.headers.get("HX-Request") != "true":
        return redirect(back)
    figures = lists.figures(request, name, person)
    if not figures["total"]:
        return HttpResponse(status=204, headers={"HX-Redirect": back})
    context = figures | {"removed_title": gone.title} | _undo(name, gone.token)
    return render(request, "pricing/_removed.html", context)


@login_required
@require_POST
def undo(request: HttpRequest, name: str) -> HttpResponse:
    """Put the line back that `removed` names."""
    title = removing.put_back(cast(User, request.user), name, request.POST.get("removed", ""))
    there = reverse(f"pricing:{name}")
    messages.success(request, _("%(title)s is back.") % {"title": title})
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": there})
    return redirect(there)
