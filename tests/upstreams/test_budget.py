"""The shared budget: never over, people first, and the whole of it used."""

import heapq
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vinyl.upstreams import budget, registry, valkey
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


class ServerClock:
    """Valkey's clock, held still and moved by the test: minutes pass at once."""

    KEY = "test:clock"

    def __init__(self) -> None:
        self.now = float(valkey.now_ms()) / 1000
        self.move(0)

    def move(self, seconds: float) -> None:
        self.now += seconds
        whole = int(self.now)
        micro = int((self.now - whole) * 1_000_000)
        server = valkey.connection()
        with server.pipeline() as pipe:
            pipe.delete(self.KEY)
            pipe.rpush(self.KEY, whole, micro)
            pipe.execute()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ServerClock:
    """The scripts are Valkey's own; only what they read as the time is the test's."""
    held = ServerClock()
    real, read = valkey.script, f"redis.call('LRANGE', '{ServerClock.KEY}', 0, 1)"
    monkeypatch.setattr(
        valkey, "script", lambda text: real(text.replace("redis.call('TIME')", read))
    )
    monkeypatch.setattr(valkey, "now_ms", lambda: int(held.now * 1000))
    return held


def test_person_may_use_all_of_it_and_is_told_how_long_to_wait():
    assert grants(Lane.INTERACTIVE) == 58

    verdict = take(Lane.INTERACTIVE)

    assert 55 < verdict.wait <= 60.5
    assert verdict.left == 0


def test_background_goes_in_step(clock):
    """A tenth of the minute's calls in a tenth of the minute, people beside it as they like."""
    assert grants(Lane.BACKGROUND) == 6
    assert 6 < take(Lane.BACKGROUND).wait <= 6.05
    assert take(Lane.INTERACTIVE).wait == 0

    clock.move(6.1)
    assert grants(Lane.BACKGROUND) == 6


def test_background_leaves_people_their_share(monkeypatch, clock):
    monkeypatch.setattr(Window, "pace", 0)

    assert grants(Lane.BACKGROUND) == 58 - 2 - 14
    assert budget.left("discogs") == 16
    assert grants(Lane.INTERACTIVE) == 16


def test_background_waits_while_a_person_waits(clock):
    grants(Lane.INTERACTIVE)
    assert take(Lane.INTERACTIVE, call="person").wait > 0
    clock.move(60.6)  # the window is empty again, the person has not come back yet

    assert take(Lane.BACKGROUND).wait > 0
    assert take(Lane.INTERACTIVE, call="person").wait == 0
    assert take(Lane.BACKGROUND).wait == 0


def test_person_who_gave_up_holds_up_nobody(clock):
    grants(Lane.INTERACTIVE)
    assert take(Lane.INTERACTIVE, call="person").wait > 0
    budget.give_up(upstream("discogs"), "", call="person")
    clock.move(60.6)

    assert take(Lane.BACKGROUND).wait == 0


def test_person_who_never_comes_back_holds_up_nobody_for_long(clock):
    grants(Lane.INTERACTIVE)
    take(Lane.INTERACTIVE, call="person")
    clock.move(62.1)

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


def test_day_budget_is_counted_beside_the_second(monkeypatch, clock):
    windows = (Window(12, registry.DAY, reserve=0), Window(10, 1.0))
    changed = registry.Upstream("ebay", ("ebay",), {"": windows})
    monkeypatch.setitem(registry.UPSTREAMS, "ebay", changed)

    assert grants(Lane.INTERACTIVE, "ebay") == 10
    clock.move(1.1)
    assert grants(Lane.INTERACTIVE, "ebay") == 2
    assert take(Lane.INTERACTIVE, "ebay").wait > 80_000
    clock.move(registry.DAY)
    assert take(Lane.INTERACTIVE, "ebay").wait == 0


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


def test_speed_shortens_the_windows(settings, clock):
    settings.BUDGET_SPEED = 1000
    assert grants(Lane.INTERACTIVE) == 58

    clock.move(0.055)
    assert take(Lane.INTERACTIVE).wait > 0
    clock.move(0.01)
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
import sys, time, uuid
import django.conf
django.conf.settings.configure(CACHE_URL=sys.argv[1], BUDGET_SPEED=1, UPSTREAM_URLS={})
from vinyl.upstreams import budget, registry
from vinyl.upstreams.asking import Lane
of = registry.Upstream("discogs", ("discogs",), {"": (registry.Window(20, 0.5),)})
skew, lane, clock = float(sys.argv[2]), Lane(sys.argv[3]), sys.argv[4]
real, script = time.time, budget.valkey.script
time.time = lambda: real() + skew
budget.valkey.script = lambda text: script(text.replace("redis.call('TIME')", clock))
call = uuid.uuid4().hex
print("ready", flush=True)
for turn in sys.stdin:
    granted = 0
    while budget.take(of, "", lane=lane, call=call).wait == 0:
        granted, call = granted + 1, uuid.uuid4().hex
    print(granted, flush=True)
"""


def test_processes_share_one_budget_and_never_exceed_it(settings, clock):
    """Four processes want all of it at once in both lanes, one with a clock three seconds off,
    again and again while a second and a half pass."""
    plan = [(0, Lane.BACKGROUND), (0, Lane.BACKGROUND), (3, Lane.BACKGROUND), (0, Lane.INTERACTIVE)]
    read = f"redis.call('LRANGE', '{ServerClock.KEY}', 0, 1)"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, settings.CACHE_URL, str(skew), str(lane), read],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
        )
        for skew, lane in plan
    ]  # fmt: skip
    granted: list[float] = []
    to_person = 0
    try:
        # What is counted is forgotten by the server's real time, a second after the window: all
        # have to stand there before the first begins.
        assert {one.stdout.readline() for one in processes} == {"ready\n"}
        for _ in range(60):
            for one in processes:
                one.stdin.write("go\n")
                one.stdin.flush()
            found = [int(one.stdout.readline()) for one in processes]
            granted += [clock.now] * sum(found)
            to_person += found[3]
            clock.move(0.025)
    finally:
        for one in processes:
            one.communicate(timeout=60)

    crowded = [
        last - first for first, last in zip(granted, granted[20:], strict=False)
        if last - first < 0.499
    ]  # fmt: skip
    assert crowded == []
    assert len(granted) >= 60
    assert to_person, "the person got nothing"


class Crowd:
    """Callers of one budget on the test's clock: who waits is woken when it was told to be."""

    def __init__(self, clock: ServerClock, *, seed: int) -> None:
        self.clock, self.random = clock, random.Random(seed)
        self.turns: list[tuple[float, int, str, float]] = []
        self.granted: list[float] = []
        self.waits: list[float] = []
        self.number = 0

    def wants(self, lane: str, at: float) -> None:
        self.number += 1
        heapq.heappush(self.turns, (at, self.number, lane, at))

    def run(self, minutes: float, *, workers: int, people_a_minute: float) -> None:
        start = self.clock.now
        end = start + minutes * 60
        for _ in range(workers):
            self.wants("b", start + self.random.uniform(0, 0.2))
        at = start
        while people_a_minute and at < end:
            at += self.random.expovariate(people_a_minute / 60)
            self.wants("i", at)
        while self.turns and self.turns[0][0] < end:
            at, number, lane, since = heapq.heappop(self.turns)
            self.clock.move(max(0.0, at - self.clock.now))
            self._turn(number, lane, since)

    def _turn(self, number: int, lane: str, since: float) -> None:
        in_lane = Lane.INTERACTIVE if lane == "i" else Lane.BACKGROUND
        verdict = budget.take(DISCOGS, "", lane=in_lane, call=f"n{number}")
        if verdict.wait:
            again = (self.clock.now + verdict.wait, number, lane, since)
            heapq.heappush(self.turns, again)
            return
        self.granted.append(self.clock.now)
        if lane == "i":
            self.waits.append(self.clock.now - since)
        else:
            # The answer takes a moment, then the worker wants the next.
            self.wants("b", self.clock.now + self.random.uniform(0.05, 0.3))

    def most_in(self, seconds: float) -> int:
        ends = list(self.granted)
        first, most = 0, 0
        for last, moment in enumerate(ends):
            while ends[first] <= moment - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most


@pytest.fixture
def crowd(clock) -> Crowd:
    return Crowd(clock, seed=1)


def test_busy_background_work_uses_nearly_all_and_never_more(crowd):
    crowd.run(3, workers=4, people_a_minute=0)

    assert len(crowd.granted) >= 0.95 * 58 * 180 / 60.5
    assert crowd.most_in(60.4) <= 58


def test_people_beside_busy_background_work_wait_little(crowd):
    crowd.run(3, workers=4, people_a_minute=10)

    waits = sorted(crowd.waits)
    assert waits[int(len(waits) * 0.95)] < 2.0
    assert len(crowd.granted) >= 0.95 * 58 * 180 / 60.5
    assert crowd.most_in(60.4) <= 58
