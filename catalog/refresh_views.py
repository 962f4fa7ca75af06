"""The wish to have an artist's records read again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import time_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from catalog.models import Artist
from catalog.services.refreshing import ReadLately, queue_refresh
from vinyl.jobs.access import remember


@never_cache
@require_POST
def refresh_artist(request: HttpRequest, artist_id: int) -> HttpResponse:
    """Queue the reading of an artist's albums and pressings and show its progress."""
    user = request.user
    artist = Artist.objects.filter(pk=artist_id, is_placeholder=False).first()
    if artist is None:
        raise Http404
    part = request.headers.get("HX-Request") == "true"
    if not user.is_authenticated:
        # Back to the page, not to an address that only takes POST.
        answer = redirect_to_login(artist.get_absolute_url())
        return (
            HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})
            if part
            else answer
        )
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure()):
        onward = artist.get_absolute_url()
    try:
        job = queue_refresh(artist.pk, by=user)
    except ReadLately as pause:
        return read_lately(request, pause, onward)
    remember(request, job)
    if part:
        return render(request, "jobs/_progress.html", {"job": job})
    return HttpResponseRedirect(onward)


def read_lately(request: HttpRequest, pause: ReadLately, onward: str) -> HttpResponse:
    """Back to the page, which says why nothing was asked."""
    messages.info(
        request,
        _("This was read at Discogs within the hour. It can be asked for again from %(time)s.")
        % {"time": time_format(localtime(pause.again_at), "TIME_FORMAT")},
    )
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": onward})
    return HttpResponseRedirect(onward)
