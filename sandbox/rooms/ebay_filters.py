"""eBay's filters and sorts: really applied, and silently ignored when they are wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from starlette.requests import Request

from sandbox.ebay_stock import CASSETTES, CDS, EU, PARENT, VINYL, Item
from sandbox.rates import convert
from sandbox.room import today

SITES = {
    "EBAY_ES": "EUR", "EBAY_DE": "EUR", "EBAY_FR": "EUR", "EBAY_IT": "EUR", "EBAY_AT": "EUR",
    "EBAY_BE": "EUR",
    "EBAY_NL": "EUR", "EBAY_IE": "EUR", "EBAY_PL": "PLN", "EBAY_GB": "GBP", "EBAY_US": "USD",
}  # fmt: skip
SORTS = ("price", "-price", "newlyListed", "endingSoonest", "distance")
FILTERS = frozenset(
    "price priceCurrency deliveryCountry deliveryPostalCode itemLocationCountry itemLocationRegion "
    "buyingOptions conditions conditionIds sellers excludeSellers sellerAccountTypes "
    "searchInDescription returnsAccepted maxDeliveryCost pickupCountry pickupPostalCode "
    "itemEndDate itemStartDate".split()
)
# What the listings call each category's format; real names differ by site.
FORMAT_NAMES = {
    VINYL: {"vinyl", "record", "lp"}, CDS: {"cd"}, CASSETTES: {"cassette"},
}  # fmt: skip
OPTIONS = frozenset(("FIXED_PRICE", "AUCTION", "BEST_OFFER", "CLASSIFIED_AD"))


@dataclass
class Asked:
    on: date  # whose exchange rates count
    site: str = "EBAY_US"
    deliver_to: str = ""
    filters: dict[str, list[str]] = field(default_factory=dict)
    aspects: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def currency(self) -> str:
        return SITES[self.site]

    def warn(self, number: int, message: str, **params: str) -> None:
        self.warnings.append(
            {
                "errorId": number, "domain": "API_BROWSE", "category": "REQUEST",
                "message": message,
                "longMessage": message,
                "parameters": [{"name": n, "value": v} for n, v in params.items()],
            }
        )  # fmt: skip


def read_filters(text: str, asked: Asked) -> None:
    """``a:b,c:{x|y},d:[1..2]``; whatever is wrong becomes a warning."""
    for part in re.findall(r"(?:[^,{\[]|\{[^}]*\}|\[[^\]]*\])+", text):
        name, colon, value = part.strip().partition(":")
        if not colon or name not in FILTERS:
            asked.warn(12002, "The filter is invalid.", filter=name)
            continue
        inner = value.strip("{}[]")
        asked.filters[name] = inner.split("|") if value.startswith("{") else [inner]
    if "price" in asked.filters and "priceCurrency" not in asked.filters:
        asked.warn(12012, "The price filter needs a currency.", filter="price")
    options = asked.filters.get("buyingOptions", [])
    if set(options) - OPTIONS:
        asked.warn(12008, "The filter value is invalid.", filter="buyingOptions")


def read_aspects(request: Request, asked: Asked) -> None:
    """``categoryId:176985,Format:{Record|Vinyl}``: only with the same category beside it."""
    text = request.query_params.get("aspect_filter", "")
    if not text:
        return
    parts = dict(re.findall(r"([^:,{}]+):(\{[^}]*\}|[^,{}]+)", text))
    if parts.pop("categoryId", "") != request.query_params.get("category_ids", ""):
        asked.warn(12004, "The aspect filter needs the category.", aspect_filter=text)
        return
    asked.aspects = {name: value.strip("{}").split("|") for name, value in parts.items()}


def read_question(request: Request) -> Asked:
    headers, asked = request.headers, Asked(today(request))
    site = headers.get("x-ebay-c-marketplace-id", "")
    if site in SITES:
        asked.site = site  # unknown or missing silently stays the US site
    context = dict(
        parse_qsl(headers.get("x-ebay-c-enduserctx", "").replace(",", "&"), keep_blank_values=True)
    )
    if location := context.get("contextualLocation"):
        parts = parse_qs(unquote(location).replace(",", "&"))
        asked.deliver_to = parts.get("country", [""])[0]
    read_filters(request.query_params.get("filter", ""), asked)
    read_aspects(request, asked)
    fault = request.scope.get("fault")
    if fault is not None and fault.kind == "warnings":
        asked.warn(12002, "The filter is invalid.", filter="itemLocationRegion")
    asked.deliver_to = asked.filters.get("deliveryCountry", [asked.deliver_to])[0]
    if request.query_params.get("sort", "price") not in SORTS:
        asked.warn(12003, "The sort value is invalid.", sort=request.query_params["sort"])
    return asked


def price_in(item: Item, currency: str, on: date) -> float:
    return round(convert(item.cents, item.currency, currency, on)) / 100


def shipping_in(item: Item, asked: Asked) -> float | None:
    """Unknown without a destination, half of the time, and for sellers who say nothing."""
    if item.ship_cents is None or (not asked.deliver_to and item.number % 2):
        return None
    abroad = 1.0 if item.country == asked.deliver_to else 1.6 if item.country in EU else 2.3
    return round(convert(item.ship_cents * abroad, "EUR", asked.currency, asked.on)) / 100


def _in_europe(item: Item) -> bool:
    """The real filter has let one item of the United States through."""
    return item.country in EU or (item.country == "US" and item.number % 5 == 0)


def _in_price(item: Item, asked: Asked) -> bool:
    low, _, high = asked.filters["price"][0].partition("..")
    currency = asked.filters.get("priceCurrency", [asked.currency])[0]
    price = price_in(item, currency, asked.on)
    return (not low or price >= float(low)) and (not high or price <= float(high))


CHECKS: dict[str, Callable[[Item, Asked], bool]] = {
    "price": _in_price,
    "itemLocationCountry": lambda item,
    asked: item.country == asked.filters["itemLocationCountry"][0],
    "itemLocationRegion": lambda item, asked: (
        asked.filters["itemLocationRegion"] != ["EUROPEAN_UNION"] or _in_europe(item)
    ),
    "deliveryCountry": lambda item, asked: item.worldwide or item.country == asked.deliver_to,
    "conditions": lambda item,
    asked: ("NEW" if item.new else "USED") in asked.filters["conditions"],
    "conditionIds": lambda item,
    asked: ("1000" if item.new else "3000") in asked.filters["conditionIds"],
    "sellers": lambda item, asked: item.seller in asked.filters["sellers"],
    "excludeSellers": lambda item, asked: item.seller not in asked.filters["excludeSellers"],
    "sellerAccountTypes": lambda item, asked: (
        ("BUSINESS" if item.business else "INDIVIDUAL") in asked.filters["sellerAccountTypes"]
    ),
}  # fmt: skip


def filtered(items: list[Item], asked: Asked, category: str) -> list[Item]:
    """With warnings the list stays unfiltered, as on the real service."""
    if category and category != PARENT:
        items = [item for item in items if item.category == category]
    if asked.warnings:
        return items
    wanted = set(asked.filters.get("buyingOptions", ["FIXED_PRICE"]))
    items = [item for item in items if wanted & set(item.buying)]
    formats = {part.lower() for part in asked.aspects.get("Format", ())}
    if formats:
        items = [item for item in items if formats & FORMAT_NAMES[item.category]]
    for name, check in CHECKS.items():
        if name in asked.filters:
            items = [item for item in items if check(item, asked)]
    return items


def ordered(items: list[Item], asked: Asked, sort: str) -> list[Item]:
    if sort in ("price", "-price"):

        def whole(item: Item) -> float:
            return price_in(item, asked.currency, asked.on) + (shipping_in(item, asked) or 0)

        return sorted(items, key=whole, reverse=sort == "-price")
    if sort == "newlyListed":
        return sorted(items, key=lambda item: -item.number)
    if sort == "endingSoonest":
        return sorted(items, key=lambda item: item.days_left if item.days_left is not None else 99)
    return sorted(items, key=lambda item: (-item.album.fame, item.number))
