"""Countries, their currencies, and a first guess of where somebody lives. Pure."""

from __future__ import annotations

import re
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
# (pattern, example) of the postcodes of countries whose form is known, in capitals and with single
# blanks. Spain's begin with a province, 01 to 52; of the United Kingdom's and Ireland's the part
# before the blank tells enough.
POSTCODES = {
    "AT": (r"[1-9]\d{3}", "1010"), "AU": (r"\d{4}", "2000"), "BE": (r"[1-9]\d{3}", "1000"),
    "BG": (r"[1-9]\d{3}", "1000"), "CA": (r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "K1A 0B1"),
    "CH": (r"[1-9]\d{3}", "8001"), "CY": (r"[1-9]\d{3}", "1010"),
    "CZ": (r"[1-7]\d{2} ?\d{2}", "110 00"), "DE": (r"(0[1-9]|[1-9]\d)\d{3}", "10115"),
    "DK": (r"\d{4}", "1050"), "EE": (r"\d{5}", "10111"),
    "ES": (r"(0[1-9]|[1-4]\d|5[0-2])\d{3}", "28013"), "FI": (r"\d{5}", "00100"),
    "FR": (r"(0[1-9]|[1-9]\d)\d{3}", "75001"),
    "GB": (r"[A-Z]{1,2}\d[A-Z\d]?( ?\d[A-Z]{2})?", "SW9 8PR"),
    "GR": (r"[1-8]\d{2} ?\d{2}", "104 31"), "HR": (r"[1-5]\d{4}", "10000"),
    "HU": (r"[1-9]\d{3}", "1011"), "IE": (r"[A-Z]\d[\dW]( ?[A-Z\d]{4})?", "D02 X285"),
    "IT": (r"\d{5}", "00118"), "JP": (r"\d{3}-?\d{4}", "100-0001"),
    "LT": (r"(LT-)?\d{5}", "LT-01100"), "LU": (r"(L-)?[1-9]\d{3}", "L-1009"),
    "LV": (r"(LV-)?\d{4}", "LV-1010"), "MT": (r"[A-Z]{3} ?\d{4}", "VLT 1117"),
    "NL": (r"[1-9]\d{3} ?[A-Z]{2}", "1012 AB"), "NO": (r"\d{4}", "0150"),
    "PL": (r"\d{2}-?\d{3}", "00-001"), "PT": (r"[1-9]\d{3}(-\d{3})?", "1000-001"),
    "RO": (r"\d{6}", "010011"), "SE": (r"[1-9]\d{2} ?\d{2}", "111 20"),
    "SI": (r"(SI-)?[1-9]\d{3}", "1000"), "SK": (r"[089]\d{2} ?\d{2}", "811 01"),
    "US": (r"\d{5}(-\d{4})?", "10001"),
}  # fmt: skip
# Of other countries anything that looks like one will do.
ANY_POSTCODE = r"[A-Z0-9][A-Z0-9 -]{1,10}"
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


def postcode_example(country: str, postcode: str) -> str | None:
    """None for what is a postcode of that country, or may be one; else one that is, "" where none
    is known."""
    pattern, example = POSTCODES.get(country, (ANY_POSTCODE, ""))
    fits = postcode.isascii() and re.fullmatch(pattern, postcode)
    return None if fits else example


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
