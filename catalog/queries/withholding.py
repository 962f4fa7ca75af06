"""Text of pressings that may not be shown now.

The monthly dumps are open; what Discogs' API told of a pressing that no dump has yet may be shown
for hours. Its rows stay, for shelves and links, and everybody who shows a pressing asks here. What
people own or want is theirs and is shown to them whatever its age.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Q
from django.utils import timezone

from catalog.models import Release
from vinyl.upstreams.terms import oldest_shown, withheld

# The source of pressings whose terms could put an end to showing them.
_SOURCE = "discogs"
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def text_is_withheld(release: Release, now: datetime | None = None) -> bool:
    """Whether what the row tells is too old to be shown now, by its source and time. No query."""
    if release.source != _SOURCE:
        return False
    told_at = release.fetched_at or release.created_at
    return withheld(release.source, told_at, now or timezone.now())


def withheld_rows(now: datetime | None = None) -> Q:
    """The same for queries of pressings; matches nothing where all may be shown."""
    oldest = oldest_shown(_SOURCE, now or timezone.now())
    return Q(pk__in=()) if oldest is None else told_before(oldest)


def told_before(oldest: datetime) -> Q:
    """The same for queries that are put together once: rows that only the API told of, before that
    time. See `oldest_text`."""
    told = Q(fetched_at__lt=oldest) | Q(fetched_at=None, created_at__lt=oldest)
    return Q(source=_SOURCE) & told


def oldest_text(now: datetime) -> datetime:
    """What the API told before this time may not be shown now; the beginning of time where all
    may."""
    return oldest_shown(_SOURCE, now) or _BEGINNING


def withheld_of(ids: Iterable[int]) -> set[int]:
    """Those of these pressings whose text is withheld. One query, none where all may be shown."""
    rows = Release.objects.filter(withheld_rows(), pk__in=list(ids))
    return set(rows.values_list("pk", flat=True))


def without_text(release: Release) -> Release:
    """A copy for showing, of which only the ids, the album and the counts are left. Not to be
    saved."""
    bare = copy.copy(release)
    bare.title = bare.country = bare.released = bare.label = bare.catalogue_number = ""
    bare.barcode = bare.format = ""
    bare.year, bare.discs, bare.medium = None, 1, Release.Medium.VINYL
    bare.is_unofficial = False
    bare.genres, bare.styles, bare.tracklist, bare.companies = [], [], [], []
    return bare
