"""Which picture a page shows for an album. Database only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from catalog.models import Album, Cover
from vinyl.upstreams.terms import terms_for


@dataclass(frozen=True, slots=True)
class ShownCover:
    """A stored picture: its address on our side, and whose it is. `page` is the source's own page
    of it; width and height in pixels."""

    url: str
    source: str
    label: str
    page: str
    width: int
    height: int


def address(key: str, size: str = "small") -> str:
    """Where our side serves the picture of that key; sizes are "small" and "large"."""
    return reverse("catalog:cover", args=[f"{key}-{size}"])


def covers_of(
    album_ids: Collection[int], size: str = "small", now: datetime | None = None
) -> dict[int, ShownCover]:
    """The pictures of these albums that may be shown now, by album. One query."""
    now = now or timezone.now()
    # What a source's headers no longer let be kept is left out, where its terms ask for that.
    stored = Cover.objects.filter(album_id__in=album_ids, state=Cover.State.STORED)
    found = {}
    for one in stored:
        terms = terms_for(one.source)
        if terms.age_by_headers and one.expires_at is not None and one.expires_at <= now:
            continue
        found[one.album_id] = ShownCover(
            address(one.key, size), one.source, terms.label, one.page_url,
            one.width or 0, one.height or 0,
        )  # fmt: skip
    return found


def with_covers(albums: Iterable[Album], size: str = "small") -> None:
    """Note each album's picture at it, as `cover_url`, for components/_sleeve.html. One query."""
    rows = list(albums)
    found = covers_of({one.pk for one in rows}, size)
    for one in rows:
        shown = found.get(one.pk)
        one.cover_url = shown.url if shown else ""  # type: ignore[attr-defined]  # for templates
