"""What a copy costs once it is at the door: item, shipping and what the border takes. Pure.

Charges come from rules (rows of ImportRule, turned into one currency), never from constants here.
A parcel is charged as a whole: thresholds look at the goods of the parcel, fixed amounts are raised
once for each parcel or for each item line in it. Where a rule leaves it open the result is a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pricing.territories import crosses_a_border, zones
from vinyl.money import CurrencyMismatch, Money

DUTY, VAT, HANDLING = "duty", "vat", "handling"
ORDER = (DUTY, VAT, HANDLING)  # VAT is raised on duty too
GOODS, DELIVERED, ALL = "goods", "delivered", "all"
LINE, TAXED = "line", "taxed"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One charge; fields as in ImportRule, every amount in the currency of its RuleBook."""

    code: str
    charge: str
    origin: str
    destination: str
    valid_from: date
    valid_until: date | None = None
    share_low: Decimal = NOTHING
    share_high: Decimal = NOTHING
    base: str = DELIVERED
    fixed_low: Decimal = NOTHING
    fixed_high: Decimal = NOTHING
    per: str = "parcel"
    above: Decimal | None = None
    up_to: Decimal | None = None
    waived_up_to: Decimal = NOTHING
    source_url: str = ""
    is_estimate: bool = True
    note: str = ""

    def covers(self, goods: Decimal, on: date) -> bool:
        """Whether it holds that day for goods of that value."""
        if self.valid_from > on or (self.valid_until is not None and self.valid_until < on):
            return False
        if self.above is not None and goods <= self.above:
            return False
        return self.up_to is None or goods <= self.up_to


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules that are known, in `currency`."""

    currency: str
    rules: tuple[Rule, ...] = ()
    # The rules between two places, best first: many parcels take the same way.
    _ways: dict[tuple[str, str, str], tuple[Rule, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def choose(
        self, charge: str, origin: str, destination: str, goods: Decimal, on: date
    ) -> Rule | None:
        """The rule for one charge: the most exact destination, then the most exact origin, then
        the latest day. None where nobody wrote one."""
        way = (charge, origin, destination)
        if way not in self._ways:
            self._ways[way] = self._between(*way)
        return next((rule for rule in self._ways[way] if rule.covers(goods, on)), None)

    def has_gap(self, charge: str, origin: str, destination: str, goods: Decimal, on: date) -> bool:
        """Whether rules are written for a charge on this way and none for goods of that value or
        for that day: nobody knows what is raised then, and it is not taken for nothing."""
        found = self.choose(charge, origin, destination, goods, on)
        return found is None and bool(self._ways[(charge, origin, destination)])

    def _between(self, charge: str, origin: str, destination: str) -> tuple[Rule, ...]:
        there, here = zones(destination), zones(origin)
        fit = [
            rule
            for rule in self.rules
            if rule.charge == charge and rule.destination in there and rule.origin in here
        ]
        fit.sort(
            key=lambda rule: (
                there.index(rule.destination),
                here.index(rule.origin),
                -rule.valid_from.toordinal(),
                rule.code,
            )
        )
        return tuple(fit)


@dataclass(frozen=True, slots=True)
class Charge:
    """What one rule takes from a parcel, from `low` to `high`."""

    charge: str
    low: Money
    high: Money
    code: str = ""
    source_url: str = ""
    is_estimate: bool = True

    def as_json(self) -> dict[str, Any]:
        """For a row of the database; amounts as text, so that no cent is lost."""
        return {
            "charge": self.charge,
            "low": str(self.low.amount),
            "high": str(self.high.amount),
            "currency": self.low.currency,
            "code": self.code,
            "source": self.source_url,
            "estimate": self.is_estimate,
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Charge:
        """The charge that `as_json` wrote."""
        return cls(
            charge=row["charge"],
            low=Money(Decimal(row["low"]), row["currency"]),
            high=Money(Decimal(row["high"]), row["currency"]),
            code=row["code"],
            source_url=row["source"],
            is_estimate=row["estimate"],
        )


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one seller sends at once. `shipping` None: not known; `origin` "": not known."""

    origin: str
    items: tuple[Money, ...]
    shipping: Money | None


@dataclass(frozen=True, slots=True)
class LandedCost:
    """``total`` is the most that it comes to, ``least`` the least. Both are None where shipping or
    the border's part is not known: unknown is never counted as zero."""

    item: Money
    shipping: Money | None
    total: Money | None
    least: Money | None = None
    charges: tuple[Charge, ...] = ()
    charges_known: bool = True

    @property
    def known(self) -> bool:
        return self.total is not None

    @property
    def is_range(self) -> bool:
        return self.total is not None and self.least is not None and self.least < self.total

    @property
    def shown(self) -> Money:
        """The amount to show: the total, or the item alone, to be marked as such."""
        return self.total if self.total is not None else self.item

    @property
    def order(self) -> tuple[bool, Decimal]:
        """Sorts known totals first, cheapest first; unknown shipping ranks behind all of them."""
        return (self.total is None, self.shown.amount)


def landed_cost(
    item: Money,
    shipping: Money | None,
    *,
    origin: str = "",
    destination: str = "",
    book: RuleBook | None = None,
    on: date | None = None,
) -> LandedCost:
    """One copy in a parcel of its own; without a destination nothing crosses a border."""
    return parcels_cost(
        [Parcel(origin, (item,), shipping)], destination=destination, book=book, on=on
    )


def parcels_cost(
    parcels: Sequence[Parcel],
    *,
    destination: str = "",
    book: RuleBook | None = None,
    on: date | None = None,
) -> LandedCost:
    """What these parcels cost together at `destination` (a territory, "": the border is left out)
    on the day `on`.

    All amounts in one currency, that of `book` where a border is crossed (CurrencyMismatch
    otherwise). Raises ValueError for a negative amount and for no parcel at all.
    """
    if not parcels or not all(parcel.items for parcel in parcels):
        raise ValueError("a parcel has something in it")
    costs = [_parcel(parcel, destination, book, on) for parcel in parcels]
    if len(costs) == 1:
        return costs[0]
    item = _sum(cost.item for cost in costs)
    known = all(cost.total is not None for cost in costs)
    shipped = all(cost.shipping is not None for cost in costs)
    return LandedCost(
        item=item,
        shipping=_sum(cost.shipping for cost in costs if cost.shipping) if shipped else None,
        total=_sum(cost.total for cost in costs if cost.total) if known else None,
        least=_sum(cost.least for cost in costs if cost.least) if known else None,
        charges=tuple(charge for cost in costs for charge in cost.charges),
        charges_known=all(cost.charges_known for cost in costs),
    )


def _parcel(parcel: Parcel, destination: str, book: RuleBook | None, on: date | None) -> LandedCost:
    goods = _sum(parcel.items)
    shipping = parcel.shipping
    if any(one.amount < 0 for one in parcel.items) or (shipping and shipping.amount < 0):
        raise ValueError("a price is never negative")
    charges: tuple[Charge, ...] | None = ()
    if destination and (not parcel.origin or crosses_a_border(parcel.origin, destination)):
        charges = _border(parcel, goods, destination, book, on)
    if shipping is None or charges is None:
        return LandedCost(goods, shipping, None, None, charges or (), charges is not None)
    delivered = goods + shipping
    total = _sum([delivered, *(charge.high for charge in charges)])
    least = _sum([delivered, *(charge.low for charge in charges)])
    return LandedCost(goods, shipping, total, least, charges)


def _border(
    parcel: Parcel, goods: Money, destination: str, book: RuleBook | None, on: date | None
) -> tuple[Charge, ...] | None:
    """What the border takes from one parcel; None where it cannot be told: the sender's place is
    not known, no rule says what VAT is raised, those on duty leave such goods out, or a percentage
    needs the unknown shipping."""
    if not parcel.origin or book is None or on is None:
        return None
    if book.currency != goods.currency:
        raise CurrencyMismatch(f"rules in {book.currency}, goods in {goods.currency}")
    if book.choose(VAT, parcel.origin, destination, goods.amount, on) is None:
        return None
    if book.has_gap(DUTY, parcel.origin, destination, goods.amount, on):
        return None
    if parcel.shipping is None:
        return None
    found: list[Charge] = []
    for kind in ORDER:
        rule = book.choose(kind, parcel.origin, destination, goods.amount, on)
        if rule is not None:
            found.append(_charge(rule, parcel, goods, parcel.shipping, found))
    return tuple(charge for charge in found if charge.high.amount > 0)


def _charge(
    rule: Rule, parcel: Parcel, goods: Money, shipping: Money, before: Sequence[Charge]
) -> Charge:
    low = high = goods.amount
    if rule.base in (DELIVERED, ALL):
        low, high = low + shipping.amount, high + shipping.amount
    if rule.base == ALL:
        duties = [charge for charge in before if charge.charge == DUTY]
        low += sum((charge.low.amount for charge in duties), NOTHING)
        high += sum((charge.high.amount for charge in duties), NOTHING)
    # Records of one consignment may stand on one line of the declaration or on one each.
    lines = len(parcel.items) if rule.per == LINE else 1
    low = low * rule.share_low / 100 + rule.fixed_low
    high = high * rule.share_high / 100 + rule.fixed_high * lines
    if rule.per == TAXED:  # where nothing is levied nobody asks for the work of levying it
        low = low if any(one.low.amount > 0 for one in before) else NOTHING
        high = high if any(one.high.amount > 0 for one in before) else NOTHING
    return Charge(
        charge=rule.charge,
        low=_raised(low, rule, goods.currency),
        high=_raised(high, rule, goods.currency),
        code=rule.code,
        source_url=rule.source_url,
        is_estimate=rule.is_estimate,
    )


def _raised(amount: Decimal, rule: Rule, currency: str) -> Money:
    return Money(NOTHING if amount <= rule.waived_up_to else amount, currency).rounded()


def _sum(amounts: Iterable[Money]) -> Money:
    first, *others = amounts
    for one in others:
        first = first + one
    return first
