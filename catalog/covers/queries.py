"""Which picture a page shows for an album. Database only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from catalog.models import Album, Cover
from vinyl.prepared import Prepared
from vinyl.upstreams.terms import terms_for

# Stands for a picture's key, which is hexadecimal.
_KEY = "key"


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


_STORED = Prepared(
    lambda albums: Cover.objects.filter(album_id__any=albums, state=Cover.State.STORED),
    albums=list,
)


def covers_of(
    album_ids: Collection[int], size: str = "small", now: datetime | None = None
) -> dict[int, ShownCover]:
    """The pictures of these albums that may be shown now, by album. One query, none for none."""
    stored = _STORED.all(albums=album_ids) if album_ids else []
    return _shown(stored, size, now or timezone.now())


def with_covers(albums: Iterable[Album], *, large_first: bool = False) -> None:
    """Note each album's picture at it, as `cover_url`, for components/_sleeve.html; the first one's
    large where the page shows it so. One query, and none for albums that were read with theirs
    (select_related "cover")."""
    rows = list(albums)
    relation: Any = Album._meta.get_field("cover")
    at_hand = {one.pk: relation.get_cached_value(one) for one in rows if relation.is_cached(one)}
    found = _shown((one for one in at_hand.values() if one is not None), "small", timezone.now())
    missing = {one.pk for one in rows} - at_hand.keys()
    if missing:
        found |= covers_of(missing)
    for place, one in enumerate(rows):
        shown = found.get(one.pk)
        url = shown.url if shown else ""
        if large_first and place == 0:
            url = url.replace("-small.", "-large.")
        one.cover_url = url  # type: ignore[attr-defined]  # read by the template alone


def _shown(covers: Iterable[Cover], size: str, now: datetime) -> dict[int, ShownCover]:
    """What a source's headers no longer let be kept is left out, where its terms ask for that."""
    found = {}
    # The address is made once: a page has hundreds of pictures.
    before, _mark, after = address(_KEY, size).partition(_KEY)
    for one in covers:
        if one.state != Cover.State.STORED:
            continue
        terms = terms_for(one.source)
        if terms.age_by_headers and one.expires_at is not None and one.expires_at <= now:
            continue
        found[one.album_id] = ShownCover(
            f"{before}{one.key}{after}", one.source, terms.label, one.page_url,
            one.width or 0, one.height or 0,
        )  # fmt: skip
    return found
