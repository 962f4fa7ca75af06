"""api.ebay.com: application tokens and the Browse API, with its way of ignoring bad filters."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.ebay_stock import CASSETTES, CDS, PARENT, VINYL, Item
from sandbox.room import Room, address, base_url, box, mixed, with_query
from sandbox.rooms.ebay_filters import (
    SITES,
    Asked,
    filtered,
    ordered,
    price_in,
    read_question,
    shipping_in,
)
from sandbox.world import words

APP_ID, CERT_ID = "sandbox-ebay-app", "sandbox-ebay-cert"
SCOPE = "https://api.ebay.com/oauth/api_scope"
TOKEN_LIFE, DAY = 7200, 86_400.0
MINTS_A_DAY, CALLS_A_DAY = 1_000, 5_000
CONDITION_NAMES = {"1000": "New", "3000": "Used"}
# Words that every listing title of a record may carry, besides artist and album.
GENERIC = frozenset("lp vinyl album record records 12 cd cassette".split())
MAX_ALBUMS = 120


def failed(
    status: int, number: int, message: str, *, domain: str = "API_BROWSE", **params: str
) -> JSONResponse:
    error = {
        "errorId": number, "domain": domain,
        "category": "REQUEST" if status < 500 else "APPLICATION",
        "message": message, "longMessage": message,
        "parameters": [{"name": name, "value": value} for name, value in params.items()],
    }  # fmt: skip
    return JSONResponse({"errors": [error]}, status)


# token -----------------------------------------------------------------------------------


async def mint(request: Request) -> Response:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    try:
        app, _, cert = base64.b64decode(rest, validate=True).decode().partition(":")
    except ValueError:
        app, cert = "", ""
    if scheme.lower() != "basic" or (app, cert) != (APP_ID, CERT_ID):
        return JSONResponse(
            {"error": "invalid_client", "error_description": "client authentication failed"}, 401
        )
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    if form.get("grant_type") != "client_credentials":
        text = "grant type in request is not supported by the authorization server"
        return JSONResponse({"error": "unsupported_grant_type", "error_description": text}, 400)
    if form.get("scope", SCOPE) != SCOPE:
        text = "The requested scope is invalid, or exceeds the scope granted to the client"
        return JSONResponse({"error": "invalid_scope", "error_description": text}, 400)
    state = box(request).state
    reading = state.limits.take("ebay mint", address(request), limit=MINTS_A_DAY, seconds=DAY)
    if not reading.admitted:
        return JSONResponse(
            {"error": "too_many_requests", "error_description": "mint quota used up"}, 429
        )
    token = "v^1.1#i^1#" + secrets.token_urlsafe(48)
    state.ebay_tokens[token] = state.clock.now() + TOKEN_LIFE
    return JSONResponse(
        {"access_token": token, "expires_in": TOKEN_LIFE, "token_type": "Application Access Token"}
    )


# the question ----------------------------------------------------------------------------


def word_groups(text: str) -> list[list[frozenset[str]]]:
    """Every group must match by one of its members: blanks mean AND, ``(a, b)`` means OR."""
    groups = []
    for bracket, plain in re.findall(r"\(([^)]*)\)|([^\s()]+)", text[:100]):
        parts = bracket.split(",") if bracket else [plain.strip('"')]
        members = [words(part) for part in parts if words(part)]
        if members:
            groups.append(members)
    return groups


def candidates(request: Request) -> list[Item]:
    """All items whose title, or number, answers the question; filters come after."""
    query, world, stock = request.query_params, box(request).world, box(request).stock
    if gtin := query.get("gtin"):
        albums = dict.fromkeys(album.number for album, _ in world.with_barcode(gtin))
        return [item for number in albums for item in stock.of(number) if item.gtin == gtin]
    groups = word_groups(query.get("q", ""))
    found: list[int] = []
    for album, own in zip(world.albums, world.album_words, strict=True):
        if all(
            any(member & own or member <= GENERIC or _looks_generic(member) for member in group)
            for group in groups
        ):
            found.append(album.number)
        if len(found) >= MAX_ALBUMS:
            break
    return [
        item
        for number in found
        for item in stock.of(number)
        if all(any(member <= item.words for member in group) for group in groups)
    ]


def _looks_generic(member: frozenset[str]) -> bool:
    return all(part.isdigit() or len(part) <= 3 for part in member)


# filters ---------------------------------------------------------------------------------


# shapes ----------------------------------------------------------------------------------


def money(amount: float, currency: str) -> dict[str, str]:
    return {"value": f"{amount:.2f}", "currency": currency}


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def summary(request: Request, item: Item, asked: Asked) -> dict[str, Any]:
    now = box(request).clock.now()
    amount = price_in(item, asked.currency, asked.on)
    price: dict[str, str] = money(amount, asked.currency)
    if item.currency != asked.currency:
        price |= {
            "convertedFromValue": f"{item.cents / 100:.2f}",
            "convertedFromCurrency": item.currency,
        }
    condition = "1000" if item.new else "3000"
    names = {VINYL: "Vinyl Records", CDS: "CDs", CASSETTES: "Cassettes"}
    link, home = f"{base_url(request)}/ebay-www/itm/{item.number}", f"EBAY_{item.country}"
    row: dict[str, Any] = {
        "itemId": item.item_id, "title": item.title, "leafCategoryIds": [item.category],
        "categories": [
            {"categoryId": item.category, "categoryName": names[item.category]},
            {"categoryId": PARENT, "categoryName": "Music"},
        ],
        "image": {"imageUrl": f"{base_url(request)}/ebay-www/image/{item.number}.png"},
        "itemHref": f"{base_url(request)}/ebay/buy/browse/v1/item/{quote(item.item_id, safe='')}",
        "seller": {
            "username": item.seller, "feedbackPercentage": item.rating,
            "feedbackScore": item.feedback,
            "sellerAccountType": "BUSINESS" if item.business else "INDIVIDUAL",
        },
        "condition": CONDITION_NAMES[condition], "conditionId": condition,
        "thumbnailImages": [{"imageUrl": f"{base_url(request)}/ebay-www/image/{item.number}.png"}],
        "buyingOptions": list(item.buying), "itemWebUrl": link,
        "itemLocation": {"postalCode": item.postcode, "country": item.country}, "adultOnly": False,
        "legacyItemId": str(item.number), "availableCoupons": False,
        "itemCreationDate": iso(now // DAY * DAY - mixed("listed", item.number) % 90 * DAY),
        "topRatedBuyingExperience": item.feedback > 20_000, "priorityListing": False,
        "listingMarketplaceId": home if home in SITES else "EBAY_US",
    }  # fmt: skip
    if "FIXED_PRICE" in item.buying:
        row["price"] = price
    if "AUCTION" in item.buying:
        row |= {
            "currentBidPrice": money(amount * 0.6, asked.currency),
            "bidCount": 2,
        }
        row["itemEndDate"] = iso(now // 3600 * 3600 + (item.days_left or 1) * DAY)
    shipping = shipping_in(item, asked)
    if shipping is not None:
        kind = "CALCULATED" if item.calculated else "FIXED"
        row["shippingOptions"] = [
            {
                "shippingCostType": kind, "shippingCost": money(shipping, asked.currency),
                "minEstimatedDeliveryDate": iso(now // DAY * DAY + 3 * DAY),
                "maxEstimatedDeliveryDate": iso(now // DAY * DAY + (5 + item.number % 9) * DAY),
                "guaranteedDelivery": False,
            }
        ]  # fmt: skip
    if item.number % 4:
        start = f"{base_url(request)}/ebay-www/image/{item.number}"
        row["additionalImages"] = [{"imageUrl": f"{start}-{place}.png"} for place in (2, 3)]
    return row


async def search(request: Request) -> Response:
    query = request.query_params
    asking = [name for name in ("q", "gtin", "epid", "category_ids") if query.get(name)]
    if not asking:
        text = "The call must have a valid 'q', 'category_ids', 'epid' or 'gtin' query parameter."
        return failed(400, 12001, text)
    if query.get("q") and (query.get("gtin") or query.get("epid")):
        text = "The 'q' parameter cannot be used together with 'gtin' or 'epid'."
        return failed(400, 12001, text)
    try:
        limit, offset = int(query.get("limit", 50)), int(query.get("offset", 0))
    except ValueError:
        return failed(400, 12006, "The 'limit' value is invalid.")
    if not 1 <= limit <= 200:
        return failed(
            400, 12006, "The 'limit' value should be between 1 and 200 inclusive.", limit=str(limit)
        )
    if offset < 0 or offset >= 10_000 or offset % limit:
        return failed(
            400,
            12029,
            "The 'offset' value should be a multiple of limit, below 10000.",
            offset=str(offset),
        )
    category = query.get("category_ids", "")
    if "," in category:
        return failed(400, 12030, "Only one category is supported.", category_ids=category)
    if category == PARENT and asking == ["category_ids"]:
        return failed(409, 12013, "The request is too broad: give a leaf category or words.")
    asked = read_question(request)
    items = [item for item in candidates(request) if not item.gone]
    items = ordered(filtered(items, asked, category), asked, query.get("sort", ""))
    part = items[offset : offset + limit]
    body: dict[str, Any] = {"href": str(request.url), "total": len(items)}
    if offset + limit < len(items):
        body["next"] = with_query(request, offset=offset + limit, limit=limit)
    if offset:
        body["prev"] = with_query(request, offset=max(0, offset - limit), limit=limit)
    body |= {"limit": limit, "offset": offset}
    if part:
        body["itemSummaries"] = [summary(request, item, asked) for item in part]
    if asked.warnings:
        body["warnings"] = asked.warnings
    if "ASPECT_REFINEMENTS" in query.get("fieldgroups", ""):
        body["refinement"] = {"dominantCategoryId": VINYL, "aspectDistributions": []}
    return JSONResponse(body)


async def item(request: Request) -> Response:
    match = re.fullmatch(r"v1\|(\d+)\|\d+", unquote(request.path_params["item_id"]))
    found = box(request).stock.item(int(match[1])) if match else None
    if found is None or found.gone:
        return failed(
            404,
            11001,
            "The specified item ID was not found.",
            itemId=request.path_params["item_id"],
        )
    asked = read_question(request)
    row = summary(request, found, asked)
    for name in ("itemHref", "thumbnailImages", "leafCategoryIds", "categories"):
        row.pop(name)
    sold_out = found.sold_out
    where, kind = ("WORLDWIDE", "WORLDWIDE") if found.worldwide else (found.country, "COUNTRY")
    aspects = [("Artist", found.album.credit), ("Release Title", found.album.title)]
    aspects.append(("Format", {VINYL: "Record", CDS: "CD", CASSETTES: "Cassette"}[found.category]))
    row |= {
        "sellerItemRevision": "1", "categoryId": found.category, "categoryPath": "Music|Records",
        "categoryIdPath": f"{PARENT}|{found.category}",
        "shortDescription": "Invented for the sandbox.",
        "description": "<p>Invented for the sandbox.</p>",
        "estimatedAvailabilities": [
            {
                "deliveryOptions": ["SHIP_TO_HOME"],
                "estimatedAvailabilityStatus": "OUT_OF_STOCK" if sold_out else "IN_STOCK",
                "estimatedAvailableQuantity": 0 if sold_out else 1,
                "estimatedSoldQuantity": int(sold_out),
            }
        ],
        "shipToLocations": {
            "regionIncluded": [{"regionName": where, "regionType": kind, "regionId": where}],
            "regionExcluded": [
                {"regionName": code, "regionType": "COUNTRY", "regionId": code}
                for code in found.blocks
            ],
        },
        "localizedAspects": [{"type": "STRING", "name": n, "value": v} for n, v in aspects],
        "returnTerms": {"returnsAccepted": found.business}, "taxes": [],
        "enabledForGuestCheckout": True, "eligibleForInlineCheckout": True, "lotSize": 0,
        "adultOnly": False,
    }  # fmt: skip
    row["itemLocation"] = {**row["itemLocation"], "city": "Somewhere"}
    for option in row.get("shippingOptions", ()):
        option |= {
            "shippingServiceCode": "Standard", "type": "Standard",
            "quantityUsedForEstimate": 1, "additionalShippingCostPerUnit": money(0, asked.currency),
        }  # fmt: skip
    if found.gtin:
        row["gtin"] = found.gtin
    return JSONResponse(row)


async def public_key(request: Request) -> Response:
    """The key that notices are signed with."""
    key = box(request).notice_key
    if request.path_params["kid"] != key.kid:
        return failed(404, 195003, "Invalid public key ID.", domain="API_NOTIFICATION")
    return JSONResponse(key.public())


class Ebay(Room):
    name = "ebay"

    def routes(self) -> list[Route]:
        return [
            Route("/identity/v1/oauth2/token", mint, methods=["POST"]),
            Route("/commerce/notification/v1/public_key/{kid}", public_key),
            Route("/buy/browse/v1/item_summary/search", search),
            Route("/buy/browse/v1/item/{item_id:path}", item),
        ]

    def guard(self, request: Request) -> Response | None:
        if "/identity/" in request.url.path:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        state = box(request).state
        expires = state.ebay_tokens.get(token.strip(), 0.0)
        if scheme.lower() != "bearer" or expires <= state.clock.now():
            return failed(401, 1001, "Invalid access token", domain="OAuth")
        reading = state.limits.take("ebay", address(request), limit=CALLS_A_DAY, seconds=DAY)
        return None if reading.admitted else self.refusal(request, "429")

    def caller(self, request: Request) -> str:
        return "application" if "/identity/" in request.url.path else super().caller(request)

    def refusal(self, request: Request, kind: str) -> Response:
        if kind in ("429", "quota"):
            return failed(429, 2001, "Too many requests.", domain="ACCESS")
        return failed(403, 1100, "Access denied", domain="ACCESS")
