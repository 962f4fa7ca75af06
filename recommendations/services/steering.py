"""What "more like this" and "less of this" do to the list that stands, before a new one is made."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from recommendations import queries, scoring
from recommendations.models import Recommendation, RecommendationSet
from recommendations.queries import RESERVE
from recommendations.ranking import arrange
from recommendations.scoring import PAGE

# How much of its taste an album gains or loses: the artist's own, and one that is near because of
# them.
OWN_SHARE, NEAR_SHARE = Decimal("0.6"), Decimal("0.3")


def lean_on_list(user: User, artist_id: int, direction: int) -> int:
    """Score the artist's albums, and those that are there because of them, up or down, and order
    each tab again. Returns how many albums' points changed."""
    found = queries.current_set(user)
    if found is None:
        return 0
    with transaction.atomic():
        RecommendationSet.objects.select_for_update(no_key=True).get(pk=found.pk)
        rows = queries.shown_rows(found, tab=None, reserve=True)
        changed = [row for row in rows if _lean_on(row, artist_id, direction)]
        if changed:
            # It is no longer the list of its inputs: the next one is stored even if equal to it.
            RecommendationSet.objects.filter(pk=found.pk).update(inputs_hash="")
            Recommendation.objects.bulk_update(changed, ["taste"])
            for tab in {row.tab for row in changed}:
                _order_again(found, [row for row in rows if row.tab == tab])
    return len(changed)


def _lean_on(row: Recommendation, artist_id: int, direction: int) -> bool:
    share = _share(row.facts, row.causes, artist_id)
    if not share:
        return False
    if direction > 0:
        more = row.taste + (scoring.TASTE_LIMIT - row.taste) * share
    else:
        more = row.taste * (1 - share)
    row.taste = more.quantize(Decimal("0.01"))
    return True


def _share(facts: Mapping[str, Any], causes: list[Mapping[str, Any]], artist_id: int) -> Decimal:
    if facts.get("a") == artist_id:
        return OWN_SHARE
    named = any(
        cause.get("kind") == "near" and artist_id in cause.get("ids", ()) for cause in causes
    )
    return NEAR_SHARE if named else Decimal(0)


def _order_again(found: RecommendationSet, rows: list[Recommendation]) -> None:
    """As many stand on the list as before, in the order of the new points."""
    facts: Any = {row.pk: row for row in rows}
    shown = sum(row.position < RESERVE for row in rows)
    ranked = [queries.Placed.of(row) for row in rows]
    kept = [
        one for one in ranked if facts[one.row_id].kept and facts[one.row_id].position < RESERVE
    ]
    best = arrange(ranked, mix=found.genres, dial=found.dial, kept=kept, limit=len(rows))
    rest = [one for one in ranked if one not in best]
    for place, one in enumerate([*best, *rest]):
        row = facts[one.row_id]
        row.position = place if place < max(shown, PAGE) else RESERVE + place
    Recommendation.objects.bulk_update(rows, ["position"])
