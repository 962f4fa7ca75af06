"""The European Central Bank's reference rates: what a euro is worth, once a bank day."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from vinyl.upstreams import reading
from vinyl.upstreams.base import BaseClient

_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


@dataclass(frozen=True)
class RateTable:
    """What one euro was worth on `day`. No table exists for weekends and holidays; currencies
    without a rate that day are left out. EUR itself is not in `rates`."""

    day: date
    rates: Mapping[str, Decimal]


class Client(BaseClient):
    """The ECB for one caller. Needs no key."""

    upstream = "ecb"

    def daily(self) -> RateTable:
        """The newest table; published about 16:00 Central European time."""
        return self._tables("/stats/eurofxref/eurofxref-daily.xml")[0]

    def history_90d(self) -> tuple[RateTable, ...]:
        """The tables of the last ninety days, newest first."""
        return self._tables("/stats/eurofxref/eurofxref-hist-90d.xml")

    def _tables(self, where: str) -> tuple[RateTable, ...]:
        answer = self._call(where, expects="anything")
        with self._reading():
            return parse(answer.body)


def parse(body: bytes) -> tuple[RateTable, ...]:
    """All tables of a file, newest first. Malformed when it is not the ECB's, or when a single
    rate cannot be read as a number: a wrong rate would make every price wrong."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise reading.Malformed("a document type where none is expected")
    try:
        root = ElementTree.fromstring(body.strip())  # noqa: S314 - no document type, see above
    except ElementTree.ParseError as error:
        raise reading.Malformed(f"no XML: {error}") from error
    tables = [
        RateTable(_day(cube.get("time", "")), _rates(cube))
        for cube in root.iter(_CUBE)
        if cube.get("time")
    ]
    if not tables:
        raise reading.Malformed("no table of rates")
    return tuple(sorted(tables, key=lambda table: table.day, reverse=True))


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise reading.Malformed("a table without a day") from error


def _rates(cube: ElementTree.Element) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in cube.iter(_CUBE):
        currency, given = row.get("currency"), row.get("rate", "")
        if not currency or given == "N/A":
            continue
        # A comma is refused, not repaired: "120,65" and "1,055" cannot be told apart.
        rate = None if "," in given else reading.maybe_number(given)
        if rate is None or rate <= 0:
            raise reading.Malformed(f"rate of {currency}")
        found[currency] = rate
    if not found:
        raise reading.Malformed("a table without rates")
    return found
