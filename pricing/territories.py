"""Where a parcel goes to: a country, and the parts of Spain outside the EU's VAT area. Pure."""

from __future__ import annotations

# Spanish postcodes start with the number of their province.
_APART = {"35": "ES-CN", "38": "ES-CN", "51": "ES-CE", "52": "ES-ML"}


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
