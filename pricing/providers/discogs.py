"""Discogs: the lowest price and the number of copies of each pressing.

There is no search of its marketplace by album, and a master's own lowest price covers every
format, so an album is priced by its pressings: those that most people have and want.
"""

from __future__ import annotations

from django.conf import settings

from pricing.models import Quote
from pricing.providers.base import FoundQuote, Part, Pressing, Provider, Question
from vinyl.money import Money
from vinyl.upstreams import discogs
from vinyl.upstreams.errors import NotFound

# Each pressing costs one of some sixty calls a minute that all people share.
PRESSINGS_ASKED = 12


class DiscogsProvider(Provider):
    """Item prices only: Discogs tells neither shipping nor grade nor country with them."""

    name = "discogs"
    by_territory = False

    def plan(self, question: Question) -> list[int | None]:
        if question.release is not None:
            return [question.release.id] if question.release.discogs_id else []
        known = [one.id for one in question.pressings if one.discogs_id]
        return list(known[:PRESSINGS_ASKED])

    def answer(self, question: Question, about: int | None) -> Part:
        pressing = _pressing(question, about)
        if pressing is None or not pressing.discogs_id:
            return Part((), (about,))
        client = discogs.Client(lane=question.lane, person_id=question.person_id)
        try:
            stats = client.marketplace_stats(pressing.discogs_id, currency="EUR")
        except NotFound:
            return Part((), (about,), {"unknown": 1})
        if stats.blocked:
            return Part((), (about,), {"blocked": 1})
        if stats.lowest is None or stats.lowest.amount <= 0:
            return Part((), (about,))
        found = FoundQuote(
            key=f"release:{pressing.discogs_id}",
            kind=Quote.Kind.LOWEST,
            item=Money(stats.lowest.amount, stats.lowest.currency),
            release_id=pressing.id,
            url=f"{settings.UPSTREAM_URLS['discogs_www']}/sell/release/{pressing.discogs_id}",
            for_sale=stats.num_for_sale,
        )
        return Part((found,), (about,))


def _pressing(question: Question, release_id: int | None) -> Pressing | None:
    if question.release is not None and question.release.id == release_id:
        return question.release
    return next((one for one in question.pressings if one.id == release_id), None)


def sale_link(master_id: int | None) -> str:
    """Where Discogs lists all vinyl copies of a master for sale, or ""."""
    if not master_id:
        return ""
    www = settings.UPSTREAM_URLS["discogs_www"]
    return f"{www}/sell/list?master_id={master_id}&currency=EUR&format=Vinyl"
