"""Jobs that bring the catalogue in from the services and keep it fresh.

One artist or one page of pressings is one step, so a killed worker loses no more; what is written
twice is the same as once. What a service answers badly is passed over and counted, what it will
answer later is waited for. All of them run in the background lane, so that somebody who waits for
a page goes first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_noop

from catalog import job_subjects
from catalog.models import Album, Artist
from catalog.queries.names import ArtistRef
from catalog.services.coverage import measure_coverage
from catalog.services.discographies import sync_artist_page, sync_similar_artists
from catalog.services.enriching import Enriched, enrich_artist
from catalog.services.freshness import (
    albums_due,
    albums_to_refresh,
    artists_due,
    artists_to_enrich,
    kinds_are_due,
    set_aside,
)
from catalog.services.identity import present_artist
from catalog.services.pressings import sync_album_page
from catalog.services.refreshing import REFRESH
from catalog.services.seeding import artists_of_tag, clean_refs, seed_artist, staged
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult, job_kind
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import UpstreamError

log = logging.getLogger(__name__)

SEED, ENRICH, PRESSINGS = "catalog.seed_artists", "catalog.enrich_albums", "catalog.sync_releases"
REFRESH_DUE, COVERAGE = "catalog.refresh_due", "catalog.measure_coverage"
# Every quarter of an hour; some sixty calls, of the nine hundred that Discogs allows in it.
ARTISTS_AT_ONCE = 20
ALBUMS_AT_ONCE = 50
# Of an artist that somebody wants read again.
ALBUMS_OF_ONE = 40
GONE = gettext_noop("This is no longer in the catalogue.")
NO_ARTISTS = gettext_noop("No artists were found to bring.")


def lane_of(job: Job) -> Lane:
    """Somebody waits for an interactive job, so its calls go first."""
    return Lane.INTERACTIVE if job.queue == Job.Queue.INTERACTIVE else Lane.BACKGROUND


@job_kind(
    SEED,
    queue="sync",
    label=gettext_noop("Artists for the catalogue"),
    subject=job_subjects.of_names,
)
def seed_artists(ctx: JobContext) -> StepResult:
    """Bring artists with their albums and neighbours, one artist a step, as the command does.
    Payload: names, tags, limit (artists a tag), stage (artists in all); each may be missing."""
    lane = lane_of(ctx.job)
    told = ctx.checkpoint.get("refs")
    if told is None:
        lists = [clean_refs(ArtistRef(name) for name in ctx.payload.get("names", []))]
        for tag in ctx.payload.get("tags", []):
            lists.append(artists_of_tag(tag, limit=int(ctx.payload.get("limit", 50)), lane=lane))
        told = [[ref.name, ref.mbid] for ref in staged(lists, ctx.payload.get("stage"))]
        if not told:
            raise Fail("no_names", NO_ARTISTS)
    at, failed = ctx.checkpoint.get("at", 0), list(ctx.checkpoint.get("failed", []))
    if at < len(told):
        name, mbid = told[at]
        if not _managed(name, lambda: seed_artist(name, mbid=mbid, lane=lane)):
            failed.append(name)
    at = min(at + 1, len(told))
    ctx.progress(at, len(told))
    if at < len(told):
        return More({"refs": told, "at": at, "failed": failed})
    return Done({"artists": len(told) - len(failed), "failed": failed})


@job_kind(
    ENRICH,
    queue="sync",
    label=gettext_noop("Kinds of albums"),
    subject=job_subjects.of_artists,
)
def enrich_albums(ctx: JobContext) -> StepResult:
    """Read what MusicBrainz knows of artists' albums, one artist a step. Payload: artist_ids; or
    nothing (or limit), for those that are due."""
    todo = ctx.checkpoint.get("todo")
    if todo is None:
        todo = ctx.payload.get("artist_ids")
        if todo is None:
            todo = artists_to_enrich(int(ctx.payload.get("limit", ARTISTS_AT_ONCE)))
    state = {"at": 0, "albums": 0, "studio": 0, "failed": 0} | ctx.checkpoint | {"todo": todo}
    if state["at"] < len(todo):
        found = _enriched(todo[state["at"]], lane_of(ctx.job))
        state["failed"] += found is None
        state["albums"] += found.albums if found else 0
        state["studio"] += found.studio if found else 0
        state["at"] += 1
        ctx.progress(state["at"], len(todo))
    if state["at"] < len(todo):
        return More(state)
    kept = ("albums", "studio", "failed")
    return Done({"artists": len(todo)} | {name: state[name] for name in kept})


@job_kind(
    PRESSINGS,
    queue="sync",
    label=gettext_noop("Pressings of albums"),
    subject=job_subjects.of_albums,
)
def sync_releases(ctx: JobContext) -> StepResult:
    """Read albums' pressings, one page a step. Payload: album_ids, or artist_ids with all their
    albums that are due; or nothing (or limit), for those that are due, by demand."""
    state = dict(ctx.checkpoint)
    if "todo" not in state:
        todo = ctx.payload.get("album_ids")
        if todo is None:
            limit = int(ctx.payload.get("limit", ALBUMS_AT_ONCE))
            todo = albums_due(limit, ctx.payload.get("artist_ids"))
        state = _start(todo)
    _read_page(ctx, state)
    if state["at"] < len(state["todo"]):
        return More(state)
    kept = ("pressings", "failed")
    return Done({"albums": len(state["todo"])} | {name: state[name] for name in kept})


@job_kind(
    REFRESH,
    queue="sync",
    label=gettext_noop("An artist's records"),
    subject=job_subjects.of_artist,
)
def refresh_artist(ctx: JobContext) -> StepResult:
    """Read all again that the services know of an artist: albums, kinds, who resembles, and the
    pressings of albums that somebody looked at. Payload: artist_id."""
    state = {"page": 1, "albums": 0} | ctx.checkpoint
    artist = _artist(ctx.payload["artist_id"])
    if artist is None or artist.is_placeholder:
        raise Fail("gone", GONE)
    lane = lane_of(ctx.job)
    if state["page"]:
        synced = sync_artist_page(artist, page=state["page"], lane=lane)
        state["albums"] += synced.saved
        state["page"] = 0 if synced.is_last else state["page"] + 1
        ctx.progress(0, None, gettext_noop("%(saved)s albums read"), saved=state["albums"])
        return More(state)
    if "todo" not in state:
        # Neighbours and kinds are good to have: trouble with them does not spoil the rest.
        _managed(artist.name, lambda: sync_similar_artists(artist, lane=lane))
        _enriched(artist.pk, lane)
        return More(state | _start(albums_to_refresh(artist.pk, ALBUMS_OF_ONE)))
    _read_page(ctx, state)
    if state["at"] < len(state["todo"]):
        return More(state)
    return Done(
        {"artist_id": artist.pk, "albums": state["albums"], "pressings": state["pressings"]}
    )


@job_kind(REFRESH_DUE, queue="bulk", label=gettext_noop("Artists that are due"))
def refresh_due(ctx: JobContext) -> StepResult:
    """Read the albums of artists that are due again, one artist a step: the played and followed
    every week, others every month. Pressings follow by demand, in `catalog.sync_stale`."""
    todo = ctx.checkpoint.get("todo")
    if todo is None:
        todo = artists_due(ARTISTS_AT_ONCE)
    state = {"at": 0, "page": 1, "failed": 0} | ctx.checkpoint | {"todo": todo}
    if state["at"] < len(todo):
        _refresh(state, todo[state["at"]])
        ctx.progress(state["at"], len(todo))
    if state["at"] < len(todo):
        return More(state)
    return Done({"artists": len(todo), "failed": state["failed"]})


@job_kind(COVERAGE, queue="bulk", label=gettext_noop("Coverage"))
def count_coverage(_ctx: JobContext) -> StepResult:
    """Count how much of what matters is known."""
    return Done({row.key: [row.part, row.whole] for row in measure_coverage()})


def _managed(what: str, work: Callable[[], Any]) -> bool:
    """Whether it went well: what comes to nothing is said to the log, what will be answered later
    is raised, for the job to wait."""
    try:
        work()
    except UpstreamError as error:
        if error.retry_at is not None:
            raise
        log.info("%s was passed over: %s", what, error)
        return False
    except ValueError:
        return False
    return True


def _artist(artist_id: int) -> Artist | None:
    return present_artist(artist_id) if Artist.objects.filter(pk=artist_id).exists() else None


def _start(album_ids: Sequence[int]) -> dict[str, Any]:
    return {
        "todo": list(album_ids), "at": 0, "page_at": 1, "part": "", "pressings": 0, "failed": 0,
    }  # fmt: skip


def _read_page(ctx: JobContext, state: dict[str, Any]) -> None:
    """One page of the album that is next; `state` moves on to the page or album after it."""
    todo: list[int] = state["todo"]
    if state["at"] >= len(todo):
        return
    album = Album.objects.filter(pk=todo[state["at"]]).first()
    finished = True
    if album is not None:
        where = {"page": state["page_at"], "part": state["part"]}
        try:
            synced = sync_album_page(album, **where, lane=lane_of(ctx.job))
        except UpstreamError as error:
            if error.retry_at is not None:
                raise
            log.info("Album %s was passed over: %s", album.pk, error)
            state["failed"] += 1
        else:
            state["pressings"] += synced.saved
            finished = synced.is_last
            if not finished:
                state["part"], state["page_at"] = synced.then
    if finished:
        state |= {"at": state["at"] + 1, "page_at": 1, "part": ""}
    ctx.progress(
        state["at"], len(todo), gettext_noop("%(saved)s pressings read"), saved=state["pressings"]
    )


def _enriched(artist_id: int, lane: Lane) -> Enriched | None:
    """What MusicBrainz told of an artist's albums; None where it came to nothing."""
    artist = _artist(artist_id)
    if artist is None:
        return None
    try:
        return enrich_artist(artist, lane=lane)
    except UpstreamError as error:
        if error.retry_at is not None:
            raise
        log.info("The works of artist %s were passed over: %s", artist_id, error)
        return None


def _refresh(state: dict[str, Any], artist_id: int) -> None:
    """One page of an artist's albums; behind the last one their kinds, when a month is over."""
    artist = _artist(artist_id)
    if artist is not None:
        try:
            synced = sync_artist_page(artist, page=state["page"], lane=Lane.BACKGROUND)
        except UpstreamError as error:
            if error.retry_at is not None:
                raise
            log.info("Artist %s was passed over: %s", artist_id, error)
            state["failed"] += 1
            set_aside(artist_id)
        else:
            if not synced.is_last:
                state["page"] += 1
                return
            if kinds_are_due(artist):
                _enriched(artist_id, Lane.BACKGROUND)
    state["at"] += 1
    state["page"] = 1
