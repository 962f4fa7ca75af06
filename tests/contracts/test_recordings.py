"""Every recorded body of an endpoint that we use parses, and says what the body says.

Our own bodies lie beside this file. A folder named by VINILOGY_RECORDINGS, laid out alike (an
index.json with file, upstream, endpoint, url, status, fidelity), is read as well.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.contracts.endpoints import ENDPOINTS, ask_for_error, expected_error
from tests.upstreams.scripted import Reply
from vinyl.upstreams import door
from vinyl.upstreams.errors import BadAnswer, UpstreamError
from vinyl.upstreams.reading import Page

OWN = Path(__file__).parent / "bodies"
# Bodies that their source spoiled, and which must be refused for it.
MUST_REFUSE = ("decimal commas",)
# What a typed result derives instead of carrying over.
DERIVED = {"page", "pages", "total", "release_id", "media_type", "width", "day", "year",
           "released", "available", "is_last", "reachable", "upstream", "expires_in",
           "registered_at", "kind", "currency", "shipping_currency"}  # fmt: skip


def folders() -> list[Path]:
    named = os.environ.get("VINILOGY_RECORDINGS", "")
    return [OWN, *([Path(named)] if named else [])]


def recordings() -> Iterator[Any]:
    for folder in folders():
        for row in json.loads((folder / "index.json").read_text(encoding="utf-8")):
            known = (row["upstream"], row["endpoint"]) in ENDPOINTS
            if known or (row["endpoint"] == "errors" and row["upstream"] in USED):
                yield pytest.param(folder, row, id=f"{folder.name}/{row['file']}")


USED = {upstream for upstream, _endpoint in ENDPOINTS} - {"ecb", "coverart"}


def reply(folder: Path, row: dict[str, Any]) -> Reply:
    body = (folder / row["file"]).read_bytes()
    headers = {"Content-Type": "application/json"}
    for name, value in row.get("headers", {}).items():
        if name.lower().startswith(("x-", "retry-after", "content-type", "www-")):
            headers[name] = value
    return Reply(body, status=row["status"] or 200, headers=headers)


@pytest.mark.parametrize(("folder", "row"), list(recordings()))
def test_recorded_answer_is_read(outside, row, folder):
    given = reply(folder, row)
    outside.on("/", given)
    outside.on("/ebay/identity", Reply('{"access_token": "token", "expires_in": 7200}'))
    if row["endpoint"] == "errors":
        with pytest.raises(UpstreamError) as caught:
            door.call(ask_for_error(row))
        assert type(caught.value) is expected_error(row, bytes(given.body))
        return
    call = ENDPOINTS[row["upstream"], row["endpoint"]]
    if any(word in row["quirks"].lower() for word in MUST_REFUSE):
        with pytest.raises(BadAnswer):
            call()
        return

    try:
        found = call()
    except BadAnswer:
        # Somebody edited this body; that it is refused cleanly is all it can show.
        assert row["fidelity"] == "E"
        return

    if row["fidelity"] != "E":
        assert invented(found, bytes(given.body)) == []
        assert lost_rows(found, bytes(given.body)) == 0


def invented(found: Any, body: bytes) -> list[Any]:
    """Values of the typed result that the body does not contain, as text or as number."""
    words, numbers = leaves_of(body)
    everything = "\n".join(words)
    return [
        (name, value)
        for name, value in carried(found)
        # An id may be read out of an address, as MusicBrainz links Discogs.
        if (
            value not in numbers
            if isinstance(value, Decimal) and not name.endswith("_ids")
            else str(value) not in everything
        )
    ]


def carried(value: Any, name: str = "") -> Iterator[tuple[str, str | Decimal]]:
    """Each text and number of a result; numbers as Decimal, unset ones left out."""
    if is_dataclass(value):
        for one in fields(value):
            if one.name not in DERIVED:
                yield from carried(getattr(value, one.name), one.name)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from carried(inner, str(key))
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from carried(inner, name)
    elif isinstance(value, bool | bytes | datetime | date) or value in (None, "", 0):
        return
    elif isinstance(value, int | Decimal):
        yield name, Decimal(value)
    elif isinstance(value, str):
        yield name, value


def leaves_of(body: bytes) -> tuple[list[str], set[Decimal]]:
    """All texts and all numbers of a body; a number also rounded to cents, as prices are."""
    words: list[str] = []
    numbers: set[Decimal] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                words.append(key)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        elif value is not None and not isinstance(value, bool):
            words.append(str(value))
            try:
                number = Decimal(str(value))
            except ArithmeticError:
                return
            if number.is_finite():
                numbers.update({number, number.quantize(Decimal("0.01"), "ROUND_HALF_UP")})

    if body.lstrip().startswith(b"<"):
        for element in ElementTree.fromstring(body.strip()).iter():
            walk(dict(element.attrib))
    else:
        walk(json.loads(body.decode("utf-8-sig")))
    return words, numbers


def lost_rows(found: Any, body: bytes) -> int:
    """Rows of the body's list that the page does not have (eBay's are filtered on purpose)."""
    if not isinstance(found, Page) or b"itemSummaries" in body:
        return 0
    data = json.loads(body)
    lists = [
        value
        for holder in (data, *(inner for inner in data.values() if isinstance(inner, dict)))
        for key, value in holder.items()
        if key != "filter_facets"
        and isinstance(value, list)
        and value
        and isinstance(value[0], dict)
    ]
    longest = max((len(one) for one in lists), default=len(found.items))
    return max(0, longest - len(found.items))


def test_own_bodies_cover_every_endpoint_that_is_used():
    """A method without a body of ours could break unseen."""
    rows = json.loads((OWN / "index.json").read_text(encoding="utf-8"))
    covered = {(row["upstream"], row["endpoint"]) for row in rows}

    assert sorted(set(ENDPOINTS) - covered) == []


def test_every_body_is_listed_and_every_listed_body_is_there():
    rows = json.loads((OWN / "index.json").read_text(encoding="utf-8"))
    listed = {row["file"] for row in rows}
    there = {str(path.relative_to(OWN)) for path in OWN.rglob("*") if path.is_file()} - {
        "index.json"
    }

    assert listed == there
