"""The shared budget: never over, people first, and the whole of it used."""

import json
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from vinyl.upstreams import budget, registry
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.registry import Window, upstream

DISCOGS = upstream("discogs")
ROOT = Path(__file__).resolve().parents[2]


def take(lane: Lane = Lane.BACKGROUND, name: str = "discogs", call: str = "") -> budget.Verdict:
    take.count += 1  # type: ignore[attr-defined]
    unique = call or f"call-{take.count}"  # type: ignore[attr-defined]
    return budget.take(upstream(name), "", lane=lane, call=unique)


take.count = 0  # type: ignore[attr-defined]


def grants(lane: Lane, name: str = "discogs") -> int:
    """How many calls are let through at once."""
    for count in range(1_000):
        call = f"grant-{lane}-{time.monotonic_ns()}"
        if take(lane, name, call).wait:
            budget.give_up(upstream(name), "", call=call)
            return count
    raise AssertionError("without end")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Window:
    """Discogs with 20 calls in 0.4 seconds."""
    window = Window(20, 0.4)
    changed = registry.Upstream("discogs", ("discogs",), {"": (window,)})
    monkeypatch.setitem(registry.UPSTREAMS, "discogs", changed)
    return window


def test_person_may_use_all_of_it_and_is_told_how_long_to_wait():
    assert grants(Lane.INTERACTIVE) == 58

    verdict = take(Lane.INTERACTIVE)

    assert 55 < verdict.wait <= 60.5
    assert verdict.left == 0


def test_background_leaves_people_their_share():
    taken = grants(Lane.BACKGROUND)

    assert taken == 58 - 3 - 14
    assert budget.left("discogs") == 17
    assert grants(Lane.INTERACTIVE) == 17


def test_background_waits_while_a_person_waits(small):
    grants(Lane.INTERACTIVE)
    assert take(Lane.INTERACTIVE, call="person").wait > 0
    time.sleep(0.45)  # the window is empty again, the person has not come back yet

    assert take(Lane.BACKGROUND).wait > 0
    assert take(Lane.INTERACTIVE, call="person").wait == 0
    assert take(Lane.BACKGROUND).wait == 0


def test_person_who_gave_up_holds_up_nobody(small):
    grants(Lane.INTERACTIVE)
    assert take(Lane.INTERACTIVE, call="person").wait > 0
    budget.give_up(upstream("discogs"), "", call="person")
    time.sleep(0.45)

    assert take(Lane.BACKGROUND).wait == 0


def test_without_a_key_less_is_allowed_in_the_same_minute():
    for number in range(24):
        assert budget.take(
            DISCOGS, "", lane=Lane.INTERACTIVE, call=f"k{number}", keyless=True
        ).wait == 0  # fmt: skip
    refused = budget.take(DISCOGS, "", lane=Lane.INTERACTIVE, call="k", keyless=True)

    assert refused.wait > 0
    # A call with the key counts the same minute, with more room.
    assert take(Lane.INTERACTIVE).left == 58 - 25


def test_day_budget_is_counted_beside_the_second(monkeypatch):
    windows = (Window(12, registry.DAY, reserve=0), Window(10, 0.2))
    changed = registry.Upstream("ebay", ("ebay",), {"": windows})
    monkeypatch.setitem(registry.UPSTREAMS, "ebay", changed)

    assert grants(Lane.INTERACTIVE, "ebay") == 10
    time.sleep(0.25)
    assert grants(Lane.INTERACTIVE, "ebay") == 2
    assert take(Lane.INTERACTIVE, "ebay").wait > 80_000


def test_ebay_tokens_have_a_day_budget_of_their_own():
    ebay = upstream("ebay")
    before = budget.left("ebay")

    assert budget.take(ebay, "ebay_tokens", lane=Lane.INTERACTIVE, call="t").wait == 0

    assert budget.left("ebay") == before
    tokens = [use for use in budget.usage("ebay") if use.bucket == "ebay_tokens"]
    assert [use.people for use in tokens] == [1]


def test_pause_holds_everybody_and_is_never_shortened():
    budget.pause(DISCOGS, "", 30)
    budget.pause(DISCOGS, "", 5)

    assert 29 < take(Lane.INTERACTIVE).wait <= 30
    assert budget.left("discogs") == 0


def test_speed_shortens_the_windows(settings):
    settings.BUDGET_SPEED = 1000
    assert grants(Lane.INTERACTIVE) >= 58

    time.sleep(0.07)

    assert take(Lane.INTERACTIVE).wait == 0


def test_usage_tells_lanes_apart():
    for _ in range(3):
        take(Lane.INTERACTIVE)
    take(Lane.BACKGROUND)

    (use,) = budget.usage("discogs")

    assert (use.people, use.background, use.others, use.left) == (3, 1, 0, 54)


def test_forgotten_budget_is_whole_again():
    grants(Lane.INTERACTIVE)

    budget.forget("discogs")

    assert budget.left("discogs") == 58


WORKER = """
import json, random, sys, time, uuid
import django.conf
django.conf.settings.configure(CACHE_URL=sys.argv[1], BUDGET_SPEED=1, UPSTREAM_URLS={})
from vinyl.upstreams import budget, registry
from vinyl.upstreams.asking import Lane
of = registry.Upstream("discogs", ("discogs",), {"": (registry.Window(20, 0.5),)})
skew = float(sys.argv[2])
real = time.time
time.time = lambda: real() + skew
lane = Lane(sys.argv[3])
until = time.monotonic() + 3.0
granted = []
while time.monotonic() < until:
    call = uuid.uuid4().hex
    while True:
        verdict = budget.take(of, "", lane=lane, call=call)
        if verdict.wait == 0:
            granted.append(budget.valkey.connection().time())
            break
        time.sleep(verdict.wait)
        if time.monotonic() > until:
            budget.give_up(of, "", call=call)
            break
print(json.dumps([seconds + micro / 1e6 for seconds, micro in granted]))
"""


def test_processes_share_one_budget_and_never_exceed_it(settings):
    """Four processes want all of it in both lanes, one with a clock three seconds off."""
    plan = [(0, Lane.BACKGROUND), (0, Lane.BACKGROUND), (3, Lane.BACKGROUND), (0, "person")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, settings.CACHE_URL, str(skew),
             str(Lane.INTERACTIVE if lane == "person" else lane)],
            stdout=subprocess.PIPE, cwd=ROOT,
        )
        for skew, lane in plan
    ]  # fmt: skip
    found = [json.loads(one.communicate(timeout=60)[0]) for one in processes]

    moments = sorted(moment for one in found for moment in one)
    # Timed after the grant, so a little late each: the script's own moments are 0.5 s apart.
    crowded = [
        later - earlier
        for earlier, later in zip(moments, moments[20:], strict=False)
        if later - earlier < 0.5 - 0.03
    ]
    assert crowded == []
    assert len(moments) > 100
    assert found[3], "the person got nothing"


def test_steady_background_work_uses_nearly_all(small):
    """After the first moments background work takes what people leave."""
    granted: list[float] = []
    stop = time.monotonic() + 2.4

    def work(number: int) -> None:
        turn = 0
        while time.monotonic() < stop:
            turn += 1
            verdict = take(Lane.BACKGROUND, call=f"w{number}-{turn}")
            if verdict.wait == 0:
                granted.append(time.monotonic())
            else:
                time.sleep(verdict.wait)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    possible = 20 * 2.4 / 0.4
    assert len(granted) > 0.75 * possible
    assert all(later >= earlier for earlier, later in pairwise(sorted(granted)))


def test_person_beside_busy_background_work_waits_little(small):
    stop = threading.Event()

    def work(number: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            verdict = take(Lane.BACKGROUND, call=f"b{number}-{turn}")
            if verdict.wait:
                time.sleep(verdict.wait)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for one in threads:
        one.start()
    waits = []
    try:
        for turn in range(20):
            time.sleep(0.06)
            started = time.monotonic()
            while (verdict := take(Lane.INTERACTIVE, call=f"p{turn}")).wait:
                time.sleep(verdict.wait)
            waits.append(time.monotonic() - started)
    finally:
        stop.set()
        for one in threads:
            one.join()

    # A window is 0.4 s: waiting for a place takes a fraction of it, not all.
    assert sorted(waits)[18] < 0.2
