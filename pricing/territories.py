"""Where a parcel goes to: a country, and the parts of Spain outside the EU's VAT area. Pure.

Places of import rules are territories, ``EU`` for the European Union's VAT area, and ``*`` for
everywhere else. The Canaries, Ceuta and Melilla are Spain, but not of that area (article 6 of the
VAT directive, 2006/112/EC).
"""

from __future__ import annotations

# Spanish postcodes start with the number of their province.
_APART = {"35": "ES-CN", "38": "ES-CN", "51": "ES-CE", "52": "ES-ML"}
APART = frozenset(_APART.values())
EU, ANYWHERE = "EU", "*"
EU_COUNTRIES = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
)


def territory_of(country: str, postcode: str = "") -> str:
    """ "ES", "ES-CN" (Canaries), "ES-CE" (Ceuta), "ES-ML" (Melilla), "DE": the country, and more
    where the postcode changes what a parcel costs."""
    if country == "ES":
        return _APART.get(postcode.strip()[:2], "ES")
    return country


def postcode_matters(territory: str) -> bool:
    """Offers of such a territory are asked for by postcode; elsewhere the country is enough, and
    the answer serves everybody who lives there."""
    return "-" in territory


def zones(territory: str) -> tuple[str, ...]:
    """The places of import rules that a territory belongs to, the most exact first."""
    found = (territory, EU) if territory in EU_COUNTRIES else (territory,)
    return (*found, ANYWHERE)


def crosses_a_border(origin: str, destination: str) -> bool:
    """Whether a parcel between these territories passes customs or changes the VAT area."""
    if origin == destination:
        return False
    return not (origin in EU_COUNTRIES and destination in EU_COUNTRIES)
