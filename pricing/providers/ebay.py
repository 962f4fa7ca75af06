"""eBay: offers in the European Union that are delivered to the person's territory.

What a search finds is judged listing by listing; what is no vinyl copy of the album is left out
and counted by its reason. eBay's terms keep its offers in a block of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

from pricing.grades import grade_in_title
from pricing.models import Quote
from pricing.providers.base import FoundQuote, Part, Pressing, Provider, Question
from pricing.providers.listing_rules import unfit_because
from vinyl.money import Money
from vinyl.upstreams import ebay
from vinyl.upstreams.reading import Page

OFFERS_READ = 100
NEW = "1000"
ELSEWHERE, ENDED, UNREADABLE = "elsewhere", "ended", "no_price"


class EbayProvider(Provider):
    name = "ebay"
    by_territory = True

    def plan(self, question: Question) -> list[int | None]:
        return [question.release.id if question.release else None]

    def answer(self, question: Question, about: int | None) -> Part:
        client = ebay.Client(lane=question.lane, person_id=question.person_id)
        page = _search(client, question)
        found, left_out = sort_out(page.items, question)
        # Offers from outside the EU that eBay let through were dropped by the client.
        sent = min(page.total, OFFERS_READ)
        if page.page >= page.pages and sent > len(page.items):
            left_out[ELSEWHERE] += sent - len(page.items)
        return Part(tuple(found), (about,), dict(left_out))


def _search(client: ebay.Client, question: Question) -> Page[ebay.Item]:
    search = partial(
        client.search, country=question.country, postcode=question.postcode, limit=OFFERS_READ
    )
    names = f"{question.artist} {question.title}"
    if question.release is None:
        return search(q=names)
    if barcode := _digits(question.release):
        page = search(gtin=barcode)
        if page.items:
            return page
    words = f"{names} {question.release.catalogue_number}".strip()
    return search(q=words)


def _digits(pressing: Pressing) -> str:
    """The bar code where it is one that shops use (EAN-13, UPC-12, EAN-8)."""
    digits = "".join(sign for sign in pressing.barcode if sign.isdigit())
    return digits if len(digits) in (8, 12, 13) else ""


def sort_out(
    items: Iterable[ebay.Item], question: Question
) -> tuple[list[FoundQuote], Counter[str]]:
    """(the offers that are this record, how many were left out by reason)."""
    found: list[FoundQuote] = []
    left_out: Counter[str] = Counter()
    for item in items:
        reason = _unfit(item, question)
        if reason:
            left_out[reason] += 1
        else:
            found.append(_quote(item, question))
    return found, left_out


def _unfit(item: ebay.Item, question: Question) -> str:
    if item.country not in ebay.EU:
        return ELSEWHERE
    if not item.available:
        return ENDED
    if item.price <= 0:
        return UNREADABLE
    return unfit_because(item.title, artist=question.artist, title=question.title)


def _quote(item: ebay.Item, question: Question) -> FoundQuote:
    shipping = None
    if item.shipping is not None:
        shipping = Money(item.shipping, item.shipping_currency or item.currency)
    grade = grade_in_title(item.title) or ("M" if item.condition_id == NEW else "")
    return FoundQuote(
        key=f"{item.item_id}:{question.territory}",
        kind=Quote.Kind.OFFER,
        item=Money(item.price, item.currency),
        shipping=shipping,
        release_id=question.release.id if question.release else None,
        grade=grade,
        title=item.title,
        seller=item.seller,
        seller_country=item.country,
        url=item.url,
        is_auction="AUCTION" in item.buying_options,
        ends_at=item.ends_at,
    )
