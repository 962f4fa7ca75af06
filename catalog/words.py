"""Dates, countries and media of pressings as a page says them: the catalogue keeps Discogs' own
words."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from babel.core import Locale
from babel.dates import format_date
from babel.lists import format_list
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from catalog.models import Release

# Names at Discogs that no list of today has and that are shown as they are.
_SELDOM = frozenset((
    "Asia", "Australasia", "Bohemia", "Central America", "Dahomey", "Gulf Cooperation Council",
    "Korea", "Korea (pre-1945)", "Ottoman Empire", "Protectorate of Bohemia and Moravia",
    "Russia & CIS", "Serbia and Montenegro", "South Pacific", "Southern Sudan", "Upper Volta",
    "USA, Canada & UK", "Zanzibar",
))  # fmt: skip
_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_BETWEEN = re.compile(r",? (?:&|and) |, ")
# What Discogs calls otherwise than Unicode's list of territories.
_CODES = {
    "UK": "GB", "US": "US", "USA": "US", "Burma": "MM",
    "Czech Republic": "CZ", "Turkey": "TR", "Macedonia": "MK", "Swaziland": "SZ", "Reunion": "RE",
    "Ivory Coast": "CI", "Palestine": "PS", "Bahamas, The": "BS", "Gambia, The": "GM",
    "Man, Isle of": "IM", "Virgin Islands": "VI", "Congo, Republic of the": "CG",
    "Congo, Democratic Republic of the": "CD",
}  # fmt: skip
# Places that are in no such list, states that were and parts of the world; and two that have a
# longer name there.
_OTHERS = {
    "Hong Kong": gettext_noop("Hong Kong"),
    "Macau": gettext_noop("Macau"),
    "Yugoslavia": gettext_noop("Yugoslavia"),
    "USSR": gettext_noop("USSR"),
    "Czechoslovakia": gettext_noop("Czechoslovakia"),
    "German Democratic Republic (GDR)": gettext_noop("German Democratic Republic (GDR)"),
    "Germany, Federal Republic Of": gettext_noop("West Germany"),
    "West Germany": gettext_noop("West Germany"),
    "Austria-Hungary": gettext_noop("Austria-Hungary"),
    "Netherlands Antilles": gettext_noop("Netherlands Antilles"),
    "Rhodesia": gettext_noop("Rhodesia"),
    "Zaire": gettext_noop("Zaire"),
    "Indochina": gettext_noop("Indochina"),
    "South Vietnam": gettext_noop("South Vietnam"),
    "Scandinavia": gettext_noop("Scandinavia"),
    "Benelux": gettext_noop("Benelux"),
    "Middle East": gettext_noop("Middle East"),
    "North America (inc Mexico)": gettext_noop("North America (with Mexico)"),
    "Worldwide": gettext_noop("Worldwide"),
    "Unknown": gettext_noop("Unknown country"),
}


def written_date(text: str) -> str:
    """A source's date as far as it goes, in the page's language: "1999-03-00" is March 1999. Text
    that is no date stays as it is."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return text.strip()
    year, month, day = (int(part or 0) for part in found.groups())
    language = _language()
    try:
        if day and month:
            pattern = "d 'de' MMMM 'de' yyyy" if language == "es" else "d MMMM yyyy"
            return format_date(date(year, month, day), pattern, locale=language)
        if month:
            pattern = "MMMM 'de' yyyy" if language == "es" else "MMMM yyyy"
            return format_date(date(year, month, 1), pattern, locale=language)
    except ValueError:
        return text.strip()  # month 13, the 31st of February: as the source has it
    return str(year) if year else ""


def released_words(text: str, year: int | None) -> str:
    """When a pressing came out, as far as it is known; "" where nothing is."""
    return written_date(text) or str(year or "")


def iso_date(text: str, year: int | None = None) -> str:
    """ISO 8601 cut to what is known: "1999-03-12", "1999-03" or "1999"; the year where the text is
    no date, "" without either."""
    found = _WRITTEN.fullmatch(text.strip())
    told, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if not told:
        return f"{year:04}" if year else ""
    if not 1 <= month <= 12:
        return f"{told:04}"
    if not 1 <= day <= monthrange(told, month)[1]:
        return f"{told:04}-{month:02}"
    return f"{told:04}-{month:02}-{day:02}"


def country_named(text: str) -> str:
    """The catalogue's name of a country or region that somebody wrote: by that name, by its English
    one or by its two letters ("GB" and "united kingdom" are "UK"), several at once too; "" for what
    is none."""
    wanted = text.strip()
    if wanted in _OTHERS or wanted in _SELDOM:
        return wanted
    if wanted in _CODES:
        return _by_code()[_CODES[wanted]]
    if len(wanted) == 2 and wanted.isalpha():
        return _by_code().get(wanted.upper(), "")
    code = _english().get(wanted.casefold().replace(" and ", " & "), "")
    if code:
        return _by_code()[code]
    found = _by_folded().get(wanted.casefold(), "")
    if found:
        return found
    parts = [part for part in _BETWEEN.split(wanted) if part]
    return wanted if len(parts) > 1 and all(country_named(part) for part in parts) else ""


@lru_cache(maxsize=1)
def _by_code() -> dict[str, str]:
    """The catalogue's names by the codes of Unicode's list: Discogs' own where it has one, the
    first where it has two."""
    named = {code: str(name) for code, name in Locale("en").territories.items()}
    own = {"EU": "Europe"}
    for name, code in _CODES.items():
        own.setdefault(code, name)
    return named | own


@lru_cache(maxsize=1)
def _by_folded() -> dict[str, str]:
    own = {name.casefold(): _by_code()[code] for name, code in _CODES.items()}
    return own | {name.casefold(): name for name in (*_OTHERS, *_SELDOM)}


def country_words(name: str) -> str:
    """A pressing's country in the page's language, where it is known by its English name; several
    at once too ("UK & Europe"). English pages show Discogs' own words, and so does what is not
    known. For showing only: filters and wants name countries as Discogs does."""
    return countries_in_words()(name)


def countries_in_words() -> Callable[[str], str]:
    """`country_words` for a list: the page's language is looked up once, and not for each line."""
    language = _language()
    if language == "en":
        return str
    return lambda name: _in(name, language) if name else name


def medium_words(medium: str) -> str:
    """The kind of record in the page's language; what is no medium stays as it is."""
    names: dict[str, str] = {
        Release.Medium.VINYL: _("Vinyl"),
        Release.Medium.SHELLAC: _("Shellac"),
        Release.Medium.FLEXI: _("Flexi-disc"),
        Release.Medium.LATHE: _("Lathe cut"),
        Release.Medium.ACETATE: _("Acetate"),
    }
    return names.get(medium, medium)


def format_words(medium: str, text: str) -> str:
    """A pressing's format as a list tells it: 'Flexi-disc, 7", Single'. Vinyl goes without
    saying, and so does what the format says by itself."""
    if medium == Release.Medium.VINYL:
        return text
    name = medium_words(medium)
    said = {word.strip().casefold() for word in text.split(",")}
    if name.casefold() in said:
        return text
    return f"{name}, {text}" if text else name


def _language() -> str:
    return (get_language() or "en").split("-")[0]


@lru_cache(maxsize=4096)
def _in(name: str, language: str) -> str:
    whole = _place(name, language)
    if whole:
        return whole
    places = [_place(part, language) for part in _BETWEEN.split(name)]
    return format_list(places, locale=language) if all(places) else name


def _place(name: str, language: str) -> str:
    """One place's name in the language, "" where it is not known. Called in that language only."""
    if name in _OTHERS:
        return _(_OTHERS[name])
    code = _CODES.get(name) or _english().get(name.casefold().replace(" and ", " & "), "")
    return str(Locale.parse(language).territories.get(code, "")) if code else ""


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    """Codes of territories by their English names, from Unicode's CLDR as shipped with Babel."""
    return {str(name).casefold(): code for code, name in Locale("en").territories.items()}
