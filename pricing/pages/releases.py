"""What the page of one pressing shows: everything that is known of it, and from where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Owned, User, Want
from catalog.models import Release, ReleaseFormat, ReleaseIdentifier, ReleaseLabel
from catalog.queries.withholding import text_is_withheld, without_text
from catalog.words import country_words, medium_words, released_words
from pricing import queries as prices
from pricing.labels import place_name, source_label
from pricing.pages.contexts import (
    artists_of,
    counts_shown_from,
    cover_of,
    person_of,
    shows_counts,
    sign_in_url,
)
from pricing.pages.history import history_of
from pricing.tags import PriceTag
from vinyl.prepared import Prepared
from vinyl.templatetags.vinyl_tags import format_number, nearest_day
from vinyl.upstreams.terms import source_of, terms_for


@dataclass(frozen=True, slots=True)
class LabelLine:
    """A label with its catalogue number."""

    name: str
    catno: str


@dataclass(frozen=True, slots=True)
class IdentifierLine:
    """A number on the record or sleeve, with what the source says about it."""

    kind: str
    value: str
    description: str


@dataclass(frozen=True, slots=True)
class Track:
    """A line of the tracklist; a heading has no position, a part of a track stands below it."""

    position: str
    title: str
    duration: str
    heading: bool = False
    part: bool = False


@dataclass(frozen=True, slots=True)
class CompanyLine:
    """What companies did: "Pressed By" with their names."""

    role: str
    names: str


@dataclass(frozen=True, slots=True)
class MineOfRelease:
    """What the person has to do with a pressing."""

    copies: int = 0
    wanted: bool = False


_RELEASE = Prepared(
    lambda release: Release.objects.filter(pk=release).select_related("album__merged_into"),
    release=int,
)


def release_or_404(release_id: int) -> Release:
    """The pressing with its album and the one that this was merged into. One query."""
    found = _RELEASE.first(release=release_id)
    if found is None:
        raise Http404
    return found


def release_context(request: HttpRequest, release: Release) -> dict[str, Any]:
    """Everything on a pressing's page; asks no upstream and queues nothing."""
    person, viewer = person_of(request), prices.viewer_for(request)
    withheld = text_is_withheld(release)
    release = without_text(release) if withheld else release
    album = release.album.merged_into or release.album
    cover = cover_of(album)
    artists = artists_of(album)
    tags = prices.pressing_prices([release.pk], viewer)
    return {
        "release": release,
        "album": album,
        "history": history_of(request, viewer, album_id=release.album_id, release_id=release.pk),
        "album_url": f"{reverse('pricing:album', args=[album.pk])}#p{release.pk}",
        "artists": artists,
        "cover": cover.url if cover else "",
        "cover_source": cover,
        "heading": release.title or album.title,
        "line": pressing_words(release),
        "facts": facts(release),
        "withheld": withheld,
        "labels": () if withheld else labels_of(release),
        "formats": () if withheld else formats_of(release),
        "identifiers": () if withheld else identifiers_of(release),
        "tracks": tuple(tracks_of(release.tracklist)),
        "companies": companies_of(release.companies),
        "source_text": source_text(release),
        "mine": mine_of_release(person, release),
        "best": tags.get(release.pk, PriceTag(album_id=album.pk, release_id=release.pk)),
        "country_name": place_name(viewer.territory),
        "login_url": sign_in_url(request),
        "discogs_url": discogs_link(release),
    }


def pressing_words(release: Release) -> str:
    """ "1980 pressing, Germany": which one it is, in words; without either, "A pressing"."""
    country = country_words(release.country)
    if release.year and country:
        given = {"year": release.year, "country": country}
        return _("%(year)s pressing, %(country)s") % given
    if release.year:
        return _("%(year)s pressing") % {"year": release.year}
    if country:
        return _("Pressing, %(country)s") % {"country": country}
    return _("A pressing")


def facts(release: Release) -> list[tuple[str, str]]:
    """(name, value) pairs of what is known; what is not known is left out."""
    counts = shows_counts(release, counts_shown_from())
    given = [
        (_("Country"), country_words(release.country)),
        (_("Released"), released_words(release.released, release.year)),
        (_("Medium"), medium_words(release.medium)),
        (_("Discs"), str(release.discs) if release.discs > 1 else ""),
        (_("Genre"), ", ".join(release.genres or release.album.genres)),
        (_("Style"), ", ".join(release.styles or release.album.styles)),
        (pgettext("how many people", "Have"), _count(release.have) if counts else ""),
        (pgettext("how many people", "Want it"), _count(release.want) if counts else ""),
    ]
    return [(name, value) for name, value in given if value]


def _count(number: int | None) -> str:
    return "" if number is None else format_number(number)


def labels_of(release: Release) -> tuple[LabelLine, ...]:
    """Every label with its number; of a pressing known from a list only, the one told there."""
    rows = ReleaseLabel.objects.filter(release_id=release.pk).order_by("position", "pk")
    found = tuple(LabelLine(row.name, row.catno) for row in rows)
    if found or not (release.label or release.catalogue_number):
        return found
    return (LabelLine(release.label, release.catalogue_number),)


def formats_of(release: Release) -> tuple[str, ...]:
    """Each part of what is in the sleeve: "2 x Vinyl, LP, Album, Red"."""
    rows = ReleaseFormat.objects.filter(release_id=release.pk).order_by("position", "pk")
    found = []
    for row in rows:
        name = f"{row.quantity} x {row.name}" if row.quantity > 1 else row.name
        words = [name, *row.descriptions, *([row.text] if row.text else [])]
        found.append(", ".join(words))
    return tuple(found) or ((release.format,) if release.format else ())


def identifiers_of(release: Release) -> tuple[IdentifierLine, ...]:
    """Barcode, matrix and all other numbers, in the source's order."""
    rows = ReleaseIdentifier.objects.filter(release_id=release.pk).order_by("position", "pk")
    found = tuple(IdentifierLine(row.kind, row.value, row.description) for row in rows)
    if found or not release.barcode:
        return found
    return (IdentifierLine("Barcode", release.barcode, ""),)


def tracks_of(rows: Any, *, part: bool = False) -> Iterator[Track]:
    """The tracklist in order, parts of a track below it. Rows of any other shape are left out."""
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, Mapping) or not row.get("title"):
            continue
        kind = str(row.get("kind") or "track")
        yield Track(
            str(row.get("position") or ""),
            str(row["title"]),
            str(row.get("duration") or ""),
            heading=kind == "heading",
            part=part,
        )
        yield from tracks_of(row.get("parts"), part=True)


def companies_of(rows: Any) -> tuple[CompanyLine, ...]:
    """Companies by what they did, in the order of the source."""
    roles: dict[str, list[str]] = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and row.get("name"):
            names = roles.setdefault(str(row.get("role") or _("Company")), [])
            names.append(_named(str(row["name"]), str(row.get("catno") or "")))
    return tuple(CompanyLine(role, _together(names)) for role, names in roles.items())


def _named(name: str, catno: str) -> str:
    return f"{name} ({catno})" if catno else name


def _together(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def source_text(release: Release) -> str:
    """Where these facts come from and how old they are."""
    if release.generated:
        return _("Made up for the sandbox: no such pressing exists.")
    source = source_of(release.source)
    label = terms_for(source).label or source_label(source)
    # Rows of a dump carry no time of their own: they are as old as they were written here.
    moment = release.fetched_at or release.updated_at
    given = {"source": label, "day": nearest_day(moment)}
    if source == "discogs_dump":
        return _("From %(source)s’ open dump, read %(day)s.") % given
    return _("From %(source)s, as of %(day)s.") % given


def discogs_link(release: Release) -> str:
    """The pressing's own page at Discogs, "" where it has none there."""
    if release.discogs_id is None:
        return ""
    return terms_for("discogs").notice_link("release", release.discogs_id)


def mine_of_release(person: User | None, release: Release) -> MineOfRelease:
    """The person's copies of it and whether they want it; two queries, none for nobody."""
    if person is None:
        return MineOfRelease()
    return MineOfRelease(
        copies=Owned.objects.filter(user=person, release=release).count(),
        wanted=Want.objects.filter(user=person, release=release).exists(),
    )
