"""One question to one source, step by step: what a job of kind "pricing.ask" does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_noop

from catalog import services as catalogue
from catalog.models import Album, Release
from catalog.queries import present_id
from pricing import providers, services
from pricing.providers.base import Pressing, Question
from pricing.providers.discogs import PRESSINGS_ASKED
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, Fail, More, StepResult
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import RateLimited, UpstreamError

GONE = gettext_noop("This album is no longer in the catalogue.")
ASKING = gettext_noop("Asking %(source)s")
FOUND = gettext_noop("Offers from %(source)s: %(found)s")
# A budget that frees up this soon is no news; the page goes on saying that we ask.
SOON = timedelta(seconds=60)


def step(ctx: JobContext) -> StepResult:
    """Plan at first, then one part a step; what came is stored at once. See the kind's payload in
    services. What a source does not answer is noted beside the ask, then the job's rules hold."""
    provider = providers.provider(ctx.payload["provider"])
    try:
        question = question_for(ctx.payload, lane=_lane(ctx))
        if not ctx.checkpoint:
            plan = provider.plan(question)
            return More(checkpoint={"plan": plan, "at": 0, "found": 0, "left_out": {}})
        plan, at = ctx.checkpoint["plan"], ctx.checkpoint["at"]
        ctx.progress(at, len(plan), ASKING, source=provider.label)
        if at >= len(plan):
            ctx.progress(at, len(plan), FOUND, source=provider.label, found=ctx.checkpoint["found"])
            return Done({name: ctx.checkpoint[name] for name in ("found", "left_out")})
        part = provider.answer(question, plan[at])
    except UpstreamError as error:
        if not _passes_soon(error):
            services.not_answered(ctx.job, error)
        raise
    stored, left_out = services.record_quotes(
        source=provider.name,
        album_id=question.album_id,
        territory=provider.scope(question.territory),
        part=part,
    )
    return More(checkpoint=_further(ctx.checkpoint, stored, left_out))


def _further(checkpoint: dict[str, Any], stored: int, left_out: dict[str, int]) -> dict[str, Any]:
    sums = dict(checkpoint["left_out"])
    for reason, count in left_out.items():
        sums[reason] = sums.get(reason, 0) + count
    return {
        "plan": checkpoint["plan"],
        "at": checkpoint["at"] + 1,
        "found": checkpoint["found"] + stored,
        "left_out": sums,
    }


def _lane(ctx: JobContext) -> Lane:
    return Lane.INTERACTIVE if ctx.job.queue == Job.Queue.INTERACTIVE else Lane.BACKGROUND


def _passes_soon(error: UpstreamError) -> bool:
    if not isinstance(error, RateLimited):
        return False
    return error.retry_at is None or error.retry_at < timezone.now() + SOON


def question_for(payload: dict[str, Any], *, lane: Lane) -> Question:
    """The question of a job's payload. Reads the album's pressings first where nobody did."""
    album = Album.objects.filter(pk=payload["album_id"]).first()
    if album is None:
        raise Fail("gone", GONE)
    if album.releases_synced_at is None and not album.releases.exists():
        catalogue.sync_album_releases(album, lane=lane)
    # It may have turned out to be one that we have under another name.
    album = Album.objects.get(pk=present_id(album.pk))
    release = None
    if payload.get("release_id") is not None:
        found = Release.objects.filter(pk=payload["release_id"], album=album).first()
        if found is None:
            raise Fail("gone", GONE)
        release = _pressing(found)
    return Question(
        album_id=album.pk,
        artist=album.artist_line,
        title=album.title,
        pressings=most_wanted(album.pk),
        release=release,
        territory=payload["territory"],
        country=payload["country"],
        postcode=payload.get("postcode", ""),
        person_id=payload.get("user_id"),
        lane=lane,
    )


def most_wanted(album_id: int) -> tuple[Pressing, ...]:
    """The pressings that most people have or want, official ones only."""
    liked = Coalesce(F("have"), 0) + Coalesce(F("want"), 0)
    rows = Release.objects.filter(
        album_id=album_id,
        discogs_id__isnull=False,
        is_unofficial=False,
        medium=Release.Medium.VINYL,
    ).order_by(liked.desc(), "pk")
    return tuple(_pressing(row) for row in rows[:PRESSINGS_ASKED])


def _pressing(release: Release) -> Pressing:
    return Pressing(
        id=release.pk,
        discogs_id=release.discogs_id,
        barcode=release.barcode,
        catalogue_number=release.catalogue_number,
    )
