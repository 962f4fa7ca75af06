"""One seller's copy at Discogs as an offer. Pure."""

from __future__ import annotations

from babel.core import Locale

from pricing.grades import grade_code
from pricing.models import Quote
from pricing.providers.base import FoundQuote
from vinyl.money import Money
from vinyl.upstreams.discogs import Listing

# Inventories are of other sources than the statistics: what one tells says nothing of the other.
SOURCE = "discogs:stock"
# Discogs' names of countries that differ from those of ISO 3166 in English.
_NAMES = {
    "UK": "GB", "US": "US", "USA": "US", "Czech Republic": "CZ", "Russia": "RU",
    "South Korea": "KR", "Turkey": "TR", "Macedonia": "MK", "Bosnia and Herzegovina": "BA",
}  # fmt: skip
_CODES = {
    name: code
    for code, name in Locale.parse("en").territories.items()
    if len(code) == 2 and code.isalpha()
}


def country_code(name: str) -> str:
    """ "ES" for "Spain"; "" for a name that is no country's."""
    return _NAMES.get(name) or _CODES.get(name, "")


def offer_of(listing: Listing, *, release_id: int | None) -> FoundQuote | None:
    """The copy as an offer, in the seller's own currency; None when it is not for sale or has no
    price. Shipping stays unknown: Discogs tells it, at times, for the address of whoever asks,
    which is this site's."""
    price = listing.original_price or listing.price
    if not listing.for_sale or price is None or price.amount <= 0:
        return None
    return FoundQuote(
        key=f"listing:{listing.id}",
        kind=Quote.Kind.OFFER,
        item=Money(price.amount, price.currency),
        release_id=release_id,
        grade=grade_code(listing.condition),
        seller=listing.seller.username,
        seller_country=country_code(listing.ships_from),
        url=listing.uri,
    )
