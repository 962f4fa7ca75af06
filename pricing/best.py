"""The cheapest live quote of each album, kept as rows so that lists need not look for it.

One row per territory ("" for quotes that hold everywhere), group of sources that may stand in
one list, and least grade. Rows are made from the quotes alone, in the transaction that writes
the quotes, so that a full rebuild finds them as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from pricing.grades import GRADES, good_enough
from pricing.models import AlbumBestPrice, Quote
from vinyl.upstreams.terms import terms_for

OPEN = "open"
Key = tuple[str, str, str]  # territory, terms group, least grade
_LOCK = 0x50524943  # this room's advisory locks
_FIELDS = ["quote", "total_eur", "shipping_known", "valid_until", "updated_at"]


def terms_group(source: str) -> str:
    """The list that a source's offers may stand in: the common one, or its own."""
    return OPEN if terms_for(source.partition(":")[0]).mixable else source


def shown_eur(quote: Quote) -> Decimal:
    """With shipping where it is known, else the item alone."""
    return quote.amount_eur if quote.total_eur is None else quote.total_eur


def order(quote: Quote) -> tuple[bool, Decimal, int]:
    """Known totals first, then by amount; the older row wins a tie."""
    return (quote.total_eur is None, shown_eur(quote), quote.pk)


def cheapest(quotes: Iterable[Quote]) -> dict[Key, Quote]:
    """The best of an album's live quotes for each territory, group and least grade."""
    found: dict[Key, Quote] = {}
    for quote in sorted(quotes, key=order):
        group = terms_group(quote.source)
        for least in GRADES:
            if good_enough(quote.grade, least):
                found.setdefault((quote.territory, group, least), quote)
    return found


def lock(album_id: int) -> None:
    """Let one transaction at a time write an album's prices; two sources answer at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, album_id % 2**31])


def refresh(album_id: int, now: datetime) -> int:
    """Make an album's rows follow its quotes. Returns how many live rows were not as they should
    be; rows that ran out by themselves are replaced without being counted."""
    with transaction.atomic():
        lock(album_id)
        wanted = cheapest(Quote.objects.filter(album_id=album_id, valid_until__gt=now))
        rows = {
            (row.territory, row.terms_group, row.least_grade): row
            for row in AlbumBestPrice.objects.filter(album_id=album_id)
        }
        expired = {key for key, row in rows.items() if row.valid_until <= now}
        changed = {
            key: quote
            for key, quote in wanted.items()
            if key not in rows or not _says(rows[key], quote)
        }
        gone = rows.keys() - wanted.keys()
        AlbumBestPrice.objects.filter(pk__in=[rows[key].pk for key in gone]).delete()
        AlbumBestPrice.objects.bulk_create(
            [_row(album_id, key, quote, now) for key, quote in changed.items()],
            update_conflicts=True,
            unique_fields=["album", "territory", "terms_group", "least_grade"],
            update_fields=_FIELDS,
        )
        return len((changed.keys() | gone) - expired)


def _says(row: AlbumBestPrice, quote: Quote) -> bool:
    return (row.quote_id, row.total_eur, row.shipping_known, row.valid_until) == (
        quote.pk,
        shown_eur(quote),
        quote.total_eur is not None,
        quote.valid_until,
    )


def _row(album_id: int, key: Key, quote: Quote, now: datetime) -> AlbumBestPrice:
    territory, group, least = key
    return AlbumBestPrice(
        album_id=album_id,
        territory=territory,
        terms_group=group,
        least_grade=least,
        quote=quote,
        total_eur=shown_eur(quote),
        shipping_known=quote.total_eur is not None,
        valid_until=quote.valid_until,
        updated_at=now,
    )
