"""The wants and the shelf: a person's own two lists, paged, with the prices of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Owned, User, Want
from accounts.queries import link_of, shelf_of, wants_of
from accounts.services.copy_sending import copies_to_add, copies_to_remove
from accounts.services.shelf_sending import removals_to_send, wants_to_send
from accounts.services.shelf_sync import SHELF
from catalog.covers.queries import covers_of
from catalog.models import Album, Release
from catalog.queries import present
from catalog.words import country_words
from pricing import queries as prices
from pricing.fitting import fitting_tags
from pricing.pages.collection import value_of
from pricing.pages.shapes import AlbumRef, ListRow
from pricing.stickers import with_stickers
from pricing.values import Line, list_value
from vinyl.jobs.models import Job
from vinyl.jobs.queries import latest_job
from vinyl.look import FilterField
from vinyl.money import Money
from vinyl.prepared import Prepared
from vinyl.templatetags.vinyl_tags import money_text

PER_PAGE = 50
ORDERS = ("newest", "artist", "title", "year")
# States of a tag in which a price stands.
PRICED = ("known", "under_median", "no_shipping")


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


def pictured(lines: Sequence[ListRow]) -> list[ListRow]:
    """The lines with the stored pictures of their albums. One query."""
    found = covers_of({line.album.id for line in lines})
    return [
        replace(line, album=replace(line.album, cover_url=found[line.album.id].url))
        if line.album.id in found
        else line
        for line in lines
    ]


def pressing_line(release: Release | None) -> str:
    """One pressing in a line: "1980 Germany, Sire SIR K 56 867, LP"."""
    if release is None:
        return ""
    told = (release.year, country_words(release.country))
    when = " ".join(str(part) for part in told if part)
    label = " ".join(part for part in (release.label, release.catalogue_number) if part)
    return ", ".join(part for part in (when, label, release.format) if part)


# (album of the line, pressing or None) of all that somebody wants, or owns.
_WANTED = Prepared(
    lambda person: (
        Want.objects.filter(user_id=person)
        .order_by()
        .values_list(Coalesce(present(), present("release__album")), "release_id")
    ),
    person=int,
)
_OWNED = Prepared(
    lambda person: (
        Owned.objects.filter(user_id=person).order_by().values_list(present(), "release_id")
    ),
    person=int,
)
LINES = {"wants": _WANTED, "shelf": _OWNED}


def figures(request: HttpRequest, name: str, person: User) -> dict[str, Any]:
    """How many there are, of how many albums, and what they are worth without shipping:
    templates/pricing/_list_count.html. Three queries at most, one for an empty list."""
    lines = [Line(album, release) for album, release in LINES[name].all(person=person.pk)]
    if name == "wants":
        # Two that a merge made one are told once, as accounts.queries.wants_of has it.
        lines = list(dict.fromkeys(lines))
    return {
        "total": len(lines),
        "albums": len({line.album_id for line in lines}),
        "list_name": name,
        "value": list_value(lines, prices.viewer_for(request)),
    }


def _page(request: HttpRequest, rows: QuerySet[Any], total: int | None) -> Page[Any]:
    """The page that the address asks for; `total` is how many rows there are, where that is known
    already."""
    paginator: Paginator[Any] = Paginator(rows, PER_PAGE)
    if total is not None:
        paginator.count = total  # the cached property that would ask again
    return paginator.get_page(request.GET.get("page"))


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


# What a line of a list shows; a pressing's tracks and credits stay where they are.
_WANT = (
    "user_id", "originals_only", "no_unofficial", "countries", "colour", "least_grade",
    "max_price", "currency", "priority", "notes", "created_at", "alert__below", "alert__currency",
    "alert__percent",
)  # fmt: skip
_COPY = (
    "user_id", "grade", "sleeve_grade", "folder", "discogs_folder_id", "rating", "paid",
    "paid_currency", "notes", "added_at",
)  # fmt: skip
_PRESSING = tuple(
    f"release__{name}" for name in ("year", "country", "label", "catalogue_number", "format")
)


def _of_albums(*paths: str) -> tuple[str, ...]:
    """What a line shows of the albums at the end of these paths."""
    names = ("title", "artist_line", "year", "kind", "merged_into_id")
    return tuple(f"{path}__{name}" for path in paths for name in names)


def wants_context(request: HttpRequest, person: User) -> dict[str, Any]:
    """A page of the person's wants, each with its pressing's price, else its album's cheapest."""
    rows: QuerySet[Want] = (
        wants_of(person)
        .select_related("album__merged_into", "release__album", "alert")
        .only(*_WANT, *_of_albums("album", "album__merged_into", "release__album"), *_PRESSING)
    )
    counted = figures(request, "wants", person)
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = rows.filter(_words(text, "album__", "release__album__"))
    rows = _sorted(rows, _order(request.GET.dict()), "album__", "release__album__")
    page = _page(request, rows, None if text else counted["total"])
    lines = [_want_line(want) for want in page.object_list]
    viewer = prices.viewer_for(request)
    fitting = fitting_tags([(_wanted_album(want).pk, want) for want in page.object_list], viewer)
    lines = pictured(priced(lines, viewer, fitting))
    context = _context(request, "wants", lines, page) | counted
    return context | from_discogs(person, "wants")


def _want_line(want: Want) -> ListRow:
    return ListRow(
        album=_ref(_wanted_album(want)),
        release_id=want.release_id,
        pressing=pressing_line(want.release),
        row_id=want.pk,
        asks=want_asks(want),
        must=want.priority == Want.Priority.MUST,
        added_at=want.created_at,
    )


def wanted_row(want: Want, viewer: prices.Viewer) -> ListRow:
    """One want's line with its price, as the list shows it; for the tag that is drawn again."""
    fitting = fitting_tags([(_wanted_album(want).pk, want)], viewer)
    (row,) = priced([_want_line(want)], viewer, fitting)
    return row


def _wanted_album(want: Want) -> Album:
    if want.release is not None:
        return want.release.album
    assert want.album is not None  # the database holds exactly one of both
    return want.album.merged_into or want.album


def priced(
    lines: Sequence[ListRow],
    viewer: prices.Viewer,
    fitting: Mapping[int, prices.PriceTag | None] | None = None,
) -> list[ListRow]:
    """The lines with their prices, and the stickers of the page. Three queries, two where no line
    is about one pressing.

    A line about one pressing has that pressing's price where it is known or being asked for; else
    the cheapest of its album, and says so; else the question is about the pressing. What wants ask
    for more (`fitting`, by the row, see pricing.fitting) goes before: the cheapest that is that, or
    the price that the line would have had, and that it is not that.
    """
    if not lines:
        return []
    albums = prices.price_tags({line.album.id for line in lines}, viewer)
    wanted = [line.release_id for line in lines if line.release_id is not None]
    pressings = prices.pressing_prices(wanted, viewer) if wanted else {}
    tagged = [fitted(_tagged(line, albums, pressings), fitting or {}) for line in lines]
    marked = with_stickers([line.tag for line in tagged])
    return [replace(line, tag=tag) for line, tag in zip(tagged, marked, strict=True)]


def fitted(line: ListRow, fitting: Mapping[int, prices.PriceTag | None]) -> ListRow:
    """The line with the price of what its want asks for, and with who is asked now. Where nothing
    is for sale at all the line says that."""
    if line.row_id not in fitting:
        return line
    line, tag = replace(line, chooses=True), fitting[line.row_id]
    own = line.tag or prices.PriceTag()
    if tag is not None:
        tag = replace(tag, asked=own.asked or (own.who if own.state == "asking" else ""))
        return replace(line, tag=tag, about=line.release_id, any_pressing=False)
    return replace(line, unfit=own.state in PRICED)


def _tagged(
    line: ListRow, albums: Mapping[int, prices.PriceTag], pressings: Mapping[int, prices.PriceTag]
) -> ListRow:
    of_album = albums.get(line.album.id)
    if line.release_id is None:
        return replace(line, tag=of_album)
    own = pressings.get(line.release_id)
    if own is not None and own.state in (*PRICED, "asking"):
        return replace(line, tag=own, about=line.release_id)
    if of_album is not None and of_album.state in PRICED:
        return replace(line, tag=of_album, any_pressing=True)
    return replace(line, tag=own, about=line.release_id)


def shelf_context(request: HttpRequest, person: User) -> dict[str, Any]:
    """A page of the person's copies, and of how many albums they are."""
    rows: QuerySet[Owned] = shelf_of(person).only(
        *_COPY, *_of_albums("album", "album__merged_into"), *_PRESSING
    )
    counted = figures(request, "shelf", person)
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = rows.filter(_words(text, "album__"))
    rows = _sorted(rows, _order(request.GET.dict()), "album__")
    page = _page(request, rows, None if text else counted["total"])
    lines = [
        ListRow(
            album=_ref(copy.album.merged_into or copy.album),
            release_id=copy.release_id,
            pressing=pressing_line(copy.release),
            grade=copy.grade,
            row_id=copy.pk,
            asks=copy_notes(copy),
            added_at=copy.added_at,
        )
        for copy in page.object_list
    ]
    viewer = prices.viewer_for(request)
    lines = pictured(priced(lines, viewer))
    context = _context(request, "shelf", lines, page) | counted
    context |= from_discogs(person, "shelf")
    return context | {"worth": value_of(request, person, viewer), "doubled": _doubled(person)}


def _doubled(person: User) -> int:
    """How many albums stand on the shelf more than once, but where all copies are meant."""
    copies = Owned.objects.filter(user=person).order_by()
    groups = copies.values(standing_id=present()).annotate(
        number=Count("pk"), open=Count("pk", filter=Q(double_is_meant=False))
    )
    return groups.filter(number__gt=1, open__gt=0).count()


def from_discogs(person: User, name: str) -> dict[str, Any]:
    """Where the list comes from: the account, when it was read, a reading that runs or failed, and
    whether wants are sent there. Two queries, two more where sending could be switched on."""
    link = link_of(person, "discogs")
    if link is None:
        return {}
    job = latest_job(person, SHELF)
    if job is not None and job.state in (Job.State.DONE, Job.State.CANCELLED):
        job = None
    may_send = link.token is not None and link.state == link.State.OK
    sends = link.sends_wants if name == "wants" else link.sends_copies
    found: dict[str, Any] = {"discogs": link, "discogs_job": job, "may_send": may_send}
    found |= {"sends": sends, "of_copies": name == "shelf"}
    if may_send and not sends:
        new, gone = (
            (wants_to_send, removals_to_send)
            if name == "wants"
            else (copies_to_add, copies_to_remove)
        )
        found["to_send"] = new(person).count()
        found["to_remove"] = gone(person).count()
    return found


def want_asks(want: Want) -> tuple[str, ...]:
    """What a want asks for beyond any copy, in short words. No query."""
    found = []
    if want.originals_only:
        found.append(_("originals only"))
    if want.no_unofficial:
        found.append(_("no unofficial ones"))
    if want.countries:
        found.append(", ".join(map(country_words, want.countries)))
    if want.colour:
        found.append(want.colour)
    if want.least_grade:
        found.append(_("%(grade)s or better") % {"grade": want.least_grade})
    if want.max_price is not None:
        price = money_text(Money(want.max_price, want.currency))
        found.append(_("%(price)s at most") % {"price": price})
    alert = getattr(want, "alert", None)
    if alert is not None and alert.below is not None:
        price = money_text(Money(alert.below, alert.currency))
        found.append(_("told from %(price)s down") % {"price": price})
    if alert is not None and alert.percent is not None:
        found.append(_("told at %(percent)s%% under median") % {"percent": alert.percent})
    if want.notes:
        found.append(f"“{want.notes[:80]}”")
    return tuple(found)


def copy_notes(copy: Owned) -> tuple[str, ...]:
    """What is noted of a copy, in short words. No query."""
    found = []
    if copy.sleeve_grade:
        found.append(_("sleeve %(grade)s") % {"grade": copy.get_sleeve_grade_display()})
    if copy.folder and copy.discogs_folder_id != 1:
        found.append(copy.folder)
    if copy.rating:
        found.append(_("%(rating)s of 5") % {"rating": copy.rating})
    if copy.paid is not None:
        found.append(
            _("paid %(price)s") % {"price": money_text(Money(copy.paid, copy.paid_currency))}
        )
    if copy.notes:
        found.append(f"“{copy.notes[:80]}”")
    return tuple(found)


CONTEXTS = {"wants": wants_context, "shelf": shelf_context}
