"""Keeping best prices true while quotes run out, and forgetting what need not be kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from pricing import best
from pricing.models import AlbumBestPrice, Quote
from vinyl.upstreams.terms import terms_for

# What may be kept is kept this long after it ran out, to be shown with its age.
KEPT_FOR = timedelta(days=30)


def promote(now: datetime | None = None, *, limit: int = 1000) -> int:
    """Take best prices out that ran out and put each album's runner-up in; then forget quotes
    that may not, or need not, be kept. Returns how many albums changed."""
    now = now or timezone.now()
    ran_out = (
        AlbumBestPrice.objects.filter(valid_until__lte=now)
        .order_by("album_id")
        .values_list("album_id", flat=True)
        .distinct()[:limit]
    )
    albums = list(ran_out)
    for album_id in albums:
        best.refresh(album_id, now)
    forget(now)
    return len(albums)


def forget(now: datetime) -> int:
    """Delete quotes beyond what their source's terms and we ourselves keep."""
    gone = 0
    for source in Quote.objects.order_by().values_list("source", flat=True).distinct():
        terms = terms_for(source.partition(":")[0])
        keep = KEPT_FOR if terms.max_age is None or terms.keep_history else terms.max_age
        ended = Q(observed_at__lt=now - keep)
        if terms.delete_when_gone:
            ended |= Q(valid_until__lte=now)
        gone += Quote.objects.filter(ended, source=source).delete()[1].get("pricing.Quote", 0)
    return gone


def rebuild_best_prices(album_ids: Iterable[int] | None = None) -> int:
    """Compare every best price with the quotes it comes from and mend it. Returns how many
    differed; the count is 0 unless somebody changed rows by hand or the terms' settings."""
    now = timezone.now()
    if album_ids is None:
        quoted = Quote.objects.order_by().values_list("album_id", flat=True)
        listed = AlbumBestPrice.objects.order_by().values_list("album_id", flat=True)
        album_ids = sorted(set(quoted) | set(listed))
    return sum(best.refresh(album_id, now) for album_id in album_ids)
