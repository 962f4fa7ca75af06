"""Reads of what prices were: a year of prices for an album or a pressing, and what it says of now.

All prices are those of the items, without shipping, as they were asked for on a day. A day counts
as seen where at least one price was; what was seen again within a week stands in between too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pricing.grades import GRADES, at_least
from pricing.history import BRIDGED, kept_sources
from vinyl import standing
from vinyl.upstreams.terms import terms_for

YEAR = timedelta(days=365)
# Ranges that a page offers, in days; None is all that is kept.
RANGES: Mapping[str, int | None] = {"3m": 92, "1y": 365, "all": None}
DEFAULT_RANGE = "1y"
# Less than this is no year to compare with.
LEAST_DAYS = 14
# From here on a point of the chart is a week.
WEEKS_FROM = 120
SETTINGS = {"discogs": "DISCOGS_KEEP_PRICE_HISTORY", "ebay": "EBAY_CONSENT"}


@dataclass(frozen=True, slots=True)
class _Past:
    """As much of a PriceHistory as a story is made of."""

    grade: str
    first_day: date
    last_day: date
    count: int
    prices: Sequence[int]
    generated: bool


# Of the album and of what was merged into it. Every page of an album asks.
_READ = """
SELECT grade, first_day, last_day, count, prices, generated FROM pricing_pricehistory
WHERE album_id IN (
        SELECT id FROM catalog_album WHERE id = %(album)s OR merged_into_id = %(album)s)
    AND source = ANY(%(sources)s) AND (%(release)s::bigint IS NULL OR release_id = %(release)s)
    AND (%(since)s::date IS NULL OR last_day >= %(since)s)
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A day or a week of the chart, up to the last day on which something was seen: the least price
    and the median, in euro cents, of `count` observations (a price on a day is one)."""

    first: date
    last: date
    low: int
    median: int
    count: int


@dataclass(frozen=True, slots=True)
class Story:
    """What prices were from `start` to `end`. `gaps` are the days from, and the day to, between
    which nothing was seen for longer than a week.

    `now` is the least price seen within the last week and `cheaper_than` the percent of the other
    days of the last year on which everything was dearer; None where fewer than LEAST_DAYS `days`
    were seen. `off` names sources whose old prices are not kept, with the setting that would.
    """

    range: str
    start: date
    end: date
    step: int
    buckets: tuple[Bucket, ...] = ()
    gaps: tuple[tuple[date, date], ...] = ()
    days: int = 0
    observations: int = 0
    now: int | None = None
    cheaper_than: int | None = None
    off: tuple[tuple[str, str], ...] = ()
    generated: bool = False
    grades: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        return self.days >= LEAST_DAYS


def price_story(
    *,
    album_id: int,
    today: date,
    release_id: int | None = None,
    least_grade: str = "",
    grade: str = "",
    asked: str = DEFAULT_RANGE,
    via_api: bool = False,
) -> Story:
    """The story of an album, or of one pressing, over a range of RANGES (the year where it is none
    of them). `grade` narrows to one grade, else `least_grade` or better, with those that nobody
    told. `via_api` leaves out sources whose prices programs may not have. One query."""
    asked = asked if asked in RANGES else DEFAULT_RANGE
    days = RANGES[asked]
    sources = [one for one in _together() if not via_api or terms_for(one).via_api]
    since = None if days is None else today - max(YEAR, timedelta(days=days))
    given: dict[str, Any] = {
        "album": album_id,
        "sources": sources,
        "release": release_id,
        "since": since,
    }
    with standing.cursor() as cursor:
        cursor.execute(_READ, given)
        found = [_Past(*row) for row in cursor.fetchall()]
    told = {row.grade for row in found if row.grade}
    fit = [row for row in found if _fits(row.grade, grade, least_grade)]
    first = min((row.first_day for row in fit), default=today)
    start = first if days is None else today - timedelta(days=days - 1)
    step = 7 if (today - start).days >= WEEKS_FROM else 1
    lows, counts = _by_day(fit, today)
    year = {day: low for day, low in lows.items() if day > today - YEAR}
    now = _now(year, today)
    return Story(
        range=asked,
        start=start,
        end=today,
        step=step,
        buckets=_buckets(fit, start, today, step),
        gaps=_gaps([day for day in lows if day >= start]),
        days=len(year),
        observations=sum(count for day, count in counts.items() if day > today - YEAR),
        now=now,
        cheaper_than=_cheaper_than(year, now, today),
        off=tuple(
            (terms_for(source).label, setting)
            for source, setting in SETTINGS.items()
            if source not in kept_sources()
        ),
        generated=any(row.generated for row in fit),
        grades=tuple(code for code in GRADES if code in told),
    )


def _together() -> list[str]:
    """Sources that are kept and may stand in one figure."""
    return [
        source
        for source in kept_sources()
        if source == "shop" or (terms_for(source).mixable and terms_for(source).in_medians)
    ]


def _fits(code: str, only: str, least: str) -> bool:
    if only:
        return code == only
    return not code or not least or code in at_least(least)


def _by_day(rows: Iterable[_Past], today: date) -> tuple[dict[date, int], dict[date, int]]:
    """(the least price, how many prices) of each day that was seen, in order of the days."""
    lows: dict[date, int] = {}
    counts: dict[date, int] = defaultdict(int)
    for row in rows:
        low, day = row.prices[0], row.first_day
        while day <= min(row.last_day, today):
            known = lows.get(day)
            lows[day] = low if known is None or low < known else known
            counts[day] += row.count
            day += timedelta(days=1)
    return dict(sorted(lows.items())), counts


def _buckets(rows: Sequence[_Past], start: date, end: date, step: int) -> tuple[Bucket, ...]:
    """The rows cut into days or weeks, counted back from the last day."""
    weights: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[int, int] = defaultdict(int)
    seen: dict[int, date] = {}
    for row in rows:
        first, last = max(row.first_day, start), min(row.last_day, end)
        if first > last:
            continue
        share = row.count / len(row.prices)
        for place in range((end - last).days // step, (end - first).days // step + 1):
            newest = end - timedelta(days=place * step)
            oldest = newest - timedelta(days=step - 1)
            days = (min(last, newest) - max(first, oldest)).days + 1
            counts[place] += row.count * days
            seen[place] = max(seen.get(place, oldest), min(last, newest))
            for price in row.prices:
                weights[place][price] += share * days
    return tuple(
        Bucket(
            first=max(start, end - timedelta(days=place * step + step - 1)),
            last=seen[place],
            low=min(weights[place]),
            median=_median(weights[place]),
            count=counts[place],
        )
        for place in sorted(weights, reverse=True)
    )


def _median(weights: Mapping[int, float]) -> int:
    """The price up to which half of all stand."""
    half, so_far = sum(weights.values()) / 2, 0.0
    for price in sorted(weights):
        so_far += weights[price]
        if so_far >= half:
            return price
    return max(weights)


def _gaps(days: Sequence[date]) -> tuple[tuple[date, date], ...]:
    return tuple(
        (before, after)
        for before, after in zip(days, days[1:], strict=False)
        if after - before > BRIDGED
    )


def _now(lows: Mapping[date, int], today: date) -> int | None:
    recent = [day for day in lows if day > today - BRIDGED]
    return lows[max(recent)] if recent else None


def _cheaper_than(lows: Mapping[date, int], now: int | None, today: date) -> int | None:
    """On how many percent of the other days everything was dearer than now."""
    if now is None or len(lows) < LEAST_DAYS:
        return None
    latest = max(day for day in lows if day > today - BRIDGED)
    others = [low for day, low in lows.items() if day != latest]
    return 100 * sum(low > now for low in others) // len(others)
