"""What "more like this" and "less of this" do to the list that stands, before a new one is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from recommendations import queries, scoring
from recommendations.kept_pages import forget as forget_pages
from recommendations.models import Recommendation, RecommendationSet
from recommendations.queries import RESERVE
from recommendations.queries.sets import newest_first
from recommendations.ranking import arrange
from recommendations.scoring import PAGE
from recommendations.services.shown import store_views

# How much of its taste an album gains or loses: the artist's own, and one that is near because of
# them.
OWN_SHARE, NEAR_SHARE = Decimal("0.6"), Decimal("0.3")
# In the facts of a row: its taste before anybody leaned, and by artist the direction and share.
LEANED = "l"


def lean_on_list(user: User, artist_id: int, direction: int) -> int:
    """Score the artist's albums, and those that are there because of them, up (1) or down (-1), or
    as if nothing had been said of the artist (0), and order each tab again. The last word counts.
    Returns how many albums' points changed."""
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
            Recommendation.objects.bulk_update(changed, ["taste", "facts"])
            for tab in {row.tab for row in changed}:
                _order_again(found, [row for row in rows if row.tab == tab])
    return len(changed)


def list_before(user: User, said_at: datetime) -> bool:
    """Lists that were made since something was said go, and the one before them counts again until
    a new one is made. False, and all stay, where none is left from before."""
    sets = newest_first(user)
    if not sets.filter(made_at__lte=said_at).exists():
        return False
    since = list(sets.filter(made_at__gt=said_at))
    for one in since:
        store_views(one)
    gone = [one.pk for one in since]
    forget_pages(gone)
    RecommendationSet.objects.filter(pk__in=gone).delete()
    return bool(gone)


def _lean_on(row: Recommendation, artist_id: int, direction: int) -> bool:
    """What the row earned before anybody leaned on it stays with it, so that each word can be
    taken back to the cent."""
    share = _share(row.facts, row.causes, artist_id)
    facts = dict(row.facts)
    leaned: Mapping[str, Any] = facts.pop(LEANED, {"was": str(row.taste), "by": {}})
    by = {key: said for key, said in leaned["by"].items() if key != str(artist_id)}
    if direction and share:
        by[str(artist_id)] = [direction, str(share)]
    if by == leaned["by"]:
        return False
    taste = Decimal(leaned["was"])
    for way, much in by.values():
        more = (scoring.TASTE_LIMIT - taste) if way > 0 else -taste
        taste += more * Decimal(much)
    row.taste = taste.quantize(Decimal("0.01"))
    row.facts = facts | ({LEANED: {"was": leaned["was"], "by": by}} if by else {})
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
