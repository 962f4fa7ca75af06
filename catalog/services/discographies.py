"""An artist's albums, and who resembles whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from catalog.models import Album, Artist, ExternalId, SimilarArtist
from catalog.queries.names import ArtistRef, by_external_id, match_artists
from catalog.services.artist_ids import find_discogs_id, mbid_of
from catalog.services.correcting import put_back
from catalog.services.listed import CreditRef, ReleaseSummary
from catalog.services.making import AlbumAsk, ArtistAsk, albums_of, artists_of
from catalog.services.pressings import PageSynced
from catalog.services.releases import store_summaries
from vinyl.upstreams import discogs, lastfm, listenbrainz
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotConfigured, NotFound

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
    discogs_id = None if artist.is_placeholder else find_discogs_id(artist, lane=lane)
    if discogs_id is None:
        _mark_read(artist)
        return PageSynced(artist.pk, "none", page, page, 0, 0)
    rows = client.artist_releases(discogs_id, page=page)
    main = [row for row in rows if row.role in ("", "Main") and row.title]
    masters = [row for row in main if row.type == "master"]
    _bring_masters(artist, masters)
    lone = [row for row in main if row.type == "release" and _VINYL.search(row.format)]
    _bring_lone(artist, discogs_id, lone)
    saved = len(masters) + len(lone)
    synced = PageSynced(artist.pk, "artist", page, rows.pages, rows.total, saved)
    if synced.is_last:
        _mark_read(artist)
    return synced


def _bring_masters(artist: Artist, rows: Sequence[discogs.ArtistRelease]) -> None:
    known = by_external_id(ExternalId.Kind.ALBUM, "discogs", (row.id for row in rows))
    new = [row for row in rows if str(row.id) not in known]
    asks = [
        AlbumAsk(
            artist,
            row.title,
            row.id,
            year=row.year,
            main_release=row.main_release or None,
            source="discogs",
        )
        for row in new
    ]
    albums = albums_of(asks)
    changed: dict[int, Album] = {}
    for row, ask in zip(new, asks, strict=True):
        album = albums[ask]
        told = (
            row.main_release or None if album.main_discogs_id is None else album.main_discogs_id,
            row.year or None if album.year is None else album.year,
            # One that was read without its master, which has more, is to be read again.
            None,
        )
        if told != (album.main_discogs_id, album.year, album.releases_synced_at):
            album.main_discogs_id, album.year, album.releases_synced_at = told
            changed[album.pk] = album
    if changed:
        with transaction.atomic():
            fields = ["main_discogs_id", "year", "releases_synced_at"]
            Album.objects.bulk_update(changed.values(), fields)
            put_back("album", changed)


def _bring_lone(artist: Artist, discogs_id: int, rows: Sequence[discogs.ArtistRelease]) -> None:
    """Pressings that are of no master. An album that has only such is read with them: nothing that
    a search could find would be more certain. Discogs counts no pressings of such an album."""
    pressings = store_summaries(_summary(artist, discogs_id, row) for row in rows)
    albums = {release.album_id for release in pressings.values()}
    ids = ExternalId.objects.filter(kind=ExternalId.Kind.ALBUM, source="discogs")
    with_master = set(ids.filter(entity_id__in=albums).values_list("entity_id", flat=True))
    Album.objects.filter(pk__in=albums - with_master).update(
        upstream_release_count=None, releases_synced_at=timezone.now()
    )


def sync_similar_artists(artist: Artist, *, lane: Lane = Lane.BACKGROUND) -> int:
    """Ask who resembles the artist and store it as edges, each with score and source; how many.

    Last.fm is asked; where this installation has no key for it, ListenBrainz' labs. Artists that
    are new here become rows. Nobody resembles a placeholder. One whom the service does not know
    has no edges. Raises UpstreamError for all other trouble.
    """
    source, found, fresh_until = _resembling(artist, lane)
    known = match_artists([ref for ref, _score in found])
    asks = {
        ref: ArtistAsk(ref.name, mbid=ref.mbid, source=source)
        for ref, _score in found
        if ref not in known
    }
    made = artists_of(asks.values())
    resembling = {*known.values(), *(one.pk for one in made.values())}
    nobody = set(
        Artist.objects.filter(pk__in=resembling, is_placeholder=True).values_list("pk", flat=True)
    )
    scores: dict[int, Decimal] = {}
    for ref, told in found:
        other = known[ref] if ref in known else made[asks[ref]].pk
        if other != artist.pk and other not in nobody:
            score = min(Decimal(1), max(Decimal(0), told))
            scores[other] = max(score, scores.get(other, Decimal(0)))
    now = timezone.now()
    SimilarArtist.objects.bulk_create(
        [
            SimilarArtist(
                artist=artist,
                other_id=other,
                score=score,
                source=source,
                seen_at=now,
                fresh_until=fresh_until,
            )
            for other, score in sorted(scores.items())
        ],
        update_conflicts=True,
        unique_fields=["artist", "other", "source"],
        update_fields=["score", "seen_at", "fresh_until"],
    )
    Artist.objects.filter(pk=artist.pk).update(similar_synced_at=now)
    return len(scores)


def _resembling(
    artist: Artist, lane: Lane
) -> tuple[str, list[tuple[ArtistRef, Decimal]], datetime | None]:
    """(source, [(who, score of 0 to 1)], until when it may be kept), at most SIMILAR of them."""
    try:
        told = lastfm.Client(lane=lane).similar_artists(artist.name, limit=SIMILAR)
    except NotFound:
        return "lastfm", [], None
    except NotConfigured:
        mbid = mbid_of(artist)
        if not mbid:
            raise
        rows = listenbrainz.Client(lane=lane).similar_artists(mbid)
        # Its scores have no fixed scale: the best one of an answer is 1.
        best = max((one.score for one in rows), default=1) or 1
        near = [(ArtistRef(one.name, one.mbid), Decimal(one.score) / best) for one in rows]
        return "listenbrainz", near[:SIMILAR], None
    like = [(ArtistRef(one.name, one.mbid), one.match) for one in told[:SIMILAR]]
    return "lastfm", like, told.fresh_until


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
