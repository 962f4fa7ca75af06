"""www.ecb.europa.eu: reference rates as XML. The newest day is that of the bundled file."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.rates import Table, history, packed_history
from sandbox.room import Room

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gesmes:Envelope '
    'xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n'
    "\t<gesmes:subject>Reference rates</gesmes:subject>\n"
    "\t<gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n"
    "\t<Cube>\n"
)


def _day(table: Table) -> str:
    day, rates = table
    rows = "".join(
        f"\t\t\t<Cube currency='{code}' rate='{rate}'/>\n" for code, rate in rates.items()
    )
    return f"\t\t<Cube time='{day}'>\n{rows}\t\t</Cube>\n"


def _document(tables: list[Table]) -> str:
    return f"{HEAD}{''.join(_day(table) for table in tables)}\t</Cube>\n</gesmes:Envelope>"


@lru_cache(maxsize=4)
def document(name: str) -> str:
    """Raises KeyError for a name that is not one of the three files."""
    tables = history()
    newest = date.fromisoformat(tables[0][0])
    recent = [t for t in tables if date.fromisoformat(t[0]) > newest - timedelta(days=90)]
    wanted = {
        "eurofxref-daily.xml": tables[:1],
        "eurofxref-hist-90d.xml": recent,
        "eurofxref-hist.xml": tables,
    }
    return _document(wanted[name])


async def rates(request: Request) -> Response:
    if request.path_params["name"] == "eurofxref-hist.zip":
        return Response(packed_history(), media_type="application/zip")
    try:
        return Response(document(request.path_params["name"]), media_type="text/xml")
    except KeyError:
        return PlainTextResponse("Not Found", 404)


class EuropeanCentralBank(Room):
    name = "ecb"

    def routes(self) -> list[Route]:
        return [Route("/stats/eurofxref/{name}", rates)]
