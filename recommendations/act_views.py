"""What the buttons of a recommended album's card do."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.queries import owned_among
from accounts.services import add_owned, add_want, remove_owned
from accounts.services.shelf import wants_like
from accounts.services.undoing import put_back_kept, take_off_kept, taken_of
from catalog.models import Album
from recommendations import queries, services
from recommendations.cards import element_id
from recommendations.list_parts import (
    Shown,
    back,
    first_shown,
    is_part,
    list_context,
    look_of,
    me,
    on_list,
    shown,
)
from recommendations.models import Dismissal
from recommendations.reasons import dismissal_reasons, kept_after_all
from vinyl.row_ids import row_id


def _album_or_404(album_id: int) -> Album:
    album = queries.album_or_none(album_id)
    if album is None:
        raise Http404
    return album


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


def just_gone(request: HttpRequest) -> Toast | None:
    """The same for a page without script, which came back with `?dismiss=`, `?own=`, `?unwanted=`,
    or of what else can be undone `?why=` or `?lean=`."""
    for what in ("dismiss", "own", "unwanted", "why", "lean"):
        number = row_id(request.GET.get(what, ""))
        album = queries.album_or_none(number) if number is not None else None
        if album is not None:
            return _told_again(request, what, album)
    return None


def _told_again(request: HttpRequest, what: str, album: Album) -> Toast | None:
    """None where what the address names was taken back since then."""
    user = me(request)
    if what == "unwanted":
        return _unwanted(album, request.GET.get("taken", ""))
    if what == "why":
        reason = queries.dismissed_because(user, album)
        return None if reason is None else _noted(album, reason)
    if what == "lean":
        artists = {artist.pk for artist in queries.first_artist(album.pk)}
        said = [one for one in queries.leans_of(user) if one.artist.pk in artists]
        return _leaned(album, said[0].direction) if said else None
    if what == "own":
        return _left(what, album) if owned_among(user, [album.pk]) else None
    return None if queries.dismissed_because(user, album) is None else _left(what, album)


def _list(request: HttpRequest, toast: Toast | None = None, *, oob: bool = False) -> HttpResponse:
    """The whole list again, in place of the one that stands."""
    return _list_of(request, _shown(request), toast, oob)


def _shown(request: HttpRequest) -> Shown:
    """The list that the person looks at, as it is now; the filter bar above it stays as it is."""
    return shown(me(request), look_of(request), get_token(request), bar=False)


def _list_of(
    request: HttpRequest, found: Shown, toast: Toast | None = None, oob: bool = False
) -> HttpResponse:
    context = list_context(found) | {"toast": toast, "swapped": oob, "figures": True}
    answer = render(request, "recommendations/_cards.html", context)
    if not oob:
        answer["HX-Retarget"] = "#cards"
        answer["HX-Reswap"] = "outerHTML"
    return answer


def _card(request: HttpRequest, album: Album, toast: Toast | None = None) -> HttpResponse:
    """The card again, large where it is the first; the list where it left the list."""
    found = _shown(request)
    if album.pk not in found.albums:
        return _list_of(request, found, toast)
    context = {"card": found.cards[found.albums.index(album.pk)], "toast": toast}
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
    context = {"toast": toast, "dismissed": queries.dismissals(me(request)), "swapped": True}
    return render(request, "recommendations/_answer.html", context)


def _is_first(request: HttpRequest, album: Album) -> bool:
    return is_part(request) and first_shown(me(request), look_of(request)) == album.pk


@login_required
@require_POST
def lock(request: HttpRequest, album_id: int) -> HttpResponse:
    """Keep the album, or keep it no longer. Where it was dismissed meanwhile, in another tab, that
    is taken back and said."""
    album, user = _album_or_404(album_id), me(request)
    reason = services.keep_or_release(user, album)
    toast = (
        None if reason is None else Toast(kept_after_all(album.title, album.artist_line, reason))
    )
    if not is_part(request):
        if toast is not None:
            messages.success(request, toast.text)
        return back(request)
    return _card(request, album, toast)


@login_required
@require_POST
def want(request: HttpRequest, album_id: int) -> HttpResponse:
    """Want the album in any pressing, or no longer."""
    album, user = _album_or_404(album_id), me(request)
    wanted = wants_like(user, album_id=album.pk)
    taken = take_off_kept(user, "wants", wanted, title=album.title)
    if not taken:
        add_want(user, album_id=album.pk)
        return _card(request, album) if is_part(request) else back(request)
    if not is_part(request):
        return back(request, gone=urlencode({"unwanted": album.pk, "taken": taken}))
    return _card(request, album, _unwanted(album, taken))


@login_required
@require_POST
def own(request: HttpRequest, album_id: int) -> HttpResponse:
    """Put the album on the shelf; it leaves the list."""
    album, user = _album_or_404(album_id), me(request)
    was_first = _is_first(request, album)
    add_owned(user, album_id=album.pk)
    moved = services.fill_up(user)
    toast = _left("own", album)
    if not is_part(request):
        return back(request, gone=urlencode({"own": album.pk}))
    return _gone(request, album, was_first or bool(moved), toast)


@login_required
@require_POST
def dismiss(request: HttpRequest, album_id: int) -> HttpResponse:
    """Take the album off the list, for good until it is undone."""
    album, user = _album_or_404(album_id), me(request)
    was_first = _is_first(request, album)
    try:
        moved = services.dismiss(user, album, reason=request.POST.get("reason", ""))
    except services.TooManyDismissals as error:
        return _too_many(request, album, str(error))
    # Owned already: it went on the shelf and is no dismissal, so that is what is taken back.
    what = "own" if request.POST.get("reason") == Dismissal.Reason.OWNED else "dismiss"
    toast = _left(what, album)
    if not is_part(request):
        return back(request, gone=urlencode({what: album.pk}))
    return _gone(request, album, was_first or bool(moved), toast)


@login_required
@require_POST
def why(request: HttpRequest, album_id: int) -> HttpResponse:
    """Say afterwards why an album was dismissed. Not this artist: their albums leave the list as
    well. Owned already: it goes on the shelf instead. Nothing, where it is dismissed no more."""
    album, user = _album_or_404(album_id), me(request)
    reason = request.POST.get("reason", "")
    if reason not in Dismissal.Reason.values or not services.say_why(user, album, reason):
        return _list(request, oob=True) if is_part(request) else back(request)
    toast = _noted(album, reason)
    if not is_part(request):
        what = "own" if reason == Dismissal.Reason.OWNED else "why"
        return back(request, gone=urlencode({what: album.pk}))
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
    return back(request)


@login_required
@require_POST
def undo(request: HttpRequest, album_id: int) -> HttpResponse:
    """Take back a dismissal, a copy that was put on the shelf by its card, or a want's end."""
    album, user = _album_or_404(album_id), me(request)
    if request.POST.get("what") == "own":
        remove_owned(user, album_id=album.pk)
    elif request.POST.get("what") == "want":
        taken = taken_of(user, request.POST.get("taken", ""))
        if taken is not None:
            put_back_kept(user, taken)
    elif request.POST.get("what") == "lean":
        _unlean(user, album)
        if is_part(request) and not on_list(request):
            return _toast_only(request)
    else:
        services.undo_dismiss(user, album)
    if not is_part(request):
        return back(request, place=element_id(album))
    answer = _list(request, oob=True)
    # The toast with its button goes: whoever pressed it goes on at the card that came back.
    restored = {"card-restored": {"id": element_id(album)}}
    answer["HX-Trigger-After-Settle"] = json.dumps(restored)
    return answer


def _unlean(user: User, album: Album) -> None:
    for artist in queries.first_artist(album.pk):
        services.undo_lean(user, artist)


@login_required
@require_POST
def more_like(request: HttpRequest, album_id: int) -> HttpResponse:
    """The album's artist becomes a seed; what is theirs and near to them moves up at once, and the
    list is made again."""
    return _lean(request, album_id, 1)


@login_required
@require_POST
def less_like(request: HttpRequest, album_id: int) -> HttpResponse:
    """What is by the album's artist, or there because of them, moves down at once."""
    return _lean(request, album_id, -1)


def _leaned(album: Album, direction: int) -> Toast:
    """More or less like the album's artist was understood."""
    more, less = _("More like {artist} from now on."), _("Less like {artist} from now on.")
    undo_url = reverse("recommendations:undo", args=[album.pk])
    text = (more if direction > 0 else less).format(artist=album.artist_line)
    return Toast(text, undo_url, (("what", "lean"),))


def _lean(request: HttpRequest, album_id: int, direction: int) -> HttpResponse:
    album, user = _album_or_404(album_id), me(request)
    artists = list(queries.first_artist(album.pk))
    for artist in artists:
        services.lean(user, artist, direction)
    toast = _leaned(album, direction)
    if is_part(request):
        return _list(request, toast) if on_list(request) else _toast_only(request, toast)
    if request.POST.get("next"):  # a page that has no place for Undo: the list of all has
        where = _("You can take it back under “What your list is made from”.")
        messages.success(request, f"{toast.text} {where}")
    return back(request, gone=urlencode({"lean": album.pk}) if artists else "")
