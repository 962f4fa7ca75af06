"""What a list of records is worth: the low, median and high of the prices that may be shown now.

Prices are those of the items: shipping is another question, and often not known. A list's figure
is the sum over its lines, each with its own pressing's prices, or with its album's where no
pressing was said. Lines without a price are counted, never taken for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, DecimalField, Max, Min, Q
from django.utils import timezone

from catalog.queries import present, standing
from pricing import providers
from pricing.grades import GRADES, good_enough
from pricing.models import Quote
from pricing.viewer import Viewer
from vinyl.money import Money
from vinyl.upstreams.terms import terms_for

CENT = Decimal("0.01")


class Median(Aggregate):
    """PostgreSQL's continuous median."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: a pressing, or an album where none was said."""

    album_id: int
    release_id: int | None = None


@dataclass(frozen=True, slots=True)
class ListValue:
    """Sums in the viewer's currency; None where nothing of it may be shown. `priced` of `lines`
    lines have a price: `low` is the sum of their lowest. A source that tells the lowest of several
    copies tells nothing of the others, so `with_high` of these lines have a highest price, and
    `with_median` a median, which their source has to allow too: `high` and `median` are the sums
    of theirs alone."""

    lines: int = 0
    priced: int = 0
    with_median: int = 0
    with_high: int = 0
    low: Money | None = None
    median: Money | None = None
    high: Money | None = None

    @property
    def unpriced(self) -> int:
        return self.lines - self.priced

    @property
    def uneven(self) -> bool:
        """Whether a figure is the sum of fewer lines than another, so that they cannot be compared
        and each has to say of how many it is."""
        return not {self.with_median, self.with_high} <= {0, self.priced}


def list_value(lines: Iterable[Line], viewer: Viewer) -> ListValue:
    """What these lines are worth together. Two queries at most, none for an empty list."""
    every = list(lines)
    if not every:
        return ListValue()
    prices = _prices(every, viewer)
    found = [price for line in every if (price := _of(line, prices)) is not None]
    middles = [price["median"] for price in found if price["median"] is not None]
    highs = [price["high"] for price in found if price["high"] is not None]
    return ListValue(
        lines=len(every),
        priced=len(found),
        with_median=len(middles),
        with_high=len(highs),
        low=_sum((price["low"] for price in found), viewer),
        median=_sum(middles, viewer),
        high=_sum(highs, viewer),
    )


Prices = dict[tuple[str, int], Mapping[str, Any]]


def _of(line: Line, prices: Prices) -> Mapping[str, Any] | None:
    """The prices of the line's pressing; of its album where no pressing is said."""
    if line.release_id is not None:
        return prices.get(("release", line.release_id))
    return prices.get(("album", line.album_id))


@dataclass(frozen=True, slots=True)
class Kept:
    """What one line is worth in euros; no median or high where only a lowest price is told."""

    low: Decimal
    median: Decimal | None
    high: Decimal | None


def kept_values(lines: Iterable[Line], viewer: Viewer) -> list[Kept | None]:
    """What each line is worth, from prices that may be kept only; None for a line without. Two
    queries at most."""
    every = list(lines)
    prices = _prices(every, viewer, kept=True)
    found: list[Kept | None] = []
    for line in every:
        price = _of(line, prices)
        if price is None:
            found.append(None)
            continue
        middle, high = (
            None if price[name] is None else _cents(price[name]) for name in ("median", "high")
        )
        found.append(Kept(_cents(price["low"]), middle, high))
    return found


def _cents(amount: Any) -> Decimal:
    return Decimal(str(amount)).quantize(CENT)


def _prices(lines: list[Line], viewer: Viewer, *, kept: bool = False) -> Prices:
    quotes = Quote.objects.filter(
        allowed(medians=False, kept=kept),
        doubt="",
        is_auction=False,
        territory__in=viewer.territories,
        valid_until__gt=timezone.now(),
        grade__in=["", *(one for one in GRADES if good_enough(one, viewer.least_grade))],
    ).order_by()
    copies = ~Q(kind=Quote.Kind.LOWEST) | Q(for_sale=1)  # the lowest of one is that one's price
    middles = copies & allowed(medians=True, kept=kept)
    amounts: dict[str, Any] = {
        "low": Min("amount_eur"),
        "median": Median("amount_eur", filter=middles, output_field=DecimalField()),
        "high": Max("amount_eur", filter=copies),
    }
    releases = {line.release_id for line in lines if line.release_id is not None}
    albums = {line.album_id for line in lines if line.release_id is None}
    found: Prices = {}
    if releases:
        of_releases = quotes.filter(release_id__any=releases).values("release_id")
        found |= {("release", row["release_id"]): row for row in of_releases.annotate(**amounts)}
    if albums:
        here: Any = quotes.annotate(standing_id=present()).filter(album_id__in=standing(albums))
        of_each = here.values("standing_id").annotate(**amounts)
        found |= {("album", row["standing_id"]): row for row in of_each}
    return found


def allowed(*, medians: bool, kept: bool = False) -> Q:
    """Quotes of the sources that may stand in one figure with others', as old as each allows;
    `kept`: in one that is kept."""
    found = Q(pk__in=[])
    for source in (*providers.PROVIDERS, "shop"):
        terms = terms_for(source)
        if not terms.mixable or (medians and not terms.in_medians):
            continue
        if kept and not terms.keep_history:
            continue
        of_source = Q(source=source) | Q(source__startswith=f"{source}:")
        if terms.max_age is not None:
            of_source &= Q(observed_at__gte=timezone.now() - terms.max_age)
        found |= of_source
    return found


def _sum(amounts: Iterable[Any], viewer: Viewer) -> Money | None:
    found = [Decimal(str(amount)) for amount in amounts]
    if not found:
        return None
    return viewer.money(sum(found, Decimal(0)).quantize(CENT))
