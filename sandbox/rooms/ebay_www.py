"""www.ebay.*: the page behind an item's link."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.pages import page
from sandbox.pictures import png
from sandbox.room import Room, box


async def item(request: Request) -> Response:
    found = box(request).stock.item(request.path_params["number"])
    if found is None or found.gone:
        return page("This listing was ended", "", host="eBay", status=404)
    body = (
        f"<p><b>{found.cents / 100:.2f} {found.currency}</b> · "
        f"{escape(', '.join(found.buying))}</p>"
        f"<p>Seller {escape(found.seller)}, item in {escape(found.country)}. "
        f"{'New' if found.new else 'Used'}.</p>"
    )
    return page(found.title, body, host="eBay")


async def image(request: Request) -> Response:
    return Response(png(request.path_params["name"], 150), media_type="image/png")


class EbaySite(Room):
    name = "ebay-www"

    def routes(self) -> list[Route]:
        return [Route("/itm/{number:int}", item), Route("/image/{name}.png", image)]
