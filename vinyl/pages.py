"""Pages that belong to no app: landing, legal texts, language and colours, errors, the parts."""

from __future__ import annotations

import sys
from types import SimpleNamespace

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.defaults import page_not_found

from accounts.models import User
from accounts.services import update_profile
from catalog.models import Album
from recommendations.showcase import showcase
from vinyl import examples
from vinyl.api import NOT_FOUND

THEMES = ("light", "dark")
THEME_COOKIE = "theme"
YEAR = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The landing page; who is signed in goes on to the records."""
    if request.user.is_authenticated:
        return redirect("recommendations:records")
    return render(request, "pages/landing.html", {"shown": showcase()})


def _text_page(request: HttpRequest, template: str) -> HttpResponse:
    context = {"contact": settings.CONTACT_ADDRESS, "public_url": settings.PUBLIC_URL}
    return render(request, template, context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored, from whom, how long, how it goes."""
    return _text_page(request, "pages/privacy.html")


@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """Who runs the site, whose data it shows."""
    return _text_page(request, "pages/legal.html")


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of use."""
    return _text_page(request, "pages/terms.html")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that sent the form, never to another host."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(there if safe and there.startswith("/") else "/")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language: in a cookie, and in the account of who is signed in."""
    chosen = request.POST.get("language", "")
    response = _back(request)
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
        if isinstance(request.user, User):
            update_profile(request.user, language=chosen)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, in a cookie and in the account of who is signed in; anything else
    goes back to the system's own."""
    chosen = request.POST.get("theme", "")
    response = _back(request)
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            chosen,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    else:
        chosen = User.Theme.SYSTEM.value
        response.delete_cookie(THEME_COOKIE)
    if isinstance(request.user, User):
        update_profile(request.user, theme=chosen)
    return response


@require_safe
def parts(request: HttpRequest) -> HttpResponse:
    """Every shared part in every state, to look at; for developers and the sandbox only."""
    if not (settings.DEBUG or settings.SANDBOX):
        raise Http404
    # Any album's sleeve will do; none is drawn for a number that does not exist.
    some = Album.objects.order_by("pk").values_list("pk", flat=True).first()
    album = SimpleNamespace(id=some or 0, title="Ege Bamyasi")
    first, *cards = examples.example_cards(album)
    context = {
        "tags": examples.example_tags(),
        "blocks": examples.example_blocks(),
        "score": examples.example_score(),
        "first": first,
        "cards": cards,
        "filters": examples.example_filters(),
        "lights": [
            ("Discogs", "good", _("58 of 60 calls left this minute")),
            ("Last.fm", "run", _("Reading for 2 people")),
            ("MusicBrainz", "late", _("Slow: 4.1 s, usually 0.6 s")),
            ("eBay", "bad", _("Not answering since 8:02. Next try 8:30")),
            ("Spotify", "off", _("Not configured")),
        ],
        "steps": [
            (_("All time"), _("18,204 plays"), "done"),
            (_("12 months"), _("9,871 plays"), "done"),
            (_("6 months"), _("reading"), "running"),
            (_("3 months"), _("next"), "next"),
        ],
        "groups": examples.example_hits(album),
        "views": [(_("Grid"), "?view=grid", True), (_("List"), "?view=list", False)],
    }
    return render(request, "pages/parts.html", context)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: for programs in the API's shape of errors, else the page."""
    if request.path_info.startswith("/api/"):
        return JsonResponse({"error": NOT_FOUND}, status=404)
    return page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with a word of its own while the database does not answer; for programs in the
    API's shape of errors."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if request.path_info.startswith("/api/"):
        body = {"code": "unavailable" if away else "error", "message": _("Something broke")}
        return JsonResponse({"error": body}, status=503 if away else 500)
    if away:
        response = HttpResponse(render_to_string("pages/offline.html"), status=503)
        response["Retry-After"] = "5"
        return response
    return HttpResponse(render_to_string("500.html"), status=500)
