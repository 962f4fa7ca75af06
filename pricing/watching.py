"""Which albums are watched by alerts, and having those looked at when prices came."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from catalog.queries import of_albums
from vinyl.jobs.services import enqueue

CHECK = "pricing.check_alerts"
# The albums among these, or that these were merged into, that somebody watches.
_WATCHED = """
SELECT DISTINCT coalesce(b.merged_into_id, b.id)
FROM pricing_pricealert a
JOIN accounts_want w ON w.id = a.want_id
LEFT JOIN catalog_release r ON r.id = w.release_id
JOIN catalog_album b ON b.id = coalesce(w.album_id, r.album_id)
WHERE b.id = ANY(%(albums)s) OR b.merged_into_id = ANY(%(albums)s)
"""


def alerts_on(album_ids: Iterable[int]) -> Q:
    """For queries: alerts of wants of these albums, or of one of their pressings."""
    ids = list(album_ids)
    return of_albums(ids, "want__album") | of_albums(ids, "want__release__album")


def ask_watched(cursor: Any, album_ids: Iterable[int]) -> None:
    """Ask which of these albums are watched; queue_told reads it from the cursor."""
    cursor.execute(_WATCHED, {"albums": list(album_ids)})


def queue_told(cursor: Any) -> None:
    """After prices were recorded, in their transaction: have the alerts on their albums looked at,
    where there are any."""
    queue_check({row[0] for row in cursor.fetchall()})


def queue_check(album_ids: Iterable[int]) -> None:
    """Queue looking at the alerts on each of these albums."""
    for album_id in sorted(album_ids):
        enqueue(CHECK, payload={"album_id": album_id}, dedupe_key=str(album_id))
