"""Countries, their currencies, and a first guess of where somebody lives. Pure."""

from __future__ import annotations

from functools import lru_cache

from babel.core import Locale
from babel.numbers import get_currency_name, get_territory_currencies
from django.utils.translation.trans_real import parse_accept_lang_header

from vinyl.money import CURRENCIES

DEFAULT_COUNTRY, DEFAULT_CURRENCY = "ES", "EUR"
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
