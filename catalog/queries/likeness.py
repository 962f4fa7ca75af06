"""Who resembles whom, as far as the sources' terms let it be shown now."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import SimilarArtist
from vinyl.upstreams import terms


def lapsed_likeness() -> QuerySet[SimilarArtist]:
    """Edges that may be shown no longer: the headers of their answer let it be kept until before
    now, and the source's terms say that this counts."""
    return SimilarArtist.objects.filter(
        source__in=terms.by_headers(), fresh_until__lte=timezone.now()
    )


def likeness() -> QuerySet[SimilarArtist]:
    """Edges that may be shown and used now, without those to placeholders. One to an artist that
    was merged stayed behind because the artist that stands has the same."""
    others = SimilarArtist.objects.filter(
        other__is_placeholder=False, other__merged_into__isnull=True
    )
    return others.exclude(source__in=terms.by_headers(), fresh_until__lte=timezone.now())
