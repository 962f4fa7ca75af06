"""The recommendations page."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from pricing.viewer import viewer_for
from recommendations import kept_pages, queries, services
from recommendations.act_views import just_gone
from recommendations.candidates import BECAUSE, DISCOVER, NEW, OWN
from recommendations.drawn_cards import unfilled_token
from recommendations.list_parts import (
    LOOK_NAMES,
    Shown,
    back,
    came_with,
    is_part,
    list_context,
    me,
    shown,
)
from recommendations.listed_cards import ListIsGone, listed
from recommendations.made_of import made_of
from recommendations.try_views import try_without_account

__all__ = ["try_without_account"]

TEMPLATE, COUNT = "recommendations/records.html", "recommendations/_dismissed_count.html"


@never_cache
@login_required
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """The person's albums. Stored set, at most 9 queries, 3 where the page was drawn before and
    nothing changed, 4 where all its parts were. Reading changes nothing: an old list is renewed by
    a form in the page, which sends itself where there is script."""
    user, look = me(request), queries.Look.from_query(request.GET.dict())
    place = kept_pages.place_for(request, user, look, LOOK_NAMES)
    if place is not None:
        body = place.body or _of_parts(request, user, look, place)
        if body is not None:
            _note_view(look, place.version.set_id)
            return kept_pages.answer(request, body)
    token = get_token(request) if place is None else unfilled_token()
    found = shown(user, look, token)
    if found.records.set is not None and found.cards:
        _note_view(found.records.look, found.records.set.pk)
    context = _page_context(request, user, found)
    if place is None:
        return render(request, TEMPLATE, context)
    body = render(request, TEMPLATE, context | {"csrf_token": token}).content
    if found.cards:
        kept_pages.keep(place, {place.name: body}, found.until)
    return kept_pages.answer(request, body)


def _of_parts(
    request: HttpRequest, user: User, look: queries.Look, place: kept_pages.Place
) -> bytes | None:
    """The page put together of its frame and its cards, those that changed drawn anew; None where
    it is narrowed, in another order, or without cards."""
    if look.filters.any or look.dial is not None or not place.version.stored_order:
        return None
    viewer = viewer_for(user)
    try:
        cards = listed(user, place.version.set_id, look.tab, viewer)
    except ListIsGone:
        return None
    if not cards.albums:
        return None
    # Another tab may have said something in between: that page is of a version of its own.
    keep = cards.said == place.version.said
    names = kept_pages.frame_name(place), kept_pages.said_name(place, cards.kept)
    frame, said = kept_pages.parts_for(place, *names)
    if frame is None or said is None:
        found = queries.without_cards(user, look, viewer, bar=frame is None)
        if found.set is None or found.set.pk != place.version.set_id:
            return None  # a new list was made in between
        frame = frame or _frame(request, user, found)
        said = escape(made_of(found, cards.kept)).encode()
        if keep:
            kept_pages.keep(place, dict(zip(names, (frame, said), strict=True)))
    body = frame.replace(kept_pages.SAID.encode(), said)
    if cards.dismissed:
        language = get_language()
        body = body.replace(_count(0, language), _count(cards.dismissed, language), 1)
    body = body.replace(kept_pages.CARDS.encode(), "".join(cards.texts).encode())
    if keep:
        kept_pages.keep(place, {place.name: body}, cards.until)
    return body


def _frame(request: HttpRequest, user: User, found: queries.Records) -> bytes:
    """The page with marks in place of its cards and of what they were made from, as if nothing were
    dismissed: `_of_parts` fills these in, so who dismisses an album changes no frame."""
    round_cards = Shown(replace(found, dismissed=0), (kept_pages.CARDS,))
    # No list is being made: a page that changes by itself is not kept.
    context = _page_context(request, user, round_cards, has_job=False)
    marked = {"said": kept_pages.SAID, "csrf_token": unfilled_token()}
    return render(request, TEMPLATE, context | marked).content


@lru_cache(maxsize=1000)
def _count(dismissed: int, _language: str | None) -> bytes:
    """How many albums are dismissed, as templates/recommendations/_cards.html draws it in the
    language of the moment."""
    return render_to_string(COUNT, {"dismissed": dismissed}).encode()


def _note_view(look: queries.Look, set_id: int) -> None:
    """Somebody saw the front of a tab; with a filter it is not the list that they judge."""
    if not (look.filters.any or look.start):
        services.note_view(set_id, look.tab)


def _page_context(
    request: HttpRequest, user: User, found: Shown, *, has_job: bool = True
) -> dict[str, Any]:
    job = queries.active_job(user) if has_job else None
    told, look = found.records, found.records.look
    is_due = job is None and told.is_expired and (told.set is not None or _has_inputs(user))
    return list_context(found) | {
        "job": job,
        "is_due": is_due,
        "filters": told.fields,
        "gone": just_gone(request),
        "tabs": _tabs(look.tab),
        "hidden": [("tab", look.tab)] if look.tab != OWN else [],
        "query": urlencode(_asked(request)),
        "no_start": _no_start(request, look),
    }


def _no_start(request: HttpRequest, look: queries.Look) -> bool:
    """Whether the address names an album to start from that is not there."""
    if look.start is None:
        return bool(request.GET.get("start", "").strip())
    return queries.album_or_none(look.start) is None


def _has_inputs(user: User) -> bool:
    return not queries.listener_of(user).is_silent


def _asked(request: HttpRequest) -> list[tuple[str, str]]:
    query = request.GET.dict()
    return [(name, value) for name, value in query.items() if name in LOOK_NAMES and value]


def _tabs(chosen: str) -> list[tuple[str, str, bool]]:
    """(name, query, is it this one) of each list."""
    names = {
        OWN: _("Own what you love"),
        DISCOVER: _("Discover"),
        BECAUSE: _("Because you have…"),
        NEW: _("New pressings"),
    }
    return [
        (name, "" if tab == OWN else f"?tab={tab}", tab == chosen) for tab, name in names.items()
    ]


@login_required
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Make the list again; two tabs get the same job."""
    job = services.request_refresh(me(request))
    if is_part(request):
        context = {"job": job, "query": came_with(request)}
        return render(request, "recommendations/_making.html", context)
    return back(request)
