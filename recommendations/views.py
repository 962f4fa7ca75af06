"""The recommendations page and what its buttons do."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.services import add_owned, add_want, remove_owned
from accounts.services.shelf import wants_like
from accounts.services.undoing import put_back_kept, take_off_kept, taken_of
from catalog.models import Album
from recommendations import kept_pages, queries, services
from recommendations.candidates import BECAUSE, DISCOVER, NEW, OWN
from recommendations.cards import element_id
from recommendations.drawn_cards import drawn, unfilled_token
from recommendations.made_of import made_of
from recommendations.models import Dismissal
from recommendations.reasons import dismissal_reasons
from recommendations.starting import cards_from
from recommendations.try_views import try_without_account
from vinyl.row_ids import row_id

__all__ = ["try_without_account"]

LOOK_NAMES = ("tab", "start", "price", "genre", "decade", "country", "edition", "dial")


def is_part(request: HttpRequest) -> bool:
    """htmx wants a part of a page, not a page."""
    return request.headers.get("HX-Request") == "true"


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)


def _album_or_404(album_id: int) -> Album:
    album = queries.album_or_none(album_id)
    if album is None:
        raise Http404
    return album


def _page(request: HttpRequest) -> str:
    """The address of the page that the person looks at."""
    return request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")


def _on_list(request: HttpRequest) -> bool:
    return urlsplit(_page(request)).path == reverse("recommendations:records")


def _came_with(request: HttpRequest) -> str:
    """The query string of the records page that the person looks at, with known filters only."""
    if not _on_list(request):
        return ""
    parts = urlsplit(_page(request))
    return urlencode(
        [(name, value) for name, value in parse_qsl(parts.query) if name in LOOK_NAMES]
    )


def _look(request: HttpRequest) -> queries.Look:
    return queries.Look.from_query(dict(parse_qsl(_came_with(request))))


def _back(request: HttpRequest, *, gone: str = "", place: str = "") -> HttpResponse:
    """To the page of ours that `next` names, else to the records page as it was filtered. ``gone``
    names what just left it, for its Undo."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        there, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if safe and there.startswith("/"):
        return redirect(there)
    query = "&".join(part for part in (_came_with(request), gone) if part)
    address = reverse("recommendations:records") + (f"?{query}" if query else "")
    return redirect(f"{address}#{place}" if place else address)


# --- the page -----------------------------------------------------------------------------


@never_cache
@login_required
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """The person's albums. Stored set, at most 9 queries, 3 where the page was drawn before and
    nothing changed. Reading changes nothing: an old list is renewed by a form in the page, which
    sends itself where there is script."""
    user, look = _me(request), queries.Look.from_query(request.GET.dict())
    place = kept_pages.place_for(request, user, look, LOOK_NAMES)
    if place is not None and place.body is not None:
        _note_view(look, place.version.set_id)
        return kept_pages.answer(request, place.body)
    found = _found(user, look)
    if found.set is not None and found.cards:
        _note_view(found.look, found.set.pk)
    if place is None:
        context = _page_context(request, user, found, get_token(request))
        return render(request, "recommendations/records.html", context)
    token = unfilled_token()
    context = _page_context(request, user, found, token) | {"csrf_token": token}
    body = render(request, "recommendations/records.html", context).content
    kept_pages.keep(place, body, found.cards)
    return kept_pages.answer(request, body)


def _note_view(look: queries.Look, set_id: int) -> None:
    """Somebody saw the front of a tab; with a filter it is not the list that they judge."""
    if not (look.filters.any or look.start):
        services.note_view(set_id, look.tab)


def _page_context(
    request: HttpRequest, user: User, found: queries.Records, token: str
) -> dict[str, Any]:
    job = queries.active_job(user)
    is_due = job is None and found.is_expired and (found.set is not None or _has_inputs(user))
    return _list_context(request, found, token) | {
        "job": job,
        "is_due": is_due,
        "filters": found.fields,
        "gone": _just_gone(request),
        "tabs": _tabs(found.look.tab),
        "hidden": [("tab", found.look.tab)] if found.look.tab != OWN else [],
        "query": urlencode(_asked(request)),
        "no_start": _no_start(request, found.look),
    }


def _no_start(request: HttpRequest, look: queries.Look) -> bool:
    """Whether the address names an album to start from that is not there."""
    if look.start is None:
        return bool(request.GET.get("start", "").strip())
    return queries.album_or_none(look.start) is None


def _found(user: User, look: queries.Look) -> queries.Records:
    """The stored tab, or what starts from the album that the address names."""
    found = cards_from(user, look) if look.start else None
    return found or queries.cards(user, look=look)


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


def _list_context(request: HttpRequest, found: queries.Records, token: str) -> dict[str, Any]:
    return {
        "found": found,
        "cards": drawn(request, found.cards, token, found.set.pk if found.set else None),
        "filtered": found.look.filters.any,
        "tab": found.look.tab,
        "said": made_of(found),
        "missing": [_(sentence) for sentence in found.set.missing] if found.set else [],
        "dismissed": found.dismissed,
    }


@login_required
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Make the list again; two tabs get the same job."""
    job = services.request_refresh(_me(request))
    if is_part(request):
        context = {"job": job, "query": _came_with(request)}
        return render(request, "recommendations/_making.html", context)
    return _back(request)


# --- what a card's buttons do -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Toast:
    """A sentence at the foot, with what Undo sends where it can be undone, and with reasons to
    choose from, (value, words) pairs, where one may be given."""

    text: str
    undo_url: str = ""
    undo_fields: tuple[tuple[str, str], ...] = ()
    why_url: str = ""
    reasons: tuple[tuple[str, str], ...] = ()


def _left(what: str, album: Album) -> Toast:
    """What is said, and can be undone, when an album leaves the list by "own" or "dismiss"."""
    said = _("{title} is on your shelf.") if what == "own" else _("{title} dismissed.")
    undo_url = reverse("recommendations:undo", args=[album.pk])
    toast = Toast(said.format(title=album.title), undo_url, (("what", what),))
    if what == "own":
        return toast
    why_url = reverse("recommendations:why", args=[album.pk])
    return replace(toast, why_url=why_url, reasons=dismissal_reasons())


def _unwanted(album: Album, taken: str) -> Toast:
    """The same for a want: ``taken`` brings it back with all that it said."""
    said = _("“%(title)s” is off your want list.") % {"title": album.title}
    undo_url = reverse("recommendations:undo", args=[album.pk])
    return Toast(said, undo_url, (("what", "want"), ("taken", taken)))


def _just_gone(request: HttpRequest) -> Toast | None:
    """The same for a page without script, which came back with `?dismiss=`, `?own=` or
    `?unwanted=`."""
    for what in ("dismiss", "own", "unwanted"):
        number = row_id(request.GET.get(what, ""))
        album = queries.album_or_none(number) if number is not None else None
        if album is not None and what == "unwanted":
            return _unwanted(album, request.GET.get("taken", ""))
        if album is not None:
            return _left(what, album)
    return None


def _list(request: HttpRequest, toast: Toast | None = None, *, oob: bool = False) -> HttpResponse:
    """The whole list again, in place of the one that stands."""
    context = _list_context(request, _found(_me(request), _look(request)), get_token(request))
    context |= {"toast": toast, "swapped": oob, "figures": True}
    answer = render(request, "recommendations/_cards.html", context)
    if not oob:
        answer["HX-Retarget"] = "#cards"
        answer["HX-Reswap"] = "outerHTML"
    return answer


def _card(request: HttpRequest, album: Album, toast: Toast | None = None) -> HttpResponse:
    """The card again, large where it is the first; the list where it left the list."""
    found = _found(_me(request), _look(request))
    places = {card.album.pk: place for place, card in enumerate(found.cards)}
    if album.pk not in places:
        return _list(request, toast)
    place = places[album.pk]
    [card] = drawn(
        request, [found.cards[place]], get_token(request), found.set.pk if found.set else None,
        first=0 if place == 0 else -1,
    )  # fmt: skip
    context = {"card": card, "toast": toast}
    return render(request, "recommendations/_answer.html", context)


def _gone(request: HttpRequest, album: Album, was_first: bool, toast: Toast) -> HttpResponse:
    """The card leaves. The first one's place goes to the next, so the list is drawn again."""
    if was_first:
        return _list(request, toast)
    return _said_only(request, toast)


def _toast_only(request: HttpRequest, toast: Toast | None = None) -> HttpResponse:
    """What a page without the list is told: a toast, or nothing."""
    return render(request, "recommendations/_answer.html", {"toast": toast})


def _said_only(request: HttpRequest, toast: Toast) -> HttpResponse:
    """A toast, and how many albums are dismissed now."""
    context = {"toast": toast, "dismissed": queries.dismissals(_me(request)), "swapped": True}
    return render(request, "recommendations/_answer.html", context)


def _is_first(request: HttpRequest, album: Album) -> bool:
    if not is_part(request):
        return False
    shown = _found(_me(request), _look(request)).cards
    return bool(shown) and shown[0].album.pk == album.pk


@login_required
@require_POST
def lock(request: HttpRequest, album_id: int) -> HttpResponse:
    """Keep the album, or keep it no longer."""
    album, user = _album_or_404(album_id), _me(request)
    if queries.is_locked(user, album):
        services.unlock(user, album)
    else:
        services.lock(user, album)
    return _card(request, album) if is_part(request) else _back(request)


@login_required
@require_POST
def want(request: HttpRequest, album_id: int) -> HttpResponse:
    """Want the album in any pressing, or no longer."""
    album, user = _album_or_404(album_id), _me(request)
    wanted = wants_like(user, album_id=album.pk)
    taken = take_off_kept(user, "wants", wanted, title=album.title)
    if not taken:
        add_want(user, album_id=album.pk)
        return _card(request, album) if is_part(request) else _back(request)
    if not is_part(request):
        return _back(request, gone=urlencode({"unwanted": album.pk, "taken": taken}))
    return _card(request, album, _unwanted(album, taken))


@login_required
@require_POST
def own(request: HttpRequest, album_id: int) -> HttpResponse:
    """Put the album on the shelf; it leaves the list."""
    album, user = _album_or_404(album_id), _me(request)
    was_first = _is_first(request, album)
    add_owned(user, album_id=album.pk)
    moved = services.fill_up(user)
    toast = _left("own", album)
    if not is_part(request):
        return _back(request, gone=urlencode({"own": album.pk}))
    return _gone(request, album, was_first or bool(moved), toast)


@login_required
@require_POST
def dismiss(request: HttpRequest, album_id: int) -> HttpResponse:
    """Take the album off the list, for good until it is undone."""
    album, user = _album_or_404(album_id), _me(request)
    was_first = _is_first(request, album)
    try:
        moved = services.dismiss(user, album, reason=request.POST.get("reason", ""))
    except services.TooManyDismissals as error:
        return _too_many(request, album, str(error))
    toast = _left("dismiss", album)
    if not is_part(request):
        return _back(request, gone=urlencode({"dismiss": album.pk}))
    return _gone(request, album, was_first or bool(moved), toast)


@login_required
@require_POST
def why(request: HttpRequest, album_id: int) -> HttpResponse:
    """Say afterwards why an album was dismissed. Not this artist: their albums leave the list as
    well. Owned already: it goes on the shelf instead. Nothing, where it is dismissed no more."""
    album, user = _album_or_404(album_id), _me(request)
    reason = request.POST.get("reason", "")
    if reason not in Dismissal.Reason.values or not services.say_why(user, album, reason):
        return _list(request, oob=True) if is_part(request) else _back(request)
    toast = _noted(album, reason)
    if not is_part(request):
        messages.success(request, toast.text)
        return _back(request)
    if reason == Dismissal.Reason.ARTIST:
        return _list(request, toast, oob=True)
    return _said_only(request, toast)


def _noted(album: Album, reason: str) -> Toast:
    """The reason was understood, and what follows from it."""
    if reason == Dismissal.Reason.OWNED:
        return _left("own", album)
    said = {
        Dismissal.Reason.ARTIST: _("{title} dismissed, and what else is by {artist}."),
        Dismissal.Reason.PRICE: _("{title} dismissed: too dear."),
        Dismissal.Reason.TASTE: _("{title} dismissed: not your taste."),
    }.get(Dismissal.Reason(reason), _("{title} dismissed, this album only."))
    text = said.format(title=album.title, artist=album.artist_line)
    undo_url = reverse("recommendations:undo", args=[album.pk])
    return Toast(text, undo_url, (("what", "dismiss"),))


def _too_many(request: HttpRequest, album: Album, text: str) -> HttpResponse:
    """The 101st dismissal of a month does not count, and says so."""
    if is_part(request):
        return _card(request, album, Toast(text))
    messages.warning(request, text)
    return _back(request)


@login_required
@require_POST
def undo(request: HttpRequest, album_id: int) -> HttpResponse:
    """Take back a dismissal, a copy that was put on the shelf by its card, or a want's end."""
    album, user = _album_or_404(album_id), _me(request)
    if request.POST.get("what") == "own":
        remove_owned(user, album_id=album.pk)
    elif request.POST.get("what") == "want":
        taken = taken_of(user, request.POST.get("taken", ""))
        if taken is not None:
            put_back_kept(user, taken)
    elif request.POST.get("what") == "lean":
        _unlean(user, album)
        if is_part(request) and not _on_list(request):
            return _toast_only(request)
    else:
        services.undo_dismiss(user, album)
    if not is_part(request):
        return _back(request, place=element_id(album))
    answer = _list(request, oob=True)
    # The toast with its button goes: whoever pressed it goes on at the card that came back.
    back = {"card-restored": {"id": element_id(album)}}
    answer["HX-Trigger-After-Settle"] = json.dumps(back)
    return answer


def _unlean(user: User, album: Album) -> None:
    for artist in queries.first_artist(album.pk):
        services.undo_lean(user, artist)


@login_required
@require_POST
def more_like(request: HttpRequest, album_id: int) -> HttpResponse:
    """The album's artist becomes a seed; what is theirs and near to them moves up at once, and the
    list is made again."""
    text = _("More like {artist} from now on.")
    return _lean(request, album_id, 1, text)


@login_required
@require_POST
def less_like(request: HttpRequest, album_id: int) -> HttpResponse:
    """What is by the album's artist, or there because of them, moves down at once."""
    text = _("Less like {artist} from now on.")
    return _lean(request, album_id, -1, text)


def _lean(request: HttpRequest, album_id: int, direction: int, text: str) -> HttpResponse:
    album, user = _album_or_404(album_id), _me(request)
    for artist in queries.first_artist(album.pk):
        services.lean(user, artist, direction)
    undo_url = reverse("recommendations:undo", args=[album.pk])
    toast = Toast(text.format(artist=album.artist_line), undo_url, (("what", "lean"),))
    if is_part(request):
        return _list(request, toast) if _on_list(request) else _toast_only(request, toast)
    messages.success(request, toast.text)
    return _back(request)
