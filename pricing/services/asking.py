"""Asking sources for prices, and noting what they answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.linking import discogs_token
from accounts.models import User
from catalog.models import Album, Release
from catalog.queries import present_id
from catalog.services import note_demand
from pricing import providers
from pricing.models import PriceAsk
from pricing.providers.base import Provider
from pricing.services.recording import PRESENT_FOR
from pricing.territories import postcode_matters, territory_of
from vinyl import standing
from vinyl.jobs.events import news, publish_all
from vinyl.jobs.models import Job
from vinyl.jobs.services import Wish, dispatch, enqueue, enqueue_all
from vinyl.prepared import Ready
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.terms import terms_for

ASK = "pricing.ask"
SUGGEST = "pricing.suggest"
CHECK = "pricing.check_offer"
REASKED_AT_ONCE = 10
# Somebody waits while it is written, and Django would take longer to write it than to send it.
_NOTE = """
INSERT INTO pricing_priceask AS ask (source, territory, job_id, album_id, release_id, state,
    asked_at, found, left_out, examples, not_asked, error)
SELECT one.source, one.scope, job.id, %(album)s, %(release)s::bigint, %(asking)s, %(now)s, 0, '{}',
    '[]', 0, ''
FROM unnest(%(sources)s::text[], %(scopes)s::text[], %(keys)s::text[]) AS one (source, scope, key)
JOIN jobs_job job ON job.kind = %(kind)s AND job.dedupe_key = one.key
    AND job.state IN ('queued', 'running')
ON CONFLICT (source, album_id, release_id, territory) DO UPDATE SET state = excluded.state,
    job_id = excluded.job_id, error = '', retry_at = NULL, asked_at = excluded.asked_at
"""

# Last written with the last price, and only once more where somebody asked again meanwhile.
_ANSWERED = """
UPDATE pricing_priceask SET state = 'answered', found = %(found)s, left_out = %(left_out)s::jsonb,
    examples = %(examples)s::jsonb, not_asked = %(not_asked)s, error = '', retry_at = NULL,
    answered_at = %(now)s
WHERE job_id = %(job)s
"""

_ALBUM = Ready(lambda album: Album.objects.filter(pk=album), album=int)


def ask_prices(
    user: User,
    *,
    album_id: int | None = None,
    release_id: int | None = None,
    read: Album | None = None,
) -> list[Job]:
    """Ask every configured source what an album, or one pressing, costs this person.

    One job per source, so that each answers in its own time. People who ask the same for the
    same territory share the job. `read` is the album, where the caller has read it. Of one pressing
    Discogs is also asked, in the person's own name, what it suggests; that job is not among those
    returned. Raises Album.DoesNotExist or
    Release.DoesNotExist.
    """
    if release_id is not None:
        release = Release.objects.select_related("album").get(pk=release_id)
        album = release.album
    else:
        found = _ALBUM.first(album=album_id or 0) if read is None else read
        if found is None:
            raise Album.DoesNotExist(f"Album {album_id} does not exist.")
        album = found
        if album.merged_into_id is not None:
            album = Album.objects.get(pk=present_id(album.pk))
    territory = territory_of(user.country, user.postcode)
    asks = [
        _Ask(one, album.pk, release_id, territory, user, album.title)
        for one in providers.configured()
    ]
    jobs = _ask_all(asks, user)
    note_demand(album.pk, "asked")
    if release_id is not None:
        ask_suggestion(user, release_id)
    return jobs


def ask_suggestion(user: User, release_id: int) -> Job | None:
    """Ask Discogs, with the person's own token, what it suggests for a pressing by grade. None
    where the person has no working link there or Discogs does not know the pressing."""
    release = Release.objects.filter(pk=release_id, discogs_id__isnull=False).first()
    if release is None or discogs_token(user) is None:
        return None
    payload = {"user_id": user.pk, "release_id": release_id, "subject": release.title}
    return enqueue(SUGGEST, owner=user, payload=payload, dedupe_key=f"{user.pk}:{release_id}")


def check_offer(user: User, quote_id: int) -> Job:
    """Ask the source of one offer whether it still stands and is sent to the person."""
    country = territory_of(user.country, user.postcode)[:2]
    payload = {"quote_id": quote_id, "user_id": user.pk, "country": country}
    key = f"{quote_id}:{country}"
    return enqueue(CHECK, owner=user, payload=payload, dedupe_key=key)


def ask_one(
    provider: Provider,
    album_id: int,
    release_id: int | None,
    territory: str,
    *,
    user: User | None = None,
    title: str = "",
    postcode: str = "",
) -> Job:
    """Queue one source's question and note it, together; without a person in the background, where
    `postcode` is one of a territory that is asked by it. `title` is the album's, where the caller
    has it."""
    return _ask(_Ask(provider, album_id, release_id, territory, user, title, postcode))


@dataclass(frozen=True, slots=True)
class _Ask:
    """A question that is to be put to one source."""

    provider: Provider
    album_id: int
    release_id: int | None
    territory: str
    user: User | None = None
    title: str = ""
    postcode: str = ""

    @property
    def scope(self) -> str:
        return self.provider.scope(self.territory)

    @property
    def key(self) -> str:
        return f"{self.provider.name}:{self.album_id}:{self.release_id or ''}:{self.scope}"

    def payload(self) -> dict[str, Any]:
        user, name = self.user, self.provider.label
        postcode = self.postcode if user is None else user.postcode
        titles = [self.title] if self.title else _titles(self.album_id)
        return {
            "provider": self.provider.name,
            "album_id": self.album_id,
            "release_id": self.release_id,
            "user_id": None if user is None else user.pk,
            "territory": self.territory,
            "country": self.territory[:2],
            "postcode": postcode if postcode_matters(self.scope) else "",
            "subject": " · ".join((*titles, name)),
        }


def _ask_all(asks: Sequence[_Ask], user: User) -> list[Job]:
    """One job for each of several sources that are asked about the same, noted together."""
    if not asks:
        return []
    wishes = [Wish(ASK, one.key, one.payload()) for one in asks]
    jobs = enqueue_all(wishes, owner=user, beside=partial(_note, asks))
    # Somebody asks the same already.
    return [_ask(ask) if job is None else job for ask, job in zip(asks, jobs, strict=True)]


def _note(asks: Sequence[_Ask]) -> None:
    """That these sources are asked about one album, or one pressing, by the jobs that are queued
    for it. One query, reads nothing."""
    given: dict[str, Any] = {
        "album": asks[0].album_id,
        "release": asks[0].release_id,
        "asking": PriceAsk.State.ASKING,
        "now": timezone.now(),
        "sources": [ask.provider.name for ask in asks],
        "scopes": [ask.scope for ask in asks],
        "kind": ASK,
        "keys": [ask.key for ask in asks],
    }
    with standing.cursor() as cursor:
        cursor.execute(_NOTE, given)


def _ask(ask: _Ask) -> Job:
    user, payload = ask.user, ask.payload()
    while True:
        with transaction.atomic():
            lane = "" if user is not None else Job.Queue.SYNC
            job = enqueue(ASK, owner=user, payload=payload, dedupe_key=ask.key, lane=lane)
            _note([ask])
            if job.payload is payload:
                return job  # ours, and nobody hears of it before the commit
            # A job shared with somebody may have ended between the two lines above; its end
            # would then be overwritten, and nobody would answer.
            job.refresh_from_db()
            if job.is_active:
                if user is not None:
                    _hurry(job)
                return job


def _titles(album_id: int) -> tuple[str, ...]:
    return tuple(Album.objects.filter(pk=album_id).values_list("title", flat=True))


def _hurry(job: Job) -> None:
    """Somebody wants to know now: a job that waits for a source that was down need not wait, and
    one that was queued in the background goes before it."""
    if job.queue == Job.Queue.INTERACTIVE and job.not_before is None:
        return  # as it was queued a moment ago
    mine = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    waits = mine.filter(not_before__gt=timezone.now(), stalled_since__isnull=False)
    woken = waits.update(not_before=None)
    moved = mine.filter(queue=Job.Queue.SYNC).update(queue=Job.Queue.INTERACTIVE)
    if woken or moved:
        job.refresh_from_db()
        dispatch(job)


def ask_again_where_withheld(user: User, album_id: int) -> list[Job]:
    """Ask again what was found for an album but is too old to be shown now; for the page that
    has to say so. An answer that is on its way is not asked for twice, and a source that failed
    is left to the person."""
    now = timezone.now()
    territory = territory_of(user.country, user.postcode)
    jobs = []
    for provider in providers.PROVIDERS.values():
        max_age = terms_for(provider.name).max_age
        if max_age is None or not providers.is_configured(provider):
            continue
        old = PriceAsk.objects.filter(
            source=provider.name,
            album_id=album_id,
            territory=provider.scope(territory),
            state=PriceAsk.State.ANSWERED,
            found__gt=0,
            answered_at__lt=now - max_age,
        ).order_by("release_id")[:REASKED_AT_ONCE]
        jobs += [ask_one(provider, album_id, ask.release_id, territory, user=user) for ask in old]
    return jobs


def present_for(source: str) -> timedelta:
    """How long a source's answer counts as present."""
    max_age = terms_for(source).max_age
    return PRESENT_FOR if max_age is None else min(PRESENT_FOR, max_age)


def answered(job: Job) -> None:
    """Note that a source has told all it knows; runs in the transaction that ends the job. Where it
    was noted with the last price nothing is left to do."""
    with standing.cursor() as cursor:
        cursor.execute(f"{_ANSWERED} AND state <> 'answered'", _whole(job, job.result))
        if cursor.rowcount:
            tell(job)


def note_answered(job: Job, result: Mapping[str, Any]) -> None:
    """A question's `result` is whole: its page need not wait until the job has ended. Reads
    nothing; pages hear of it after the commit."""
    with standing.cursor() as cursor:
        cursor.execute(_ANSWERED, _whole(job, result))
    tell(job)


def _whole(job: Job, result: Mapping[str, Any]) -> dict[str, Any]:
    """What is noted of a question that is answered."""
    return {
        "job": job.pk,
        "now": timezone.now(),
        "found": result.get("found", 0),
        "left_out": json.dumps(result.get("left_out", {})),
        "examples": json.dumps(result.get("examples", [])),
        "not_asked": result.get("not_asked", 0),
    }


def not_answered(job: Job, error: UpstreamError) -> None:
    """Note what went wrong. With a time to come back the job tries again by itself."""
    state = PriceAsk.State.FAILED if error.retry_at is None else PriceAsk.State.ASKING
    PriceAsk.objects.filter(job_id=job.pk).update(
        state=state, error=type(error).__name__, retry_at=error.retry_at
    )
    tell(job)


def tell(job: Job) -> None:
    """After the commit pages hear that there is something new: the last price does not wait until
    the job has ended."""
    transaction.on_commit(partial(publish_all, [news(job.pk)]))


def forget_left_out() -> int:
    """Clear the names of what was left out where its source's terms no longer let them be shown.
    Returns how many answers."""
    cleared = 0
    for name in providers.PROVIDERS:
        max_age = terms_for(name).max_age
        if max_age is not None:
            old = PriceAsk.objects.filter(source=name, answered_at__lt=timezone.now() - max_age)
            cleared += old.exclude(examples=[]).update(examples=[])
    return cleared
