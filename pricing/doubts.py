"""Prices that are not believed, judged in the statement that makes the best prices of them.

No record is sold for less than LEAST_EUR or more than MOST_EUR (the dearest known sale at Discogs
was about 40,000 dollars); such prices are no measure of others either. A price is measured by the
first of these that there is, and where there is none it is believed:

- COMPARED or more live prices of its edition for its territory: in doubt below TOO_LOW or above
  TOO_HIGH times their median;
- at least FEW of them: FEW_LOW and FEW_HIGH, because the median of so few is unsure;
- prices of the album that were seen on at least FEW days of the last year, all pressings together:
  WIDE_LOW and WIDE_HIGH times their median, because an original may cost many times a reissue;
- at least FEW live prices of all of the album's editions for the territory: the same.

A median stands firm until half of the prices are wrong, and prices of which the dearest is less
than ten times the cheapest are never in doubt. What Discogs suggests is told to one person alone
and so is no measure of what everybody sees.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

LEAST_EUR, MOST_EUR = Decimal("0.10"), Decimal(50_000)
COMPARED, TOO_LOW, TOO_HIGH = 5, Decimal("0.1"), Decimal(20)
FEW, FEW_LOW, FEW_HIGH = 3, Decimal("0.05"), Decimal(40)
WIDE_LOW, WIDE_HIGH = Decimal("0.02"), Decimal(100)

_LIMIT = """CASE WHEN compared.number >= %(compared)s THEN compared.median * %(too_{0})s
        WHEN compared.number >= %(few)s THEN compared.median * %(few_{0})s
        WHEN past.number >= %(few)s THEN past.median * %(wide_{0})s
        WHEN compared.wide_number >= %(few)s THEN compared.wide_median * %(wide_{0})s END"""
# The live prices of `{quotes}`, each with what is to be said of it now (`judged`, empty for most);
# where that is not what was said before it is written.
JUDGED = """
WITH present AS (
    SELECT *, row_number() OVER (PARTITION BY album_id, territory, edition, sane
            ORDER BY amount_eur) AS nth,
        count(*) OVER (PARTITION BY album_id, territory, edition, sane) AS number,
        row_number() OVER (PARTITION BY album_id, territory, sane ORDER BY amount_eur) AS wide_nth,
        count(*) OVER (PARTITION BY album_id, territory, sane) AS wide_number
    FROM (
        SELECT q.*, q.amount_eur BETWEEN %(least)s AND %(most)s AS sane FROM pricing_quote q
        WHERE {quotes} AND q.valid_until > %(now)s AND NOT q.is_auction
    ) AS live
), compared AS (
    SELECT *, max(amount_eur) FILTER (WHERE nth = (number + 1) / 2)
            OVER (PARTITION BY album_id, territory, edition, sane) AS median,
        max(amount_eur) FILTER (WHERE wide_nth = (wide_number + 1) / 2)
            OVER (PARTITION BY album_id, territory, sane) AS wide_median
    FROM present
), measured AS (
    SELECT compared.*, {low} AS too_low, {high} AS too_high
    FROM compared LEFT JOIN LATERAL (
        SELECT sum(days) AS number, percentile_disc(0.5) WITHIN GROUP (
            ORDER BY prices[(cardinality(prices) + 1) / 2]) / 100.0 AS median
        FROM pricing_pricehistory AS seen
        WHERE compared.number < %(few)s AND seen.album_id = compared.album_id
            AND seen.last_day > %(now)s::date - 365
    ) AS past ON true
), judged AS (
    SELECT id, album_id, territory, edition, valid_until, source, grade, total_eur, amount_eur,
        doubt, CASE
            WHEN amount_eur < %(least)s OR (sane AND amount_eur < too_low) THEN 'low'
            WHEN amount_eur > %(most)s OR (sane AND amount_eur > too_high) THEN 'high'
            ELSE '' END AS judged
    FROM measured
), marked AS (
    UPDATE pricing_quote q SET doubt = judged.judged FROM judged
    WHERE judged.id = q.id AND judged.judged <> judged.doubt
)""".replace("{low}", _LIMIT.format("low")).replace("{high}", _LIMIT.format("high"))
VALUES: dict[str, Any] = {
    "least": LEAST_EUR, "most": MOST_EUR, "compared": COMPARED, "too_low": TOO_LOW,
    "too_high": TOO_HIGH, "few": FEW, "few_low": FEW_LOW, "few_high": FEW_HIGH,
    "wide_low": WIDE_LOW, "wide_high": WIDE_HIGH,
}  # fmt: skip
