"""The comparison itself can fail: a field that is lost, invented or bent is found."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.contracts.compare import differences
from tests.contracts.recordings import OWN
from tests.contracts.shapes import Excuse, Excuses, Shape, faults
from vinyl.upstreams import discogs


def release() -> tuple[discogs.Release, dict]:
    raw = json.loads((OWN / "discogs/releases-01.json").read_text(), parse_float=Decimal)
    return discogs.Release.from_json(raw), raw


def test_a_true_result_differs_nowhere():
    assert list(differences(*release())) == []


def test_a_bent_field_is_named():
    found, raw = release()

    assert list(differences(replace(found, country="Elsewhere"), raw))[0].startswith(".country")
    assert list(differences(replace(found, rating=Decimal("1.5")), raw))[0].startswith(".rating")
    assert list(differences(replace(found, have=None), raw))[0].startswith(".have")


def test_a_lost_row_is_named():
    found, raw = release()

    assert ".tracks" in next(differences(replace(found, tracks=found.tracks[:-1]), raw))
    label = replace(found.labels[0], catno="other")
    assert ".labels[0].catno" in next(
        differences(replace(found, labels=(label, *found.labels[1:])), raw)
    )


def test_a_shapes_faults_are_named_and_age_excuses():
    recorded = Shape().add({"id": 1, "rows": [{"a": "x", "b": None}, {"a": "y", "b": 2}]})
    ours = Shape().add({"id": "1", "rows": [{"b": 1}]})

    both = ["id is string, not number", "rows[].a is missing"]
    assert list(faults(ours, recorded, Excuses())) == both
    # An excuse covers its own fault and no other at the same path.
    for_other_faults = [Excuse.read("id", "missing or null: x"), Excuse.read("rows[].*", "null: x")]
    assert list(faults(ours, recorded, Excuses(for_other_faults))) == both
    excuses = Excuses([Excuse.read("id", "string: x"), Excuse.read("rows[].*", "missing: x")])
    assert list(faults(ours, recorded, excuses)) == []
    assert excuses.used == {"id", "rows[].*"}


def test_an_excuse_says_what_it_excuses_and_why():
    with pytest.raises(ValueError, match="say what"):
        Excuse.read("id", "because")
