"""The state of each card of a list, told in one query: what it is drawn from, and until when.

The same idea as queries.version, for one card instead of the page: a card that was drawn is good as
long as its own rows are the same versions of themselves. Which cards there are comes from the very
queryset that shows them (queries.sets.standing_rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone

from catalog.queries.albums import RATING_SOURCE
from pricing import best
from pricing.grades import at_least
from pricing.viewer import Viewer
from recommendations.queries.sets import RESERVE, standing_rows
from recommendations.queries.version import SAID, first_of
from vinyl import standing
from vinyl.upstreams.terms import shown_until

_SQL = """
WITH s (id, position, standing_id, kept, wanted) AS MATERIALIZED ({places}), b AS MATERIALIZED (
    SELECT a.id AS standing, a.id, a.xmin, a.ctid, a.rating_at FROM catalog_album a
    WHERE a.id IN (SELECT standing_id FROM s)
    UNION ALL
    SELECT a.merged_into_id, a.id, a.xmin, a.ctid, NULL FROM catalog_album a
    WHERE a.merged_into_id IN (SELECT standing_id FROM s)
), told (standing, line, moving, ends, source, observed) AS (
    SELECT s.standing_id, concat('r', r.id, '.', r.xmin, r.ctid), false, NULL::timestamptz,
        NULL::text, NULL::timestamptz
    FROM s JOIN recommendations_recommendation r ON r.id = s.id
    UNION ALL
    SELECT standing, concat('b', id, '.', xmin, ctid), false, NULL, %s::text, rating_at FROM b
    UNION ALL
    SELECT b.standing, concat('p', p.id, '.', p.xmin, p.ctid, '.', q.xmin, q.ctid), false,
        p.valid_until, q.source, q.observed_at
    FROM b JOIN pricing_albumbestprice p ON p.album_id = b.id
        JOIN pricing_quote q ON q.id = p.quote_id
    WHERE p.territory IN ('', %s) AND p.terms_group = %s AND p.least_grade = ANY(%s)
        AND p.valid_until > %s
    UNION ALL
    SELECT b.standing, concat('c', c.id, '.', c.xmin, c.ctid), false, c.expires_at, NULL, NULL
    FROM b JOIN catalog_cover c ON c.album_id = b.id
    UNION ALL
    SELECT b.standing, concat('k', k.id, '.', k.xmin, k.ctid), k.state <> 'answered', NULL, NULL,
        NULL
    FROM b JOIN pricing_priceask k ON k.album_id = b.id
    WHERE k.release_id IS NULL AND k.territory IN ('', %s)
), t AS (
    SELECT standing, md5(string_agg(line, ',' ORDER BY line)) AS digest, bool_or(moving) AS moving,
        array_agg(ends) FILTER (WHERE ends IS NOT NULL) AS ends,
        array_agg(source) FILTER (WHERE observed IS NOT NULL) AS sources,
        array_agg(observed) FILTER (WHERE observed IS NOT NULL) AS observed
    FROM told GROUP BY standing
)
SELECT s.id, s.standing_id, s.kept, s.wanted, s.position, t.digest, t.moving, t.ends, t.sources,
    t.observed, {said}
FROM s JOIN t ON t.standing = s.standing_id ORDER BY s.position, s.id
"""
_SHOWN = ("pk", "position", "standing_id", "kept", "wanted")
# Marks of the values in Django's text; nobody has these numbers, and no tab such a name.
_SET, _PERSON, _TAB = 987654321098761, 987654321098762, "\ue000tab\ue001"


@dataclass(frozen=True, slots=True)
class CardState:
    """A row of the list and the album that stands for it now. Equal digests with equal `kept` and
    `wanted`: the same card to the same viewer in the same language, until the time `until`.
    `moving`: it changes by itself just now (a price is asked for)."""

    row_id: int
    album_id: int
    kept: bool
    wanted: bool
    position: int
    digest: str
    until: datetime
    moving: bool


def card_states(set_id: int, tab: str, viewer: Viewer) -> tuple[list[CardState], Sequence[int]]:
    """The cards of a tab as `shown_rows` has them, in that order; of two rows whose albums became
    one the first. With them what Version.said is, () without cards. `viewer` is signed in. One
    query."""
    now = timezone.now()
    sql, params = _statement()
    own: dict[Any, Any] = {_SET: set_id, _PERSON: viewer.user_id, _TAB: tab}
    given: list[Any] = [own.get(one, one) for one in params]
    here = viewer.territory
    given += [RATING_SOURCE, here, best.OPEN, list(at_least(viewer.least_grade)), now, here]
    given += [viewer.user_id] * SAID.count("%(user)s")
    with standing.cursor() as cursor:
        cursor.execute(sql, given)
        rows: Sequence[Any] = cursor.fetchall()
    found: dict[int, CardState] = {}
    for row in rows:
        found.setdefault(row[1], _state(row[:-1], now))
    return list(found.values()), tuple(rows[0][-1]) if rows else ()


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    rows = standing_rows(_SET, _PERSON).filter(tab=_TAB, position__lt=RESERVE)
    places, params = rows.values_list(*_SHOWN).query.sql_with_params()
    return _SQL.format(places=places, said=SAID.replace("%(user)s", "%s")), tuple(params)


def _state(row: Any, now: datetime) -> CardState:
    row_id, album_id, kept, wanted, position, digest, moving, ends, sources, observed = row
    shown = [
        shown_until(source, at) for source, at in zip(sources or (), observed or (), strict=True)
    ]
    return CardState(
        row_id=row_id,
        album_id=album_id,
        kept=kept,
        wanted=wanted,
        position=position,
        digest=digest,
        until=first_of((*(ends or ()), *shown), now),
        moving=moving,
    )
