"""How much of what matters is known: measured by a job, read by the status page and the admin.

What matters is what people use: artists that were read from the services or are played, and their
albums; the dumps' millions beside them say nothing about it.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from catalog.models import Album, Artist, Coverage, ExternalId, Release
from catalog.queries.coverage import ALBUMS, ARTISTS, TARGETS


def note_coverage(key: str, part: int, whole: int) -> Coverage:
    """Store a share: one of TARGETS; higher rooms store theirs here as well."""
    row, _made = Coverage.objects.update_or_create(
        key=key, defaults={"part": part, "whole": whole, "target": TARGETS[key]}
    )
    return row


def measure_coverage() -> list[Coverage]:
    """Count the catalogue's own shares and store them. Seconds in a large catalogue."""
    mbids = ExternalId.objects.filter(
        kind=ExternalId.Kind.ARTIST, source="musicbrainz", entity_id=OuterRef("pk")
    )
    used = Q(albums_synced_at__isnull=False) | Q(demand_at__isnull=False)
    artists = Artist.objects.filter(used, is_placeholder=False, merged_into__isnull=True)
    read = Q(releases_synced_at__isnull=False) | Q(demand__gt=0)
    albums = Album.objects.filter(read, merged_into__isnull=True)
    pressed = Release.objects.filter(album_id=OuterRef("pk"))
    return [
        note_coverage(ARTISTS, artists.filter(Exists(mbids)).count(), artists.count()),
        note_coverage(ALBUMS, albums.filter(Exists(pressed)).count(), albums.count()),
    ]
