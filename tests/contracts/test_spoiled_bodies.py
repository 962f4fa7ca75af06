"""A recorded answer in which one thing is of another kind than usual is read or refused, never
anything else."""

import json
import random
from copy import deepcopy

import pytest

from tests.contracts.endpoints import Case
from tests.contracts.recordings import recordings
from tests.upstreams.scripted import Reply
from vinyl.upstreams import reading
from vinyl.upstreams.errors import UpstreamError

ODD = [None, "", "x", "\x00", "\ud800", 0, -1, 10**40, 1e300, "1e300", True, [], [None], {},
       {"a": 1}, [[]], "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]  # fmt: skip
TIMES = 4


def places(value, at=()):
    """Where something stands in a body."""
    yield at
    inside = value.items() if isinstance(value, dict) else ()
    for name, inner in enumerate(value) if isinstance(value, list) else inside:
        yield from places(inner, (*at, name))


def spoiled(body, dice):
    data = json.loads(body)
    for at in dice.sample(all_ := list(places(data)), min(2, len(all_))):
        holder = data
        try:
            for name in at[:-1]:
                holder = holder[name]
            if at:
                holder[at[-1]] = deepcopy(dice.choice(ODD))
            else:
                data = dice.choice(ODD)
        except (KeyError, IndexError, TypeError):
            continue  # inside of what was spoiled before
    return json.dumps(data)


def bodies():
    for one in recordings():
        if one.endpoint is None or one.is_error or one.must_be_refused:
            continue
        if one.body.lstrip()[:1] in (b"{", b"["):
            yield one


@pytest.mark.parametrize("recording", list(bodies()), ids=lambda one: one.name)
def test_an_odd_answer_is_read_or_refused(outside, recording):
    dice = random.Random(recording.name)
    for _ in range(TIMES):
        body = spoiled(recording.body, dice)
        outside.on("/", Reply(body))
        outside.on("/ebay/identity", Reply('{"access_token": "token", "expires_in": 7200}'))
        try:
            recording.endpoint.call(Case(url=recording.row["url"]))
        except UpstreamError:
            pass
        except Exception as error:
            pytest.fail(f"{type(error).__name__}: {error}\n{body[:3000]}")


@pytest.mark.parametrize(
    ("read", "odd"),
    [
        (lambda value: reading.amount(value, "EUR"), "1e300"),
        (lambda value: reading.amount(value, "JPY"), 10**40),
        (reading.maybe_whole, 10**40),
        (reading.maybe_whole, "1e999999"),
        (reading.moment, "0001-01-01T00:00:00+14:00"),
        (reading.moment, "9999-12-31T23:59:59-14:00"),
        (reading.moment, 1e300),
    ],
)
def test_what_no_column_holds_counts_as_not_told(read, odd):
    assert read(odd) is None


def test_text_that_no_column_holds_loses_what_is_wrong_with_it():
    assert reading.text("Nina\x00 Simone\ud83c") == "Nina Simone"
