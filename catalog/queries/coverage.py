"""How much of what matters is known, as a job measured it last."""

from __future__ import annotations

from catalog.coverage_sql import ALBUMS, ARTISTS, PRICES, TARGETS
from catalog.models import Coverage

__all__ = ["ALBUMS", "ARTISTS", "PRICES", "TARGETS", "coverage"]


def coverage() -> list[Coverage]:
    """The shares as last measured, those not measured yet left out. One query."""
    order = list(TARGETS)
    rows = Coverage.objects.filter(key__in=order)
    return sorted(rows, key=lambda row: order.index(row.key))
