"""Search, and the wish to have an album's pressings read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from catalog import queries
from catalog.models import Album
from catalog.services import note_demand
from vinyl.jobs.access import remember
from vinyl.jobs.services import enqueue

SYNC_KIND = "catalog.sync_album_releases"
SUGGESTED = 8
LISTED = 60
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


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """The page of results."""
    q = _words(request)
    found = queries.search(q, LISTED)
    return render(
        request,
        "catalog/search.html",
        {
            "search_text": q,
            "groups": _groups(found, q),
            "count": _count(found.count),
            "found": found.count,
            "records_url": reverse("recommendations:records"),
        },
    )


@require_GET
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
            "more_text": _("All results"),
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
        return _sign_in(request, album)
    note_demand(album.pk, "sync")
    job = enqueue(
        SYNC_KIND,
        payload={"album_id": album.pk},
        dedupe_key=f"album:{album.pk}",
        lane="interactive",
    )
    remember(request, job)
    if request.headers.get("HX-Request") == "true":
        return render(request, "jobs/_progress.html", {"job": job})
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure()):
        onward = album.get_absolute_url()
    return redirect(onward)


def _sign_in(request: HttpRequest, album: Album) -> HttpResponse:
    """To sign-in and then to the album, not back to an address that only takes POST."""
    answer = redirect_to_login(album.get_absolute_url())
    if request.headers.get("HX-Request") != "true":
        return answer
    return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]})


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]


def _query(request: HttpRequest, q: str) -> str:
    asked = request.GET.copy()
    asked["q"] = q
    return asked.urlencode()


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
    groups = [
        (_("Artists"), [_artist_hit(one, q) for one in found.artists]),
        (_("Albums"), [_album_hit(one, q) for one in found.albums]),
        (_("Numbers"), [_number_hit(one, q) for one in found.numbers]),
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
    told = (one.number, one.label, one.country, str(one.year or ""))
    return Hit(
        one.album.url,
        marked(f"{one.album.artist_line} – {one.album.title}", q),
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
