"""The sandbox answers in the recorded shape: keys, types, and what may be null.

Held against recordings of grade R (recorded) and F (verbatim). Shapes age: what the services have
dropped or added since a recording was made, and what only some answers have, stands in aged.json:
path, the one fault that is excused there, the reason.
"""

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.compare import raw_of
from tests.contracts.endpoints import ENDPOINTS
from tests.contracts.live import Tap, case_for
from tests.contracts.recordings import OWN, Recording, recordings
from tests.contracts.shapes import Excuse, Excuses, Shape, faults

AGED = json.loads((Path(__file__).parent / "aged.json").read_text(encoding="utf-8"))


def by_endpoint() -> dict[tuple[str, str], list[Recording]]:
    """Recordings that a sandbox can be held against. Reality goes before bodies of ours."""
    found: dict[tuple[str, str], list[Recording]] = defaultdict(list)
    for one in recordings():
        fits = one.fidelity in "RF" and one.body.strip() and one.upstream != "ecb"
        if one.endpoint and one.endpoint.live and fits and one.row.get("status") in (None, 200):
            found[one.key].append(one)
    return {key: [one for one in rows if one.folder != OWN] or rows for key, rows in found.items()}


def excuses_of(key: tuple[str, str]) -> Excuses:
    """What age excuses: the lines of the endpoint, and its upstream's ("*")."""
    upstream, endpoint = key
    places = ((upstream, endpoint), (upstream, "*"), ("*", "*"))
    lines = [
        line for service, name in places for line in AGED.get(service, {}).get(name, {}).items()
    ]
    return Excuses([Excuse.read(*line) for line in lines])


@pytest.fixture(scope="module")
def recorded() -> dict[tuple[str, str], list[Recording]]:
    return by_endpoint()


def test_sandbox_answers_in_the_recorded_shape(
    sandbox, settings, monkeypatch, recorded, record_property
):
    """One test for all, because linking accounts and finding things takes a while."""
    case = case_for(sandbox, settings)
    tap = Tap(monkeypatch)
    wrong: list[str] = []
    verdicts = []
    needed = set()
    for key, rows in sorted(recorded.items()):
        shape, real = Shape(), Shape()
        for recording in rows:
            real.add(raw_of(recording.body))
        for url in {str(recording.row["url"]) for recording in rows}:
            shape.add(
                tap.answer_to(lambda key=key, url=url: ENDPOINTS[key].call(replace(case, url=url)))
            )
        excuses = excuses_of(key)
        found = list(faults(shape, real, excuses))
        needed |= excuses.used
        wrong += [f"{'/'.join(key)}: {fault}" for fault in found]
        verdicts += [[*key, one.name, one.fidelity, found] for one in rows]
    record_property("shapes", verdicts)
    record_property(
        "idle", sorted({one for of in AGED.values() for e in of.values() for one in e} - needed)
    )

    assert not wrong, "\n" + "\n".join(wrong)
