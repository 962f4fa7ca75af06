"""Search, the question to Discogs behind it, and the wish to have an album's pressings read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog import queries
from catalog.matching import normalise_title
from catalog.models import Album
from catalog.refresh_views import read_lately
from catalog.search_tasks import ASK
from catalog.services.refreshing import ReadLately, queue_pressings
from catalog.words import country_words
from vinyl.jobs.access import may_see, remember
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue
from vinyl.row_ids import row_id

SUGGESTED = 8
# Of each kind on the page of all kinds, and of one kind on a page of its own.
FIRST, LISTED, MOST_PAGES = 20, 40, 1000
LEAST_TO_ASK = 2
LONGEST_QUERY = 200


@dataclass(frozen=True)
class SuggestedAlbum:
    """What the sleeve of a hit needs."""

    id: int
    title: str


@dataclass(frozen=True)
class Hit:
    """One line of a list of results, see components/_search_list.html."""

    url: str
    title: SafeString
    sub: str
    album: SuggestedAlbum | None = None
    side: str = ""
    cover: str = ""


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The page of results: the first of each kind, or one kind page by page."""
    q = _words(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in queries.SEARCH_KINDS else ""
    page = _page_number(request)
    found = queries.search_page(q, kind=kind, page=page, size=LISTED if kind else FIRST)
    counted = Paginator(range(found.counts[kind] if kind else 0), LISTED)
    return render(
        request,
        "catalog/search.html",
        {
            "search_text": q,
            "kind": kind,
            "kinds": _kinds(request, found, kind),
            "groups": _whole_groups(request, found, q, kind),
            "page": counted.get_page(page),
            "count": _count(found.count),
            "found": found.count,
            "records_url": reverse("recommendations:records"),
            "ask_url": reverse("catalog:ask"),
            "job": _asked_job(request),
        },
    )


@never_cache
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Queue the question to Discogs for what is not here: one call, and only because a person
    pressed the button."""
    q = request.POST.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
    back = f"{reverse('catalog:search')}?{urlencode({'q': q})}"
    if not request.user.is_authenticated:
        return _sign_in(request, back)
    if len(q) < LEAST_TO_ASK:
        return redirect(back)
    job = enqueue(ASK, owner=request.user, payload={"q": q}, dedupe_key=f"ask:{normalise_title(q)}")
    remember(request, job)
    return redirect(f"{back}&{urlencode({'asked': job.pk})}")


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The list under the search field while one types: at most eight hits in all."""
    q = _words(request)
    if not q:
        return HttpResponse("")
    found = _first(queries.search(q, SUGGESTED))
    return render(
        request,
        "components/_search_list.html",
        {
            "groups": _groups(found, q),
            "count": _count(found.count),
            "more_url": f"{reverse('catalog:search')}?{_query(request, q)}",
            "more_text": _("All results") if found.count else _("Not here? Ask Discogs"),
        },
    )


@never_cache
@require_POST
def sync_album(request: HttpRequest, album_id: int) -> HttpResponse:
    """Queue the reading of all pressings of an album and show its progress."""
    album = Album.objects.filter(pk=queries.present_id(album_id)).first()
    if album is None:
        raise Http404
    if not request.user.is_authenticated:
        return _sign_in(request, album.get_absolute_url())
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure()):
        onward = album.get_absolute_url()
    try:
        job = queue_pressings(album, by=request.user)
    except ReadLately as pause:
        return read_lately(request, pause, onward)
    remember(request, job)
    if request.headers.get("HX-Request") == "true":
        return render(request, "jobs/_progress.html", {"job": job})
    return HttpResponseRedirect(onward)


def _sign_in(request: HttpRequest, onward: str) -> HttpResponse:
    """To sign-in and then to a page, not back to an address that only takes POST."""
    answer = redirect_to_login(onward)
    if request.headers.get("HX-Request") != "true":
        return answer
    return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]


def _query(request: HttpRequest, q: str) -> str:
    asked = request.GET.copy()
    asked["q"] = q
    return asked.urlencode()


def _asked_job(request: HttpRequest) -> Job | None:
    """The question that this browser put, whose progress stands on the page."""
    number = row_id(request.GET.get("asked", ""))
    job = Job.objects.filter(pk=number, kind=ASK).first() if number is not None else None
    return job if job is not None and may_see(job, request.user, request.session) else None


def _page_number(request: HttpRequest) -> int:
    return min(row_id(request.GET.get("page", "")) or 1, MOST_PAGES)


@dataclass(frozen=True)
class Tab:
    """A kind of result with its count; `here` where it is the one that is shown."""

    url: str
    name: str
    count: int
    here: bool


def _kinds(request: HttpRequest, found: queries.SearchPage, kind: str) -> list[Tab]:
    """All, and each kind that has results."""
    tabs = [Tab(_kind_url(request, ""), _("All"), found.count, not kind)]
    for one, name in _names().items():
        if found.counts[one] or one == kind:
            tabs.append(Tab(_kind_url(request, one), name, found.counts[one], one == kind))
    return tabs if len(tabs) > 2 or kind else []


def _kind_url(request: HttpRequest, kind: str) -> str:
    asked = {"q": _words(request), "kind": kind}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def _whole_groups(
    request: HttpRequest, found: queries.SearchPage, q: str, kind: str
) -> list[tuple[str, list[Hit], str, int]]:
    """(name, hits, address of all of them where only the first are shown, how many there are)."""
    by_name = dict(_groups(found.results, q))
    return [
        (name, by_name[name], "" if kind or found.counts[one] <= len(by_name[name])
         else _kind_url(request, one), found.counts[one])
        for one, name in _names().items()
        if name in by_name
    ]  # fmt: skip


def _names() -> dict[str, str]:
    return {"artists": _("Artists"), "albums": _("Albums"), "numbers": _("Numbers")}


def _first(found: queries.SearchResults) -> queries.SearchResults:
    """At most SUGGESTED hits over all groups, each group keeping a place while it has hits."""
    artists, numbers = found.artists[:3], found.numbers[:3]
    albums = found.albums[: SUGGESTED - len(artists) - len(numbers)]
    return queries.SearchResults(artists, albums, numbers)


def _count(number: int) -> str:
    if not number:
        return _("Nothing found")
    return ngettext("%(n)s result", "%(n)s results", number) % {"n": number}


def _groups(found: queries.SearchResults, q: str) -> list[tuple[str, list[Hit]]]:
    names = _names()
    groups = [
        (names["artists"], [_artist_hit(one, q) for one in found.artists]),
        (names["albums"], [_album_hit(one, q) for one in found.albums]),
        (names["numbers"], [_number_hit(one, q) for one in found.numbers]),
    ]
    return [(name, hits) for name, hits in groups if hits]


def _artist_hit(one: queries.ArtistHit, q: str) -> Hit:
    return Hit(one.url, marked(one.name, q), ", ".join(one.genres[:3]))


def _album_hit(one: queries.AlbumHit, q: str) -> Hit:
    return Hit(
        one.url,
        marked(one.title, q),
        ", ".join(part for part in (one.artist_line, str(one.year or "")) if part),
        SuggestedAlbum(one.id, one.title),
    )


def _number_hit(one: queries.NumberHit, q: str) -> Hit:
    told = (one.number, one.label, country_words(one.country), str(one.year or ""))
    return Hit(
        one.album.url,
        marked(" – ".join(part for part in (one.album.artist_line, one.album.title) if part), q),
        ", ".join(part for part in told if part),
        SuggestedAlbum(one.album.id, one.album.title),
    )


def marked(text: str, q: str) -> SafeString:
    """The text, escaped, with <mark> round the first place that matches, accents ignored."""
    signs, wanted = [_base(sign) for sign in text], "".join(_base(sign) for sign in q)
    plain = "".join(signs)
    start = plain.find(wanted) if wanted and len(plain) == len(text) else -1
    if start < 0:
        return escape(text)
    end = start + len(wanted)
    return format_html("{}<mark>{}</mark>{}", text[:start], text[start:end], text[end:])


def _base(sign: str) -> str:
    """One character for one: without its accent and in lower case where that stays one."""
    bare = unicodedata.normalize("NFKD", sign)[:1].casefold()
    return bare if len(bare) == 1 else sign
