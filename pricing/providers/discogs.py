"""Discogs: the lowest price and the number of copies of each pressing.

There is no search of its marketplace by album, and a master's own lowest price covers every
format, so an album is priced by its pressings, the likely cheap ones first (likely.py).
"""

from __future__ import annotations

from django.conf import settings

from pricing.models import Quote
from pricing.providers.base import FoundQuote, Part, Piece, Plan, Pressing, Provider, Question
from pricing.providers.likely import chosen
from vinyl.money import Money
from vinyl.upstreams import discogs
from vinyl.upstreams.errors import NotFound

BLOCKED, UNKNOWN, NO_PRICE = "blocked", "unknown", "no_price"


class DiscogsProvider(Provider):
    """Item prices only: Discogs tells neither shipping nor grade nor country with them."""

    name = "discogs"
    by_territory = False
    at_once = 4

    def plan(self, question: Question) -> Plan:
        if question.release is not None:
            return Plan((question.release.id,) if question.release.discogs_id else ())
        asked = chosen(question.pressings, settings.PRICE_CALLS_PER_ALBUM, album_year=question.year)
        return Plan(tuple(one.id for one in asked), len(question.pressings) - len(asked))

    def answer(self, question: Question, piece: Piece) -> Part:
        pressing = _pressing(question, piece)
        if pressing is None or not pressing.discogs_id:
            return Part((), (piece,))
        client = discogs.Client(lane=question.lane, person_id=question.person_id)
        try:
            stats = client.marketplace_stats(pressing.discogs_id, currency="EUR")
        except NotFound:
            return Part((), (piece,), {UNKNOWN: 1})
        if stats.blocked:
            return Part((), (piece,), {BLOCKED: 1})
        if stats.lowest is None:
            return Part((), (piece,))
        if stats.lowest.amount <= 0:
            return Part((), (piece,), {NO_PRICE: 1})
        found = FoundQuote(
            key=f"release:{pressing.discogs_id}",
            kind=Quote.Kind.LOWEST,
            item=Money(stats.lowest.amount, stats.lowest.currency),
            release_id=pressing.id,
            url=f"{settings.UPSTREAM_URLS['discogs_www']}/sell/release/{pressing.discogs_id}",
            for_sale=stats.num_for_sale,
        )
        return Part((found,), (piece,))


def _pressing(question: Question, release_id: int) -> Pressing | None:
    if question.release is not None and question.release.id == release_id:
        return question.release
    return next((one for one in question.pressings if one.id == release_id), None)


def sale_link(master_id: int | None) -> str:
    """Where Discogs lists all vinyl copies of a master for sale, or ""."""
    if not master_id:
        return ""
    www = settings.UPSTREAM_URLS["discogs_www"]
    return f"{www}/sell/list?master_id={master_id}&currency=EUR&format=Vinyl"
