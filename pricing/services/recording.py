"""Recording what sources answered, with the best prices that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pricing import best
from pricing.landed_cost import landed_cost
from pricing.models import Quote
from pricing.providers.base import FoundQuote, Part
from pricing.rates import EURO, NoRate, convert
from vinyl.upstreams.terms import shown_until

# Where a source's terms set no limit, a price counts as present for this long.
PRESENT_FOR = timedelta(hours=24)
NO_RATE = "no_rate"


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
