"""Where a parcel goes to: a country, or a part of one outside the EU's VAT area. Pure.

Places of import rules are territories, ``EU`` for the European Union's VAT area, and ``*`` for
everywhere else. The Canaries, Åland, Mount Athos, Campione d'Italia and overseas France are of the
EU's customs territory, but not of that area; Ceuta, Melilla, Helgoland, Büsingen and Livigno are of
neither (article 6 of the VAT directive, 2006/112/EC; article 4 of the customs code, 952/2013).
Monaco counts as France there (article 7), and Liechtenstein and Büsingen are of Switzerland's area
for customs and VAT (the treaties of 1923, 1994 and 1964).
"""

from __future__ import annotations

from typing import NamedTuple

# Of overseas France, but not where: eBay shows a postcode's first two digits, and some of these
# places are of the customs territory and some are not.
OVERSEAS = "FR-OM"
# How postcodes begin there. Overseas France goes by the letters that its parts have of their own,
# as eBay and Discogs name them too; 97133 and 97150 are islands that once were of Guadeloupe.
_APART = {
    "DE": {"78266": "DE-BUS", "27498": "DE-HEL"},
    "ES": {"35": "ES-CN", "38": "ES-CN", "51": "ES-CE", "52": "ES-ML"},
    "FI": {"22": "FI-AX"},
    "FR": {
        "97": OVERSEAS, "971": "GP", "97133": "BL", "97150": "MF", "972": "MQ", "973": "GF",
        "974": "RE", "975": "PM", "976": "YT", "977": "BL", "978": "MF",
        "98": OVERSEAS, "980": "MC", "986": "WF", "987": "PF", "988": "NC",
    },
    "GR": {"63086": "GR-ATH"},
    "IT": {"23041": "IT-LIV", "22061": "IT-CAM"},
}  # fmt: skip
PARTED = frozenset(_APART)  # countries of which a postcode tells more
APART = frozenset(one for parts in _APART.values() for one in parts.values() if "-" in one)
_LONGEST, _SHORTEST = 5, 2
# Places within another's area, and countries by their letters that are a part of one; sellers'
# places have them too.
_COUNTED_AS = {"MC": "FR", "LI": "CH", "DE-BUS": "CH"}
_PART_OF = {"AX": "FI-AX"}
EU, ANYWHERE = "EU", "*"
EU_COUNTRIES = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
)


def territory_of(country: str, postcode: str = "") -> str:
    """ "ES", "ES-CN" (the Canaries), "RE" (Réunion, of France or by its own letters), "FR-OM"
    (overseas France, where no more is told), "DE": the country, and more where the postcode, or as
    much of it as is told ("35***"), changes what a parcel costs."""
    parts = _APART.get(country, {})
    digits = "".join(sign for sign in postcode if sign.isdecimal())
    starts = (digits[:length] for length in range(_LONGEST, _SHORTEST - 1, -1))
    found = next((parts[start] for start in starts if start in parts), None)
    return found or _PART_OF.get(country, country)


class Homes(NamedTuple):
    """People of one country whose postcodes begin so (() for however), and not so; with digits
    alone."""

    country: str
    begins: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


def homes_of(territory: str) -> tuple[Homes, ...]:
    """Who lives there: the other way round than `territory_of`. Of countries by their letters there
    are more than are listed, so one that is a territory by itself is among them."""
    found = []
    for country, parts in _APART.items():
        begins = tuple(start for start, part in parts.items() if part == territory)
        if country == territory:
            found.append(Homes(country, but=tuple(parts)))
        elif begins:
            others = (start for start, part in parts.items() if part != territory)
            found.append(Homes(country, begins, tuple(o for o in others if o.startswith(begins))))
    found += [Homes(country) for country, part in _PART_OF.items() if part == territory]
    if "-" not in territory and territory not in PARTED and territory not in _PART_OF:
        found.append(Homes(territory))
    return tuple(found)


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
        return here == OVERSEAS  # two places, perhaps
    return not (here in EU_COUNTRIES and there in EU_COUNTRIES)
