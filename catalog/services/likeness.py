"""Likeness that may be kept no longer: asked for again, and deleted."""

from __future__ import annotations

from django.db import transaction

from catalog.models import Artist
from catalog.queries.likeness import lapsed_likeness
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue


def ask_similar_again(artist: Artist) -> Job | None:
    """Queue asking who resembles the artist, where that was known and may be shown no longer; for
    the page that leaves it out. None where nothing is left out."""
    if not lapsed_likeness().filter(artist=artist).exists():
        return None
    return enqueue(
        "catalog.sync_similar",
        payload={"artist_ids": [artist.pk]},
        dedupe_key=f"similar:{artist.pk}",
    )


def forget_lapsed_likeness() -> int:
    """Delete the edges that may be kept no longer; how many. Their artists count as never asked
    for, so that the next work that needs them asks."""
    with transaction.atomic():
        lapsed = lapsed_likeness()
        artist_ids = set(lapsed.values_list("artist_id", flat=True))
        if not artist_ids:
            return 0
        gone, _each = lapsed.filter(artist_id__in=artist_ids).delete()
        Artist.objects.filter(pk__in=artist_ids).update(similar_synced_at=None)
    return gone
