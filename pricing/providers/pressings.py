"""Whether a listing's title tells of one certain pressing. Pure."""

from __future__ import annotations

from catalog.matching import normalise_number, parse_listing
from pricing.providers.base import Pressing

SAME, OTHER, UNKNOWN = "same", "other", ""
# A number shorter than this stands in many titles by chance.
SHORTEST_NUMBER = 4
# Discogs' names of countries that listings name, by the two letters that listings are read into.
_COUNTRIES = {
    "GB": {"UK", "England", "UK & Ireland", "UK & Europe"}, "US": {"US", "USA & Canada"},
    "DE": {"Germany", "West Germany", "Germany, Austria, & Switzerland"}, "FR": {"France"},
    "ES": {"Spain"}, "IT": {"Italy"}, "JP": {"Japan"}, "NL": {"Netherlands"},
    "CA": {"Canada", "USA & Canada"}, "AU": {"Australia", "Australia & New Zealand"},
    "SE": {"Sweden"}, "BR": {"Brazil"}, "MX": {"Mexico"}, "AR": {"Argentina"},
    "PT": {"Portugal"}, "GR": {"Greece"}, "JM": {"Jamaica"}, "EU": {"Europe", "UK & Europe"},
}  # fmt: skip


def told_pressing(title: str, pressing: Pressing) -> str:
    """SAME where the title names the pressing's catalogue number, or its year and its country;
    OTHER where it names another year or country; UNKNOWN where it does not say."""
    number = normalise_number(pressing.catalogue_number)
    if len(number) >= SHORTEST_NUMBER and number in normalise_number(title):
        return SAME
    listing = parse_listing(title)
    year = _agrees(listing.year, pressing.year)
    country = None
    if listing.country and pressing.country:
        country = pressing.country in _COUNTRIES.get(listing.country, set())
        # "Europe" on a listing may be any pressing made there.
        if not country and "EU" in (listing.country, _code(pressing.country)):
            country = None
    if year is False or country is False:
        return OTHER
    return SAME if year and country else UNKNOWN


def _agrees(said: int | None, known: int | None) -> bool | None:
    return None if said is None or known is None else said == known


def _code(country: str) -> str:
    return next((code for code, names in _COUNTRIES.items() if country in names), "")
