"""What is due to be read again, the most wanted first.

Artists whom somebody who comes here plays or follows every week, all others that were ever read
from the services every month; what only ever came by the dumps is renewed by them. Each is a
small portion at a time, so that a catalogue of any size costs the same every quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import chain

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from catalog.models import Album, Artist

WEEKLY, MONTHLY = timedelta(days=7), timedelta(days=30)
# Demand that nobody has repeated for so long is over.
DEMANDED_FOR = timedelta(days=30)
# A refresh by hand reads pressings again that are older than this.
A_DAY = timedelta(days=1)


def artists_due(limit: int) -> list[int]:
    """Ids of artists whose albums are to be read: played or followed ones after a week or at once,
    others after a month."""
    now = timezone.now()
    real = Artist.objects.filter(is_placeholder=False, merged_into__isnull=True)
    demanded = real.filter(demand_at__gte=now - DEMANDED_FOR).filter(_old(now - WEEKLY))
    weekly = demanded.order_by(F("albums_synced_at").asc(nulls_first=True), "-popularity", "pk")
    monthly = real.filter(albums_synced_at__lt=now - MONTHLY).order_by("albums_synced_at", "pk")
    return _first(limit, weekly, monthly)


def artists_to_enrich(limit: int) -> list[int]:
    """Ids of artists whose albums MusicBrainz was not asked about, or a month ago: the played and
    followed first, then those that were read from Discogs, the best known first."""
    now = timezone.now()
    old = Q(enriched_at__isnull=True) | Q(enriched_at__lt=now - MONTHLY)
    real = Artist.objects.filter(old, is_placeholder=False, merged_into__isnull=True)
    demanded = real.filter(demand_at__isnull=False).order_by("-demand_at", "-popularity", "pk")
    read = real.filter(albums_synced_at__isnull=False).order_by("-popularity", "pk")
    return _first(limit, demanded, read)


def kinds_are_due(artist: Artist) -> bool:
    """MusicBrainz was not asked about their albums, or a month ago."""
    return artist.enriched_at is None or artist.enriched_at < timezone.now() - MONTHLY


def set_aside(artist_id: int) -> None:
    """One whom the services answer badly makes room for others: it is due again when somebody is
    next said to play or follow them."""
    Artist.objects.filter(pk=artist_id).update(demand_at=None, albums_synced_at=None)


def albums_due(limit: int, artist_ids: Collection[int] | None = None) -> list[int]:
    """Ids of albums whose pressings are unread or older than a month, by demand, then the best
    known first; of all, or of these artists."""
    due = _unread(timezone.now() - MONTHLY)
    if artist_ids is not None:
        due = due.filter(
            credits__artist__in=artist_ids, credits__artist__is_placeholder=False
        ).distinct()
    by_need = due.order_by("-demand", "-popularity", "pk")
    return list(by_need.values_list("pk", flat=True)[:limit])


def demanded_albums(limit: int) -> list[int]:
    """Ids of albums in demand whose pressings are unread or older than a month; most wanted
    first."""
    wanted = _unread(timezone.now() - MONTHLY).filter(demand__gt=0)
    by_need = wanted.order_by("-demand", F("releases_synced_at").asc(nulls_first=True), "pk")
    return list(by_need.values_list("pk", flat=True)[:limit])


def albums_to_refresh(artist_id: int, limit: int) -> list[int]:
    """Ids of an artist's albums that somebody looked at and that were not read today: what a
    refresh by hand reads besides the list of albums."""
    looked_at = Q(demand__gt=0) | Q(releases_synced_at__isnull=False)
    due = _unread(timezone.now() - A_DAY).filter(looked_at, credits__artist_id=artist_id)
    by_need = due.order_by("-demand", "-popularity", "pk").distinct()
    return list(by_need.values_list("pk", flat=True)[:limit])


def _unread(before: datetime) -> QuerySet[Album]:
    old = Q(releases_synced_at__isnull=True) | Q(releases_synced_at__lt=before)
    return Album.objects.filter(old, merged_into__isnull=True)


def _old(before: datetime) -> Q:
    return Q(albums_synced_at__isnull=True) | Q(albums_synced_at__lt=before)


def _first(limit: int, *queries: QuerySet[Artist]) -> list[int]:
    ids = (query.values_list("pk", flat=True)[:limit] for query in queries)
    return list(dict.fromkeys(chain.from_iterable(ids)))[:limit]
