"""Discogs' marketplace: figures of a release, sellers' stock, single listings. As on the real
service there is no way to ask for the listings of a release."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.market import Offer
from sandbox.room import box, today, whole_number
from sandbox.rooms.discogs import shapes
from sandbox.rooms.discogs.auth import caller_of, refused
from sandbox.world import words

PAGES_OF_OTHERS = 100
SORTS = ("listed", "price", "item", "artist", "label", "catno", "audio")
CAP_MESSAGE = "Pagination above 100 disabled for inventories besides your own"


async def stats(request: Request) -> Response:
    found = box(request).world.release(request.path_params["number"])
    if found is None:
        return refused("Release not found.", 404)
    _, pressing = found
    if not shapes.currency_known(request):
        return refused("Invalid currency.", 422)
    if pressing.unofficial:
        return JSONResponse({"num_for_sale": None, "lowest_price": None, "blocked_from_sale": True})
    currency = shapes.currency_of(request)
    lowest, count = shapes.lowest_for(request, pressing, currency)
    price = {"value": lowest, "currency": currency} if lowest is not None else None
    return JSONResponse({"num_for_sale": count, "lowest_price": price, "blocked_from_sale": False})


async def suggestions(request: Request) -> Response:
    """In the caller's own selling currency; people without seller settings get none."""
    caller = caller_of(request)
    if not caller.username:
        return refused("You must authenticate to access this resource.")
    found = box(request).world.release(request.path_params["number"])
    if found is None:
        return refused("Release not found.", 404)
    person = box(request).people.get(caller.username)
    currency = person.seller_currency if person else "EUR"
    if not currency:
        return refused("You must fill out your seller settings first.", 404)
    prices = box(request).market.suggestions(found[1], currency, today(request))
    return JSONResponse(
        {grade: {"currency": currency, "value": value} for grade, value in prices.items()}
    )


def _listing(request: Request, offer: Offer) -> dict[str, Any]:
    seller, pressing = offer.seller, offer.release
    asked = request.query_params.get("curr_abbr", "").upper()
    wanted = asked if asked in shapes.CURRENCIES else seller.currency
    value = shapes.converted(request, offer.cents, seller.currency, wanted)
    original = {
        "curr_abbr": seller.currency, "curr_id": shapes.CURRENCIES[seller.currency][1],
        "formatted": shapes.money_text(offer.cents / 100, seller.currency),
        "value": offer.cents / 100,
    }  # fmt: skip
    shipping, original_shipping = _shipping(request, offer, wanted)
    return {
        "id": offer.id, "resource_url": f"{shapes.API}/marketplace/listings/{offer.id}",
        "uri": f"{shapes.www(request)}/sell/item/{offer.id}", "status": offer.status,
        "condition": offer.condition, "sleeve_condition": offer.sleeve, "comments": offer.comments,
        "ships_from": seller.country, "posted": shapes.stamp(request, offer.minutes_ago),
        "allow_offers": offer.allow_offers, "offer_submitted": False, "audio": False,
        "price": {"value": value, "currency": wanted}, "original_price": original,
        "shipping_price": shipping, "original_shipping_price": original_shipping,
        "seller": _seller(request, offer), "release": _release(request, offer), "in_cart": False,
        **({"generated": True} if pressing.generated else {}),
    }  # fmt: skip


def _shipping(request: Request, offer: Offer, wanted: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Known only to a signed-in buyer to whom the seller states a price; else empty objects."""
    person = box(request).people.get(caller_of(request).username)
    if person is None or not offer.seller.says_shipping or offer.id % 5 == 0:
        return {}, {}
    cents = offer.seller.shipping_cents(shapes.COUNTRY_NAMES.get(person.country, "World"))
    currency = offer.seller.currency
    value = shapes.converted(request, cents, currency, wanted)
    original = {
        "curr_abbr": currency, "curr_id": shapes.CURRENCIES[currency][1],
        "formatted": shapes.money_text(cents / 100, currency), "value": cents / 100,
    }  # fmt: skip
    return {"currency": wanted, "value": value}, original


def _seller(request: Request, offer: Offer) -> dict[str, Any]:
    seller = offer.seller
    link = f"{shapes.API}/users/{seller.username}"
    return {
        "id": seller.user_id, "username": seller.username, "avatar_url": "",
        "stats": {"rating": f"{seller.rating:.1f}", "stars": 5.0, "total": seller.feedback},
        "min_order_total": seller.minimum_cents / 100,
        "html_url": f"{shapes.www(request)}/user/{seller.username}", "uid": seller.user_id,
        "url": link,
        "payment": "PayPal Commerce", "shipping": seller.shipping_text, "resource_url": link,
    }  # fmt: skip


def _release(request: Request, offer: Offer) -> dict[str, Any]:
    pressing = offer.release
    credit = " / ".join(artist.name for artist in offer.album.artists)
    text = ", ".join([*pressing.major_formats[:1], pressing.format_text][1:])
    return {
        "thumbnail": shapes.picture(request, "R", pressing.id),
        "description": f"{credit} - {pressing.title} ({text})",
        "images": shapes.images(request, "R", pressing.id), "artist": credit, "format": text,
        "resource_url": f"{shapes.API}/releases/{pressing.id}", "title": pressing.title,
        "year": pressing.year, "id": pressing.id,
        "label": ", ".join(name for name, _, _ in pressing.labels),
        "catalog_number": ", ".join(number for _, number, _ in pressing.labels),
        "stats": {
            "community": {"in_wantlist": pressing.want, "in_collection": pressing.have},
            "user": {"in_wantlist": 0, "in_collection": 0},
        },
    }  # fmt: skip


async def listing(request: Request) -> Response:
    if not shapes.currency_known(request):
        return refused("Invalid currency.", 422)
    offer = box(request).market.listing(request.path_params["number"])
    if offer is None:
        return refused("Listing not found.", 404)
    return JSONResponse(_listing(request, offer))


async def inventory(request: Request) -> Response:
    market = box(request).market
    name = request.path_params["username"]
    seller = market.by_name.get(name)
    if seller is None:
        if box(request).people.get(name) is None:
            return refused("User does not exist or may have been deleted.", 404)
        return shapes.paged(request, [], "listings", lambda row: row)
    query = request.query_params
    if query.get("status", "For Sale") != "For Sale":
        return refused("You are not allowed to view this resource.", 403)
    if whole_number(query, "page", 1, least=1) > PAGES_OF_OTHERS:
        return refused(CAP_MESSAGE, 403)
    sort = query.get("sort", "listed")
    if sort not in SORTS:
        return refused("Invalid sort.", 422)
    descending = query.get("sort_order", "desc" if sort == "listed" else "asc") == "desc"
    places = market.stock(seller, sort, descending)
    if wanted := words(query.get("q", "")):
        offers = ((place, market.offer(seller, place)) for place in places)
        places = [p for p, o in offers if wanted <= words(f"{o.album.credit} {o.album.title}")]
    return shapes.paged(
        request, places, "listings", lambda place: _listing(request, market.offer(seller, place))
    )
