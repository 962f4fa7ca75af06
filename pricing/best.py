"""The cheapest live quote of each album, kept as rows so that lists need not look for it.

A row stands for a territory ("" for quotes that hold everywhere), a group of sources that may stand
in one list, an edition (originals, reissues, not known) and a least grade. Of copies of different
grades only those have a row that are better than every cheaper one: a reader who insists on VG+
takes the cheapest row of VG+ or better. Rows are made from the quotes alone, by one statement for
few albums and for all, in the transaction that writes the quotes; so a full rebuild finds them as
they are.

Never the best: a quote in doubt (see pricing.doubts), an auction's present bid, and what is only
for a territory that nobody lives in or asked from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection, transaction

from pricing import doubts
from pricing.grades import GRADES
from pricing.models import PricedTerritory, Quote
from vinyl import standing
from vinyl.prepared import Prepared
from vinyl.upstreams.terms import SOURCES, terms_for

OPEN = "open"
# Where somebody without an account is taken to live, see pricing.viewer.
DEFAULT_TERRITORY = "ES"
ALBUMS_AT_ONCE = 50_000
_LOCK = 0x50524943  # this room's advisory locks

# Quotes that may be the best. Grades count from 1, the best; a grade that nobody told suits all.
_LIVE = """live AS (
    SELECT q.id, q.album_id, q.territory, q.edition, q.valid_until,
        CASE WHEN split_part(q.source, ':', 1) = ANY(%(mixable)s) THEN %(open)s
            ELSE split_part(q.source, ':', 1) END AS terms_group,
        coalesce(array_position(%(grades)s::text[], q.grade::text), 1) AS place,
        coalesce(q.total_eur, q.amount_eur) AS total, q.total_eur IS NOT NULL AS known
    FROM {source}
    WHERE {which} AND q.territory = ANY(%(territories)s)
)"""
_AS_STORED = "WITH " + _LIVE.replace("{source}", "pricing_quote q").replace(
    "{which}", "{quotes} AND q.valid_until > %(now)s AND q.doubt = '' AND NOT q.is_auction"
)
# Asked so, the planner knows that nearly all are.
_JUDGED_NOW = f"{doubts.JUDGED}, " + _LIVE.replace("{source}", "judged q").replace(
    "{which}", "q.judged NOT IN ('low', 'high')"
)
# The rows as they should be.
_WANTED = """
, walked AS (
    SELECT *, min(place) OVER (
        PARTITION BY album_id, territory, terms_group, edition
        ORDER BY known DESC, total, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS cheaper FROM live
), wanted AS MATERIALIZED (
    SELECT album_id, territory, terms_group, edition, (%(grades)s::text[])[place] AS least_grade,
        id AS quote_id, total AS total_eur, known AS shipping_known, valid_until
    FROM walked WHERE cheaper IS NULL OR place < cheaper
)"""
# What differs is written and counted, but for where a row ran out by itself: that is the minute
# job's to follow up, and no difference.
_WRITE = """
, ran_out AS (
    SELECT DISTINCT album_id, territory, terms_group, edition FROM pricing_albumbestprice b
    WHERE {rows} AND b.valid_until <= %(now)s
), gone AS (
    DELETE FROM pricing_albumbestprice b WHERE {rows} AND NOT EXISTS (
        SELECT FROM wanted w WHERE w.album_id = b.album_id AND w.territory = b.territory
            AND w.terms_group = b.terms_group AND w.edition = b.edition
            AND w.least_grade = b.least_grade)
    RETURNING b.album_id, b.territory, b.terms_group, b.edition
), changed AS (
    INSERT INTO pricing_albumbestprice AS b (album_id, territory, terms_group, edition,
        least_grade, quote_id, total_eur, shipping_known, valid_until, updated_at)
    SELECT w.*, %(now)s FROM wanted w LEFT JOIN pricing_albumbestprice b
        ON {rows} AND b.album_id = w.album_id AND b.territory = w.territory
            AND b.terms_group = w.terms_group AND b.edition = w.edition
            AND b.least_grade = w.least_grade
    WHERE b.id IS NULL OR (b.quote_id, b.total_eur, b.shipping_known, b.valid_until)
        IS DISTINCT FROM (w.quote_id, w.total_eur, w.shipping_known, w.valid_until)
    ON CONFLICT (album_id, territory, terms_group, edition, least_grade) DO UPDATE SET
        quote_id = excluded.quote_id, total_eur = excluded.total_eur,
        shipping_known = excluded.shipping_known, valid_until = excluded.valid_until,
        updated_at = excluded.updated_at
    RETURNING b.album_id, b.territory, b.terms_group, b.edition
)
SELECT count(*) FILTER (WHERE r.album_id IS NULL)
FROM (SELECT * FROM gone UNION ALL SELECT * FROM changed) AS touched
LEFT JOIN ran_out r USING (album_id, territory, terms_group, edition)
"""
# Which quotes (q) and rows (b) a statement is about.
_SOME = "{0}.album_id = ANY(%(albums)s)"
_SOMEWHERE = "{0}.album_id = ANY(%(albums)s) AND {0}.territory = ANY(%(places)s)"
_RANGE = "{0}.album_id > %(low)s AND {0}.album_id <= %(high)s"
_ENDS = """
SELECT least(min(q), min(b)), greatest(max(q), max(b)) FROM
    (SELECT min(album_id) AS q FROM pricing_quote UNION ALL
     SELECT max(album_id) FROM pricing_quote) AS quotes,
    (SELECT min(album_id) AS b FROM pricing_albumbestprice UNION ALL
     SELECT max(album_id) FROM pricing_albumbestprice) AS rows
"""


_TERRITORIES = Prepared(lambda: PricedTerritory.objects.values_list("code", flat=True))


def terms_group(source: str) -> str:
    """The list that a source's offers may stand in: the common one, or its own."""
    root = source.partition(":")[0]
    return OPEN if terms_for(root).mixable else root


def shown_eur(quote: Quote) -> Decimal:
    """With shipping where it is known, else the item alone."""
    return quote.amount_eur if quote.total_eur is None else quote.total_eur


def order(quote: Quote) -> tuple[bool, Decimal, int]:
    """Known totals first, then by amount; the older row wins a tie."""
    return (quote.total_eur is None, shown_eur(quote), quote.pk)


def lock(album_ids: Iterable[int]) -> None:
    """Let one transaction at a time write these albums' prices; two sources answer at once. Taken
    in the order of the ids, so that two who want several never wait for each other."""
    with standing.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s::int, id) FROM"
            " (SELECT DISTINCT (one %% 2147483648)::int AS id FROM unnest(%s::bigint[]) AS one"
            " ORDER BY id) AS ids",
            [_LOCK, list(album_ids)],
        )


def refresh(album_id: int, now: datetime) -> int:
    """Make an album's rows follow its quotes; see refresh_many."""
    return refresh_many([album_id], now)


def refresh_many(
    album_ids: Iterable[int],
    now: datetime,
    *,
    places: Iterable[str] | None = None,
    locked: bool = False,
    judge: bool = False,
) -> int:
    """Make the rows of these albums follow their quotes, in one statement; with `places` only those
    of these territories ("" too where it is meant). `locked`: the caller's transaction has their
    locks. `judge`: what came was written just now, and which prices are in doubt is decided anew.
    Returns how many live rows were not as they should be; where one ran out by itself nothing is
    counted."""
    albums = sorted(set(album_ids))
    if not albums:
        return 0
    given: dict[str, Any] = {"albums": albums}
    if places is not None:
        given["places"] = sorted(set(places))
    which = _SOME if places is None else _SOMEWHERE
    if locked:
        return _follow(which, given, now, judge=judge)
    with transaction.atomic():
        lock(albums)
        return _follow(which, given, now, judge=judge)


def send_refresh(
    cursor: Any,
    album_ids: Iterable[int],
    now: datetime,
    *,
    places: Iterable[str],
    territories: Iterable[str],
) -> None:
    """As refresh_many, locked and judging, but nobody reads what comes of it: the statement can go
    together with others. `territories` are those that rows are kept for, see kept_territories."""
    given = {
        "albums": sorted(set(album_ids)),
        "places": sorted(set(places)),
        "territories": list(territories),
    }
    cursor.execute(_written(_SOMEWHERE, judge=True), _values(now) | given)


def rebuild(now: datetime) -> Iterator[tuple[int, int]]:
    """Compare every row with the quotes, `ALBUMS_AT_ONCE` album numbers at a time, and mend them.
    Yields (the last album number looked at, differences found so far).

    Writers wait while a part is compared, so that none writes a row that this would take for
    wrong; readers never wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENDS)
        first, last = cursor.fetchone() or (None, None)
    differed = 0
    low = (first or 1) - 1
    while last is not None and low < last:
        high = low + ALBUMS_AT_ONCE
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE pricing_albumbestprice IN SHARE ROW EXCLUSIVE MODE")
                # The rows of one part are sorted and compared in memory. Quotes lie as they came,
                # not by album: row by row through an index each page would be read many times.
                cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL enable_indexscan = off")
            differed += _follow(_RANGE, {"low": low, "high": high}, now)
        yield min(high, last), differed
        low = high


def _follow(which: str, given: dict[str, Any], now: datetime, *, judge: bool = False) -> int:
    values = _values(now) | {"territories": kept_territories()}
    with connection.cursor() as cursor:
        cursor.execute(_written(which, judge=judge), values | given)
        return int(cursor.fetchone()[0])


@cache
def _written(which: str, *, judge: bool) -> str:
    """The statement about these quotes and rows."""
    return ((_JUDGED_NOW if judge else _AS_STORED) + _WANTED + _WRITE).format(
        quotes=which.format("q"), rows=which.format("b")
    )


def _values(now: datetime) -> dict[str, Any]:
    return doubts.VALUES | {
        "now": now,
        "open": OPEN,
        "grades": list(GRADES),
        "mixable": [source for source in (*SOURCES, "shop") if terms_for(source).mixable],
    }


def kept_territories(asked: Iterable[str] | None = None) -> list[str]:
    """The territories that rows are kept for: "" (prices that hold everywhere), the one of people
    without an account, and those that somebody lives in or asked from (`asked`, where the caller
    has read them)."""
    return sorted({"", DEFAULT_TERRITORY, *(_TERRITORIES.all() if asked is None else asked)})
