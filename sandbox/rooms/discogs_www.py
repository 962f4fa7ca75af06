"""www.discogs.com: the consent page, and pages that say what a person would see."""

from __future__ import annotations

import secrets
from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.market import Offer
from sandbox.pages import choices, hidden, page
from sandbox.pictures import png
from sandbox.room import Room, box, today
from sandbox.rooms.discogs.shapes import CURRENCIES, money_text
from sandbox.world import Album

HOST = "www.discogs.com"
SHOWN = 200


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return page(title, body, host=HOST, status=status)


async def authorize(request: Request) -> Response:
    """GET shows the consent page, POST answers it and sends the person back."""
    state = box(request).state
    form = await request.form() if request.method == "POST" else request.query_params
    token = str(form.get("oauth_token", ""))
    asked = state.discogs_requests.get(token)
    if asked is None:
        return _page(
            "Invalid or expired token", "<p>Start again from the site that sent you.</p>", 400
        )
    if request.method == "GET":
        people = box(request).people.choices()
        body = (
            "<p>Vinilogy wants to read your collection and want list. "
            "Whose account shall answer?</p>"
            f'<form method="post" action="{escape(request.url.path)}">{hidden(oauth_token=token)}'
            f"{choices('person', people)}"
            '<button name="decision" value="authorise">Authorise</button>'
            '<button class="plain" name="decision" value="deny">Deny</button></form>'
        )
        return _page("Authorise Vinilogy", body)
    if form.get("decision") != "authorise":
        del state.discogs_requests[token]
        return _back(asked["callback"], denied=token)
    person = box(request).people.get(str(form.get("person", "")))
    if person is None:
        return _page("Nobody chosen", "<p>Go back and choose an account.</p>", 400)
    asked |= {"person": person.name, "verifier": secrets.token_hex(5)}
    if asked["callback"] == "oob":
        return _page("Authorised", f"<p>Your code: <code>{asked['verifier']}</code></p>")
    return _back(asked["callback"], oauth_token=token, oauth_verifier=asked["verifier"])


def _back(callback: str, **answer: str) -> RedirectResponse:
    joint = "&" if "?" in callback else "?"
    return RedirectResponse(f"{callback}{joint}{urlencode(answer)}", status_code=302)


def _rows(request: Request, offers: list[Offer]) -> str:
    """Cheapest first, in the currency that was asked for, at today's rates."""
    if not offers:
        return "<p>Nobody sells this here at the moment.</p>"
    currency, on = _currency(request), today(request)
    prices = {o.id: o.price(currency, on) for o in offers}
    rows = "".join(
        f'<tr><td><a href="/discogs-www/sell/item/{o.id}">'
        f"{escape(o.album.credit)} – {escape(o.release.title)}</a><br><small>"
        f"{escape(o.release.format_text)}, {escape(o.release.country)} {o.release.year}; "
        f"{escape(o.condition)}; {escape(o.seller.username)}, "
        f"{escape(o.seller.country)}</small></td>"
        f"<td>{money_text(prices[o.id], currency)}</td></tr>"
        for o in sorted(offers, key=lambda o: prices[o.id])[:SHOWN]
    )
    return f"<p>{len(offers)} copies for sale, cheapest first.</p><table>{rows}</table>"


def _currency(request: Request) -> str:
    asked = request.query_params.get("currency", "EUR")
    return asked if asked in CURRENCIES else "EUR"


async def sell_list(request: Request) -> Response:
    """/sell/list?master_id=… or ?release_id=…"""
    query, world, market = request.query_params, box(request).world, box(request).market
    title, offers = "Marketplace", []
    if query.get("master_id", "").isdigit() and (
        album := world.album_by_master.get(int(query["master_id"]))
    ):
        title = f"{album.credit} – {album.title}"
        offers = [o for p in world.versions(album) if p.vinyl for o in market.offers(p)]
    elif query.get("release_id", "").isdigit() and (
        found := world.release(int(query["release_id"]))
    ):
        title = f"{found[0].credit} – {found[1].title}"
        offers = market.offers(found[1])
    return _page(title, _rows(request, offers))


async def sell_item(request: Request) -> Response:
    offer = box(request).market.listing(request.path_params["number"])
    if offer is None:
        return _page("Item not found", "<p>It may have been sold.</p>", 404)
    price = money_text(offer.cents / 100, offer.seller.currency)
    body = (
        f"<p><b>{price}</b> from {escape(offer.seller.username)}, "
        f"{escape(offer.seller.country)}</p>"
        f"<p>Media {escape(offer.condition)}, sleeve {escape(offer.sleeve)}. "
        f"{escape(offer.comments)}</p>"
        f'<p class="soft">{escape(offer.seller.shipping_text)}</p>'
    )
    return _page(f"{offer.album.credit} – {offer.release.title}", body)


def _about(album: Album) -> str:
    generated = " Its pressings are generated for the sandbox." if album.known else ""
    return f"<p>{album.year or ''} · {escape(', '.join(album.styles))}.{generated}</p>"


def _number(request: Request) -> int:
    """Addresses carry a slug behind the number."""
    head = request.path_params["slugged"].split("-")[0]
    return int(head) if head.isdigit() else 0


async def master(request: Request) -> Response:
    album = box(request).world.album_by_master.get(_number(request))
    if album is None:
        return _page("Master not found", "", 404)
    rows = "".join(
        f'<tr><td><a href="/discogs-www/release/{p.id}">{escape(p.format_text)}</a><br>'
        f"<small>{escape(p.labels[0][0])} {escape(p.labels[0][1])}</small></td>"
        f"<td>{escape(p.country)} {escape(p.released[:4])}</td></tr>"
        for p in box(request).world.versions(album)
    )
    sell = (
        f'<p><a href="/discogs-www/sell/list?master_id={album.master_id}">Copies for sale</a></p>'
    )
    return _page(f"{album.credit} – {album.title}", f"{_about(album)}{sell}<table>{rows}</table>")


async def release(request: Request) -> Response:
    found = box(request).world.release(_number(request))
    if found is None:
        return _page("Release not found", "", 404)
    album, pressing = found
    mark = "<p><b>Generated:</b> this pressing does not exist.</p>" if pressing.generated else ""
    offers = _rows(request, box(request).market.offers(pressing))
    facts = escape(
        f"{pressing.format_text}, {pressing.country} {pressing.released}, {pressing.labels[0][0]}"
    )
    return _page(f"{album.credit} – {pressing.title}", f"<p>{facts}</p>{mark}{offers}")


async def artist(request: Request) -> Response:
    found = box(request).world.artist_by_discogs.get(_number(request))
    if found is None:
        return _page("Artist not found", "", 404)
    rows = "".join(
        f'<tr><td><a href="/discogs-www/master/{a.master_id}">{escape(a.title)}</a></td>'
        f"<td>{a.year or ''}</td></tr>"
        for a in box(request).world.albums_of[found.number]
        if a.master_id
    )
    return _page(found.name, f"<table>{rows}</table>")


async def user(request: Request) -> Response:
    name = request.path_params["username"]
    seller = box(request).market.by_name.get(name)
    body = (
        f"<p>{escape(seller.country)}, {seller.items} items. {escape(seller.shipping_text)}</p>"
        if seller
        else ""
    )
    return _page(name, body or "<p>An invented person.</p>")


async def image(request: Request) -> Response:
    return Response(png(request.path_params["name"], 150), media_type="image/png")


class DiscogsSite(Room):
    name = "discogs-www"

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/authorize", authorize, methods=["GET", "POST"]),
            Route("/sell/list", sell_list),
            Route("/sell/item/{number:int}", sell_item),
            Route("/sell/release/{slugged}", release),
            Route("/master/{slugged}", master),
            Route("/release/{slugged}", release),
            Route("/artist/{slugged}", artist),
            Route("/user/{username}", user),
            Route("/image/{name}.png", image),
        ]
