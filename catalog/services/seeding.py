"""Artists brought into the catalogue with their albums and neighbours, by name or by tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import chain, zip_longest

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.matching import normalise_name
from catalog.models import Artist, ExternalId, MatchReview, SearchEntry
from catalog.queries.names import ArtistRef, match_artists
from catalog.services.discographies import sync_artist_albums, sync_similar_artists
from catalog.services.identity import PLACEHOLDERS
from catalog.services.making import get_or_create_artist
from vinyl.upstreams import lastfm
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotFound

MOST_NAMES = 1000
MOST_OF_A_TAG = 500
LONGEST_NAME = 500
TAG_PAGE = 100
# A catalogue grows in these steps, so that one looks at what came before asking for more.
STAGES = (10, 100, 500)
# What was read so lately is not read again by a seeding that is repeated or goes on.
FRESH_FOR = timedelta(days=7)
# Nor is one asked for again whom no service knew so lately.
UNKNOWN_FOR = timedelta(days=1)


def seed_artist(name: str, *, mbid: str = "", lane: Lane = Lane.BACKGROUND) -> Artist:
    """The artist of this name with all albums, and with who resembles them. What was read within
    the week is not asked for again. ValueError for an empty name, for Various and the like, who are
    nobody, and for one that nobody knows, which leaves no row behind and is not asked for again
    within the day; raises UpstreamError, and what was read stays."""
    return bring_artist(name, mbid=mbid, lane=lane)[0]


def bring_artist(name: str, *, mbid: str = "", lane: Lane = Lane.BACKGROUND) -> tuple[Artist, bool]:
    """As `seed_artist`, and whether anything was read: not of one that is known already."""
    if normalise_name(name) in PLACEHOLDERS:
        raise ValueError(f"{name} stands for many or for nobody: there is nothing to bring")
    ref = ArtistRef(name, mbid)
    if cache.get(_unknown_key(ref)) and not match_artists([ref]):
        raise ValueError(f"nobody knows {name}, who was asked for within the day")
    artist = get_or_create_artist(name=name, mbid=mbid, source="seed", lane=lane)
    if artist.is_placeholder:
        raise ValueError(f"{name} stands for many or for nobody: there is nothing to bring")
    since = timezone.now() - FRESH_FOR
    albums = edges = 0
    read = artist.albums_synced_at is None or artist.albums_synced_at < since
    if read:
        albums = sync_artist_albums(artist, lane=lane)
    if artist.similar_synced_at is None or artist.similar_synced_at < since:
        edges = sync_similar_artists(artist, lane=lane)
        read = True
    if read and not albums and not edges and _forget(artist):
        cache.set(_unknown_key(ref), True, UNKNOWN_FOR.total_seconds())
        raise ValueError(f"nobody knows {name}")
    return artist, read


def _unknown_key(ref: ArtistRef) -> str:
    """Of a name in every spelling with the same key, as these services know it: names may hold
    what no key of the cache may."""
    told = f"{settings.UPSTREAMS} {ref.mbid} {normalise_name(ref.name)}"
    return f"seeding:unknown:{hashlib.sha256(told.encode()).hexdigest()}"


@transaction.atomic
def _forget(artist: Artist) -> bool:
    """Take out an artist that nothing hangs on, with what knows it by number only: such rows do not
    go by themselves. Whether it went."""
    alone = Artist.objects.filter(
        pk=artist.pk, source="seed", credits__isnull=True, similar_edges__isnull=True
    )
    if not alone.delete()[0]:
        return False
    SearchEntry.objects.filter(kind=SearchEntry.Kind.ARTIST, entity_id=artist.pk).delete()
    ExternalId.objects.filter(kind=ExternalId.Kind.ARTIST, entity_id=artist.pk).delete()
    reviews = MatchReview.objects.filter(kind=MatchReview.Kind.ARTIST)
    reviews.filter(Q(left_id=artist.pk) | Q(right_id=artist.pk)).delete()
    return True


def artists_of_tag(tag: str, *, limit: int = 50, lane: Lane = Lane.BACKGROUND) -> list[ArtistRef]:
    """The artists that Last.fm lists under a tag, best known first, a hundred a call; none for one
    that it does not know, and for a blank one. Raises UpstreamError."""
    if not tag.strip():
        return []
    most = max(1, min(limit, MOST_OF_A_TAG))
    client = lastfm.Client(lane=lane)
    found: list[ArtistRef] = []
    page = 1
    while True:
        try:
            told = client.tag_top_artists(tag, page=page, limit=min(most, TAG_PAGE))
        except NotFound:
            break
        found += [ArtistRef(one.name, one.mbid) for one in told]
        if told.is_last or not len(told) or len(found) >= most:
            break
        page += 1
    return found[:most]


def staged(lists: Sequence[Sequence[ArtistRef]], size: int | None = None) -> list[ArtistRef]:
    """Of several lists the first of each, then the second of each and so on: each artist once, at
    most `size` of them, so that a small stage has of every tag and a larger one contains it."""
    rounds = chain.from_iterable(zip_longest(*lists))
    return clean_refs(one for one in rounds if one is not None)[:size]


def clean_refs(refs: Iterable[ArtistRef]) -> list[ArtistRef]:
    """Each name once, in order, without blank ones and what no name can hold. Of one name with an
    id and without, the id is kept."""
    found: dict[str, str] = {}
    for ref in refs:
        name = ref.name.replace("\x00", "").strip()[:LONGEST_NAME]
        if name:
            found[name] = found.get(name) or ref.mbid.strip()[:80]
    return [ArtistRef(name, mbid) for name, mbid in found.items()][:MOST_NAMES]
