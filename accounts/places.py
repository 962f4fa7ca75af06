"""Countries, their currencies, and a first guess of where somebody lives. Pure."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from babel.core import Locale, get_global
from babel.numbers import get_currency_name, get_territory_currencies
from django.utils.translation.trans_real import parse_accept_lang_header

from vinyl.money import CURRENCIES

DEFAULT_COUNTRY, DEFAULT_CURRENCY = "ES", "EUR"
DEFAULT_ZONE = "Europe/Madrid"
# In which the browser's script tells its time zone.
ZONE_COOKIE = "time_zone"
# Where most people live, in countries with several time zones.
MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": DEFAULT_ZONE, "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty", "MX": "America/Mexico_City", "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "US": "America/New_York",
}  # fmt: skip
# Spanish postcodes by their province.
SPANISH_ZONES = {
    "35": "Atlantic/Canary", "38": "Atlantic/Canary", "51": "Africa/Ceuta", "52": "Africa/Ceuta",
}  # fmt: skip
# Groups, test codes and places without shops or post among the two-letter codes.
NOT_COUNTRIES = frozenset("EU EZ UN QO XA XB ZZ AQ BV HM TF CP DG EA IC AC TA".split())
# What browsers say everywhere in the world until somebody changes it.
SAYS_LITTLE = "en-us"


@lru_cache(maxsize=8)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """(ISO 3166 code, name in the language), by name."""
    names = Locale.parse(language).territories
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    ]
    return tuple(sorted(found, key=lambda pair: pair[1].casefold()))


@lru_cache(maxsize=8)
def currencies(language: str) -> tuple[tuple[str, str], ...]:
    """(ISO 4217 code, "EUR · Euro"), those that rates exist for."""
    return tuple(
        (code, f"{code} · {get_currency_name(code, locale=language)}") for code in CURRENCIES
    )


def currency_of(country: str) -> str:
    """What is paid with there, where we have rates for it; else euros."""
    known = [code for code in get_territory_currencies(country) if code in CURRENCIES]
    return known[0] if known else DEFAULT_CURRENCY


def guess_country(accept_language: str) -> str:
    """The country of the first language in the header that names one; Spain otherwise."""
    known = {code for code, _name in countries("en")}
    for tag, _weight in parse_accept_lang_header(accept_language):
        region = tag.rpartition("-")[2].upper()
        if tag != SAYS_LITTLE and "-" in tag and region in known:
            return region
    return DEFAULT_COUNTRY


def zone_of(country: str, postcode: str = "") -> str:
    """The time zone of most people there, by its IANA name; Spain's where it is not known."""
    if country == "ES" and postcode[:2] in SPANISH_ZONES:
        return SPANISH_ZONES[postcode[:2]]
    found = MAIN_ZONES.get(country) or _only_zones().get(country, DEFAULT_ZONE)
    return found if is_zone(found) else DEFAULT_ZONE


def is_zone(name: str) -> bool:
    """Whether this is the name of a time zone that people live in."""
    return name in time_zones()


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """All zones named after a place, by name."""
    places = (name for name in available_timezones() if "/" in name)
    return tuple(sorted(name for name in places if not name.startswith(("Etc/", "SystemV/"))))


@lru_cache(maxsize=1)
def _only_zones() -> dict[str, str]:
    """Zones of the countries that have one. From Unicode's CLDR, as shipped with Babel."""
    found: dict[str, list[str]] = {}
    for zone, country in get_global("zone_territories").items():
        found.setdefault(country, []).append(zone)
    return {country: zones[0] for country, zones in found.items() if len(zones) == 1}
