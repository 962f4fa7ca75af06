"""Recording what sources answered, with the best prices and the history that follow from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from pricing import best, history, watching
from pricing.editions import edition
from pricing.imports import rule_book
from pricing.landed_cost import LandedCost, RuleBook, landed_cost
from pricing.models import PricedTerritory, Quote
from pricing.providers.base import FoundQuote, Part
from pricing.rates import EURO, NoRate, Rates, rates_on
from pricing.territories import crosses_a_border
from vinyl import standing
from vinyl.together import together
from vinyl.upstreams.terms import shown_until

# Where a source's terms set no limit, a price counts as present for this long.
PRESENT_FOR = timedelta(hours=24)
NO_RATE, NO_PRICE = "no_rate", "no_price"
CENT = Decimal("0.01")
# The largest amount that a row holds; more is no price of a record.
MOST = Decimal(10**9)
# About more albums at once statements are planned anew: a plan made when a table was empty reads
# all of it once for each album.
MANY_ALBUMS = 20

# Written out: each time that prices come somebody waits for them, and putting such small queries
# together takes longer than answering them.
_PRESSED = """
SELECT r.id, r.year, r.format, r.is_unofficial, least(nullif(a.year, 0),
    (SELECT min(nullif(o.year, 0)) FROM catalog_release o WHERE o.album_id = r.album_id))
FROM catalog_release r JOIN catalog_album a ON a.id = r.album_id WHERE r.id = ANY(%s)
"""
_ASKED_FROM = "SELECT code FROM pricing_pricedterritory"
_STORED = """
SELECT source, key, album_id, territory, release_id FROM pricing_quote
WHERE source = ANY(%s) AND key = ANY(%s)
"""
_STOOD = """
SELECT id, key FROM pricing_quote WHERE source = %s AND album_id = %s AND territory = %s
    AND (release_id = ANY(%s::bigint[]) OR (%s AND release_id IS NULL))
"""
_COLUMNS = tuple(field.attname for field in Quote._meta.concrete_fields if field.attname != "id")
_NAMES = ", ".join(_COLUMNS)
# One value for all rows: a statement with one for each field takes the database longer to read
# than to obey.
_UPSERT = f"""
INSERT INTO pricing_quote ({_NAMES})
SELECT {_NAMES} FROM jsonb_populate_recordset(NULL::pricing_quote, %s::jsonb)
ON CONFLICT (source, key) DO UPDATE SET
    ({_NAMES}) = ({", ".join(f"excluded.{name}" for name in _COLUMNS)})
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """One part of what a source told about an album. `territory` is "" for a source whose prices
    hold everywhere."""

    source: str
    album_id: int
    territory: str
    part: Part


@dataclass(frozen=True, slots=True)
class Stored:
    """How many quotes of an answer were stored, and how many left out by reason."""

    quotes: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What turning answers into rows needs, read once for all of them."""

    now: datetime
    rates: Rates
    book: RuleBook
    editions: Mapping[int, str]
    known: Known
    asked_from: frozenset[str]
    stood: tuple[tuple[str, int, str], ...]  # (source, number, key) of what may be gone


def record_quotes(
    *, source: str, album_id: int, territory: str, part: Part, observed_at: datetime | None = None
) -> tuple[int, dict[str, int]]:
    """Store one part of an answer and the best prices that follow from it, in one transaction.

    `territory` is "" for a source whose prices hold everywhere. Offers are updated in place;
    what the part tells about and no longer has is removed. Returns (quotes stored, how many were
    left out by reason).
    """
    answer = Answer(source, album_id, territory, part)
    (stored,) = record_answers([answer], observed_at=observed_at)
    return stored.quotes, stored.left_out


def record_answers(
    answers: Sequence[Answer],
    *,
    observed_at: datetime | None = None,
    also: Callable[[list[Stored]], None] | None = None,
) -> list[Stored]:
    """Store many parts at once, as a page of a seller's stock brings them: quotes, best prices and
    history in one transaction, in a number of statements that does not grow with the albums, and in
    three round trips where nothing is gone. `also` may write more in the same transaction; it reads
    nothing. Returns what became of each answer, in order."""
    now = observed_at or timezone.now()
    albums = {answer.album_id for answer in answers}
    many = len(albums) > MANY_ALBUMS
    while True:
        with standing.planned_anew(many), transaction.atomic(), standing.cursor() as cursor:
            facts = _facts(answers, now, albums)
            others = {one.album for one in facts.known.values()} - albums
            if others:
                # An offer was another album's. Its lock is taken in the order of all, so that who
                # wants both never waits for us: begun again.
                transaction.set_rollback(True)
            else:
                return _write(cursor, answers, facts, albums, also)
        albums |= others


def _write(
    cursor: Any,
    answers: Sequence[Answer],
    facts: _Facts,
    albums: set[int],
    also: Callable[[list[Stored]], None] | None,
) -> list[Stored]:
    """What follows from the answers, with the albums' locks held."""
    stored, rows = [], {}
    for answer in answers:
        kept, left_out = _rows(answer, facts)
        rows.update(kept)
        stored.append(Stored(len(kept), left_out))
    known = {place: before for place, before in facts.known.items() if place in rows}
    places = {answer.territory for answer in answers} | {one.place for one in known.values()}
    gone = [pk for source, pk, key in facts.stood if (source, key) not in rows]
    if gone:
        Quote.objects.filter(pk__in=gone).delete()
    _keep_pressings(rows, known)
    new = {answer.territory for answer in answers if answer.territory} - facts.asked_from
    if new:
        _note_territories(new)
    with together():
        _upsert(rows)
        kept_for = best.kept_territories(facts.asked_from | new)
        with standing.cursor() as unread:
            best.send_refresh(unread, albums, facts.now, places=places, territories=kept_for)
        history.observe((_series(row) for row in rows.values()), facts.now)
        if also is not None:
            also(stored)
        watching.ask_watched(cursor, albums)
    watching.queue_told(cursor)
    return stored


def _facts(answers: Sequence[Answer], now: datetime, albums: set[int]) -> _Facts:
    """Locks these albums, and reads with that what there is of what the answers tell."""
    day = now.date()
    found = [(answer, quote) for answer in answers for quote in answer.part.found]
    currencies = {quote.item.currency for _, quote in found}
    currencies |= {quote.shipping.currency for _, quote in found if quote.shipping is not None}
    abroad = any(
        answer.territory and crosses_a_border(quote.origin, answer.territory)
        for answer, quote in found
        if quote.origin
    )
    releases = {quote.release_id for _, quote in found if quote.release_id is not None}
    told_all = _told_all_about(answers)
    with ExitStack() as open_ones:
        told, pressed, asked, *stood = (
            open_ones.enter_context(standing.cursor()) for _ in range(3 + len(told_all))
        )
        with together():
            best.lock(albums)
            told.execute(_STORED, _names_of(answers))
            asked.execute(_ASKED_FROM)
            pressed.execute(_PRESSED, [sorted(releases)])
            for (place, about), cursor in zip(told_all.items(), stood, strict=True):
                pressings = [one for one in about if one is not None]
                cursor.execute(_STOOD, [*place, pressings, None in about])
        return _Facts(
            now=now,
            rates=rates_on(day, currencies),
            book=rule_book(day) if abroad else RuleBook(EURO),
            editions=_editions(pressed),
            known={
                (source, key): _Before(album, place, release)
                for source, key, album, place, release in told.fetchall()
            },
            asked_from=frozenset(code for (code,) in asked.fetchall()),
            stood=tuple(
                (source, pk, key)
                for (source, *_), cursor in zip(told_all, stood, strict=True)
                for pk, key in cursor.fetchall()
            ),
        )


def _told_all_about(
    answers: Iterable[Answer],
) -> dict[tuple[str, int, str], set[int | None]]:
    """By source, album and territory the pressings (None: the album) that answers tell all about:
    what was quoted of those before and is not told again is gone."""
    told: dict[tuple[str, int, str], set[int | None]] = {}
    for answer in answers:
        if answer.part.about:
            asked = told.setdefault((answer.source, answer.album_id, answer.territory), set())
            asked.update(answer.part.about)
    return told


def _names_of(answers: Iterable[Answer]) -> list[list[str]]:
    """The sources of these answers and the keys of all that was found."""
    sources = sorted({answer.source for answer in answers})
    return [sources, [quote.key for answer in answers for quote in answer.part.found]]


def editions_of(release_ids: Iterable[int]) -> dict[int, str]:
    """Whether each pressing is an original or a reissue, as its album's page says it. One query at
    most."""
    ids = sorted(set(release_ids))
    if not ids:
        return {}
    with standing.cursor() as cursor:
        cursor.execute(_PRESSED, [ids])
        return _editions(cursor)


def _editions(cursor: Any) -> dict[int, str]:
    return {
        pk: edition(year, marks, unofficial=unofficial, first=first)
        for pk, year, marks, unofficial, first in cursor.fetchall()
    }


Rows = dict[tuple[str, str], Quote]  # by (source, key)


def _rows(answer: Answer, facts: _Facts) -> tuple[Rows, dict[str, int]]:
    left_out = dict(answer.part.left_out)

    def leave_out(reason: str) -> None:
        left_out[reason] = left_out.get(reason, 0) + 1

    rows: Rows = {}
    for found in answer.part.found:
        if not 0 < found.item.amount < MOST:
            leave_out(NO_PRICE)
            continue
        try:
            row = _quote(answer, found, facts)
        except NoRate:
            leave_out(NO_RATE)
            continue
        if row.amount <= 0 or row.amount_eur >= MOST:
            leave_out(NO_PRICE)
        elif row.valid_until > facts.now:
            rows[(row.source, row.key)] = row
    return rows, left_out


def _quote(answer: Answer, found: FoundQuote, facts: _Facts) -> Quote:
    """The row of a price, in its own currency and in euros at the rate of its day."""
    now = facts.now
    item = facts.rates.convert(found.item, EURO)
    shipping = None if found.shipping is None else facts.rates.convert(found.shipping, EURO)
    cost = landed_cost(
        item.money,
        None if shipping is None else shipping.money,
        origin=found.origin,
        destination=answer.territory,
        book=facts.book,
        on=now.date(),
    )
    days = [one.rate_day for one in (item, shipping) if one is not None and one.rate_day]
    ends = [now + PRESENT_FOR, shown_until(answer.source, now), found.ends_at]
    return Quote(
        source=answer.source,
        key=found.key,
        kind=found.kind,
        album_id=answer.album_id,
        release_id=found.release_id,
        territory=answer.territory,
        amount=_cents(found.item.amount),
        currency=found.item.currency,
        shipping=None if found.shipping is None else _cents(found.shipping.amount),
        shipping_currency="" if found.shipping is None else found.shipping.currency,
        amount_eur=cost.item.amount,
        total_eur=None if cost.total is None else cost.total.amount,
        spread_eur=_spread(cost),
        charges=[charge.as_json() for charge in cost.charges],
        edition=facts.editions.get(found.release_id or 0, ""),
        rate_day=min(days) if days else None,
        grade=found.grade,
        title=found.title[:500],
        seller=found.seller[:200],
        seller_country=found.seller_country,
        seller_territory=found.seller_territory,
        url=found.url,
        for_sale=found.for_sale,
        is_auction=found.is_auction,
        observed_at=now,
        valid_until=min(end for end in ends if end is not None),
    )


def _spread(cost: LandedCost) -> Decimal:
    if cost.total is None or cost.least is None:
        return Decimal(0)
    return cost.total.amount - cost.least.amount


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class _Before:
    """Where a quote stood that is told again. An offer may have been another album's."""

    album: int
    place: str
    release: int | None


Known = Mapping[tuple[str, str], _Before]


def _note_territories(codes: Iterable[str]) -> None:
    """Somebody asked from there: best prices are kept for it from now on."""
    PricedTerritory.objects.bulk_create(
        [PricedTerritory(code=code) for code in sorted(codes)], ignore_conflicts=True
    )


def _keep_pressings(rows: Rows, known: Known) -> None:
    """An offer once found by its bar code stays known as that pressing."""
    named = {
        place: before.release
        for place, before in known.items()
        if before.release is not None
        and rows[place].release_id is None
        and rows[place].album_id == before.album
    }
    editions = editions_of(named.values())
    for place, release in named.items():
        rows[place].release_id, rows[place].edition = release, editions.get(release, "")


def _upsert(rows: Rows) -> None:
    told = [{name: getattr(rows[place], name) for name in _COLUMNS} for place in sorted(rows)]
    with standing.cursor() as cursor:
        cursor.execute(_UPSERT, [json.dumps(told, default=str)])


def _series(row: Quote) -> history.Series:
    return (row.album_id, row.release_id, row.source.partition(":")[0], row.grade)
