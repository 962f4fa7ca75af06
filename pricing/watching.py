"""Which albums are watched by alerts, and having those looked at when prices came."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from catalog.queries import of_albums, present
from pricing.models import PriceAlert
from vinyl.jobs.services import enqueue

CHECK = "pricing.check_alerts"


def alerts_on(album_ids: Iterable[int]) -> Q:
    """For queries: alerts of wants of these albums, or of one of their pressings."""
    ids = list(album_ids)
    return of_albums(ids, "want__album") | of_albums(ids, "want__release__album")


def prices_came(album_ids: Iterable[int]) -> None:
    """After prices were recorded, in their transaction: have the alerts on these albums looked at,
    where there are any. One query."""
    standing = PriceAlert.objects.filter(alerts_on(album_ids)).order_by()
    wants = standing.values_list(present("want__album"), present("want__release__album"))
    queue_check({album or of_release for album, of_release in wants})


def queue_check(album_ids: Iterable[int]) -> None:
    """Queue looking at the alerts on each of these albums."""
    for album_id in sorted(album_ids):
        enqueue(CHECK, payload={"album_id": album_id}, dedupe_key=str(album_id))
