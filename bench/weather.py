"""Every method of every client through every kind of bad weather that the sandbox can make.

    python -m bench.weather [--short]

For each: a result or one typed error within the deadline; each service's breaker opens, leaves it
alone and closes; a want that is added and removed in the storm is there once, then gone; the
pages render. The methods and the kinds are found by looking, so nothing is left out. Deadlines
are short here (0.6 s instead of 20) and the clocks of sandbox and budgets run 600 times faster.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from bench.never_over import start_sandbox
from sandbox.faults import KINDS
from tests import throwaway

SPEED = 600
DEADLINE, GRACE = 0.6, 1.5
FAIR = "fair weather"
SHORT = ("hang", "reset", "429", "500html", "truncated", "nulls")


def prepare(url: str) -> Any:
    """The product on the sandbox, in this process; the sandbox's handle."""
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings

    from tests.fixtures_sandbox import SandboxHandle
    from vinyl.upstreams import registry

    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.BUDGET_SPEED, settings.SANDBOX_URL = SPEED, url
    settings.UPSTREAM_URLS = {
        name: f"{url}/{name.replace('_', '-')}" for name in settings.UPSTREAM_URLS
    }
    for name, of in list(registry.UPSTREAMS.items()):
        short = replace(of, connect_timeout=0.3, read_timeout=0.3, deadline=DEADLINE)
        registry.UPSTREAMS[name] = short
    return SandboxHandle(SimpleNamespace(url=url, smtp_port=0))  # type: ignore[arg-type]  # a server elsewhere


def by_upstream(calls: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for call in calls:
        found[call.upstream].append(call)
    return found


def methods(sandbox: Any, calls: list[Any], kinds: list[str]) -> int:
    """All calls in each kind of weather; how many went wrong."""
    from tests.upstreams.every_call import outcome
    from vinyl.upstreams import breaker, door, registry

    def in_turn(own: list[Any]) -> list[tuple[Any, Any]]:
        found = []
        for call in own:
            of = registry.UPSTREAMS[call.upstream]
            for key in of.budgets:
                breaker.well(of.bucket(key))
            found.append((call, outcome(call, deadline=DEADLINE + GRACE)))
        return found

    wrong = 0
    for call in calls:  # the sandbox makes its worlds when they are first asked for
        with contextlib.suppress(Exception):
            call.make()
    print(f"{'weather':16}{'answers':>8}{'typed errors':>14}{'wrong':>7}  slowest")
    with ThreadPoolExecutor(4) as pool:
        for kind in kinds:
            sandbox.clear()
            door.forget_everything()
            if kind != FAIR:
                sandbox.fault("*", kind, seconds=3)
            found = [pair for own in pool.map(in_turn, by_upstream(calls).values()) for pair in own]
            words = Counter(one.word for _, one in found)
            bad = [(call, one.wrong) for call, one in found if one.wrong]
            slowest = max(one.seconds for _, one in found)
            answers = words.pop("answer", 0)
            named = ", ".join(f"{word} {n}" for word, n in sorted(words.items()))
            typed = len(found) - answers - len(bad)
            print(f"{kind:16}{answers:8}{typed:14}{len(bad):7}  {slowest:.2f} s   {named}")
            for call, why in bad:
                print(f"    {call}: {why}")
            wrong += len(bad)
    sandbox.clear()
    return wrong


def breakers(sandbox: Any, calls: list[Any]) -> int:
    """Each service fails, is left alone, and is asked again when it is well; how many did not."""
    from tests.upstreams.every_call import outcome
    from vinyl.upstreams import breaker, door, registry

    wrong = 0
    for name, own in by_upstream(calls).items():
        door.forget_everything()
        bucket = registry.UPSTREAMS[name].bucket("")
        call = next(one for one in own if one.name != "refresh")
        sandbox.fault("*", "500html")
        for _ in range(breaker.OPENS_AT):
            outcome(call, deadline=9)
        opened = breaker.open_until(bucket) is not None
        before = sandbox.counters()["total"]
        refused = outcome(call, deadline=9)
        # Asked at most by the probe of a pause that ended meanwhile.
        left_alone = sandbox.counters()["total"] - before <= 1
        sandbox.clear()
        until = time.monotonic() + 15
        while outcome(call, deadline=9).word == "Unavailable" and time.monotonic() < until:
            time.sleep(0.02)
        closed = breaker.open_until(bucket) is None and time.monotonic() < until
        holds = opened and left_alone and refused.word == "Unavailable" and closed
        wrong += not holds
        print(f"breaker {name:14} opened {opened}  left alone {left_alone}  closed {closed}")
    return wrong


def effects(sandbox: Any, person: Any, kinds: list[str]) -> int:
    """A want added and removed in each kind of weather; how many were lost or doubled."""
    from vinyl.upstreams import discogs, door
    from vinyl.upstreams.errors import UpstreamError

    client = person.client(discogs.Client)
    first, shelf = person.examples["release_id"], f"/users/{person.name}/wants"

    def until_it_works(kind: str, work: Any) -> int:
        sandbox.fault("discogs", kind, shelf, seconds=3, times=5)
        turns, done = 0, False
        while not done and turns < 100:
            turns += 1
            try:
                work()
                done = True
            except UpstreamError:
                time.sleep(0.02)
        sandbox.clear()
        door.forget_everything()
        return turns

    wrong = 0
    tries: Counter[int] = Counter()
    for number, kind in enumerate(kinds):
        # One of its own: what was delayed in the storm before may still arrive.
        release = first + number
        for work, expected in ((client.add_want, 1), (client.remove_want, 0)):
            tries[until_it_works(kind, partial(work, person.name, release))] += 1
            there = [one.release.id for one in client.wants(person.name)].count(release)
            if there != expected:
                wrong += 1
                print(f"    {kind}: {there} instead of {expected} after {work.__name__}")
    turns = ", ".join(f"{n} after {turn}" for turn, n in sorted(tries.items()))
    print(f"wants added and removed in {len(kinds)} kinds: {wrong} lost or doubled; tries: {turns}")
    return wrong


def pages(sandbox: Any, kinds: list[str]) -> int:
    """An album page that asks for prices, its job, the page again, the status page."""
    from django.test import Client

    from tests.factories import make_album, make_release
    from vinyl.jobs.services import run_pending_jobs
    from vinyl.upstreams import door

    client, wrong = Client(), 0
    for number, kind in enumerate(kinds):
        album = make_album(title=f"Album {number}")
        make_release(album)
        door.forget_everything()
        sandbox.fault("*", kind, seconds=3)
        statuses = [client.get(f"/albums/{album.pk}/").status_code]
        run_pending_jobs(limit=5)
        statuses += [
            client.get(where).status_code for where in (f"/albums/{album.pk}/", "/status/")
        ]
        sandbox.clear()
        if statuses != [200, 200, 200]:
            wrong += 1
            print(f"    {kind}: pages answered {statuses}")
    print(f"pages in {len(kinds)} kinds: {wrong} broken")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description="Every method through every kind of weather.")
    parser.add_argument("--short", action="store_true", help=f"only {', '.join(SHORT)}")
    options = parser.parse_args()
    kinds = list(SHORT) if options.short else list(KINDS)
    throwaway.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    os.environ["LOG_LEVEL"] = "ERROR"
    server, url = start_sandbox(SPEED)
    try:
        sandbox = prepare(url)
        from django.conf import settings

        from tests.upstreams.every_call import Person, every_call

        person = Person(settings)
        calls = every_call(person)
        print(f"{len(calls)} methods of {len(by_upstream(calls))} clients, {len(kinds)} kinds")
        began = time.monotonic()
        wrong = methods(sandbox, calls, [FAIR, *kinds])
        wrong += breakers(sandbox, calls)
        wrong += effects(sandbox, person, kinds)
        wrong += pages(sandbox, kinds)
        print(f"{'holds' if not wrong else 'DOES NOT HOLD'}, {time.monotonic() - began:.0f} s")
    finally:
        server.terminate()
        server.wait(10)
        throwaway.stop()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
