"""How much of what matters is known, as a job measured it last."""

from __future__ import annotations

from catalog.models import Coverage

ARTISTS, ALBUMS, PRICES = "artists-with-mbid", "albums-with-pressing", "wanted-with-price"
# What each share should be, in per cent.
TARGETS = {ARTISTS: 95, ALBUMS: 80, PRICES: 50}


def coverage() -> list[Coverage]:
    """The shares as last measured, those not measured yet left out. One query."""
    order = list(TARGETS)
    rows = Coverage.objects.filter(key__in=order)
    return sorted(rows, key=lambda row: order.index(row.key))
