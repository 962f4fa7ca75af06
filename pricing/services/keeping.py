"""Keeping best prices true while quotes run out, and forgetting what need not be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from accounts.models import User
from pricing import best, history
from pricing.models import AlbumBestPrice, PricedTerritory, Quote
from pricing.territories import PARTED, territory_of
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
    best.refresh_many(albums, now)
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


def rebuild_best_prices(
    album_ids: Iterable[int] | None = None, *, tell: Callable[[int, int], None] | None = None
) -> int:
    """Compare every best price with the quotes it comes from and mend it; of some albums, or of
    all, part by part. Returns how many differed; the count is 0 unless somebody changed rows by
    hand, or the terms' settings. `tell` hears (last album number looked at, differences so far).
    """
    now = timezone.now()
    if album_ids is not None:
        return best.refresh_many(album_ids, now)
    differed = 0
    for last, differed in best.rebuild(now):
        if tell is not None:
            tell(last, differed)
    return differed


def follow_people(now: datetime | None = None) -> int:
    """Keep best prices for the territories that people live in, no more and no less. Returns how
    many territories came or went."""
    now = now or timezone.now()
    parted = Case(When(country__in=PARTED, then="postcode"), default=Value(""))
    people = User.objects.filter(is_active=True).order_by()
    homes = people.values_list("country", parted).distinct()
    wanted = {territory_of(country, postcode) for country, postcode in homes if country}
    known = set(PricedTerritory.objects.values_list("code", flat=True))
    gone, new = known - wanted - {best.DEFAULT_TERRITORY}, wanted - known
    PricedTerritory.objects.filter(code__in=gone).delete()
    PricedTerritory.objects.bulk_create(
        [PricedTerritory(code=code) for code in sorted(new)], ignore_conflicts=True
    )
    changed = Quote.objects.filter(territory__in=new, valid_until__gt=now)
    albums = set(changed.order_by().values_list("album_id", flat=True).distinct())
    left = AlbumBestPrice.objects.filter(territory__in=gone).order_by()
    albums.update(left.values_list("album_id", flat=True).distinct())
    best.refresh_many(albums, now)
    return len(gone) + len(new)


def tidy(now: datetime | None = None) -> dict[str, int]:
    """Every hour's housework: territories as people live, days of long ago as weeks."""
    now = now or timezone.now()
    return {"territories": follow_people(now), "rows": history.roll_up(now.date())}
