"""eBay: offers in the European Union that are delivered to the person's territory.

What a search finds is judged listing by listing; what is no vinyl copy of the album is left out
with its reason. eBay's terms keep its offers in a block of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

from pricing.grades import grade_in_title
from pricing.listing_rules import ANOTHER, unfit_because
from pricing.models import Quote
from pricing.providers.base import (
    FoundQuote,
    LeftOut,
    Part,
    Piece,
    Plan,
    Pressing,
    Provider,
    Question,
    counted,
)
from pricing.providers.pressings import OTHER, SAME, told_pressing
from pricing.territories import territory_of
from vinyl.money import Money
from vinyl.upstreams import ebay
from vinyl.upstreams.reading import Page

OFFERS_READ = 200
NEW = "1000"
ELSEWHERE, ENDED, UNREADABLE, UNREAD = "elsewhere", "ended", "no_price", "unread"
NOT_SHIPPED = "not_shipped"
PRESSING = "pressing"


class EbayProvider(Provider):
    """One search for an album; for one pressing by bar code, by catalogue number, by words, until
    one of them finds it."""

    name = "ebay"
    by_territory = True

    def plan(self, question: Question) -> Plan:
        return Plan(("search",))

    def answer(self, question: Question, piece: Piece) -> Part:
        client = ebay.Client(lane=question.lane, person_id=question.person_id)
        search = partial(
            client.search,
            country=question.country,
            postcode=question.postcode,
            limit=OFFERS_READ,
            auctions=True,
            everywhere=True,
        )
        names = f"{question.artist} {question.title}"
        if question.release is None:
            return _part(search(q=names), question, about=None)
        number = question.release.catalogue_number
        if barcode := _digits(question.release):
            part = _part(search(gtin=barcode), question, about=question.release, proven=True)
            if part.found:
                return part
        if _is_number(number):
            part = _part(search(q=f"{question.artist} {number}"), question, about=question.release)
            if any(one.release_id for one in part.found):
                return part
        return _part(search(q=names), question, about=question.release)


def _digits(pressing: Pressing) -> str:
    """The bar code where it is one that shops use (EAN-13, UPC-12, EAN-8)."""
    digits = "".join(sign for sign in pressing.barcode if sign.isdigit())
    return digits if len(digits) in (8, 12, 13) else ""


def _is_number(number: str) -> bool:
    """Whether a catalogue number can be searched by: "none" is what releases without one have."""
    return len(number) >= 3 and any(sign.isdigit() for sign in number)


def _part(
    page: Page[ebay.Item], question: Question, *, about: Pressing | None, proven: bool = False
) -> Part:
    found, left_out = sort_out(page.items, question, proven=proven)
    counts = Counter(counted(left_out))
    if page.total > OFFERS_READ:
        counts[UNREAD] += page.total - OFFERS_READ
    return Part(
        found=tuple(found),
        # Of a page with holes nobody knows what is gone.
        about=() if page.partial else (None if about is None else about.id,),
        left_out=dict(counts),
        examples=tuple(left_out),
    )


def sort_out(
    items: Iterable[ebay.Item], question: Question, *, proven: bool = False
) -> tuple[list[FoundQuote], list[LeftOut]]:
    """(the offers that are this record, what was left out and why). `proven`: they carry the
    pressing's own bar code, whatever their titles say."""
    found: list[FoundQuote] = []
    left_out: list[LeftOut] = []
    single = question.is_single  # it looks at every pressing
    for item in items:
        reason = _unfit(item, question, proven=proven, single=single)
        told = _told(item, question, proven=proven)
        if reason or told == OTHER:
            left_out.append(LeftOut(reason or PRESSING, item.title, item.url))
        else:
            found.append(_quote(item, question, is_pressing=told == SAME))
    return found, left_out


def _unfit(item: ebay.Item, question: Question, *, proven: bool, single: bool) -> str:
    if item.country not in ebay.EU:
        return ELSEWHERE
    if not item.available:
        return ENDED
    if not item.reaches(question.country):
        return NOT_SHIPPED
    if item.price <= 0:
        return UNREADABLE
    reason = unfit_because(item.title, artist=question.artist, title=question.title, single=single)
    return "" if proven and reason == ANOTHER else reason


def _told(item: ebay.Item, question: Question, *, proven: bool) -> str:
    if question.release is None or proven:
        return SAME
    return told_pressing(item.title, question.release)


def _quote(item: ebay.Item, question: Question, *, is_pressing: bool) -> FoundQuote:
    release = question.release if is_pressing else None
    return offer_of(
        item,
        key=f"{item.item_id}:{question.territory}",
        release_id=None if release is None else release.id,
    )


def _territory(item: ebay.Item) -> str:
    """The part of the item's country that import rules tell apart, by as much of the postcode
    as eBay shows: mostly its first two figures."""
    found = territory_of(item.country, item.postcode)
    return "" if found == item.country else found


def offer_of(item: ebay.Item, *, key: str, release_id: int | None) -> FoundQuote:
    """An item as an offer, in its own currency; shipping None where eBay does not know it."""
    shipping = None
    if item.shipping is not None:
        shipping = Money(item.shipping, item.shipping_currency or item.currency)
    return FoundQuote(
        key=key,
        kind=Quote.Kind.OFFER,
        item=Money(item.price, item.currency),
        shipping=shipping,
        release_id=release_id,
        grade=grade_in_title(item.title) or ("M" if item.condition_id == NEW else ""),
        title=item.title,
        seller=item.seller,
        seller_country=item.country,
        seller_territory=_territory(item),
        url=item.url,
        is_auction=item.only_auction,
        ends_at=item.ends_at,
    )
