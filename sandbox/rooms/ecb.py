"""www.ecb.europa.eu: reference rates as XML and as a zip. After the newest day of the bundled
file they are generated, up to the sandbox's today."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from itertools import takewhile

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.rates import Table, generated, history, packed_history, real_history
from sandbox.room import Room, today

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


def _document(days: str) -> str:
    return f"{HEAD}{days}\t</Cube>\n</gesmes:Envelope>"


@lru_cache(maxsize=1)
def _real_days() -> str:
    """The greatest part of the whole history, which no new day changes."""
    return "".join(_day(table) for table in real_history())


@lru_cache(maxsize=4)
def document(name: str, today: date) -> str:
    """One of the three XML files as it stands on that day; KeyError for another name."""
    if name == "eurofxref-hist.xml":
        return _document("".join(_day(table) for table in generated(today)) + _real_days())
    tables = history(today)
    newest = date.fromisoformat(tables[0][0])
    first = (newest - timedelta(days=90)).isoformat()
    wanted = {
        "eurofxref-daily.xml": tables[:1],
        "eurofxref-hist-90d.xml": list(takewhile(lambda table: table[0] > first, tables)),
    }
    return _document("".join(_day(table) for table in wanted[name]))


def rates(request: Request) -> Response:
    """Not a coroutine: the whole history of a new day takes longer than others should wait."""
    name, day = request.path_params["name"], today(request)
    if name == "eurofxref-hist.zip":
        return Response(packed_history(day), media_type="application/zip")
    try:
        return Response(document(name, day), media_type="text/xml")
    except KeyError:
        return PlainTextResponse("Not Found", 404)


class EuropeanCentralBank(Room):
    name = "ecb"

    def routes(self) -> list[Route]:
        return [Route("/stats/eurofxref/{name}", rates)]
