"""What Discogs' people think of an album: the rating of its main release.

A master has no rating of its own; a pressing has one. The main release speaks for the album, and
another pressing that was read anyway where more people rated it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from catalog.models import Album, ExternalId, Release
from catalog.services.identity import discogs_id_of, followed
from vinyl.upstreams import discogs
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotFound
from vinyl.upstreams.terms import terms_for

SOURCE = "discogs"
# Thousands of votes hardly move in a week.
GOOD_FOR = timedelta(days=7)
# Ratings are read again for albums that somebody was shown or asked for so lately.
SHOWN_LATELY = timedelta(days=2)


def read_rating(album: Album, *, lane: Lane = Lane.BACKGROUND) -> bool:
    """Ask for the rating of the album's main release and store it; False where nobody rated it.

    One call; two where the main release is not known yet and no pressing is either. That it was
    asked is noted in `rating_at` in any case. Raises UpstreamError.
    """
    album = followed(album)
    client = discogs.Client(lane=lane)
    found: discogs.Release | None = None
    try:
        asked = album.main_discogs_id or _most_collected(album) or _main_release(client, album)
        found = client.release(asked) if asked else None
    except NotFound:
        pass
    now = timezone.now()
    if found is None or not _rated(found):
        _store(album.pk, None, now)
        return False
    Release.objects.filter(discogs_id=found.id).update(
        have=found.have, want=found.want, stats_at=now
    )
    _store(album.pk, found, now)
    return True


def note_rating(album: Album, found: discogs.Release) -> None:
    """Keep the rating that a pressing's own page told, where the album has none that is younger
    and from more people."""
    if not _rated(found):
        return
    now = timezone.now()
    weaker = Q(rating__isnull=True) | _old(now) | Q(rating_count__lte=found.rating_count)
    if Album.objects.filter(weaker, pk=album.pk).exists():
        _store(album.pk, found, now)


def unrated_albums(limit: int, album_ids: Collection[int] | None = None) -> list[int]:
    """Ids of albums whose rating was never asked for, or too long ago: of these, else of all that
    were asked for or shown lately. The most demanded first."""
    now = timezone.now()
    due = Album.objects.filter(_old(now), merged_into__isnull=True)
    if album_ids is None:
        due = due.filter(demand__gt=0, demand_at__gte=now - SHOWN_LATELY)
    else:
        due = due.filter(pk__in=album_ids)
    by_need = due.order_by("-demand", F("rating_at").asc(nulls_first=True), "pk")
    return list(by_need.values_list("pk", flat=True)[:limit])


def skip_rating(album_id: int) -> None:
    """Note that it was asked and came to nothing, so that others get their turn."""
    Album.objects.filter(pk=album_id).update(rating_at=timezone.now())


def _old(now: datetime) -> Q:
    """Not asked for yet, or longer ago than it may be shown or is worth."""
    shown = terms_for(SOURCE).max_age
    keeps = GOOD_FOR if shown is None else min(GOOD_FOR, shown)
    return Q(rating_at__isnull=True) | Q(rating_at__lt=now - keeps)


def _rated(found: discogs.Release) -> bool:
    """Whether it tells a mean of 0 to 5 from somebody."""
    return found.rating is not None and 0 <= found.rating <= 5 and found.rating_count > 0


def _store(album_id: int, found: discogs.Release | None, now: datetime) -> None:
    Album.objects.filter(pk=album_id).update(
        rating=None if found is None else found.rating,
        rating_count=None if found is None else found.rating_count,
        rating_at=now,
    )


def _most_collected(album: Album) -> int | None:
    held = Release.objects.filter(album=album, discogs_id__isnull=False, is_unofficial=False)
    by_copies = held.order_by(F("have").desc(nulls_last=True), "pk")
    return by_copies.values_list("discogs_id", flat=True).first()


def _main_release(client: discogs.Client, album: Album) -> int | None:
    """Of the album's master; remembered, so that the next time costs one call."""
    master_id = discogs_id_of(ExternalId.Kind.ALBUM, album.pk)
    if master_id is None:
        return None
    main = client.master(master_id).main_release
    if main:
        Album.objects.filter(pk=album.pk).update(main_discogs_id=main)
    return main
