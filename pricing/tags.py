"""The price of an album or a pressing as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vinyl.money import Money


@dataclass(frozen=True, slots=True)
class EditionPrice:
    """What another edition costs: ``UK 1973 original``; `money` the total where `delivered` (its
    lower end `least`, where it is a range), else `missing` tells what is not in it, see
    pricing.parts."""

    label: str
    money: Money
    delivered: bool
    missing: str = ""
    least: Money | None = None


@dataclass(frozen=True, slots=True)
class PriceTag:
    """The price of an album or a pressing as components/_price_tag.html draws it.

    `state` is known, under_median, asking, not_asked, no_shipping, stale, down or none. `money`
    is in the viewer's currency: the total where `delivered`, else the item alone. A stale tag
    has money only where its source's terms still allow to show it. `job_ids` are asked now;
    `asked` says who is, where a price stands all the while.
    `least` is the least that a total may come to, where what the border takes is a range and
    `money` its upper end.
    `beside` are the best prices of the other editions (originals, reissues), for the same people.
    `lowest` and `spent` say who gets the page's stickers, see pricing.stickers. `missing` is what
    an item's price leaves open (pricing.parts.missing). `old_rate` says in words that the tag, or
    what stands beside it, was converted with an old exchange rate.
    """

    state: str = "not_asked"
    money: Money | None = None
    median_percent: int | None = None
    release_label: str = ""
    delivered: bool = False
    observed_at: datetime | None = None
    lowest: bool = False
    spent: bool = False
    who: str = ""
    next_try: datetime | None = None
    source: str = ""
    album_id: int | None = None
    release_id: int | None = None
    job_ids: tuple[int, ...] = ()
    grade: str = ""
    beside: tuple[EditionPrice, ...] = ()
    missing: str = ""
    old_rate: str = ""
    asked: str = ""
    least: Money | None = None
