"""Local shops' search pages: what a person sees behind a search link. All invented stock."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import shop_feeds
from sandbox.pages import page
from sandbox.room import Room, box, mixed
from sandbox.world import Album

SHOPS = {
    "marilians": "Marilians, Madrid",
    "bajo-el-volcan": "Bajo el Volcán, Madrid",
    "bora-bora": "Bora Bora, Granada",
    "revolver": "Revolver, Barcelona",
    "todocoleccion": "Todocolección",
    "wallapop": "Wallapop",
    "vinted": "Vinted",
    "fnac": "Fnac",
    **shop_feeds.NAMES,
}
QUERY_NAMES = (
    "q",
    "s",
    "palabrasBusqueda",
    "search",
    "query",
    "keywords",
    "bu",
    "Search",
    "search_text",
)


def stocked(slug: str, album: Album) -> bool:
    """Which shop has which album; the same on every machine."""
    return mixed("shop", slug, album.number) % 5 < 2 and album.pressings > 0


async def search(request: Request) -> Response:
    slug = request.path_params["slug"]
    title = SHOPS.get(slug, slug.replace("-", " ").title())
    query = next((request.query_params[n] for n in QUERY_NAMES if request.query_params.get(n)), "")
    if not query:
        return page(title, "<p>Search for something.</p>", host=title)
    albums = [album for album in box(request).world.find_albums(text=query) if stocked(slug, album)]
    rows = "".join(
        f"<tr><td>{escape(album.credit)} – {escape(album.title)}<br><small>LP</small></td>"
        f"<td>{(1400 + mixed(slug, album.number) % 2600) / 100:.2f} €</td></tr>"
        for album in albums[:40]
    )
    nothing = "<p>No results.</p>"
    body = f"<p>Results for “{escape(query)}”</p>{f'<table>{rows}</table>' if rows else nothing}"
    body += shop_feeds.search_script(request, slug, query)
    return page(title, body, host=title)


class Shops(Room):
    name = "shops"

    def routes(self) -> list[Route]:
        return [
            *shop_feeds.routes(),
            Route("/{slug}", search),
            Route("/{slug}/{rest:path}", search),
        ]
