"""Product feeds of three invented shops, one of each kind that is in use: a WooCommerce shop, a
Shopify shop and one whose pages describe their products in JSON-LD. The stock is arithmetic over
the sandbox's catalogue, so it is the same on every machine; among the records are CDs, and copies
that are sold out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.pages import page
from sandbox.room import base_url, box, mixed, whole_number
from sandbox.world import Album, World

WOO, SHOPIFY, JSONLD, CLOSED = "disco-vivo", "second-groove", "cafe-surco", "no-robots"
NAMES = {
    WOO: "Disco Vivo, Valencia", SHOPIFY: "Second Groove, Berlin", JSONLD: "Café Surco, Sevilla",
    CLOSED: "A shop that wants no robots",
}  # fmt: skip
PER_PAGE = 250
STOCK_OF_SHOPIFY = 400


@dataclass(frozen=True)
class Ware:
    """Something on a shop's shelf."""

    number: int
    album: Album
    name: str
    kind: str
    cents: int
    in_stock: bool

    @property
    def handle(self) -> str:
        return f"item-{self.number}"


def wares(slug: str, album: Album) -> Iterator[Ware]:
    """What this shop has of an album: often nothing, else a record, now and then a CD as well."""
    if album.pressings <= 0 or mixed("feed", slug, album.number) % 5 > 2:
        return
    cents = 1490 + mixed(slug, "cents", album.number) % 3000
    for place, (kind, ending) in enumerate((("lp", "LP, vinyl"), ("cd", "CD"))):
        if kind == "cd" and album.number % 4:
            continue
        yield Ware(
            number=album.number * 10 + place, album=album, name=f"{album.title} ({ending})",
            kind=kind, cents=cents - 700 * place, in_stock=bool(mixed(slug, album.number) % 6),
        )  # fmt: skip


def _found(world: World, slug: str, text: str) -> list[Ware]:
    return [ware for album in world.find_albums(text=text) for ware in wares(slug, album)]


def _here(request: Request, slug: str) -> str:
    """The shop's address as the caller sees it."""
    return f"{base_url(request)}{request.scope.get('root_path', '')}/{slug}"


async def woocommerce(request: Request) -> Response:
    """The Store API: prices are strings of whole cents."""
    slug, query = request.path_params["slug"], request.query_params
    if slug != WOO:
        return JSONResponse({"code": "rest_no_route", "message": "No route was found."}, 404)
    found = _found(box(request).world, slug, query.get("search", ""))
    count = whole_number(query, "per_page", 10, least=1, most=100)
    rows = [
        {
            "id": ware.number, "name": f"{ware.album.credit} &#8211; {ware.name}",
            "permalink": f"{_here(request, slug)}/producto/{ware.handle}/",
            "sku": f"DV-{ware.number}", "type": "simple", "is_purchasable": True,
            "is_in_stock": ware.in_stock,
            "prices": {
                "price": str(ware.cents), "regular_price": str(ware.cents), "sale_price": "",
                "currency_code": "EUR", "currency_minor_unit": 2, "currency_symbol": "€",
            },
        }
        for ware in found[:count]
    ]  # fmt: skip
    return JSONResponse(rows, headers={"X-WP-Total": str(len(found))})


async def shopify(request: Request) -> Response:
    """The whole shop, page by page: no search, no currency."""
    slug, query = request.path_params["slug"], request.query_params
    if slug != SHOPIFY:
        return Response(status_code=404)
    world = box(request).world
    famous = sorted(world.albums, key=lambda album: -album.fame)[:STOCK_OF_SHOPIFY]
    every = [ware for album in famous for ware in wares(slug, album)]
    count = whole_number(query, "limit", 30, least=1, most=PER_PAGE)
    start = (whole_number(query, "page", 1, least=1) - 1) * count
    rows = [
        {
            "id": ware.number, "title": ware.name, "handle": ware.handle,
            "vendor": ware.album.credit, "product_type": "Vinyl" if ware.kind == "lp" else "CD",
            "tags": [], "body_html": "<p>Invented for the sandbox.</p>",
            "variants": [
                {
                    "id": ware.number * 100, "title": "Default Title", "sku": f"SG{ware.number}",
                    "price": f"{ware.cents / 100:.2f}", "available": ware.in_stock,
                }
            ],
        }
        for ware in every[start : start + count]
    ]  # fmt: skip
    return JSONResponse({"products": rows})


def search_script(request: Request, slug: str, query: str) -> str:
    """The list of products that a search page describes for machines; "" for other shops."""
    if slug != JSONLD:
        return ""
    found = _found(box(request).world, slug, query)
    rows = [
        {
            "@type": "ListItem", "position": place,
            "url": f"{_here(request, slug)}/disco/{ware.handle}/",
        }
        for place, ware in enumerate(found[:20], start=1)
    ]  # fmt: skip
    return _script({"@context": "https://schema.org", "@type": "ItemList", "itemListElement": rows})


async def product(request: Request) -> Response:
    """A product's page with its description for machines."""
    slug, handle = request.path_params["slug"], request.path_params["handle"]
    number = handle.removeprefix("item-")
    world = box(request).world
    if slug != JSONLD or not number.isdecimal() or int(number) // 10 >= len(world.albums):
        return page("Not found", "<p>There is no such page.</p>", host=slug, status=404)
    album = world.albums[int(number) // 10]
    ware = next((one for one in wares(slug, album) if one.number == int(number)), None)
    if ware is None:
        return page("Not found", "<p>There is no such page.</p>", host=slug, status=404)
    stock = "InStock" if ware.in_stock else "OutOfStock"
    data = {
        "@context": "https://schema.org", "@type": "Product", "sku": f"CS-{ware.number}",
        "name": ware.name, "brand": {"@type": "Brand", "name": ware.album.credit},
        "offers": {
            "@type": "Offer", "price": f"{ware.cents / 100:.2f}", "priceCurrency": "EUR",
            "availability": f"https://schema.org/{stock}",
            "url": f"{_here(request, slug)}/disco/{ware.handle}/",
        },
    }  # fmt: skip
    text = f"<p>{escape(ware.album.credit)}</p><p>{ware.cents / 100:.2f} €</p>"
    return page(ware.name, f"{text}{_script(data)}", host=NAMES[slug])


async def robots(request: Request) -> Response:
    rules = "Disallow: /" if request.path_params["slug"] == CLOSED else "Disallow: /cart/"
    return PlainTextResponse(f"User-agent: *\n{rules}\n")


def _script(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def routes() -> list[Route]:
    """Before the shops' own routes, which take everything."""
    return [
        Route("/{slug}/robots.txt", robots),
        Route("/{slug}/products.json", shopify),
        Route("/{slug}/wp-json/wc/store/v1/products", woocommerce),
        Route("/{slug}/disco/{handle}/", product),
    ]
