"""Asking sources for prices, and noting what they answered."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User, Want
from catalog.models import Album, Release
from catalog.queries import present_id
from pricing import providers
from pricing.models import PriceAsk
from pricing.providers.base import Provider
from pricing.services.recording import PRESENT_FOR
from pricing.territories import postcode_matters, territory_of
from vinyl.jobs.models import Job
from vinyl.jobs.services import dispatch, enqueue
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.terms import terms_for

ASK = "pricing.ask"
REFRESHED_AT_ONCE = 10


def ask_prices(
    user: User, *, album_id: int | None = None, release_id: int | None = None
) -> list[Job]:
    """Ask every configured source what an album, or one pressing, costs this person.

    One job per source, so that each answers in its own time. People who ask the same for the
    same territory share the job. Raises Album.DoesNotExist or Release.DoesNotExist.
    """
    if release_id is not None:
        release = Release.objects.select_related("album").get(pk=release_id)
        album = release.album
    else:
        album = Album.objects.get(pk=present_id(album_id or 0))
    territory = territory_of(user.country, user.postcode)
    return [_ask(one, album.pk, release_id, territory, user=user) for one in providers.configured()]


def _ask(
    provider: Provider,
    album_id: int,
    release_id: int | None,
    territory: str,
    *,
    user: User | None = None,
) -> Job:
    """Queue the question and note it, together."""
    scope = provider.scope(territory)
    exact = user is not None and postcode_matters(scope)
    payload = {
        "provider": provider.name,
        "album_id": album_id,
        "release_id": release_id,
        "user_id": None if user is None else user.pk,
        "territory": territory,
        "country": territory[:2],
        "postcode": user.postcode if user is not None and exact else "",
        "subject": " · ".join((*_titles(album_id), provider.label)),
    }
    key = f"{provider.name}:{album_id}:{release_id or ''}:{scope}"
    while True:
        with transaction.atomic():
            lane = "" if user is not None else Job.Queue.SYNC
            job = enqueue(ASK, owner=user, payload=payload, dedupe_key=key, lane=lane)
            PriceAsk.objects.update_or_create(
                source=provider.name,
                album_id=album_id,
                release=Release.objects.get(pk=release_id) if release_id else None,
                territory=scope,
                defaults={
                    "state": PriceAsk.State.ASKING,
                    "job_id": job.pk,
                    "error": "",
                    "retry_at": None,
                    "asked_at": timezone.now(),
                },
            )
            # A job shared with somebody may have ended between the two lines above; its end
            # would then be overwritten, and nobody would answer.
            job.refresh_from_db()
            if job.is_active:
                _hurry(job)
                return job


def _titles(album_id: int) -> tuple[str, ...]:
    return tuple(Album.objects.filter(pk=album_id).values_list("title", flat=True))


def _hurry(job: Job) -> None:
    """A job that waits for a source that was down: somebody wants to know now."""
    waiting = Job.objects.filter(
        pk=job.pk,
        state=Job.State.QUEUED,
        not_before__gt=timezone.now(),
        stalled_since__isnull=False,
    )
    if waiting.update(not_before=None):
        dispatch(job)


def ask_again_where_stale(*, limit: int = REFRESHED_AT_ONCE) -> list[Job]:
    """Ask in the background for wanted albums whose answers ran out, the oldest first.

    Only what somebody asked for once is asked again: the person decides when quota is spent.
    """
    now = timezone.now()
    wanted = Want.objects.filter(Q(album=OuterRef("album")) | Q(release__album=OuterRef("album")))
    due = Q()
    for one in providers.configured():
        due |= Q(source=one.name, answered_at__lt=now - _present_for(one.name))
    if not due:
        return []
    stale = (
        PriceAsk.objects.filter(due, state=PriceAsk.State.ANSWERED)
        .filter(Exists(wanted))
        .exclude(territory__contains="-")  # asked by postcode: only with their person
        .order_by("answered_at", "pk")[:limit]
    )
    return [
        _ask(providers.provider(ask.source), ask.album_id, ask.release_id, ask.territory or "ES")
        for ask in stale
    ]


def ask_again_where_withheld(user: User, album_id: int) -> list[Job]:
    """Ask again what was found for an album but is too old to be shown now; for the page that
    has to say so. An answer that is on its way is not asked for twice, and a source that failed
    is left to the person."""
    now = timezone.now()
    territory = territory_of(user.country, user.postcode)
    jobs = []
    for provider in providers.configured():
        max_age = terms_for(provider.name).max_age
        if max_age is None:
            continue
        old = PriceAsk.objects.filter(
            source=provider.name,
            album_id=album_id,
            territory=provider.scope(territory),
            state=PriceAsk.State.ANSWERED,
            found__gt=0,
            answered_at__lt=now - max_age,
        ).order_by("release_id")[:REFRESHED_AT_ONCE]
        jobs += [_ask(provider, album_id, ask.release_id, territory, user=user) for ask in old]
    return jobs


def _present_for(source: str) -> timedelta:
    max_age = terms_for(source).max_age
    return PRESENT_FOR if max_age is None else min(PRESENT_FOR, max_age)


def answered(job: Job) -> None:
    """Note that a source has told all it knows; runs in the transaction that ends the job."""
    PriceAsk.objects.filter(job_id=job.pk).update(
        state=PriceAsk.State.ANSWERED,
        found=job.result.get("found", 0),
        left_out=job.result.get("left_out", {}),
        error="",
        retry_at=None,
        answered_at=timezone.now(),
    )


def not_answered(job: Job, error: UpstreamError) -> None:
    """Note what went wrong. With a time to come back the job tries again by itself."""
    state = PriceAsk.State.FAILED if error.retry_at is None else PriceAsk.State.ASKING
    PriceAsk.objects.filter(job_id=job.pk).update(
        state=state, error=type(error).__name__, retry_at=error.retry_at
    )
