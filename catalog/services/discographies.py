"""An artist's albums, and who resembles whom."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils import timezone

from catalog.matching import artist_similarity
from catalog.models import Album, Artist, ExternalId, SimilarArtist
from catalog.queries.names import ArtistRef, by_external_id, match_artists
from catalog.services.identity import (
    discogs_id_of,
    get_or_create_album,
    get_or_create_artist,
    remember_ids,
)
from catalog.services.listed import CreditRef, ReleaseSummary
from catalog.services.pressings import CONFIDENT, PageSynced
from catalog.services.releases import upsert_release_summary
from vinyl.upstreams import discogs, lastfm, musicbrainz
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotFound

SIMILAR = 50
_VINYL = re.compile(r"(?<!\w)(?:\d+x)?(?:LP|Vinyl|12\"|10\"|7\")(?!\w)", re.IGNORECASE)


def sync_artist_albums(artist: Artist, *, lane: Lane = Lane.BACKGROUND) -> int:
    """Read all albums of an artist from Discogs; how many there are. Raises UpstreamError."""
    page = saved = 0
    while True:
        page += 1
        synced = sync_artist_page(artist, page=page, lane=lane)
        saved += synced.saved
        if synced.is_last:
            return saved


def sync_artist_page(artist: Artist, *, page: int = 1, lane: Lane = Lane.BACKGROUND) -> PageSynced:
    """Read one page of an artist's discography; the last one marks the artist as read.

    Keeps masters, and releases on vinyl that have none, where the artist is the main one.
    """
    client = discogs.Client(lane=lane)
    discogs_id = None if artist.is_placeholder else _discogs_id(client, artist, lane)
    if discogs_id is None:
        _mark_read(artist)
        return PageSynced(artist.pk, "none", page, page, 0, 0)
    rows = client.artist_releases(discogs_id, page=page)
    main = [row for row in rows if row.role in ("", "Main") and row.title]
    masters = [row for row in main if row.type == "master"]
    known = by_external_id(ExternalId.Kind.ALBUM, "discogs", (row.id for row in masters))
    saved = len(known)
    for row in masters:
        if str(row.id) not in known:
            album = get_or_create_album(
                artist=artist, title=row.title, master_id=row.id, year=row.year, source="discogs"
            )
            if row.main_release and album.main_discogs_id is None:
                Album.objects.filter(pk=album.pk).update(main_discogs_id=row.main_release)
            saved += 1
    for row in main:
        if row.type == "release" and _VINYL.search(row.format):
            upsert_release_summary(_summary(artist, discogs_id, row))
            saved += 1
    synced = PageSynced(artist.pk, "artist", page, rows.pages, rows.total, saved)
    if synced.is_last:
        _mark_read(artist)
    return synced


def sync_similar_artists(artist: Artist, *, lane: Lane = Lane.BACKGROUND) -> int:
    """Ask Last.fm who resembles the artist and store it as edges; how many.

    Artists that are new here become rows. One whom Last.fm does not know has no edges.
    Raises UpstreamError for all other trouble.
    """
    try:
        found = lastfm.Client(lane=lane).similar_artists(artist.name, limit=SIMILAR)
    except NotFound:
        found = ()
    known = match_artists([ArtistRef(one.name, one.mbid) for one in found])
    scores: dict[int, Decimal] = {}
    for one in found:
        other = known.get(ArtistRef(one.name, one.mbid))
        if other is None:
            other = get_or_create_artist(name=one.name, mbid=one.mbid, source="lastfm").pk
        if other != artist.pk:
            score = min(Decimal(1), max(Decimal(0), one.match))
            scores[other] = max(score, scores.get(other, Decimal(0)))
    now = timezone.now()
    SimilarArtist.objects.bulk_create(
        [
            SimilarArtist(artist=artist, other_id=other, score=score, source="lastfm", seen_at=now)
            for other, score in sorted(scores.items())
        ],
        update_conflicts=True,
        unique_fields=["artist", "other", "source"],
        update_fields=["score", "seen_at"],
    )
    Artist.objects.filter(pk=artist.pk).update(similar_synced_at=now)
    return len(scores)


def _discogs_id(client: discogs.Client, artist: Artist, lane: Lane) -> int | None:
    """The artist's Discogs id: known, linked at MusicBrainz, or found by its name."""
    known = discogs_id_of(ExternalId.Kind.ARTIST, artist.pk)
    if known is not None:
        return known
    found = _linked_id(artist, lane) or _searched_id(client, artist)
    if found is not None:
        remember_ids(ExternalId.Kind.ARTIST, artist.pk, {"discogs": str(found)})
    return found


def _linked_id(artist: Artist, lane: Lane) -> int | None:
    mbid = (
        ExternalId.objects.filter(
            kind=ExternalId.Kind.ARTIST, source="musicbrainz", entity_id=artist.pk
        )
        .values_list("value", flat=True)
        .first()
    )
    if mbid is None:
        return None
    try:
        links = musicbrainz.Client(lane=lane).artist(mbid).discogs_ids
    except NotFound:
        return None
    return links[0] if links else None


def _searched_id(client: discogs.Client, artist: Artist) -> int | None:
    """By name, where exactly one hit is called so: of several homonyms none is guessed."""
    hits = client.search(type="artist", q=artist.name, per_page=25)
    alike = [hit for hit in hits if artist_similarity(artist.name, hit.title).score > CONFIDENT]
    exact = [hit for hit in alike if artist_similarity(artist.name, hit.title).score == 1]
    chosen = exact or alike
    return chosen[0].id if len(chosen) == 1 else None


def _summary(artist: Artist, discogs_id: int, row: discogs.ArtistRelease) -> ReleaseSummary:
    return ReleaseSummary(
        discogs_id=row.id,
        title=row.title,
        artists=(CreditRef(artist.name, discogs_id),),
        year=row.year,
        label=row.label,
        format=row.format,
    )


def _mark_read(artist: Artist) -> None:
    Artist.objects.filter(pk=artist.pk).update(albums_synced_at=timezone.now())
