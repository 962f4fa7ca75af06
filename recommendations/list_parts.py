"""What the page of recommendations and the buttons of its cards share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.models import User
from pricing.viewer import viewer_for
from recommendations import queries
from recommendations.drawn_cards import drawn, is_ageless, with_token
from recommendations.listed_cards import TELLS_AGE, Listed, ListIsGone, listed
from recommendations.made_of import made_of
from recommendations.starting import cards_from

LOOK_NAMES = ("tab", "start", "price", "genre", "decade", "country", "edition", "dial")


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the list: what stands round its cards, the cards as they are drawn, and which of
    them the person keeps. `albums`: their ids. True until `until`, None for as long as its rows
    are what they are."""

    records: queries.Records
    cards: Sequence[str] = ()
    kept: Sequence[bool] = ()
    albums: Sequence[int] = ()
    until: datetime | None = None


def me(request: HttpRequest) -> User:
    """Who is signed in."""
    return cast(User, request.user)


def is_part(request: HttpRequest) -> bool:
    """htmx wants a part of a page, not a page."""
    return request.headers.get("HX-Request") == "true"


# --- where the person is ----------------------------------------------------------------------


def _page(request: HttpRequest) -> SplitResult:
    """The address of the page that the person looks at; empty where what was sent is none."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    except ValueError:
        return urlsplit("")


def on_list(request: HttpRequest) -> bool:
    """Whether they look at the list."""
    return _page(request).path == reverse("recommendations:records")


def came_with(request: HttpRequest) -> str:
    """The query string of the records page that the person looks at, with known filters only."""
    if not on_list(request):
        return ""
    query = _page(request).query
    return urlencode([(name, value) for name, value in parse_qsl(query) if name in LOOK_NAMES])


def look_of(request: HttpRequest) -> queries.Look:
    """How they look at it."""
    return queries.Look.from_query(dict(parse_qsl(came_with(request))))


def back(request: HttpRequest, *, gone: str = "", place: str = "") -> HttpResponse:
    """To the page of ours that `next` names, else to the records page as it was filtered. ``gone``
    names what just left it, for its Undo."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if safe and there.startswith("/"):
        return redirect(there)
    query = "&".join(part for part in (came_with(request), gone) if part)
    address = reverse("recommendations:records") + (f"?{query}" if query else "")
    return redirect(f"{address}#{place}" if place else address)


# --- the list ---------------------------------------------------------------------------------


def shown(user: User, look: queries.Look, token: str, *, bar: bool = True) -> Shown:
    """The stored tab, or what starts from the album that the address names, with this token in the
    cards' forms. `bar` False: the filter bar is not shown with it."""
    found, cards = _records(user, look, draw=True, bar=bar)
    if cards is None:
        return _all_made(user, found, token)
    texts = with_token(cards.texts, token)
    return Shown(found, texts, cards.kept, cards.albums, cards.until)


def first_shown(user: User, look: queries.Look) -> int | None:
    """The id of the album that stands first; None for an empty list."""
    found, cards = _records(user, look, draw=False, bar=False)
    albums = [one.album.pk for one in found.cards[:1]] if cards is None else cards.albums
    return next(iter(albums), None)


def _records(
    user: User, look: queries.Look, *, draw: bool, bar: bool
) -> tuple[queries.Records, Listed | None]:
    """The list, with its cards beside it where they are those of the stored order, else in it."""
    started = cards_from(user, look) if look.start else None
    if started is not None:
        return started, None
    viewer = viewer_for(user)
    found = queries.without_cards(user, look, viewer, bar=bar)
    if found.set is not None and found.in_stored_order:
        try:
            return found, listed(user, found.set.pk, look.tab, viewer, draw=draw)
        except ListIsGone:
            pass  # another stands in its place
    return queries.cards(user, look=look, viewer=viewer), None


def _all_made(user: User, found: queries.Records, token: str) -> Shown:
    texts = drawn(user, found.cards, token, found.set.pk if found.set else None)
    ages = not all(map(is_ageless, found.cards))
    return Shown(
        found,
        texts,
        [card.kept for card in found.cards],
        [card.album.pk for card in found.cards],
        timezone.now() + TELLS_AGE if ages else None,
    )


def list_context(found: Shown) -> dict[str, Any]:
    """What templates/recommendations/_cards.html is given."""
    told = found.records
    return {
        "found": told,
        "cards": found.cards,
        "filtered": told.look.filters.any,
        "tab": told.look.tab,
        "said": made_of(told, found.kept),
        "missing": [_(sentence) for sentence in told.set.missing] if told.set else [],
        "dismissed": told.dismissed,
        "unshipped": told.unshipped,
    }
