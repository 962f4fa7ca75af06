"""Reads of what prices were: a year of prices for an album or a pressing, and what it says of now.

All prices are those of the items, without shipping, as they were asked for on a day. A day counts
where at least one price was seen on it; days between two sights count nowhere, and where more than
a week passed without one there is a gap.

Prices of now are compared with those of a day like with like: by the pressings that the same source
told of on both days, the least of theirs then with the least of theirs now. So a day on which more
pressings were asked about is neither cheap nor dear for that; and a day without any of the
pressings of now is not compared.
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

    release_id: int | None
    source: str
    grade: str
    first_day: date
    last_day: date
    seen: Sequence[int] | None
    count: int
    prices: Sequence[int]
    generated: bool

    @property
    def days(self) -> Sequence[int]:
        """Those on which it was seen, as ordinals: there are thousands, and dates are slow."""
        first = self.first_day.toordinal()
        if self.seen is None:
            return range(first, self.last_day.toordinal() + 1)
        return [first + after for after in self.seen]


# Of the album and of what was merged into it. Every page of an album asks.
_READ = """
SELECT release_id, source, grade, first_day, last_day, seen, count, prices, generated
FROM pricing_pricehistory
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

    `days` and `observations` are of the last year. `now` is the least price of the last of these
    days, where that was within a week, and `compared_now` that of the pressings that were seen on
    other days too: no other price can be called cheap for the year. `compared` are the days, the
    last among them, that can be compared with it, and `cheaper_than` the percent of the others on
    which everything was dearer; None where there are fewer than LEAST_DAYS. `off` names sources
    whose old prices are not kept, with the setting that would.
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
    compared_now: int | None = None
    compared: int = 0
    cheaper_than: int | None = None
    off: tuple[tuple[str, str], ...] = ()
    generated: bool = False
    grades: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether it is enough to speak of the year at all."""
        return self.days >= LEAST_DAYS

    @property
    def comparable(self) -> int:
        """How many days there are for a comparison; it needs LEAST_DAYS."""
        return self.days if self.now is None else self.compared


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
    since = None if days is None else today - max(YEAR, timedelta(days=days))
    found = _read(album_id, release_id, since, via_api=via_api)
    told = {row.grade for row in found if row.grade}
    fit = [row for row in found if _fits(row.grade, grade, least_grade)]
    first = min((row.first_day for row in fit), default=today)
    start = first if days is None else today - timedelta(days=days - 1)
    step = 7 if (today - start).days >= WEEKS_FROM else 1
    lows = _lows(fit, today)
    year = {day: low for day, low in lows.items() if day > (today - YEAR).toordinal()}
    latest = max(year, default=0)
    if latest <= (today - BRIDGED).toordinal():
        latest = 0  # too long ago to be now
    compared, cheaper_than, compared_now = _cheaper_than(fit, latest, year)
    return Story(
        range=asked,
        start=start,
        end=today,
        step=step,
        buckets=_buckets(fit, start, today, step),
        gaps=_gaps([date.fromordinal(day) for day in lows if day >= start.toordinal()]),
        days=len(year),
        observations=sum(row.count * sum(day in year for day in row.days) for row in fit),
        now=year.get(latest),
        compared_now=compared_now,
        compared=compared,
        cheaper_than=cheaper_than,
        off=_off(),
        generated=any(row.generated for row in fit),
        grades=tuple(code for code in GRADES if code in told),
    )


def _read(
    album_id: int, release_id: int | None, since: date | None, *, via_api: bool
) -> list[_Past]:
    given: dict[str, Any] = {
        "album": album_id,
        "sources": [one for one in _together() if not via_api or terms_for(one).via_api],
        "release": release_id,
        "since": since,
    }
    with standing.cursor() as cursor:
        cursor.execute(_READ, given)
        return [_Past(*row) for row in cursor.fetchall()]


def _off() -> tuple[tuple[str, str], ...]:
    """Sources whose old prices are not kept, with the setting that would."""
    kept = kept_sources()
    return tuple(
        (terms_for(source).label, setting)
        for source, setting in SETTINGS.items()
        if source not in kept
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


def _lows(rows: Iterable[_Past], today: date) -> dict[int, int]:
    """The least price of each day that was seen, in order of the days."""
    lows: dict[int, int] = {}
    until = today.toordinal()
    for row in rows:
        low = row.prices[0]
        for day in row.days:
            if day <= until and lows.get(day, low) >= low:
                lows[day] = low
    return dict(sorted(lows.items()))


def _buckets(rows: Sequence[_Past], start: date, end: date, step: int) -> tuple[Bucket, ...]:
    """The days cut into days or weeks, counted back from the last."""
    weights: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[int, int] = defaultdict(int)
    seen: dict[int, int] = {}
    first, last = start.toordinal(), end.toordinal()
    for row in rows:
        share = row.count / len(row.prices)
        sights: dict[int, int] = defaultdict(int)
        for day in row.days:
            if first <= day <= last:
                place = (last - day) // step
                sights[place] += 1
                if seen.get(place, 0) < day:
                    seen[place] = day
        for place, days in sights.items():
            counts[place] += row.count * days
            for price in row.prices:
                weights[place][price] += share * days
    return tuple(
        Bucket(
            first=max(start, end - timedelta(days=place * step + step - 1)),
            last=date.fromordinal(seen[place]),
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


def _cheaper_than(
    rows: Iterable[_Past], latest: int, year: Mapping[int, int]
) -> tuple[int, int | None, int | None]:
    """(how many days of the year can be compared with the latest, itself among them; on how many
    percent of the others all that was seen on both was dearer; the least price of the latest of
    what was seen on another day too). See above for what is compared."""
    alike: dict[tuple[int | None, str], dict[int, int]] = defaultdict(dict)
    for row in rows:
        lows, low = alike[row.release_id, row.source], row.prices[0]
        for day in row.days:
            if day in year and lows.get(day, low) >= low:
                lows[day] = low
    then: dict[int, int] = {}
    here: dict[int, int] = {}
    for lows in alike.values():
        now = lows.get(latest)
        if now is not None:
            for day, low in lows.items():
                then[day] = min(low, then.get(day, low))
                here[day] = min(now, here.get(day, now))
    least = min((low for day, low in here.items() if day != latest), default=None)
    if len(then) < LEAST_DAYS:
        return len(then), None, least
    dearer = sum(low > here[day] for day, low in then.items() if day != latest)
    return len(then), 100 * dearer // (len(then) - 1), least
