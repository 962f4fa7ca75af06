"""Bring what you listen to: one section per source, each with its form, its strip, its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries, services
from accounts.consents import Ending, ending_of
from accounts.history import REASONS
from accounts.linking import linkable
from accounts.models import LinkedService, User
from accounts.places import countries, currencies
from accounts.services.listening import FILE_SOURCE, IMPORT, SYNC
from accounts.services.profile import update_profile
from accounts.services.shelf_run import NO_TITLE, NOT_VINYL, TAKEN_OFF
from accounts.services.shelf_sync import SHELF
from accounts.signed_in import SignedInRequest
from catalog.sleeves.drawing import shelf
from vinyl.jobs.models import Job
from vinyl.jobs.queries import active_jobs, strip
from vinyl.jobs.services import is_put_away, put_away
from vinyl.widgets import LongSelect

Service = LinkedService.Service
# In the order of the page.
SECTIONS = (
    Service.LASTFM.value,
    Service.DISCOGS.value,
    Service.SPOTIFY.value,
    FILE_SOURCE,
    Service.LISTENBRAINZ.value,
)
BRING = {
    Service.LASTFM.value: "accounts:bring_lastfm",
    Service.DISCOGS.value: "accounts:bring_shelf",
    Service.SPOTIFY.value: "accounts:bring_spotify",
    FILE_SOURCE: "accounts:bring_history",
    Service.LISTENBRAINZ.value: "accounts:bring_listenbrainz",
}
# Of a person's jobs, the newest of each source are among these.
LOOK_BACK = 60


KINDS = (SYNC, IMPORT, SHELF)
# How a job ends whose service knows nobody of this name.
UNKNOWN = "not_found"
SHELF_HEIGHT = 236


class DeliveryForm(forms.Form):
    """The two fields of the profile that decide prices most."""

    country = forms.ChoiceField(label=gettext_lazy("Country"))
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = (get_language() or "en").split("-")[0]
        for name, choices in (("country", countries), ("currency", currencies)):
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label, choices=choices(language), widget=LongSelect
            )


@dataclass(frozen=True)
class Section:
    """One source on the page. `job` is its newest job, while that still says something."""

    source: str
    link: LinkedService | None
    read: queries.Source | None
    job: Job | None
    can_link: bool
    ending: Ending | None = None
    error: str = ""
    typed: str = ""

    @property
    def template(self) -> str:
        return f"accounts/start/{self.source}.html"

    @property
    def bring_url(self) -> str:
        return reverse(BRING[self.source])

    @property
    def running(self) -> bool:
        return self.job is not None and self.job.is_active

    @property
    def failed(self) -> bool:
        return self.job is not None and self.job.state == Job.State.FAILED

    @property
    def unknown_name(self) -> str:
        """The name that the last read asked for and nobody there has: going on cannot help."""
        if self.job is None or not self.failed or self.job.error_code != UNKNOWN:
            return ""
        return str(self.job.payload.get("username", ""))

    @property
    def field(self) -> str:
        """What stands in the field of the name: what was typed last, so that it can be mended."""
        return self.typed or self.unknown_name

    @property
    def unknown_cause(self) -> str:
        return strip(self.job).cause if self.job is not None else ""

    @property
    def link_again(self) -> bool:
        again = self.link is not None and self.link.state == LinkedService.State.LINK_AGAIN
        return again or (self.ending is not None and self.ending.over)

    @property
    def strip(self) -> Job | None:
        """The job whose strip stands here: one that runs, failed, or found nothing to keep."""
        if self.job is None or self.job.state == Job.State.CANCELLED or self.unknown_name:
            return None
        done = self.job.state == Job.State.DONE
        return self.job if not done or self.job.result.get("empty") else None

    @property
    def name(self) -> str:
        """The account's name, as read or as linked."""
        if self.read is not None and self.read.username:
            return self.read.username
        return self.link.username if self.link is not None else ""

    @property
    def copies(self) -> int | None:
        return self._result("copies")

    @property
    def wants(self) -> int | None:
        return self._result("wants")

    def _result(self, name: str) -> int | None:
        found = self.job.result.get(name) if self.job is not None else None
        return found if isinstance(found, int) else None

    @property
    def skipped(self) -> list[tuple[str, int]]:
        """(why in words, how many) of the rows that were not used."""
        counts = self.read.skipped if self.read is not None else {}
        words = _reasons(counts)
        return [(words[reason], counts[reason]) for reason in words if counts.get(reason)]

    @property
    def unchanged(self) -> bool:
        """Whether the last reading brought nothing new."""
        return self.job is not None and bool(self.job.result.get("unchanged"))

    @property
    def files(self) -> str:
        """Names of the files in the archive that could not be read."""
        return ", ".join(self.job.result.get("files", ())) if self.job is not None else ""


def _reasons(counts: Mapping[str, int]) -> dict[str, str]:
    short, podcast, nameless, twice, future, unreadable, file = REASONS
    return {
        short: _("shorter than 30 seconds"),
        podcast: ngettext(
            "podcast or audiobook", "podcasts and audiobooks", counts.get(podcast, 0)
        ),
        nameless: _("without a name"),
        twice: _("there twice"),
        future: _("dated in the future"),
        unreadable: _("not readable"),
        file: ngettext(
            "file that is damaged or holds no plays",
            "files that are damaged or hold no plays",
            counts.get(file, 0),
        ),
        NOT_VINYL: _("not vinyl"),
        NO_TITLE: _("without a title"),
        TAKEN_OFF: _("taken off here"),
    }


def _sections(user: User) -> list[Section]:
    """All sections, in three queries."""
    links = queries.links_of(user)
    reads = {one.source: one for one in queries.sources_of(user)}
    jobs: dict[str, Job] = {}
    now = timezone.now()
    found = Job.objects.filter(owner=user, kind__in=KINDS).order_by("-pk")
    for job in found[:LOOK_BACK]:
        jobs.setdefault(_source_of(job), job)
    return [
        Section(
            source=source,
            link=links.get(source),
            read=reads.get(source),
            job=_still_says(jobs.get(source), reads.get(source)),
            can_link=linkable(source),
            ending=ending_of(links[source], now) if source in links else None,
        )
        for source in SECTIONS
        if source != Service.SPOTIFY or linkable(source) or source in links
    ]


def _still_says(job: Job | None, read: queries.Source | None) -> Job | None:
    """The job, unless it failed and its owner put that away or a later read went well."""
    if job is None or job.state != Job.State.FAILED:
        return job
    later = read is not None and job.finished_at is not None and read.taken_at > job.finished_at
    return None if later or is_put_away(job) else job


def _source_of(job: Job) -> str:
    if job.kind == IMPORT:
        return FILE_SOURCE
    return Service.DISCOGS.value if job.kind == SHELF else str(job.payload.get("source", ""))


def _section(user: User, source: str) -> Section:
    for section in _sections(user):
        if section.source == source:
            return section
    raise Http404


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """The page; `?part=<source>` or `?part=heard` for htmx is that part alone. POST saves where
    records are delivered to."""
    part = request.GET.get("part", "")
    if part and request.headers.get("HX-Request") == "true":
        if part == "heard":
            return render(request, "accounts/start/_heard.html", _heard(request.user))
        return _show(request, _section(request.user, part))
    person = request.user
    at_first = {"country": person.country, "currency": person.currency}
    delivery = DeliveryForm(request.POST if request.method == "POST" else None, initial=at_first)
    if delivery.is_bound and delivery.is_valid():
        update_profile(person, **delivery.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:start")
    context = {
        "sections": _sections(person),
        "delivery": delivery,
        "seeds_url": _seeds_url(),
        **_heard(person),
    }
    status = 422 if delivery.is_bound else 200
    return render(request, "accounts/start.html", context, status=status)


def _heard(user: User) -> dict[str, Any]:
    """What has arrived, drawn and in figures, and whether more is on its way."""
    heard = queries.heard_so_far(user)
    drawn: str | SafeString = ""
    if heard.albums:
        names = [(album.artist_line, album.title) for album in heard.albums]
        # Paths and colours only: our own drawing, in which text has become outlines.
        spines = shelf(names, high=SHELF_HEIGHT)
        # A few spines stand there at their size; they are not blown up to fill the shelf.
        drawn = mark_safe(spines.replace(" slice", " meet", 1))  # noqa: S308
    running = active_jobs(user, kind_names=KINDS).exists()
    return {"heard": heard, "shelf": drawn, "running": running}


def _seeds_url() -> str:
    """Artists that are named by hand belong to the recommendations, a room above this one."""
    try:
        return reverse("recommendations:seeds")
    except NoReverseMatch:
        return ""


def _show(request: SignedInRequest, section: Section, status: int = 200) -> HttpResponse:
    answer = render(request, "accounts/start/_section.html", {"section": section}, status=status)
    if request.method == "POST":
        answer["HX-Trigger"] = "job-started"
    return answer


def _bring(
    request: SignedInRequest, source: str, queue: Callable[[], Any], *, typed: str = ""
) -> HttpResponse:
    """Queue the work and show its section; a refusal stands in the section too."""
    error = ""
    try:
        queue()
    except ValidationError as refused:
        error = " ".join(refused.messages)
    if request.headers.get("HX-Request") != "true":
        if error:
            messages.error(request, error)
        return redirect(reverse("accounts:start") + f"#{source}")
    section = _section(request.user, source)
    if error:
        section = replace(section, error=error, typed=typed[:200])
    return _show(request, section, 422 if error else 200)


def _bring_listening(request: SignedInRequest, source: str) -> HttpResponse:
    name = request.POST.get("username", "")
    return _bring(
        request,
        source,
        lambda: services.start_listening_sync(request.user, source=source, username=name),
        typed=name,
    )


@login_required
@require_POST
def bring_lastfm(request: SignedInRequest) -> HttpResponse:
    """{username}: read Last.fm."""
    return _bring_listening(request, Service.LASTFM.value)


@login_required
@require_POST
def bring_listenbrainz(request: SignedInRequest) -> HttpResponse:
    """{username}: read ListenBrainz."""
    return _bring_listening(request, Service.LISTENBRAINZ.value)


@login_required
@require_POST
def bring_spotify(request: SignedInRequest) -> HttpResponse:
    """Read the linked Spotify account."""
    return _bring_listening(request, Service.SPOTIFY.value)


@login_required
@require_POST
def bring_history(request: SignedInRequest) -> HttpResponse:
    """{file}: import the file that Spotify gave."""

    def queue() -> None:
        file = request.FILES.get("file")
        if file is None:
            raise ValidationError(_("Choose the zip that Spotify mailed you."))
        services.import_spotify_history(request.user, file)

    return _bring(request, FILE_SOURCE, queue)


@login_required
@require_POST
def bring_shelf(request: SignedInRequest) -> HttpResponse:
    """{username}, or the linked account: read the Discogs shelf and want list."""
    name = request.POST.get("username", "")
    return _bring(
        request,
        Service.DISCOGS.value,
        lambda: services.start_shelf_sync(request.user, username=name),
        typed=name,
    )


@login_required
@require_POST
def forget_source(request: SignedInRequest, source: str) -> HttpResponse:
    """Delete what was read from a source, and its link."""
    if source not in SECTIONS or not services.forget_source(request.user, source):
        raise Http404
    if request.headers.get("HX-Request") == "true":
        return _show(request, _section(request.user, source))
    return redirect(reverse("accounts:start") + f"#{source}")


@login_required
@require_POST
def put_away_failure(request: SignedInRequest, source: str) -> HttpResponse:
    """Show no more that the last read of a source failed. What was read before stays."""
    section = _section(request.user, source)
    if not (section.job or section.read or section.link):
        raise Http404
    if section.job is not None and section.failed:
        put_away(section.job)
    if request.headers.get("HX-Request") == "true":
        return _show(request, _section(request.user, source))
    return redirect(reverse("accounts:start") + f"#{source}")
