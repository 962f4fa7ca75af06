"""Shops whose product feeds a curator confirmed may be read. All others are links (pricing.shops).

Every address goes through the checked door for addresses that people gave, and the shop's rules
for robots are obeyed. A shop that does not answer is named and holds up no other.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext

from pricing import feeds
from pricing.feeds import Product
from pricing.grades import grade_in_title
from pricing.listing_rules import unfit_because
from pricing.models import Quote, Shop
from pricing.providers import robots
from pricing.providers.base import (
    FoundQuote,
    LeftOut,
    Part,
    Piece,
    Plan,
    Provider,
    Question,
    counted,
)
from pricing.providers.pressings import OTHER, SAME, told_pressing
from vinyl.prepared import Prepared
from vinyl.upstreams import outside
from vinyl.upstreams.errors import BadAnswer, NotFound, UpstreamError
from vinyl.upstreams.registry import Window

ENDED, PRESSING, ROBOTS, SILENT = "ended", "pressing", "robots", "shop_silent"
# Products of a whole feed are kept this long, so that the next question does not read it again.
FEED_KEPT_S = 3600
SHOPIFY_PAGES, SHOPIFY_PER_PAGE = 8, 250
PRODUCT_PAGES = 5
LONGEST_PAUSE_S = 2.0
_JSON, _HTML = ("application/json",), ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Feed:
    """A shop as its piece of a question names it. `base` is its address without a slash."""

    slug: str
    name: str
    kind: str
    base: str
    search: str
    currency: str
    hours: int
    country: str = ""


class ShopsProvider(Provider):
    name = "shop"
    by_territory = False
    at_once = 4

    @property
    def label(self) -> str:
        return gettext("Shops")

    @property
    def configured(self) -> bool:
        return bool(_READABLE.all())

    @property
    def windows(self) -> tuple[Window, ...]:
        """Courtesy: nobody tells a number."""
        return (Window(10, 60.0),)

    def plan(self, question: Question) -> Plan:
        return Plan(tuple(asdict(feed_of(shop)) for shop in readable_shops()))

    def answer(self, question: Question, piece: Piece) -> Part:
        feed = Feed(**piece)
        about = None if question.release is None else question.release.id
        source = f"shop:{feed.slug}"
        words = f"{question.artist} {question.title}"
        try:
            products = read(feed, words, person_id=question.person_id)
        except robots.NotAllowed:
            out = LeftOut(ROBOTS, feed.name)
            return Part((), (about,), {ROBOTS: 1}, (out,), source=source)
        except UpstreamError:
            out = LeftOut(SILENT, feed.name)
            return Part((), (), {SILENT: 1}, (out,), source=source)
        found, left_out = sort_out(products, question, feed)
        return Part(tuple(found), (about,), counted(left_out), tuple(left_out), source=source)


def readable_shops() -> Any:
    """The shops that are switched on and whose feeds may be read."""
    return Shop.objects.filter(
        enabled=True, feed_allowed_at__isnull=False
    ).exclude(feed="").exclude(feed_url="")  # fmt: skip


# Whether there is one, asked whenever somebody presses the button.
_READABLE = Prepared(lambda: readable_shops().values_list("pk", flat=True)[:1])


def feed_of(shop: Shop) -> Feed:
    """Where the shop's feed is; in the sandbox the sandbox's shop of that name."""
    base = shop.feed_url.rstrip("/")
    search = shop.url_template
    if settings.SANDBOX:
        base = f"{settings.SANDBOX_URL}/shops/{shop.slug}"
        search = f"{base}/?q={{q}}"
    return Feed(
        shop.slug, shop.name, shop.feed, base, search, shop.feed_currency, shop.feed_max_age_hours,
        shop.country,
    )  # fmt: skip


def read(feed: Feed, words: str, *, person_id: int | None = None) -> list[Product]:
    """The products that the shop's feed has for these words, or all of it where it cannot be
    searched. UpstreamError, robots.NotAllowed."""
    reader = _Reader(feed, person_id)
    try:
        if feed.kind == Shop.Feed.WOOCOMMERCE:
            url = f"{feed.base}/wp-json/wc/store/v1/products?search={quote_plus(words)}&per_page=50"
            return feeds.woocommerce(reader.json(url))
        if feed.kind == Shop.Feed.SHOPIFY:
            return reader.whole()
    except feeds.NoFeed as error:
        raise BadAnswer(feed.slug, detail=str(error)) from None
    return reader.pages(feed.search.replace("{q}", quote_plus(words)))


@dataclass
class _Reader:
    """Reads one shop, a call after the other with the pause that it wants."""

    feed: Feed
    person_id: int | None
    last: float = 0.0
    pause: float = 0.0

    def _get(self, url: str, kinds: tuple[str, ...]) -> outside.Fetched:
        self.pause = robots.check(self.feed.base, url, person_id=self.person_id)
        wait = self.last + min(self.pause, LONGEST_PAUSE_S) - time.monotonic()
        if self.last and wait > 0:
            time.sleep(wait)
        try:
            return outside.fetch(url, kinds=kinds, person_id=self.person_id)
        finally:
            self.last = time.monotonic()

    def json(self, url: str) -> Any:
        found = self._get(url, _JSON)
        try:
            return json.loads(found.body)
        except (ValueError, RecursionError):
            raise BadAnswer(self.feed.slug, detail="no JSON") from None

    def whole(self) -> list[Product]:
        """Shopify's feed page by page: it has no search."""
        key = f"feed:{self.feed.base}"
        kept: list[Product] | None = cache.get(key)
        if kept is not None:
            return kept
        found: list[Product] = []
        for page in range(1, SHOPIFY_PAGES + 1):
            url = f"{self.feed.base}/products.json?limit={SHOPIFY_PER_PAGE}&page={page}"
            data = self.json(url)
            found += feeds.shopify(data, base=self.feed.base, currency=self.feed.currency)
            rows = data.get("products") if isinstance(data, dict) else None
            if not isinstance(rows, list) or len(rows) < SHOPIFY_PER_PAGE or self._slow():
                break
        cache.set(key, found, FEED_KEPT_S)
        return found

    def pages(self, url: str) -> list[Product]:
        """A search page and the products that it lists."""
        page = self._get(url, _HTML)
        found, listed = feeds.jsonld(_html(page), page_url=page.url)
        for address in listed[: 1 if self._slow() else PRODUCT_PAGES]:
            if not address.startswith(f"{self.feed.base}/"):
                continue
            try:
                one = self._get(address, _HTML)
            except NotFound:
                continue
            found += feeds.jsonld(_html(one), page_url=one.url)[0]
        return found

    def _slow(self) -> bool:
        """The shop wants longer pauses than a question may take."""
        return self.pause > LONGEST_PAUSE_S


def _html(page: outside.Fetched) -> str:
    return page.body.decode("utf-8", "replace")


def sort_out(
    products: Iterable[Product], question: Question, feed: Feed
) -> tuple[list[FoundQuote], list[LeftOut]]:
    """(the offers that are this record, what is none and why). What does not even have the names is
    not mentioned: a feed holds the whole shop."""
    found: list[FoundQuote] = []
    left_out: list[LeftOut] = []
    barcode = "" if question.release is None else question.release.barcode
    digits = "".join(sign for sign in barcode if sign.isdigit())
    for one in products:
        proven = bool(digits) and one.barcode.lstrip("0") == digits.lstrip("0")
        reason = unfit_because(
            one.text, artist=question.artist, title=question.title, single=question.is_single
        )
        if reason == "another" and not proven:
            continue
        told = SAME if question.release is None or proven else _told(one, question)
        if not one.in_stock:
            reason = ENDED
        elif told == OTHER:
            reason = PRESSING
        if reason and not (proven and reason == "another"):
            left_out.append(LeftOut(reason, one.text, one.url))
        else:
            found.append(_quote(one, question, feed, is_pressing=told == SAME))
    return found, left_out


def _told(one: Product, question: Question) -> str:
    return "" if question.release is None else told_pressing(one.text, question.release)


def _quote(one: Product, question: Question, feed: Feed, *, is_pressing: bool) -> FoundQuote:
    release = question.release if is_pressing else None
    return FoundQuote(
        key=f"{feed.slug}:{one.key}"[:120],
        kind=Quote.Kind.OFFER,
        item=one.price,
        release_id=None if release is None else release.id,
        grade=grade_in_title(one.text),
        title=one.text,
        seller=feed.name,
        seller_country=feed.country,
        url=one.url,
        ends_at=timezone.now() + timedelta(hours=feed.hours),
    )
