"""Jobs of the catalogue. One page or one artist is one step: a killed worker loses no more."""

from __future__ import annotations

import logging

from django.utils.translation import gettext_noop

from catalog import doubts, job_subjects, key_tasks, status
from catalog.covers import jobs as cover_jobs
from catalog.ingestion import GONE, REFRESH_DUE, lane_of
from catalog.models import Album, Artist
from catalog.queries.names import AlbumRef, ArtistRef, match_albums, match_artists
from catalog.search_tasks import RENEW
from catalog.services import (
    read_rating,
    skip_rating,
    sync_album_page,
    sync_artist_page,
    sync_similar_artists,
    unrated_albums,
)
from catalog.services.freshness import demanded_albums
from catalog.services.making import AlbumAsk, ArtistAsk, albums_of, artists_of
from catalog.services.refreshing import PRESSINGS
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, Fail, More, StepResult, job_kind
from vinyl.jobs.services import enqueue
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import UpstreamError

log = logging.getLogger(__name__)

# Kinds of jobs are registered when their module is read: those of pictures, and those that bring
# the catalogue in, have modules of their own.
COVERS, FRESHNESS, SEARCH = cover_jobs.KIND, REFRESH_DUE, RENEW
DOUBTS, KEYS = doubts.KIND, key_tasks.KIND
ROW = status.coverage_row

STALE_AT_ONCE = 50
# Of Discogs' sixty calls a minute, people who wait for prices need most.
RATINGS_AT_ONCE = 30
NAMES_A_STEP = 50


@job_kind(
    PRESSINGS,
    queue="sync",
    label=gettext_noop("Pressings"),
    subject=job_subjects.of_album,
)
def sync_album_releases(ctx: JobContext) -> StepResult:
    """Read an album's pressings, one page a step. Payload: album_id."""
    album = Album.objects.filter(pk=ctx.payload["album_id"]).first()
    if album is None:
        raise Fail("gone", GONE)
    page, saved = ctx.checkpoint.get("page", 1), ctx.checkpoint.get("saved", 0)
    part = ctx.checkpoint.get("part", "")
    synced = sync_album_page(album, page=page, part=part, lane=lane_of(ctx.job))
    saved += synced.saved
    ctx.progress(
        saved, max(saved, synced.total), gettext_noop("%(saved)s pressings read"), saved=saved
    )
    if not synced.is_last:
        part, page = synced.then
        return More({"page": page, "part": part, "saved": saved})
    return Done({"album_id": synced.album_id, "pressings": saved, "source": synced.source})


@job_kind(
    "catalog.sync_artist_albums",
    queue="sync",
    label=gettext_noop("Albums of an artist"),
    subject=job_subjects.of_artist,
)
def sync_artist_albums(ctx: JobContext) -> StepResult:
    """Read an artist's albums, one page a step. Payload: artist_id."""
    artist = Artist.objects.filter(pk=ctx.payload["artist_id"]).first()
    if artist is None:
        raise Fail("gone", GONE)
    page, saved = ctx.checkpoint.get("page", 1), ctx.checkpoint.get("saved", 0)
    synced = sync_artist_page(artist, page=page, lane=lane_of(ctx.job))
    saved += synced.saved
    ctx.progress(page, synced.pages, gettext_noop("%(saved)s albums read"), saved=saved)
    if not synced.is_last:
        return More({"page": page + 1, "saved": saved})
    return Done({"artist_id": artist.pk, "albums": saved})


@job_kind(
    "catalog.sync_similar",
    queue="sync",
    label=gettext_noop("Similar artists"),
    subject=job_subjects.of_artists,
)
def sync_similar(ctx: JobContext) -> StepResult:
    """Ask who resembles these artists, one artist a step. Payload: artist_ids."""
    artist_ids: list[int] = ctx.payload["artist_ids"]
    at, edges = ctx.checkpoint.get("at", 0), ctx.checkpoint.get("edges", 0)
    if at < len(artist_ids):
        artist = Artist.objects.filter(pk=artist_ids[at]).first()
        if artist is not None:
            edges += sync_similar_artists(artist, lane=lane_of(ctx.job))
        at += 1
        ctx.progress(at, len(artist_ids))
    if at < len(artist_ids):
        return More({"at": at, "edges": edges})
    return Done({"artists": len(artist_ids), "edges": edges})


@job_kind(
    "catalog.resolve_names",
    queue="sync",
    label=gettext_noop("Names"),
    subject=job_subjects.of_names,
)
def resolve_names(ctx: JobContext) -> StepResult:
    """Make rows of names that a listening source told and nobody knew.

    Payload: artists [{name, mbid}], albums [{artist, title, mbid, artist_mbid}]. The result
    counts what is new.
    """
    artists = [
        ArtistRef(row["name"], row.get("mbid", "")) for row in ctx.payload.get("artists", [])
    ]
    albums = [
        AlbumRef(row["artist"], row["title"], row.get("mbid", ""), row.get("artist_mbid", ""))
        for row in ctx.payload.get("albums", [])
    ]
    total, at = len(artists) + len(albums), ctx.checkpoint.get("at", 0)
    new = ctx.checkpoint.get("new", 0)
    todo = [*artists, *albums][at : at + NAMES_A_STEP]
    new += _make_artists([ref for ref in todo if isinstance(ref, ArtistRef)])
    new += _make_albums([ref for ref in todo if isinstance(ref, AlbumRef)])
    at += len(todo)
    ctx.progress(at, total)
    return (
        More({"at": at, "new": new})
        if at < total
        else Done({"names": total, "new": new, "unchanged": new == 0})
    )


@job_kind("catalog.sync_stale", queue="sync", label=gettext_noop("Albums in demand"))
def sync_stale(ctx: JobContext) -> StepResult:
    """Queue the syncs of albums that somebody asked for and that were read long ago or never."""
    queued = 0
    for album_id in demanded_albums(STALE_AT_ONCE):
        enqueue(
            PRESSINGS,
            payload={"album_id": album_id},
            dedupe_key=f"album:{album_id}",
        )
        queued += 1
    return Done({"queued": queued})


@job_kind(
    "catalog.read_ratings",
    queue="sync",
    label=gettext_noop("Ratings"),
    subject=job_subjects.of_albums,
)
def read_ratings(ctx: JobContext) -> StepResult:
    """Read the ratings of these albums as far as they are due, else of those in demand; one album
    a step, at most RATINGS_AT_ONCE. Payload: album_ids or nothing."""
    todo = ctx.checkpoint.get("todo")
    if todo is None:
        todo = unrated_albums(RATINGS_AT_ONCE, ctx.payload.get("album_ids"))
    at, rated = ctx.checkpoint.get("at", 0), ctx.checkpoint.get("rated", 0)
    if at < len(todo):
        album = Album.objects.filter(pk=todo[at]).first()
        if album is not None:
            rated += _rated(album, lane_of(ctx.job))
        at += 1
        ctx.progress(at, len(todo))
    if at < len(todo):
        return More({"todo": todo, "at": at, "rated": rated})
    return Done({"asked": len(todo), "rated": rated})


def _rated(album: Album, lane: Lane) -> bool:
    """One that Discogs answers badly is passed over; one that it answers later is waited for."""
    try:
        return read_rating(album, lane=lane)
    except UpstreamError as error:
        if error.retry_at is not None:
            raise
        log.info("No rating of album %s: %s", album.pk, error)
        skip_rating(album.pk)
        return False


def _make_artists(refs: list[ArtistRef]) -> int:
    known = match_artists(refs)
    missing = [ref for ref in dict.fromkeys(refs) if ref not in known and ref.name.strip()]
    artists_of(ArtistAsk(ref.name, mbid=ref.mbid) for ref in missing)
    return len(missing)


def _make_albums(refs: list[AlbumRef]) -> int:
    known = match_albums(refs)
    missing = [ref for ref in dict.fromkeys(refs) if ref not in known]
    missing = [ref for ref in missing if ref.artist.strip() and ref.title.strip()]
    who = {ref: ArtistAsk(ref.artist, mbid=ref.artist_mbid) for ref in missing}
    artists = artists_of(who.values())
    albums_of(AlbumAsk(artists[who[ref]], ref.title, mbid=ref.mbid) for ref in missing)
    return len(missing)
