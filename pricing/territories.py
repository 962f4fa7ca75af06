"""Where a parcel goes to: a country, or a part of one outside the EU's VAT area. Pure.

Places of import rules are territories, ``EU`` for the European Union's VAT area, and ``*`` for
everywhere else. The Canaries, Ceuta and Melilla are Spain and Åland is Finland, but not of that
area (article 6 of the VAT directive, 2006/112/EC); Monaco counts as France there (article 7), and
Liechtenstein is of Switzerland's area for customs and VAT (their treaties of 1923 and 1994).
"""

from __future__ import annotations

# How postcodes begin there: with the number of the province in Spain, with 22 on Åland.
_APART = {
    ("ES", "35"): "ES-CN", ("ES", "38"): "ES-CN", ("ES", "51"): "ES-CE", ("ES", "52"): "ES-ML",
    ("FI", "22"): "FI-AX",
}  # fmt: skip
APART = frozenset(_APART.values())
# Countries with letters of their own within another's area, or a part of it; sellers' places have
# them too.
_COUNTED_AS = {"MC": "FR", "LI": "CH"}
_PART_OF = {"AX": "FI-AX"}
EU, ANYWHERE = "EU", "*"
EU_COUNTRIES = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
)


def territory_of(country: str, postcode: str = "") -> str:
    """ "ES", "ES-CN" (Canaries), "ES-CE" (Ceuta), "ES-ML" (Melilla), "FI-AX" (Åland), "DE": the
    country, and more where the postcode changes what a parcel costs."""
    return _APART.get((country, postcode.strip()[:2])) or _PART_OF.get(country, country)


def postcode_matters(territory: str) -> bool:
    """Offers of such a territory are asked for by postcode; elsewhere the country is enough, and
    the answer serves everybody who lives there."""
    return "-" in territory


def zones(territory: str) -> tuple[str, ...]:
    """The places of import rules that a territory belongs to, the most exact first."""
    found = [_PART_OF.get(territory, territory)]
    if territory in _COUNTED_AS:
        found.append(_COUNTED_AS[territory])
    if found[-1] in EU_COUNTRIES:
        found.append(EU)
    return (*found, ANYWHERE)


def crosses_a_border(origin: str, destination: str) -> bool:
    """Whether a parcel between these territories passes customs or changes the VAT area."""
    counted = _COUNTED_AS | _PART_OF
    here, there = (counted.get(one, one) for one in (origin, destination))
    if here == there:
        return False
    return not (here in EU_COUNTRIES and there in EU_COUNTRIES)
