"""Records from a playlist: paste a list, or choose one of one's own at Spotify."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import LinkedService, User
from accounts.queries import link_of
from pricing.viewer import viewer_for
from recommendations import playlists, queries
from recommendations.scoring import PAGE
from recommendations.services import playlists as services
from recommendations.services.playlists import READ_PLAYLIST, UNKNOWN, Matched
from vinyl.jobs.models import Job
from vinyl.templatetags.vinyl_tags import format_number

# What the last pasted list came to; it ends with the session.
SESSION_LIST = "playlist"
LONGEST_TEXT = 500_000


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def playlist(request: HttpRequest) -> HttpResponse:
    """GET: the form, and the records of the last pasted list or of the job in the address. POST
    {tracks}: read a pasted list; where there is none the form says so, and no records stand below.
    """
    user = cast(User, request.user)
    is_empty = request.method == "POST" and not _pasted(request)
    if request.method == "POST" and not is_empty:
        return redirect("recommendations:playlist")
    job = _job(request, user)
    matched = _of_job(job) if job is not None else _of_session(request)
    if is_empty:
        matched = None
    cards = []
    if matched is not None:
        found = services.records_from(user, matched)
        cards = queries.cards_for(found, viewer_for(user), signed_in=True, limit=2 * PAGE)
    link = link_of(user, LinkedService.Service.SPOTIFY)
    context = {
        "matched": matched,
        "said": _said(matched) if matched is not None else [],
        "cards": cards,
        "job": job if job is not None and not job.is_finished else None,
        "failed": job.error_message if job is not None and job.state == Job.State.FAILED else "",
        "lists": (job.result or {}).get("playlists") if job is not None else None,
        "linked": link is not None and link.state == LinkedService.State.OK,
        "longest": LONGEST_TEXT,
        "is_empty": is_empty,
    }
    return render(request, "recommendations/playlist.html", context)


def _pasted(request: HttpRequest) -> bool:
    """Keep what the pasted list comes to; False where there is no line in it."""
    text = request.POST.get("tracks", "")[:LONGEST_TEXT]
    matched = services.match_text(text)
    if matched.read:
        request.session[SESSION_LIST] = matched.as_data()
    return bool(matched.read)


@login_required
@require_POST
def ask_spotify(request: HttpRequest) -> HttpResponse:
    """{playlist}: read this playlist of one's own; without it, which there are."""
    typed = request.POST.get("playlist", "").strip()
    wanted = services.playlist_id(typed)
    if typed and not wanted:
        messages.warning(request, _("This is no address of a Spotify playlist."))
        return redirect("recommendations:playlist")
    job = services.ask_spotify(cast(User, request.user), wanted)
    return redirect(f"{reverse('recommendations:playlist')}?job={job.pk}")


def _job(request: HttpRequest, user: User) -> Job | None:
    number = request.GET.get("job", "")
    if not number.isdecimal() or len(number) > 18:
        return None
    return Job.objects.filter(pk=int(number), owner=user, kind=READ_PLAYLIST).first()


def _of_job(job: Job) -> Matched | None:
    result = job.result or {}
    return Matched.of_data(result) if "artists" in result else None


def _of_session(request: HttpRequest) -> Matched | None:
    data: Any = request.session.get(SESSION_LIST)
    return Matched.of_data(data) if data else None


def _said(matched: Matched) -> list[str]:
    """How many lines there were, and what became of them."""
    words = {
        playlists.PODCAST: _("podcasts and what is gone"),
        playlists.LOCAL: _("files of your own"),
        playlists.LINK: _("links without a name"),
        playlists.UNREADABLE: _("not readable"),
        playlists.TWICE: _("there twice"),
        playlists.TOO_MANY: _("beyond the first 2,000"),
        UNKNOWN: _("by artists who are not in our catalogue"),
    }
    read = ngettext("{count} line read", "{count} lines read", matched.read)
    used = ngettext("{count} track used", "{count} tracks used", matched.used)
    lines = read.format(count=format_number(matched.read))
    tracks = used.format(count=format_number(matched.used))
    found = [_("{lines}, {tracks}.").format(lines=lines, tracks=tracks)]
    skipped = [
        f"{format_number(matched.skipped[reason])} {text}"
        for reason, text in words.items()
        if matched.skipped.get(reason)
    ]
    if skipped:
        found.append(_("Skipped: {what}.").format(what=", ".join(skipped)))
    if matched.unknown:
        names = ", ".join(matched.unknown[:12])
        found.append(_("Not in our catalogue: {names}.").format(names=names))
    return found
