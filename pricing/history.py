"""Keeping what prices were: written as they come, few rows, and fewer with age.

Only what its source's terms let be kept is written, and what they no longer let be kept goes at the
next roll-up. Prices of one day make one row for each pressing, source and grade; while they stay as
they are the row only grows longer, and keeps on which of its days they were seen: a day between two
sights is no observation. Prices in doubt and bids of auctions are none either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from pricing.models import PriceHistory
from vinyl import standing
from vinyl.upstreams.terms import SOURCES, terms_for

# A price that is seen again within so many days is taken to have stood in between, which makes it
# one row and one line of a chart; a longer time without a sight is a gap.
BRIDGED = timedelta(days=7)
DAILY_FOR = timedelta(days=365)

_QUANTILES = "ARRAY[0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1]"
_MANY = 11
# The days on which a row was seen, as days after its first: all of them where nothing is noted.
_SEEN = "coalesce({0}.seen, ARRAY(SELECT generate_series(0, {0}.last_day - {0}.first_day)))"
_PRICES = (
    f"CASE WHEN count(*) <= {_MANY} THEN array_agg(cents ORDER BY cents)"
    f" ELSE percentile_disc({_QUANTILES}) WITHIN GROUP (ORDER BY cents) END"
)
# An offer that was asked for from several territories is one price.
_OBSERVE = f"""
WITH seen AS (
    SELECT DISTINCT ON (album_id, release_id, root, grade, thing)
        album_id, release_id, root, grade, (amount_eur * 100)::int AS cents
    FROM (
        SELECT q.*, one.root, coalesce(nullif(q.url, ''), q.key) AS thing
        FROM jsonb_to_recordset(%(series)s::jsonb)
            AS one (album bigint, release bigint, root text, grade text)
        CROSS JOIN LATERAL (
            -- Each half has an index of its own: albums have many quotes, a series has few.
            SELECT * FROM pricing_quote
            WHERE one.release <> 0 AND release_id = one.release AND album_id = one.album
            UNION ALL
            SELECT * FROM pricing_quote
            WHERE one.release = 0 AND release_id IS NULL AND album_id = one.album
                AND grade = one.grade
        ) AS q
        WHERE q.grade = one.grade AND split_part(q.source, ':', 1) = one.root
            AND q.observed_at >= %(midnight)s AND q.doubt = '' AND NOT q.is_auction
    ) AS quotes
    ORDER BY album_id, release_id, root, grade, thing, observed_at DESC
), today AS (
    SELECT album_id, release_id, root AS source, grade, count(*) AS count, {_PRICES} AS prices
    FROM seen GROUP BY album_id, release_id, root, grade
), latest AS (
    SELECT DISTINCT ON (album_id, release_id, source, grade) *
    FROM pricing_pricehistory
    WHERE album_id = ANY(%(albums)s) AND last_day >= %(bridged)s AND NOT generated
    ORDER BY album_id, release_id, source, grade, last_day DESC
), told AS (
    SELECT today.*, latest.id AS last_id, latest.first_day, latest.last_day, latest.day_before,
        (latest.prices, latest.count) IS DISTINCT FROM (today.prices, today.count::int) AS differs
    FROM today LEFT JOIN latest ON latest.album_id = today.album_id
        AND latest.release_id IS NOT DISTINCT FROM today.release_id
        AND latest.source = today.source AND latest.grade = today.grade
), same_day AS (
    UPDATE pricing_pricehistory h SET prices = told.prices, count = told.count FROM told
    WHERE h.id = told.last_id AND differs AND told.last_day = %(today)s
        AND told.first_day = %(today)s
), taken_back AS (
    UPDATE pricing_pricehistory h SET last_day = coalesce(h.day_before, h.first_day),
        day_before = NULL, days = h.days - 1, seen = trim_array(h.seen, 1) FROM told
    WHERE h.id = told.last_id AND differs AND told.last_day = %(today)s
        AND told.first_day < %(today)s
), goes_on AS (
    UPDATE pricing_pricehistory h SET day_before = h.last_day, last_day = %(today)s,
        days = h.days + 1, seen = CASE WHEN h.seen IS NULL AND h.last_day = %(today)s::date - 1
            THEN NULL ELSE {_SEEN.format("h")} || (%(today)s::date - h.first_day) END
    FROM told
    WHERE h.id = told.last_id AND NOT differs AND told.last_day < %(today)s
)
INSERT INTO pricing_pricehistory (album_id, release_id, source, grade, first_day, last_day, days,
    count, prices, weekly, generated)
SELECT album_id, release_id, source, grade, %(today)s, %(today)s, 1, count, prices, false, false
FROM told
WHERE last_id IS NULL
    OR (differs AND (last_day < %(today)s OR (last_day = %(today)s AND first_day < %(today)s)))
ON CONFLICT (album_id, release_id, source, grade, first_day) DO UPDATE SET
    prices = excluded.prices, count = excluded.count, last_day = excluded.last_day,
    days = excluded.days, seen = excluded.seen
"""
# Rows of the same week become one. What lasted a week or longer is short enough as it is.
_TO_WEEKS = f"""
WITH old AS (
    DELETE FROM pricing_pricehistory
    WHERE NOT weekly AND last_day < %(before)s AND last_day - first_day < 6 RETURNING *
), weeks AS (
    SELECT album_id, release_id, source, grade, date_trunc('week', first_day) AS week,
        min(first_day) AS first_day, max(last_day) AS last_day, sum(days) AS days,
        greatest(1, round(sum(count * days)::numeric / sum(days))) AS count,
        bool_or(generated) AS generated
    FROM old GROUP BY 1, 2, 3, 4, 5
), spread AS (
    SELECT album_id, release_id, source, grade, date_trunc('week', first_day) AS week,
        {_PRICES} AS prices
    FROM old, unnest(prices) AS cents GROUP BY 1, 2, 3, 4, 5
), sights AS (
    SELECT album_id, release_id, source, grade, date_trunc('week', first_day) AS week,
        array_agg(DISTINCT first_day + after ORDER BY first_day + after) AS dates
    FROM old, unnest({_SEEN.format("old")}) AS after GROUP BY 1, 2, 3, 4, 5
)
INSERT INTO pricing_pricehistory (album_id, release_id, source, grade, first_day, last_day, days,
    seen, count, prices, weekly, generated)
SELECT weeks.album_id, weeks.release_id, weeks.source, weeks.grade, first_day, last_day, days,
    CASE WHEN cardinality(dates) <= last_day - first_day
        THEN ARRAY(SELECT one - first_day FROM unnest(dates) AS one ORDER BY 1) END,
    count, prices, true, generated
FROM weeks JOIN spread ON spread.album_id = weeks.album_id AND spread.week = weeks.week
    AND spread.release_id IS NOT DISTINCT FROM weeks.release_id
    AND spread.source = weeks.source AND spread.grade = weeks.grade
JOIN sights ON sights.album_id = weeks.album_id AND sights.week = weeks.week
    AND sights.release_id IS NOT DISTINCT FROM weeks.release_id
    AND sights.source = weeks.source AND sights.grade = weeks.grade
ON CONFLICT (album_id, release_id, source, grade, first_day) DO NOTHING
"""


def kept_sources() -> list[str]:
    """The sources whose old prices may be kept here and now, without their branches."""
    return [source for source in (*SOURCES, "shop") if terms_for(source).keep_history]


# An album, a pressing of it or None, a source without its branch, a grade.
Series = tuple[int, int | None, str, str]
_SERIES = ("album", "release", "root", "grade")


def observe(series: Iterable[Series], now: datetime) -> None:
    """Write down what these cost today, from the quotes that were seen since midnight (UTC). One
    statement; runs in the transaction that wrote the quotes, under their albums' locks."""
    kept, today = kept_sources(), now.date()
    told = sorted({(one[0], one[1] or 0, one[2], one[3]) for one in series if one[2] in kept})
    if not told:
        return
    given: dict[str, Any] = {
        "albums": sorted({one[0] for one in told}),
        "series": json.dumps([dict(zip(_SERIES, one, strict=True)) for one in told]),
        "midnight": datetime.combine(today, time(), tzinfo=UTC),
        "today": today,
        "bridged": today - BRIDGED,
    }
    with standing.cursor() as cursor:
        cursor.execute(_OBSERVE, given)


def roll_up(today: date) -> int:
    """Put what is older than a year into rows of a week, and forget what may not be kept (any
    more). Returns how many rows fewer there are."""
    with transaction.atomic():
        gone = PriceHistory.objects.exclude(source__in=kept_sources()).delete()[0]
        before = today - DAILY_FOR
        old = PriceHistory.objects.filter(weekly=False, last_day__lt=before)
        count = old.count()
        with connection.cursor() as cursor:
            cursor.execute(_TO_WEEKS, {"before": before})
            made = cursor.rowcount
        lasting = old.update(weekly=True)
    return gone + count - made - lasting
