"""Whether a typed result says what the raw answer says, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree

from tests.contracts.paths import FIELDS, follow
from vinyl.upstreams.reading import Page

CENT = Decimal("0.01")
EMPTY = (None, "", 0, "0", False, [], {}, ())


def raw_of(body: bytes) -> Any:
    """A JSON body, or the ECB's XML as a list of {"day", "rates"}, newest first."""
    if not body.lstrip().startswith(b"<"):
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    tables = [
        {
            "day": cube.get("time"),
            "rates": {
                row.get("currency"): row.get("rate") for row in cube if row.get("rate") != "N/A"
            },
        }
        for cube in ElementTree.fromstring(body.strip()).iter()
        if cube.get("time")
    ]
    return sorted(tables, key=lambda table: str(table["day"]), reverse=True)


def differences(value: Any, raw: Any, where: str = "") -> Iterator[str]:
    """One line for each field that does not equal what stands at its place in the raw answer."""
    if isinstance(value, Page):
        yield from differences(value.items, follow(raw, "items"), f"{where}.items")
        yield from differences(value.total, follow(raw, "total"), f"{where}.total")
    elif is_dataclass(value):
        yield from _fields_differ(value, raw, where)
    elif isinstance(value, Mapping):
        yield from _mappings_differ(value, raw, where)
    elif isinstance(value, tuple | list):
        yield from _lists_differ(value, raw, where)
    elif not same(value, raw):
        yield f"{where}: {value!r} is not the raw {raw!r}"


def _fields_differ(value: Any, raw: Any, where: str) -> Iterator[str]:
    known = FIELDS.get(type(value), {})
    for one in fields(value):
        rule = known.get(one.name, one.name)
        if rule is None:
            continue
        if callable(rule):
            at = rule(raw)
        else:
            options = [follow(raw, path) for path in ((rule,) if isinstance(rule, str) else rule)]
            at = next((found for found in options if found not in EMPTY), options[0])
        yield from differences(getattr(value, one.name), at, f"{where}.{one.name}")


def _mappings_differ(value: Mapping[Any, Any], raw: Any, where: str) -> Iterator[str]:
    given = {str(key): inner for key, inner in (raw or {}).items()}
    for key, inner in value.items():
        if str(key) not in given:
            yield f"{where}: {key} is invented"
        yield from differences(inner, given.get(str(key)), f"{where}[{key}]")
    lost = set(given) - {str(key) for key in value}
    if lost:
        yield f"{where}: lost {sorted(lost)}"


def _lists_differ(value: Any, raw: Any, where: str) -> Iterator[str]:
    rows = raw if isinstance(raw, list | tuple) else [] if raw in EMPTY else [raw]
    # Null stands for what vanished; the readers leave it out, and empty words as well.
    rows = [row for row in rows if row not in (None, "")]
    if len(rows) != len(value):
        yield f"{where}: {len(value)} of {len(rows)} rows"
    for number, (inner, row) in enumerate(zip(value, rows, strict=False)):
        yield from differences(inner, row, f"{where}[{number}]")


def same(value: Any, raw: Any) -> bool:
    """A typed scalar against a raw one: "12" is 12, "" is missing, a price is rounded to cents."""
    if isinstance(value, bool):
        return raw is None or value is (raw is True)
    if value in (None, "", 0):
        return raw in EMPTY or _number(raw) == 0 or isinstance(raw, str) and not raw.strip()
    if isinstance(value, datetime):
        return value == _moment(raw)
    if isinstance(value, date):
        return value.isoformat() == raw
    if isinstance(value, int | Decimal):
        given = _number(raw)
        if given is None:
            return False
        return value in (given, given.quantize(CENT, "ROUND_HALF_UP"))
    return isinstance(value, str) and str(value).strip() == str(raw).strip()


def _number(raw: Any) -> Decimal | None:
    try:
        return Decimal(str(raw).replace(",", ""))
    except InvalidOperation:
        return None


def _moment(raw: Any) -> datetime | None:
    number = _number(raw)
    if number is not None:
        return datetime.fromtimestamp(int(number), UTC)
    found = datetime.fromisoformat(str(raw))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
