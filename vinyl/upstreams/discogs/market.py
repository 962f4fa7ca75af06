"""Discogs' marketplace answers: restricted data, shown for six hours at most (see terms).

Prices are item prices: shipping, country and grade are not in them. A missing shipping price is
unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from vinyl.upstreams import reading

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Price:
    """An amount with its ISO currency code."""

    amount: Decimal
    currency: str

    @classmethod
    def from_json(cls, data: Any) -> Price | None:
        """None for null, {} and anything without a readable value and currency."""
        if not isinstance(data, Mapping):
            return None
        currency = reading.text(data.get("currency") or data.get("curr_abbr")).upper()
        value = reading.amount(data.get("value"), currency)
        return cls(value, currency) if value is not None and len(currency) == 3 else None


@dataclass(frozen=True)
class MarketplaceStats:
    """`lowest` is None while nothing is for sale (then `num_for_sale` is 0) or it is blocked."""

    release_id: int
    lowest: Price | None
    num_for_sale: int
    blocked: bool = False

    @classmethod
    def from_json(cls, release_id: int, data: Json) -> MarketplaceStats:
        lowest = Price.from_json(data.get("lowest_price"))
        number = reading.maybe_whole(data.get("num_for_sale"))
        blocked = data.get("blocked_from_sale") is True
        # Only a count of 0 says that nothing is for sale: a price may be missing by mistake.
        if lowest is None and not blocked and number != 0:
            raise reading.Malformed("copies for sale without a price")
        return cls(release_id=release_id, lowest=lowest, num_for_sale=number or 0, blocked=blocked)


@dataclass(frozen=True)
class PriceSuggestions:
    """Grade in Discogs' words ("Very Good Plus (VG+)") to price, in the asking seller's
    currency. Empty for a release that Discogs has no suggestion for."""

    release_id: int
    by_grade: Mapping[str, Price]

    @classmethod
    def from_json(cls, release_id: int, data: Json) -> PriceSuggestions:
        found = {grade: Price.from_json(value) for grade, value in data.items()}
        return cls(release_id, {grade: price for grade, price in found.items() if price})


@dataclass(frozen=True)
class Seller:
    """`rating` is a percentage 0-100 or None; `shipping_text` is free text by the seller."""

    username: str
    id: int | None = None
    rating: Decimal | None = None
    ratings: int | None = None
    min_order: Decimal | None = None
    shipping_text: str = ""

    @classmethod
    def from_json(cls, data: Json) -> Seller:
        stats = reading.sub(data, "stats")
        return cls(
            username=reading.text(data.get("username")),
            id=reading.maybe_whole(data.get("id")),
            rating=reading.maybe_number(stats.get("rating")),
            ratings=reading.maybe_whole(stats.get("total")),
            min_order=reading.maybe_number(data.get("min_order_total")),
            shipping_text=reading.text(data.get("shipping")),
        )


@dataclass(frozen=True)
class Listing:
    """One copy for sale. `price` is converted to the asked currency, `original_price` is the
    seller's own; `shipping` is None where unknown. `format` is one string."""

    id: int
    status: str
    price: Price | None
    original_price: Price | None
    shipping: Price | None
    seller: Seller
    release_id: int
    condition: str = ""
    sleeve_condition: str = ""
    comments: str = ""
    ships_from: str = ""
    allows_offers: bool = False
    posted_at: datetime | None = None
    artist: str = ""
    title: str = ""
    format: str = ""
    year: int | None = None
    catno: str = ""
    label: str = ""
    uri: str = ""

    @property
    def for_sale(self) -> bool:
        return self.status == "For Sale"

    @classmethod
    def from_json(cls, data: Json) -> Listing:
        release = reading.sub(data, "release")
        return cls(
            id=reading.required_id(data.get("id"), "listing"),
            status=reading.text(data.get("status")),
            price=Price.from_json(data.get("price")),
            original_price=Price.from_json(data.get("original_price")),
            shipping=Price.from_json(data.get("shipping_price")),
            seller=Seller.from_json(reading.sub(data, "seller")),
            release_id=reading.required_id(release.get("id"), "listed release"),
            condition=reading.text(data.get("condition")),
            sleeve_condition=reading.text(data.get("sleeve_condition")),
            comments=reading.text(data.get("comments")),
            ships_from=reading.text(data.get("ships_from")),
            allows_offers=data.get("allow_offers") is True,
            posted_at=reading.moment(data.get("posted")),
            artist=reading.text(release.get("artist")),
            title=reading.text(release.get("title")) or reading.text(release.get("description")),
            format=reading.text(release.get("format")),
            year=reading.year(release.get("year")),
            catno=reading.text(release.get("catalog_number")),
            label=reading.text(release.get("label")),
            uri=reading.text(data.get("uri")),
        )
