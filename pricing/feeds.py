"""What shops' own product feeds say, read into products. Pure.

Three kinds: product pages that describe themselves in JSON-LD (schema.org/Product), Shopify's
products.json, WooCommerce's Store API. Whatever cannot be read is left out; nothing is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from vinyl.money import CURRENCIES, Money

_IN_STOCK = ("instock", "limitedavailability", "onlineonly", "preorder", "presale")
LONGEST_PRICE = 12


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that a shop sells. `key` is the shop's own number of it, `maker` the artist where
    the feed has a field for that, `barcode` digits or ""."""

    key: str
    name: str
    price: Money
    url: str
    in_stock: bool = True
    maker: str = ""
    barcode: str = ""

    @property
    def text(self) -> str:
        """Name with the artist before it, where the name alone does not say it."""
        if self.maker and self.maker.casefold() not in self.name.casefold():
            return f"{self.maker} - {self.name}"
        return self.name


class NoFeed(ValueError):
    """What came is no list of products, or one of which nothing can be read."""


def shopify(data: Any, *, base: str, currency: str) -> list[Product]:
    """Products of one page of ``/products.json``: one for each variant that has a price. The feed
    does not say its currency. NoFeed."""
    found = []
    given = data.get("products") if isinstance(data, Mapping) else None
    if not isinstance(given, list):
        raise NoFeed("no list of products")
    for row in _rows(data, "products"):
        handle = _text(row.get("handle"))
        for variant in _rows(row, "variants"):
            price = _money(variant.get("price"), currency)
            name = " ".join(part for part in (_text(row.get("title")), _variant(variant)) if part)
            if price and name and handle:
                found.append(
                    Product(
                        key=_text(variant.get("id")) or handle,
                        name=name,
                        price=price,
                        url=f"{base}/products/{handle}",
                        in_stock=variant.get("available") is not False,
                        maker=_text(row.get("vendor")),
                        barcode=_digits(variant.get("barcode")),
                    )
                )
    return _readable(found, given)


def _readable(found: list[Product], given: list[Any]) -> list[Product]:
    """What was read, where anything was or there was nothing to read."""
    if given and not found:
        raise NoFeed(f"none of {len(given)} products can be read")
    return found


def _variant(variant: Mapping[str, Any]) -> str:
    title = _text(variant.get("title"))
    return "" if title.casefold() in ("default title", "default") else title


def woocommerce(data: Any) -> list[Product]:
    """Products of ``/wp-json/wc/store/v1/products``: prices are whole numbers of the currency's
    smallest unit. NoFeed."""
    found = []
    if not isinstance(data, list):
        raise NoFeed("no list of products")
    for row in data:
        if not isinstance(row, Mapping):
            continue
        given = row.get("prices")
        prices: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
        unit = prices.get("currency_minor_unit", 2)
        price = _money(prices.get("price"), _text(prices.get("currency_code")))
        if price is None or not isinstance(unit, int) or not 0 <= unit <= 4:
            continue
        name, url = unescape(_text(row.get("name"))), _text(row.get("permalink"))
        if name and url:
            found.append(
                Product(
                    key=_text(row.get("id")) or url,
                    name=name,
                    price=Money(price.amount.scaleb(-unit), price.currency),
                    url=url,
                    in_stock=row.get("is_in_stock") is not False,
                )
            )
    return _readable(found, data)


def jsonld(html: str, *, page_url: str) -> tuple[list[Product], list[str]]:
    """(products that the page describes, addresses on the same host of products that it lists)."""
    products: list[Product] = []
    listed: list[str] = []
    for thing in _things(html):
        kinds = _kinds(thing)
        if "Product" in kinds or "MusicRelease" in kinds or "MusicAlbum" in kinds:
            products += _described(thing, page_url)
        elif "ItemList" in kinds:
            listed += [_link(one) for one in _rows(thing, "itemListElement")]
    host = urlsplit(page_url).netloc
    addresses = (urljoin(page_url, one) for one in listed if one)
    return products, [one for one in dict.fromkeys(addresses) if urlsplit(one).netloc == host]


def _described(thing: Mapping[str, Any], page_url: str) -> Iterator[Product]:
    name = unescape(_text(thing.get("name")))
    maker = thing.get("byArtist") or thing.get("brand") or ""
    for offer in _offers(thing.get("offers")):
        price = _money(
            offer.get("price") or offer.get("lowPrice"), _text(offer.get("priceCurrency"))
        )
        if price is None or not name:
            continue
        url = urljoin(page_url, _text(offer.get("url")) or _text(thing.get("url")))
        stock = _text(offer.get("availability")).rpartition("/")[2].casefold()
        yield Product(
            key=_text(thing.get("sku")) or urlsplit(url).path[-100:],
            name=name,
            price=price,
            url=url,
            in_stock=not stock or stock in _IN_STOCK,
            maker=unescape(_text(maker.get("name") if isinstance(maker, Mapping) else maker)),
            barcode=_digits(thing.get("gtin13") or thing.get("gtin") or thing.get("gtin12")),
        )


def _offers(given: Any) -> list[Mapping[str, Any]]:
    every = given if isinstance(given, list) else [given]
    return [one for one in every if isinstance(one, Mapping)]


def _link(one: Mapping[str, Any]) -> str:
    item = one.get("item")
    inner = item.get("@id") or item.get("url") if isinstance(item, Mapping) else item
    return _text(one.get("url")) or _text(inner)


def _kinds(thing: Mapping[str, Any]) -> set[str]:
    kind = thing.get("@type")
    return {_text(one) for one in (kind if isinstance(kind, list) else [kind])}


def _things(html: str) -> Iterator[Mapping[str, Any]]:
    """Every object of every JSON-LD script, graphs opened."""
    reader = _Scripts()
    reader.feed(html)
    for text in reader.found:
        try:
            data = json.loads(text)
        except ValueError:
            continue
        for one in data if isinstance(data, list) else [data]:
            if isinstance(one, Mapping):
                yield from _rows(one, "@graph") or [one]


class _Scripts(HTMLParser):
    """The texts of a page's JSON-LD scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("type") or ""
        self._inside = tag == "script" and kind.strip().casefold() == "application/ld+json"
        if self._inside:
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


def _rows(data: Any, name: str) -> list[Mapping[str, Any]]:
    rows: Iterable[Any] = data.get(name) or () if isinstance(data, Mapping) else ()
    return [one for one in rows if isinstance(one, Mapping)] if isinstance(rows, list) else []


def _text(value: Any) -> str:
    return str(value).strip()[:500] if isinstance(value, str | int) else ""


def _digits(value: Any) -> str:
    digits = "".join(sign for sign in _text(value) if sign.isdigit())
    return digits if len(digits) in (8, 12, 13, 14) else ""


def _money(value: Any, currency: str) -> Money | None:
    """A price above nothing in a currency that we know; None for anything else."""
    text = str(value).strip() if isinstance(value, str | int | float | Decimal) else ""
    code = currency.strip().upper()
    if isinstance(value, bool) or not text or len(text) > LONGEST_PRICE or code not in CURRENCIES:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return Money(amount, code) if amount.is_finite() and amount > 0 else None
