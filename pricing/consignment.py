"""Several copies of one seller: sent in one parcel, or each in a parcel of its own. Pure.

In: `Copy`, one record as its seller offers it, amounts in one currency, that of the rule book where
a border is crossed. Out: `Consignment`, both ways of sending with what each costs, from `low` to
`high` in the same currency. What a border takes is pricing.landed_cost's to know; where its rules
come from stands in the rows of ImportRule.

What one parcel's shipping costs nobody tells. It is taken to lie between the dearest single
shipping, because the parcel holds that record too, and the sum of all, because for that money the
seller sends each alone: an estimate. Where one copy's shipping is not told, that of the parcel is
not told either, and only what follows from the goods is said: charges on nothing but the goods are
then exact, and those that grow with shipping have no upper end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import add

from pricing.landed_cost import (
    GOODS,
    NOTHING,
    ORDER,
    TAXED,
    LandedCost,
    Parcel,
    Rule,
    RuleBook,
    parcels_cost,
)
from pricing.territories import crosses_a_border
from vinyl.money import Money


@dataclass(frozen=True, slots=True)
class Copy:
    """One record: `shipping` alone to the buyer, None where it is not told; `origin` a territory,
    "" where it is not known."""

    item: Money
    shipping: Money | None
    origin: str


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high`; `high` None: at least `low`, and nobody knows how much more."""

    low: Money
    high: Money | None

    @property
    def is_range(self) -> bool:
        return self.high is None or self.low < self.high

    def __add__(self, other: Span) -> Span:
        high = self.high + other.high if self.high is not None and other.high is not None else None
        return Span(self.low + other.low, high)


@dataclass(frozen=True, slots=True)
class KindOfCharge:
    """One kind of charge (DUTY, VAT, HANDLING) over all parcels. `source_url` is where a rule of it
    is written; `is_estimate`: nobody confirmed one of them."""

    charge: str
    span: Span
    source_url: str = ""
    is_estimate: bool = True


@dataclass(frozen=True, slots=True)
class Sending:
    """One way to send the copies. `shipping` None: not told. `charges` None: what the border takes
    is not known; empty: it takes nothing."""

    parcels: int
    goods: Money
    shipping: Span | None
    charges: tuple[KindOfCharge, ...] | None

    @property
    def charged(self) -> Span | None:
        """All charges together."""
        if self.charges is None:
            return None
        nothing = Money(NOTHING, self.goods.currency)
        return reduce(add, (one.span for one in self.charges), Span(nothing, nothing))

    @property
    def before_shipping(self) -> Span | None:
        """Goods and charges; None where the charges are not known."""
        charged = self.charged
        return None if charged is None else Span(self.goods, self.goods) + charged

    @property
    def total(self) -> Span | None:
        """Delivered; None where shipping or the charges are not known."""
        before = self.before_shipping
        return None if before is None or self.shipping is None else before + self.shipping


@dataclass(frozen=True, slots=True)
class Consignment:
    """The same copies sent both ways. `passes_threshold`: in one parcel other rules hold than for
    a copy alone, because the goods together are worth more."""

    together: Sending
    apart: Sending
    passes_threshold: bool


def consign(
    copies: Sequence[Copy],
    *,
    destination: str = "",
    book: RuleBook | None = None,
    on: date | None = None,
) -> Consignment:
    """What these copies of one seller cost at `destination` on the day `on`, in one parcel and
    each in its own.

    ValueError for no copy and for a negative amount; CurrencyMismatch for two currencies.
    """
    if not copies:
        raise ValueError("nothing to send")
    items = tuple(copy.item for copy in copies)
    told = [copy.shipping for copy in copies if copy.shipping is not None]
    shipping = None
    if len(told) == len(copies):
        shipping = Span(max(told, key=lambda one: one.amount), reduce(add, told))
    way = _Way(destination, book, on)
    origin = _origin(copies, destination)
    singles = [Parcel(copy.origin, (copy.item,), copy.shipping) for copy in copies]
    if shipping is None:
        together = way.sent([Parcel(origin, items, None)])
        apart = way.sent([Parcel(one.origin, one.items, None) for one in singles])
    else:
        together = way.sent(
            [Parcel(origin, items, shipping.low)], [Parcel(origin, items, shipping.high)]
        )
        apart = way.sent(singles)
    whole = way.rules(Parcel(origin, items, None))
    passes = together.charges is not None and any(way.rules(one) != whole for one in singles)
    return Consignment(together, apart, passes)


def _origin(copies: Iterable[Copy], destination: str) -> str:
    """Where one parcel of all comes from; "" where that cannot be told, because the copies lie in
    several places from which not all come without a border."""
    origins = sorted({copy.origin for copy in copies})
    if len(origins) == 1 or (
        destination and all(one and not crosses_a_border(one, destination) for one in origins)
    ):
        return origins[0]
    return ""


@dataclass(frozen=True, slots=True)
class _Way:
    destination: str
    book: RuleBook | None
    on: date | None

    def sent(self, least: Sequence[Parcel], most: Sequence[Parcel] | None = None) -> Sending:
        """These parcels; `most` are the same ones with the most that shipping may come to."""
        told = all(parcel.shipping is not None for parcel in least)
        # Charges never fall as shipping grows: those on no shipping are the least of any.
        low = self._cost(least if told else [_free(parcel) for parcel in least])
        high = low if most is None else self._cost(most)
        shipping = None
        if told and low.shipping is not None:
            shipping = Span(low.shipping, high.shipping)
        known = low.charges_known and high.charges_known
        open_kinds = () if told else self._growing(least)
        charges = _kinds(low, high, open_kinds) if known else None
        return Sending(len(least), low.item, shipping, charges)

    def rules(self, parcel: Parcel) -> dict[str, Rule]:
        """The rule for each kind of charge on a parcel; none where no border is crossed."""
        if self.book is None or self.on is None or not (self.destination and parcel.origin):
            return {}
        if not crosses_a_border(parcel.origin, self.destination):
            return {}
        goods = reduce(add, parcel.items).amount
        found = {
            kind: self.book.choose(kind, parcel.origin, self.destination, goods, self.on)
            for kind in ORDER
        }
        return {kind: rule for kind, rule in found.items() if rule is not None}

    def _cost(self, parcels: Sequence[Parcel]) -> LandedCost:
        return parcels_cost(parcels, destination=self.destination, book=self.book, on=self.on)

    def _growing(self, parcels: Iterable[Parcel]) -> tuple[str, ...]:
        """The kinds that a dearer shipping makes dearer."""
        rules = [rule for parcel in parcels for rule in self.rules(parcel).values()]
        shares = [rule for rule in rules if rule.base != GOODS and rule.share_high > 0]
        grow = {rule.charge for rule in shares}
        if any(rule.waived_up_to > 0 for rule in shares):  # and with what is levied comes a fee
            grow |= {rule.charge for rule in rules if rule.per == TAXED}
        return tuple(kind for kind in ORDER if kind in grow)


def _free(parcel: Parcel) -> Parcel:
    return Parcel(parcel.origin, parcel.items, Money(Decimal(0), parcel.items[0].currency))


def _kinds(
    low: LandedCost, high: LandedCost, open_kinds: Sequence[str]
) -> tuple[KindOfCharge, ...]:
    found = []
    nothing = Money(NOTHING, low.item.currency)
    for kind in ORDER:
        least = [one for one in low.charges if one.charge == kind]
        most = [one for one in high.charges if one.charge == kind]
        if not most and kind not in open_kinds:
            continue
        top = reduce(add, (one.high for one in most), nothing)
        span = Span(
            reduce(add, (one.low for one in least), nothing), None if kind in open_kinds else top
        )
        source = next((one.source_url for one in most if one.source_url), "")
        estimate = any(one.is_estimate for one in most)
        found.append(KindOfCharge(kind, span, source, estimate))
    return tuple(found)
