"""What a copy costs once it is at the door. Pure; version 1: the item and its shipping.

VAT, duty and handling of parcels that cross a border are not in it: eBay's offers are asked for
inside the European Union only, and Discogs' figures name no country at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vinyl.money import Money


@dataclass(frozen=True, slots=True)
class LandedCost:
    """``total`` is None where the shipping is not known: unknown is never counted as zero."""

    item: Money
    shipping: Money | None
    total: Money | None

    @property
    def known(self) -> bool:
        return self.total is not None

    @property
    def shown(self) -> Money:
        """The amount to show: the total, or the item alone, to be marked as such."""
        return self.total if self.total is not None else self.item

    @property
    def order(self) -> tuple[bool, Decimal]:
        """Sorts known totals first, cheapest first; unknown shipping ranks behind all of them."""
        return (self.total is None, self.shown.amount)


def landed_cost(item: Money, shipping: Money | None) -> LandedCost:
    """Item plus shipping, both in one currency (CurrencyMismatch otherwise)."""
    if item.amount < 0 or (shipping is not None and shipping.amount < 0):
        raise ValueError("a price is never negative")
    return LandedCost(item, shipping, None if shipping is None else item + shipping)
