"""The list of every pressing: what the address asks for, applied to the rows. No database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Release
from catalog.queries.albums import Facets, PressingFilters, PressingLine
from catalog.words import country_words, medium_words
from pricing.editions import LATER
from pricing.pages.shapes import ColumnHead, PressingGroup, PressingRow
from vinyl.look import FilterField

SORTS = ("year", "-year", "country", "label", "price")
GROUPS = ("", "year", "country", "label")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of the address; empty fields filter nothing."""

    country: str = ""
    year: str = ""
    format: str = ""
    label: str = ""
    medium: str = ""
    group: str = ""
    sort: str = "year"

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Asked:
        """Read the address. Unknown orders fall back to the year; long values are cut."""
        sort, group = query.get("sort", "year"), query.get("group", "")
        return cls(
            country=query.get("country", "").strip()[:200],
            year=query.get("year", "").strip()[:200],
            format=query.get("format", "").strip()[:200],
            label=query.get("label", "").strip()[:200],
            medium=query.get("medium", "").strip()[:200],
            group=group if group in GROUPS else "",
            sort=sort if sort in SORTS else "year",
        )

    @property
    def filters(self) -> PressingFilters:
        """For the catalogue. A year that is no number is one that no pressing has."""
        year = int(self.year) if self.year.isdecimal() and len(self.year) < 6 else 0
        return PressingFilters(
            country=self.country,
            year=year if self.year else None,
            format=self.format,
            label=self.label,
            medium=self.medium,
        )

    def query(self, **changes: str) -> str:
        """The address of the same list with these changes, "?" alone where all is shown."""
        changed = replace(self, **changes)
        values = {
            "country": changed.country,
            "year": changed.year,
            "format": changed.format,
            "label": changed.label,
            "medium": changed.medium,
            "group": changed.group,
            "sort": "" if changed.sort == "year" else changed.sort,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class Originals:
    """What an album's originals are: of this year, on one of these media. Pressings on media that
    are `apart` are neither originals nor their reissues."""

    year: int | None
    media: frozenset[str]
    apart: frozenset[str]

    def has(self, release: PressingLine) -> bool:
        """Of the first year, official, and not said to be a repress."""
        return release.medium in self.media and _is_of(release, self.year)


# What albums are sold on; the others are cut or added for an occasion.
_SOLD = (Release.Medium.VINYL, Release.Medium.SHELLAC)


def originals_of(album_year: int | None, every: Sequence[PressingLine]) -> Originals:
    """The originals among all pressings of an album, whatever the filters: those of the earliest of
    the album's own year and its pressings'. On vinyl where any is; a 78 of a year without vinyl
    is one; a flexi-disc, a lathe cut or an acetate only where the album is on nothing else."""
    held = {one.medium for one in every}
    sold = [one for one in every if one.medium in _SOLD] or every
    years = [year for year in (album_year, *(one.year for one in sold)) if year]
    first = min(years, default=None)
    found = {one.medium for one in sold if _is_of(one, first)}
    media = found & {Release.Medium.VINYL.value} or found
    main = next((medium for medium in _SOLD if medium in held), None)
    apart = held - media - {main} if main is not None else set()
    return Originals(first, frozenset(media), frozenset(apart))


def _is_of(release: PressingLine, first: int | None) -> bool:
    if release.is_unofficial or first is None or release.year != first:
        return False
    return not _says_later(release.format)


@lru_cache(maxsize=4096)
def _says_later(text: str) -> bool:
    """The pressings of an album have few formats between them."""
    return not LATER.isdisjoint(word.strip().lower() for word in text.split(","))


def filter_fields(facets: Facets, asked: Asked) -> tuple[FilterField, ...]:
    """The filters with every value that the album's pressings have, and how many have it, that of
    media where there is another than vinyl; then how reissues are grouped and in which order all
    stand."""

    def field(
        name: str,
        label: str,
        everything: str,
        pairs: Iterable[tuple[object, int]],
        words: Callable[[str], str] = str,
    ) -> FilterField:
        chosen = str(getattr(asked, name))
        counted = {str(value): count for value, count in pairs}
        if chosen:
            counted.setdefault(chosen, 0)
        options = ((value, f"{words(value)} ({count})") for value, count in counted.items())
        return FilterField(name, label, chosen, (("", everything), *options))

    countries = sorted(facets.countries, key=lambda pair: country_words(pair[0]))
    media: tuple[FilterField, ...] = ()
    if asked.medium or any(medium != Release.Medium.VINYL for medium, _count in facets.media):
        media = (field("medium", _("Medium"), _("All media"), facets.media, medium_words),)
    return (
        field("country", _("Country"), _("All countries"), countries, country_words),
        field("year", _("Year"), _("Any year"), facets.years),
        *media,
        field("format", _("Format"), _("All formats"), facets.formats),
        field("label", _("Label"), _("All labels"), sorted(facets.labels)),
        FilterField("group", _("Reissues"), asked.group, _grouping()),
        FilterField("sort", _("Order"), asked.sort, _orders()),
    )


def _grouping() -> tuple[tuple[str, str], ...]:
    return (
        ("", _("Together")),
        ("year", _("By year")),
        ("country", _("By country")),
        ("label", _("By label")),
    )


def _orders() -> tuple[tuple[str, str], ...]:
    return (
        ("year", _("Oldest first")),
        ("-year", _("Newest first")),
        ("country", _("Country")),
        ("label", _("Label")),
        ("price", _("Price")),
    )


def groups(
    releases: Sequence[PressingLine],
    *,
    originals: Originals,
    asked: Asked,
    row_of: Callable[[PressingLine], PressingRow],
) -> tuple[PressingGroup, ...]:
    """Originals, then reissues, together or in families by year, country or label, then what stands
    apart; each group in the order that the address asks for."""
    first: list[PressingRow] = []
    others: list[PressingRow] = []
    apart: list[PressingRow] = []
    for one in releases:
        group = first if originals.has(one) else apart if one.medium in originals.apart else others
        group.append(row_of(one))
    found = []
    if first:
        found.append(_group(_("Originals"), first, asked.sort))
    for name, rows in _families(others, asked):
        found.append(_group(name, rows, asked.sort))
    if apart:
        found.append(_group(_("Other media"), apart, asked.sort))
    return tuple(found)


def _families(rows: list[PressingRow], asked: Asked) -> list[tuple[str, list[PressingRow]]]:
    """Reissues under one name, or by what the address asks for: years in order, the latest first
    where the list is; countries and labels with the most pressings first, unknown ones last."""
    if not rows or not asked.group:
        return [(_("Reissues"), rows)] if rows else []
    by_value: dict[str, list[PressingRow]] = {}
    for row in rows:
        by_value.setdefault(str(getattr(row, asked.group) or ""), []).append(row)
    unknown = by_value.pop("", [])
    if asked.group == "year":
        order = sorted(by_value, key=int, reverse=asked.sort == "-year")
    else:
        order = sorted(by_value, key=lambda value: (-len(by_value[value]), value.casefold()))
    none = {
        "year": _("Year not known"),
        "country": _("Country not known"),
        "label": _("Label not known"),
    }
    found = [(_reissues_of(asked.group, value), by_value[value]) for value in order]
    return [*found, (none[asked.group], unknown)] if unknown else found


def _reissues_of(group: str, value: str) -> str:
    if group == "year":
        return _("Reissues of %(year)s") % {"year": value}
    return _("Reissues, %(whose)s") % {"whose": value}


def _group(name: str, rows: list[PressingRow], sort: str) -> PressingGroup:
    years = sorted({row.year for row in rows if row.year})
    places = len({row.country for row in rows if row.country})
    when = ""
    if years:
        when = str(years[0])
        if len(years) > 1:
            when = _("%(first)s to %(last)s") % {"first": years[0], "last": years[-1]}
    count = ngettext("%(count)s pressing", "%(count)s pressings", len(rows)) % {"count": len(rows)}
    where = ngettext("%(count)s country", "%(count)s countries", places) % {"count": places}
    note = ", ".join(part for part in (count, when, where if places else "") if part)
    return PressingGroup(name, note, tuple(sorted(rows, key=_ORDER[sort])))


def _by_year_down(row: PressingRow) -> tuple[Any, ...]:
    """The latest first; unknown years last here too."""
    return (-(row.year or 0), *_by_year(row)[1:])


def _by_year(row: PressingRow) -> tuple[Any, ...]:
    return (row.year or 9999, row.country, row.label, row.catno, row.release_id)


def _by_price(row: PressingRow) -> tuple[Any, ...]:
    """Cheapest first; without known shipping after those, without a price last."""
    money = getattr(row.tag, "money", None)
    if money is None:
        return (2, 0, *_by_year(row))
    return (int(row.tag.state == "no_shipping"), money.amount, *_by_year(row))


_ORDER: dict[str, Callable[[PressingRow], tuple[Any, ...]]] = {
    "year": _by_year,
    "-year": _by_year_down,
    "country": lambda row: (not row.country, row.country, *_by_year(row)),
    "label": lambda row: (not row.label, row.label.lower(), *_by_year(row)),
    "price": _by_price,
}


def column_heads(asked: Asked) -> tuple[ColumnHead, ...]:
    """The heads of the table; those with an address sort by it. The year's turns round where the
    list is sorted by it."""

    def sorting(key: str, label: str, css: str = "") -> ColumnHead:
        now = "ascending" if asked.sort == key else "descending" if asked.sort == f"-{key}" else ""
        then = "-year" if asked.sort == key == "year" else key
        return ColumnHead(label, asked.query(sort=then) + "#pressings", now, css)

    return (
        sorting("year", _("Year")),
        sorting("country", _("Country")),
        sorting("label", _("Label")),
        ColumnHead(_("Number")),
        ColumnHead(_("Format")),
        ColumnHead(_("Have / want"), css="r hw"),
        ColumnHead(_("Grade"), css="r"),
        sorting("price", _("Delivered"), "r"),
    )
