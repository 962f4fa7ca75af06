"""Writes on prices: asking for them, recording what came, keeping the best ones true."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User, Want
from catalog.models import Album, Release
from catalog.queries import present_id
from pricing import best, providers
from pricing.landed_cost import landed_cost
from pricing.models import AlbumBestPrice, PriceAsk, Quote
from pricing.providers.base import FoundQuote, Part, Provider
from pricing.rates import EURO, NoRate, convert
from pricing.territories import postcode_matters, territory_of
from vinyl.jobs.models import Job
from vinyl.jobs.services import dispatch, enqueue
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.terms import shown_until, terms_for

ASK = "pricing.ask"
# Where a source's terms set no limit, a price counts as present for this long.
PRESENT_FOR = timedelta(hours=24)
# What may be kept is kept this long after it ran out, to be shown with its age.
KEPT_FOR = timedelta(days=30)
REFRESHED_AT_ONCE = 10
NO_RATE = "no_rate"


# --- asking ---------------------------------------------------------------------------------


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


# --- recording ------------------------------------------------------------------------------


def record_quotes(
    *, source: str, album_id: int, territory: str, part: Part, observed_at: datetime | None = None
) -> tuple[int, dict[str, int]]:
    """Store one part of an answer and the best prices that follow from it, in one transaction.

    `territory` is "" for a source whose prices hold everywhere. Offers are updated in place;
    what the part tells about and no longer has is removed. Returns (quotes stored, how many were
    left out by reason).
    """
    now = observed_at or timezone.now()
    left_out = dict(part.left_out)
    rows: dict[str, Quote] = {}
    for found in part.found:
        try:
            row = _quote(source, album_id, territory, found, now)
        except NoRate:
            left_out[NO_RATE] = left_out.get(NO_RATE, 0) + 1
            continue
        if row.valid_until > now:
            rows[row.key] = row
    with transaction.atomic():
        best.lock(album_id)
        _remove_gone(source, album_id, territory, part.about, rows)
        _upsert(source, rows)
        best.refresh(album_id, now)
    return len(rows), left_out


def _quote(
    source: str, album_id: int, territory: str, found: FoundQuote, observed_at: datetime
) -> Quote:
    """The row of a price, in its own currency and in euros at the rate of its day."""
    day = observed_at.date()
    item = convert(found.item, EURO, day)
    shipping = None if found.shipping is None else convert(found.shipping, EURO, day)
    cost = landed_cost(item.money, None if shipping is None else shipping.money)
    days = [one.rate_day for one in (item, shipping) if one is not None and one.rate_day]
    ends = [observed_at + PRESENT_FOR, shown_until(source, observed_at), found.ends_at]
    return Quote(
        source=source,
        key=found.key,
        kind=found.kind,
        album_id=album_id,
        release_id=found.release_id,
        territory=territory,
        amount=_cents(found.item.amount),
        currency=found.item.currency,
        shipping=None if found.shipping is None else _cents(found.shipping.amount),
        shipping_currency="" if found.shipping is None else found.shipping.currency,
        amount_eur=cost.item.amount,
        total_eur=None if cost.total is None else cost.total.amount,
        rate_day=min(days) if days else None,
        grade=found.grade,
        title=found.title[:500],
        seller=found.seller[:200],
        seller_country=found.seller_country,
        url=found.url,
        for_sale=found.for_sale,
        is_auction=found.is_auction,
        observed_at=observed_at,
        valid_until=min(end for end in ends if end is not None),
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def _remove_gone(
    source: str,
    album_id: int,
    territory: str,
    about: Sequence[int | None],
    rows: dict[str, Quote],
) -> None:
    told = Q(release_id__in=[one for one in about if one is not None])
    if None in about:
        told |= Q(release__isnull=True)
    quotes = Quote.objects.filter(told, source=source, album_id=album_id, territory=territory)
    quotes.exclude(key__in=rows).delete()


def _upsert(source: str, rows: dict[str, Quote]) -> None:
    # An offer once found by its bar code stays known as that pressing.
    known = dict(
        Quote.objects.filter(source=source, key__in=rows, release__isnull=False).values_list(
            "key", "release_id"
        )
    )
    for key, row in rows.items():
        if row.release_id is None:
            row.release_id = known.get(key)
    kept = {"id", "source", "key"}
    Quote.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["source", "key"],
        update_fields=[f.name for f in Quote._meta.concrete_fields if f.name not in kept],
    )


# --- keeping them true ----------------------------------------------------------------------


def promote(now: datetime | None = None, *, limit: int = 1000) -> int:
    """Take best prices out that ran out and put each album's runner-up in; then forget quotes
    that may not, or need not, be kept. Returns how many albums changed."""
    now = now or timezone.now()
    ran_out = (
        AlbumBestPrice.objects.filter(valid_until__lte=now)
        .order_by("album_id")
        .values_list("album_id", flat=True)
        .distinct()[:limit]
    )
    albums = list(ran_out)
    for album_id in albums:
        best.refresh(album_id, now)
    forget(now)
    return len(albums)


def forget(now: datetime) -> int:
    """Delete quotes beyond what their source's terms and we ourselves keep."""
    gone = 0
    for source in Quote.objects.order_by().values_list("source", flat=True).distinct():
        terms = terms_for(source.partition(":")[0])
        keep = KEPT_FOR if terms.max_age is None or terms.keep_history else terms.max_age
        ended = Q(observed_at__lt=now - keep)
        if terms.delete_when_gone:
            ended |= Q(valid_until__lte=now)
        gone += Quote.objects.filter(ended, source=source).delete()[1].get("pricing.Quote", 0)
    return gone


def rebuild_best_prices(album_ids: Iterable[int] | None = None) -> int:
    """Compare every best price with the quotes it comes from and mend it. Returns how many
    differed; the count is 0 unless somebody changed rows by hand or the terms' settings."""
    now = timezone.now()
    if album_ids is None:
        quoted = Quote.objects.order_by().values_list("album_id", flat=True)
        listed = AlbumBestPrice.objects.order_by().values_list("album_id", flat=True)
        album_ids = sorted(set(quoted) | set(listed))
    return sum(best.refresh(album_id, now) for album_id in album_ids)
