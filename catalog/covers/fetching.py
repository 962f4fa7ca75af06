"""Asking for the picture of an album: the Cover Art Archive first, then Last.fm.

Discogs' pictures are restricted data and Spotify's must not be stored, so neither is asked. What
came of it is kept either way: the picture, or that there is none and why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, Sum
from django.utils import timezone

from catalog.covers import choosing, encoding, storage
from catalog.models import Album, Cover, ExternalId
from vinyl.upstreams import coverart, lastfm, outside, pictures
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotConfigured, NotFound, UpstreamError
from vinyl.upstreams.terms import terms_for

# Pictures get added by hand: what had none is looked at again after a month.
NONE_FOR, FAILED_FOR = timedelta(days=30), timedelta(days=1)
# Of what a source lets be stored in all, so much may be pictures.
PICTURES_SHARE = 0.2
# Where a source's headers say nothing about how long an answer may be kept.
USUAL_KEEP = timedelta(days=1)
WIDTH = 1200
Refused = list[dict[str, str]]


@dataclass(frozen=True)
class Found:
    """A picture as a source has it."""

    body: bytes = field(repr=False)
    source: str
    address: str
    page: str
    keep: timedelta | None = None


def fetch_cover(album: Album, *, lane: Lane = Lane.BACKGROUND) -> Cover:
    """Ask the sources for an album's picture and store what came; returns the row.

    An UpstreamError that says when to try again is raised; any other is written down as the
    reason why that source gave nothing.
    """
    refused: Refused = []
    failed = False
    for source, ask in (("coverart", _of_archive), ("lastfm", _of_lastfm)):
        try:
            found = ask(album, lane, refused)
            if found is not None:
                return _store(album, found, refused)
        except pictures.NotAPicture as error:
            refused.append({"source": source, "why": f"no picture: {error}"})
            failed = True
        except NotConfigured:
            refused.append({"source": source, "why": "not configured"})
        except NotFound:
            refused.append({"source": source, "why": "named, but not there"})
        except UpstreamError as error:
            if error.retry_at is not None:
                raise
            refused.append({"source": source, "why": f"{type(error).__name__} {error.detail}"})
            failed = True
    return _remember(
        album, state=Cover.State.FAILED if failed else Cover.State.NONE, refused=refused
    )


def _of_archive(album: Album, lane: Lane, refused: Refused) -> Found | None:
    groups = ExternalId.objects.filter(
        kind=ExternalId.Kind.ALBUM, source="musicbrainz", entity_id=album.pk
    )
    for mbid in groups.order_by("pk").values_list("value", flat=True):
        image = coverart.Client(lane=lane).front(mbid, size=WIDTH)
        if image is not None:
            address = f"{settings.UPSTREAM_URLS['coverart']}/release-group/{mbid}/front"
            return Found(image.content, "coverart", address, image.page)
        refused.append({"source": "coverart", "why": f"release group {mbid} has no front cover"})
    return None


def _of_lastfm(album: Album, lane: Lane, refused: Refused) -> Found | None:
    if not album.artist_line:
        return None
    try:
        there = lastfm.Client(lane=lane).album_pictures(album.artist_line, album.title)
    except NotFound:
        refused.append({"source": "lastfm", "why": "no such album"})
        return None
    looked = choosing.consider(there.sizes, sandbox=own_origin())
    refused += [
        {"source": "lastfm", "why": one.refused, "url": one.address}
        for one in looked
        if not one.chosen
    ]
    chosen = next((one for one in looked if one.chosen), None)
    if chosen is None:
        return None
    if not room_for(lastfm.Client.upstream):
        refused.append({"source": "lastfm", "why": "its share of storage is full"})
        return None
    answer = outside.fetch(chosen.address, kinds=outside.PICTURES)
    keep = USUAL_KEEP if answer.keep is None else timedelta(seconds=answer.keep)
    return Found(answer.body, "lastfm", chosen.address, there.url, keep)


def own_origin() -> str:
    """The sandbox's origin, whose pictures come by http; "" where the services are real."""
    return settings.SANDBOX_URL if settings.SANDBOX else ""


def stored_bytes(source: str) -> int:
    """Bytes of a source's pictures that lie here."""
    found = Cover.objects.filter(source=source).aggregate(held=Sum("bytes"))
    return int(found["held"] or 0)


def room_for(source: str) -> bool:
    """Whether the source's terms leave room for another picture of its own."""
    limit = terms_for(source).storage_limit
    return limit is None or stored_bytes(source) < limit * PICTURES_SHARE


def _store(album: Album, found: Found, refused: Refused) -> Cover:
    drawn = encoding.encode(found.body)
    key = storage.save(drawn)
    return _remember(
        album,
        state=Cover.State.STORED,
        source=found.source,
        source_url=found.address[:1000],
        page_url=found.page[:1000],
        key=key,
        content_type=encoding.CONTENT_TYPE,
        width=drawn.width,
        height=drawn.height,
        bytes=len(drawn.small) + len(drawn.large),
        expires_at=timezone.now() + found.keep if found.keep is not None else None,
        refused=refused,
    )


_EMPTY: dict[str, Any] = {
    "source": "", "source_url": "", "page_url": "", "key": "", "content_type": "",
    "width": None, "height": None, "bytes": 0, "expires_at": None,
}  # fmt: skip


def _remember(album: Album, **facts: Any) -> Cover:
    before = Cover.objects.filter(album=album).values_list("key", flat=True).first()
    values = _EMPTY | facts | {"checked_at": timezone.now()}
    cover, _new = Cover.objects.update_or_create(album=album, defaults=values)
    _forget_file(before)
    return cover


def _forget_file(key: str | None) -> None:
    """Files that no row names any more go. Two albums may share one picture."""
    if key and not Cover.objects.filter(key=key).exists():
        storage.delete(key)


def due_albums(limit: int, now: datetime | None = None) -> list[int]:
    """Ids of albums in demand whose picture should be asked for, the most wanted first."""
    now = now or timezone.now()
    wanted = (
        Q(cover__isnull=True)
        | Q(cover__state=Cover.State.WANTED)
        | Q(cover__state=Cover.State.NONE, cover__checked_at__lt=now - NONE_FOR)
        | Q(cover__state=Cover.State.FAILED, cover__checked_at__lt=now - FAILED_FOR)
        | Q(cover__state=Cover.State.STORED, cover__expires_at__lt=now)
    )
    albums = Album.objects.filter(wanted, demand__gt=0, merged_into__isnull=True)
    return list(albums.order_by("-demand", "pk").values_list("pk", flat=True)[:limit])


def forget_expired(now: datetime | None = None) -> int:
    """Delete pictures that their source's terms no longer let be kept; how many. They are asked
    for again in their turn."""
    now = now or timezone.now()
    gone = Cover.objects.filter(state=Cover.State.STORED, expires_at__lt=now)
    sources = [one for one in gone.order_by().values_list("source", flat=True).distinct()
               if terms_for(one).age_by_headers]  # fmt: skip
    count = 0
    for cover in gone.filter(source__in=sources):
        Cover.objects.filter(pk=cover.pk).update(state=Cover.State.WANTED, **_EMPTY)
        _forget_file(cover.key)
        count += 1
    return count
