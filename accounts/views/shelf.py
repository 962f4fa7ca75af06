"""Want it, have it, and both taken back: buttons on cards, albums and pressings."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import services
from accounts.services.copy_sending import switch_copies
from accounts.services.shelf import copies_like, wants_like
from accounts.services.shelf_sending import switch_sending
from accounts.services.undoing import put_back_kept, take_off_kept, taken_of
from accounts.signed_in import SignedInRequest
from catalog.models import Album, Release
from catalog.queries import present_id
from vinyl.row_ids import row_id


@dataclass(frozen=True)
class Thing:
    """What the button is about: an album in any pressing, or one pressing of it."""

    album: Album
    release: Release | None

    @property
    def ids(self) -> dict[str, int]:
        """For the services: exactly one of the two."""
        if self.release is not None:
            return {"release_id": self.release.pk}
        return {"album_id": self.album.pk}

    def fields(self, taken: str) -> tuple[tuple[str, int | str], ...]:
        """For the form that undoes it; `taken` is the token of what was taken off."""
        return (*self.ids.items(), *((("taken", taken),) if taken else ()))


def _thing(request: HttpRequest) -> Thing:
    """The album or pressing that was posted; 404 for none, both, or unknown ones."""
    album_id, release_id = (
        row_id(request.POST.get(name, "")) for name in ("album_id", "release_id")
    )
    if release_id is not None and album_id is None:
        release = Release.objects.select_related("album").filter(pk=release_id).first()
        if release is None:
            raise Http404
        return Thing(release.album, release)
    if album_id is None or release_id is not None:
        raise Http404
    album = Album.objects.filter(pk=present_id(album_id)).first()
    if album is None:
        raise Http404
    return Thing(album, None)


def _answer(
    request: SignedInRequest, thing: Thing, text: str, undo: str, taken: str = ""
) -> HttpResponse:
    """Without script, and for a page that named itself in `next`: that page again, with the text
    and Undo above it. Other htmx callers get a toast with Undo and the event "shelf-changed"."""
    is_part = request.headers.get("HX-Request") == "true"
    context = {
        "text": text,
        "undo_url": reverse(f"accounts:{undo}"),
        "undo_fields": thing.fields(taken),
    }
    if is_part and not request.POST.get("next"):
        answer = render(request, "accounts/_shelf_changed.html", context | {"oob": True})
        # Everything in it finds its own place; the button that asked stays where it is.
        answer["HX-Reswap"] = "none"
        answer["HX-Trigger"] = "shelf-changed"
        return answer
    told = render_to_string("accounts/_with_undo.html", context, request) if taken else text
    messages.success(request, told)
    if is_part:
        return HttpResponse(headers={"HX-Refresh": "true"})
    wished = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(
        wished, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(wished if safe else thing.album.get_absolute_url())


def _removes(request: HttpRequest) -> bool:
    """A pressed button that is pressed again says so with `remove`."""
    return bool(request.POST.get("remove"))


@login_required
@require_POST
def want(request: SignedInRequest) -> HttpResponse:
    """{album_id} or {release_id}: put it on the want list; with {remove} take it off."""
    return _unwant(request) if _removes(request) else _want(request)


@login_required
@require_POST
def unwant(request: SignedInRequest) -> HttpResponse:
    """{album_id} or {release_id}: take it off the want list."""
    return _unwant(request)


@login_required
@require_POST
def own(request: SignedInRequest) -> HttpResponse:
    """{album_id} or {release_id}: put a copy on the shelf; with {remove} take all off."""
    return _disown(request) if _removes(request) else _own(request)


@login_required
@require_POST
def disown(request: SignedInRequest) -> HttpResponse:
    """{album_id} or {release_id}: take its copies off the shelf."""
    return _disown(request)


def _put_back(request: SignedInRequest) -> bool:
    """Undo: what was taken off comes back with all that it said."""
    taken = taken_of(request.user, request.POST.get("taken", ""))
    if taken is not None:
        put_back_kept(request.user, taken)
    return taken is not None


def _want(request: SignedInRequest) -> HttpResponse:
    thing = _thing(request)
    if not _put_back(request):
        services.add_want(request.user, **thing.ids)
    text = _("“%(title)s” is on your want list.") % {"title": thing.album.title}
    return _answer(request, thing, text, "unwant")


def _unwant(request: SignedInRequest) -> HttpResponse:
    thing, user = _thing(request), request.user
    taken = take_off_kept(user, "wants", wants_like(user, **thing.ids), title=thing.album.title)
    text = _("“%(title)s” is off your want list.") % {"title": thing.album.title}
    return _answer(request, thing, text, "want", taken)


def _own(request: SignedInRequest) -> HttpResponse:
    thing = _thing(request)
    if not _put_back(request):
        services.add_owned(request.user, **thing.ids)
    text = _("“%(title)s” stands on your shelf.") % {"title": thing.album.title}
    return _answer(request, thing, text, "disown")


def _disown(request: SignedInRequest) -> HttpResponse:
    thing, user = _thing(request), request.user
    taken = take_off_kept(user, "shelf", copies_like(user, **thing.ids), title=thing.album.title)
    text = _("“%(title)s” is off your shelf.") % {"title": thing.album.title}
    return _answer(request, thing, text, "own", taken)


@login_required
@require_POST
def read_shelf(request: SignedInRequest) -> HttpResponse:
    """{next}: read the Discogs shelf and want list now, and back to the list."""
    try:
        services.start_shelf_sync(request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return _back_to_list(request)


@login_required
@require_POST
def send_wants(request: SignedInRequest) -> HttpResponse:
    """{on}: send wants of single pressings to Discogs from now on, or no more."""
    on = bool(request.POST.get("on"))
    try:
        switch_sending(request.user, on=on)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        sent = _("Wants of single pressings are sent to Discogs from now on.")
        messages.success(request, sent if on else _("Nothing is sent to Discogs any more."))
    return _back_to_list(request)


@login_required
@require_POST
def send_copies(request: SignedInRequest) -> HttpResponse:
    """{on}: tell Discogs of copies that come and go here from now on, or no more."""
    on = bool(request.POST.get("on"))
    try:
        switch_copies(request.user, on=on)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        sent = _("Copies that you add or remove here are told to Discogs from now on.")
        messages.success(request, sent if on else _("Discogs is told of no copies any more."))
    return _back_to_list(request)


def _back_to_list(request: HttpRequest) -> HttpResponse:
    wished = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(
        wished, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(wished if safe else reverse("accounts:start"))
