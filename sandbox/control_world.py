"""Control endpoints that change the invented world: offers, listening, eBay's notices."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import notices
from sandbox.ebay_stock import FIRST_ITEM, Item
from sandbox.market import FOR_SALE, REMOVED, SOLD, Offer
from sandbox.room import box, today

MOST_PLAYS = 5_000
STATUSES = (FOR_SALE, SOLD, REMOVED)


def refused(why: str) -> JSONResponse:
    return JSONResponse({"error": why}, status_code=400)


async def read_body(request: Request) -> dict[str, Any]:
    """A JSON object; nothing counts as an empty one. ValueError for anything else."""
    raw = await request.body()
    if not raw:
        return {}
    answer = json.loads(raw)
    if not isinstance(answer, dict):
        raise ValueError("a JSON object is needed")
    return answer


def _cents(body: dict[str, Any]) -> int | None:
    """``price`` in the offer's own currency; None when none is given."""
    if body.get("price") is None:
        return None
    try:
        cents = int((Decimal(str(body["price"])) * 100).to_integral_value())
    except InvalidOperation as error:
        raise ValueError("price must be a number") from error
    if cents <= 0:
        raise ValueError("price must be above zero")
    return cents


def _offer_row(offer: Offer) -> dict[str, Any]:
    return {
        "listing": offer.id, "release": offer.release.id, "seller": offer.seller.username,
        "status": offer.status, "price": f"{offer.cents / 100:.2f}",
        "currency": offer.seller.currency,
    }  # fmt: skip


def _item_row(item: Item) -> dict[str, Any]:
    return {
        "item": item.item_id, "title": item.title, "gone": item.gone, "sold_out": item.sold_out,
        "price": f"{item.cents / 100:.2f}", "currency": item.currency, "seller": item.seller,
    }  # fmt: skip


async def offers(request: Request) -> Response:
    """GET ``?release=`` the copies of a release; ``?album=`` with ``artist=`` eBay's items.

    POST {"listing": n} or {"release": n} (its cheapest copy) with "status" (For Sale, Sold,
    Removed) and/or "price"; {"item": "v1|n|0"} with "status" (Removed, Sold, For Sale), "price"
    and/or "blocks" (countries that the seller does not send to). DELETE forgets all such changes.
    """
    sandbox = box(request)
    if request.method == "DELETE":
        sandbox.state.memory.offers.clear()
        sandbox.state.save()
        return JSONResponse({"ok": True})
    try:
        if request.method == "GET":
            return _show_offers(request)
        body = await read_body(request)
        row = _change_item(request, body) if "item" in body else _change_offer(request, body)
    except (ValueError, TypeError, LookupError) as error:
        return refused(str(error))
    sandbox.state.save()
    return JSONResponse(row)


def _show_offers(request: Request) -> Response:
    sandbox, query = box(request), request.query_params
    if "release" in query:
        found = sandbox.world.release(int(query["release"]))
        copies = sandbox.market.offers(found[1]) if found else []
        return JSONResponse({"offers": [_offer_row(offer) for offer in copies]})
    album = sandbox.world.album_named(query.get("artist", ""), query.get("album", ""))
    items = sandbox.stock.of(album.number) if album else ()
    return JSONResponse({"items": [_item_row(item) for item in items]})


def _wanted_status(body: dict[str, Any]) -> str | None:
    status = body.get("status")
    if status is not None and status not in STATUSES:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}")
    return status


def _change_offer(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    sandbox = box(request)
    changes = sandbox.state.memory.offers
    offer = None
    if "listing" in body:
        number = int(body["listing"])
        # Putting a removed one back: look at it as it was made.
        kept = changes.pop(str(number), {})
        offer = sandbox.market.listing(number)
        if kept:
            changes[str(number)] = kept
    elif "release" in body:
        found = sandbox.world.release(int(body["release"]))
        copies = sandbox.market.offers(found[1]) if found else []
        on = today(request)
        offer = min(copies, key=lambda one: one.price("EUR", on), default=None)
    if offer is None:
        raise LookupError("no such offer: give a listing, or a release that is for sale")
    change = dict(changes.get(str(offer.id), {}))
    cents, status = _cents(body), _wanted_status(body)
    change |= {"cents": cents} if cents is not None else {}
    change |= {"status": status} if status is not None else {}
    changes[str(offer.id)] = change
    return _offer_row(sandbox.market.offer(offer.seller, sandbox.market.place_of(offer)))


def _change_item(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    sandbox = box(request)
    changes = sandbox.state.memory.offers
    number = int(str(body["item"]).split("|")[1])
    item = sandbox.stock.item(number) if number >= FIRST_ITEM else None
    if item is None:
        raise LookupError("no such item")
    change = dict(changes.get(str(number), {}))
    cents, status = _cents(body), _wanted_status(body)
    change |= {"cents": cents} if cents is not None else {}
    if status is not None:
        change |= {"gone": status == REMOVED, "sold_out": status == SOLD}
    if "blocks" in body:
        change["blocks"] = [str(code) for code in body["blocks"]]
    changes[str(number)] = change
    found = sandbox.stock.item(number)
    assert found is not None
    return _item_row(found)


async def listen(request: Request) -> Response:
    """{"person", "artist", "album", "plays": 10, "minutes_ago": 0}: play an album's tracks."""
    sandbox = box(request)
    try:
        body = await read_body(request)
        person = sandbox.people.get(str(body.get("person", "")))
        album = sandbox.world.album_named(str(body.get("artist", "")), str(body.get("album", "")))
        plays, ago = int(body.get("plays", 10)), float(body.get("minutes_ago", 0))
    except (ValueError, TypeError) as error:
        return refused(str(error))
    if person is None:
        return refused("no such person")
    if album is None:
        return refused("no such album in the sandbox's catalogue")
    if not 1 <= plays <= MOST_PLAYS or ago < 0:
        return refused(f"plays must be 1 to {MOST_PLAYS}, minutes_ago not below zero")
    began = sandbox.people.listen(person, album, plays=plays, minutes_ago=ago)
    later = sandbox.people.get(person.name)
    total = later.total if later else 0
    return JSONResponse({"person": person.name, "first_at": began, "plays": total})


async def ebay_notice(request: Request) -> Response:
    """{"endpoint", "verification_token", "username", "user_id", "eias_token"}: eBay's
    account-deletion notice to an address on this machine, after the challenge.

    "challenge_only": true stops there; "forged": true signs with another key; "notification_id"
    repeats an earlier one; "public_endpoint" is the address as it is registered at eBay.
    """
    sandbox = box(request)
    try:
        body = await read_body(request)
        endpoint = str(body["endpoint"])
        asked = await asyncio.to_thread(
            notices.challenge, endpoint, str(body.get("verification_token", "")),
            str(body.get("public_endpoint", "")),
        )  # fmt: skip
        if body.get("challenge_only"):
            return JSONResponse({"challenge": asked})
        notice = notices.message(
            str(body.get("username", "")), str(body.get("user_id", "")),
            str(body.get("eias_token", "")), str(body.get("notification_id", "")),
        )  # fmt: skip
        sent = await asyncio.to_thread(
            notices.send, endpoint, sandbox.notice_key, notice, forged=bool(body.get("forged"))
        )
    except KeyError:
        return refused("an endpoint is needed")
    except (ValueError, TypeError, OSError) as error:
        return refused(str(error))
    number = notice["notification"]["notificationId"]
    return JSONResponse({"challenge": asked, "notification_id": number, "notice": sent})
