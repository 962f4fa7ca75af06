"""A simulated past of prices for the sandbox, so that a new site has a year to show.

Every row is marked as generated. What is simulated leads to the prices that stand now, with weeks
in which nothing was seen, and is the same for the same album.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from pricing.history import Series, kept_sources
from pricing.models import PriceHistory, Quote
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue

DAYS = 400
# Weeks without a sight, counted back from today.
UNSEEN = (range(150, 186),)
# A pressing of which nobody asks every day; two of three such stretches change the price.
STRETCH = (2, 9)
MOST_SERIES = 24

DEMO_PAST = "pricing.demo_past"
# The first prices of the demo come within minutes; who has none by then gets no past.
DEMO_PAUSE = timedelta(seconds=30)
DEMO_TRIES = 20

_PRESENT = """
SELECT release_id, split_part(source, ':', 1), grade,
    array_agg((amount_eur * 100)::int ORDER BY amount_eur)
FROM pricing_quote
WHERE album_id = %s AND doubt = '' AND NOT is_auction
GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1 NULLS FIRST, 2, 3 LIMIT %s
"""


def queue_demo_past(album_ids: Sequence[int]) -> Job:
    """Have these albums get a past as soon as they have prices."""
    return enqueue(DEMO_PAST, payload={"album_ids": list(album_ids)}, dedupe_key="demo")


def simulate_pasts(album_ids: Sequence[int], asked: int) -> tuple[int | None, int]:
    """(rows written, tries so far); None for the rows while some album has no prices yet and there
    are tries left."""
    if not settings.SANDBOX:
        return 0, asked
    rows = sum(simulate_past(album_id) for album_id in album_ids)
    waiting = [one for one in album_ids if not Quote.objects.filter(album_id=one).exists()]
    if waiting and asked + 1 < DEMO_TRIES:
        return None, asked + 1
    return rows, asked + 1


def simulate_past(album_id: int) -> int:
    """Invent a year of prices for an album with present quotes and no past. Returns how many rows
    were written."""
    if PriceHistory.objects.filter(album_id=album_id, generated=True).exists():
        return 0
    if not Quote.objects.filter(album_id=album_id).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [album_id, MOST_SERIES])
        present = cursor.fetchall()
    today, kept = timezone.now().date(), kept_sources()
    rows = [
        row
        for release_id, source, grade, prices in present
        if source in kept
        for row in _past((album_id, release_id, source, grade), prices, today)
    ]
    PriceHistory.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)


def _past(series: Series, prices: list[int], today: date) -> Iterator[PriceHistory]:
    """Stretches of days from long ago up to yesterday, walking towards today's prices."""
    album_id, release_id, source, grade = series
    draw = random.Random("|".join(map(str, series)))
    factor = draw.uniform(1.0, 1.35)
    back = DAYS
    while back > 0:
        length = min(draw.randint(*STRETCH), back)
        first, last = today - timedelta(days=back), today - timedelta(days=back - length + 1)
        if not any(back in unseen or back - length + 1 in unseen for unseen in UNSEEN):
            asked = sorted(_around(prices, factor, draw))
            yield PriceHistory(
                album_id=album_id,
                release_id=release_id,
                source=source,
                grade=grade,
                first_day=first,
                last_day=last,
                days=length,
                count=len(asked),
                prices=asked,
                generated=True,
            )
        back -= length
        # Back to today's level in the end, with ups and downs on the way.
        factor += (1.0 - factor) * 0.03 + draw.gauss(0, 0.025)
        factor = min(1.6, max(0.8, factor))


def _around(prices: list[int], factor: float, draw: random.Random) -> Iterable[int]:
    """What was asked then: some of today's offers at another price."""
    number = max(1, min(len(prices), 11) - draw.randint(0, 2))
    for price in draw.sample(prices, min(number, len(prices))):
        yield max(100, round(price * factor * draw.uniform(0.95, 1.1) / 10) * 10)
