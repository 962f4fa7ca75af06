"""Prices that are not believed, judged in the statement that makes the best prices of them.

No record is sold for less than LEAST_EUR or more than MOST_EUR (the dearest known sale at Discogs
was about 40,000 dollars); and where an album has at least COMPARED live prices of one edition for
one territory, one of less than a tenth or more than twenty times their median is in doubt. A median
stands firm until half of the prices are wrong.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

LEAST_EUR, MOST_EUR = Decimal("0.10"), Decimal(50_000)
COMPARED, TOO_LOW, TOO_HIGH = 5, Decimal("0.1"), Decimal(20)

# The live prices of `{quotes}`, each with what is to be said of it now (`judged`, empty for most);
# where that is not what was said before it is written.
JUDGED = """
WITH present AS (
    SELECT *, row_number() OVER (PARTITION BY album_id, territory, edition ORDER BY amount_eur)
        AS nth, count(*) OVER (PARTITION BY album_id, territory, edition) AS number
    FROM pricing_quote q
    WHERE {quotes} AND q.valid_until > %(now)s AND NOT q.is_auction
), compared AS (
    SELECT *, max(amount_eur) FILTER (WHERE nth = (number + 1) / 2)
        OVER (PARTITION BY album_id, territory, edition) AS median
    FROM present
), judged AS (
    SELECT id, album_id, territory, edition, valid_until, source, grade, total_eur, amount_eur,
        doubt, CASE
            WHEN amount_eur < %(least)s
                OR (number >= %(compared)s AND amount_eur < median * %(low)s) THEN 'low'
            WHEN amount_eur > %(most)s
                OR (number >= %(compared)s AND amount_eur > median * %(high)s) THEN 'high'
            ELSE '' END AS judged
    FROM compared
), marked AS (
    UPDATE pricing_quote q SET doubt = judged.judged FROM judged
    WHERE judged.id = q.id AND judged.judged <> judged.doubt
)"""
VALUES: dict[str, Any] = {
    "least": LEAST_EUR, "most": MOST_EUR, "compared": COMPARED, "low": TOO_LOW, "high": TOO_HIGH,
}  # fmt: skip
