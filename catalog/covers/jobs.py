"""The job that fetches pictures: one album a step, in the order of demand."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from catalog import job_subjects
from catalog.covers.fetching import due_albums, fetch_cover, forget_expired
from catalog.models import Album, Cover
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, More, StepResult, job_kind
from vinyl.upstreams.door import Lane

KIND = "catalog.fetch_cover"
# Beat asks every five minutes: small portions, so that nobody waits behind them.
COVERS_AT_ONCE = 20


@job_kind(
    KIND,
    queue="bulk",
    label=gettext_noop("Pictures of albums"),
    subject=job_subjects.of_albums,
)
def fetch_covers(ctx: JobContext) -> StepResult:
    """Fetch the pictures of these albums, else of those in demand that lack one. Payload:
    album_ids, or nothing."""
    todo = ctx.checkpoint.get("todo")
    if todo is None:
        forget_expired()
        todo = list(ctx.payload.get("album_ids") or due_albums(COVERS_AT_ONCE))
    at, stored = ctx.checkpoint.get("at", 0), ctx.checkpoint.get("stored", 0)
    if at < len(todo):
        album = Album.objects.filter(pk=todo[at], merged_into__isnull=True).first()
        if album is not None:
            interactive = ctx.job.queue == Job.Queue.INTERACTIVE
            lane = Lane.INTERACTIVE if interactive else Lane.BACKGROUND
            stored += fetch_cover(album, lane=lane).state == Cover.State.STORED
        at += 1
        ctx.progress(at, len(todo), gettext_noop("%(stored)s pictures stored"), stored=stored)
    if at < len(todo):
        return More({"todo": todo, "at": at, "stored": stored})
    return Done({"asked": len(todo), "stored": stored})
