"""The wants and the shelf: a person's own two lists, paged, with the prices of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Owned, User, Want
from accounts.queries import shelf_of, wants_of
from catalog.models import Album, Release
from pricing import queries as prices
from pricing.pages.shapes import AlbumRef, ListRow
from vinyl.look import FilterField

PER_PAGE = 50
ORDERS = ("newest", "artist", "title", "year")


def _order(query: Mapping[str, str]) -> str:
    chosen = query.get("sort", "newest")
    return chosen if chosen in ORDERS else "newest"


def list_filters(query: Mapping[str, str]) -> tuple[FilterField, ...]:
    """The text filter and the order, as the address has them."""
    orders = (
        ("newest", _("Newest first")),
        ("artist", _("By artist")),
        ("title", _("By title")),
        ("year", _("By year")),
    )
    return (
        FilterField("sort", _("Order"), _order(query), orders),
        FilterField(
            "q",
            _("Artist or title"),
            query.get("q", "").strip()[:100],
            placeholder="Remain in Light",
        ),
    )


def _words(text: str, *paths: str) -> Q:
    """Rows in whose artist or title every word of the text stands."""
    found = Q()
    for word in text.split()[:8]:
        one = Q()
        for path in paths:
            one |= Q(**{f"{path}title__icontains": word})
            one |= Q(**{f"{path}artist_line__icontains": word})
        found &= one
    return found


def _ref(album: Album) -> AlbumRef:
    return AlbumRef(album.pk, album.title, album.artist_line, album.year, album.kind)


def pressing_line(release: Release | None) -> str:
    """One pressing in a line: "1980 Germany, Sire SIR K 56 867, LP"."""
    if release is None:
        return ""
    when = " ".join(str(part) for part in (release.year, release.country) if part)
    label = " ".join(part for part in (release.label, release.catalogue_number) if part)
    return ", ".join(part for part in (when, label, release.format) if part)


def wants_figures(person: User) -> dict[str, int]:
    """How many wants there are."""
    return {"total": Want.objects.filter(user=person).count()}


def shelf_figures(person: User) -> dict[str, int]:
    """How many copies there are, and of how many albums."""
    return Owned.objects.filter(user=person).aggregate(
        total=Count("pk"), albums=Count("album", distinct=True)
    )


FIGURES = {"wants": wants_figures, "shelf": shelf_figures}


def _context(
    request: HttpRequest, name: str, rows: Sequence[ListRow], page: Page[Any]
) -> dict[str, Any]:
    query = request.GET.dict()
    filters = list_filters(query)
    return {
        "records_url": reverse("recommendations:records"),
        "start_url": reverse("accounts:start"),
        "list_name": name,
        "rows": rows,
        "page": page,
        "found": page.paginator.count,
        "filters": filters,
        "narrowed": bool(filters[1].value),
    }


def _sorted(rows: QuerySet[Any], order: str, *paths: str) -> QuerySet[Any]:
    """In the order asked for; ``paths`` lead to the album, the first that is there counts."""
    if order == "newest":
        return rows
    column = {"artist": "artist_line", "title": "title", "year": "year"}[order]

    def of_album(name: str) -> Any:
        found = [F(f"{path}{name}") for path in paths]
        return found[0] if len(found) == 1 else Coalesce(*found)

    return rows.order_by(of_album(column).asc(nulls_last=True), of_album("title").asc(), "pk")


def wants_context(request: HttpRequest, person: User) -> dict[str, Any]:
    """A page of the person's wants with the cheapest price of each album."""
    rows: QuerySet[Want] = wants_of(person)
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = rows.filter(_words(text, "album__", "release__album__"))
    rows = _sorted(rows, _order(request.GET.dict()), "album__", "release__album__")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    albums = {want.pk: _wanted_album(want) for want in page.object_list}
    tags = prices.price_tags([album.pk for album in albums.values()], prices.viewer_for(request))
    lines = [
        ListRow(
            album=_ref(albums[want.pk]),
            release_id=want.release_id,
            pressing=pressing_line(want.release),
            tag=tags.get(albums[want.pk].pk),
            row_id=want.pk,
            remove_url=reverse("pricing:wants_remove", args=[want.pk]),
            added_at=want.created_at,
        )
        for want in page.object_list
    ]
    return _context(request, "wants", lines, page) | wants_figures(person)


def _wanted_album(want: Want) -> Album:
    album = want.album if want.release is None else want.release.album
    assert album is not None  # the database holds exactly one of both
    return album


def shelf_context(request: HttpRequest, person: User) -> dict[str, Any]:
    """A page of the person's copies, and of how many albums they are."""
    rows: QuerySet[Owned] = shelf_of(person)
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = rows.filter(_words(text, "album__"))
    rows = _sorted(rows, _order(request.GET.dict()), "album__")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    tags = prices.price_tags(
        [copy.album_id for copy in page.object_list], prices.viewer_for(request)
    )
    lines = [
        ListRow(
            album=_ref(copy.album),
            release_id=copy.release_id,
            pressing=pressing_line(copy.release),
            tag=tags.get(copy.album_id),
            grade=copy.grade,
            row_id=copy.pk,
            remove_url=reverse("pricing:shelf_remove", args=[copy.pk]),
            added_at=copy.added_at,
        )
        for copy in page.object_list
    ]
    return _context(request, "shelf", lines, page) | shelf_figures(person)


CONTEXTS = {"wants": wants_context, "shelf": shelf_context}
