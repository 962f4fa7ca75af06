"""Records from a playlist: paste a list, or choose one of one's own at Spotify."""

from __future__ import annotations

from collections.abc import Mapping
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
    {tracks}: read a pasted list; where there is none or too much the form says so and keeps the
    text, and no records stand below."""
    user = cast(User, request.user)
    pasted = request.POST.get("tracks", "").replace("\r\n", "\n")
    fault = _fault(request, pasted) if request.method == "POST" else ""
    if request.method == "POST" and not fault:
        return redirect("recommendations:playlist")
    job = _job(request, user)
    matched = _of_job(job) if job is not None else _of_session(request)
    if fault:
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
        "fault": fault,
        "pasted": pasted,
    }
    return render(request, "recommendations/playlist.html", context)


def _fault(request: HttpRequest, pasted: str) -> str:
    """Keep what the pasted list comes to; where it cannot be taken, why."""
    if len(pasted) > LONGEST_TEXT:
        return _(
            "This list has {count} characters, and at most {most} are read at once. Nothing was "
            "read: paste it in parts."
        ).format(count=format_number(len(pasted)), most=format_number(LONGEST_TEXT))
    matched = services.match_text(pasted)
    if not matched.read:
        return _("Paste a list first: one track a line, artist first.")
    request.session[SESSION_LIST] = matched.as_data()
    return ""


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
    read = ngettext("{count} line read", "{count} lines read", matched.read)
    used = ngettext("{count} track used", "{count} tracks used", matched.used)
    lines = read.format(count=format_number(matched.read))
    tracks = used.format(count=format_number(matched.used))
    found = [_("{lines}, {tracks}.").format(lines=lines, tracks=tracks)]
    skipped = [
        words.format(count=format_number(matched.skipped[reason]))
        for reason, words in _skipped_words(matched.skipped).items()
        if matched.skipped.get(reason)
    ]
    if skipped:
        found.append(_("Skipped: {what}.").format(what=", ".join(skipped)))
    if matched.unknown:
        names = ", ".join(matched.unknown[:12])
        found.append(_("Not in our catalogue: {names}.").format(names=names))
    return found


def _skipped_words(skipped: Mapping[str, int]) -> dict[str, str]:
    """By reason, what was skipped for it; {count} stands for how many."""
    many = {reason: skipped.get(reason, 0) for reason in (*playlists.SKIPPED, UNKNOWN)}
    return {
        playlists.PODCAST: ngettext("{count} podcast", "{count} podcasts", many[playlists.PODCAST]),
        playlists.LOCAL: ngettext(
            "{count} file of your own", "{count} files of your own", many[playlists.LOCAL]
        ),
        playlists.GONE: ngettext(
            "{count} that Spotify no longer has",
            "{count} that Spotify no longer has",
            many[playlists.GONE],
        ),
        playlists.LINK: ngettext(
            "{count} link without a name", "{count} links without a name", many[playlists.LINK]
        ),
        playlists.UNREADABLE: ngettext(
            "{count} not readable", "{count} not readable", many[playlists.UNREADABLE]
        ),
        playlists.TWICE: ngettext(
            "{count} there twice", "{count} there twice", many[playlists.TWICE]
        ),
        playlists.TOO_MANY: _("{count} beyond the first {most}").format(
            count="{count}", most=format_number(playlists.MOST_TRACKS)
        ),
        UNKNOWN: _("{count} by artists who are not in our catalogue"),
    }
