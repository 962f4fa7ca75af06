"""Six processes want one Discogs budget: is it ever exceeded, is it used up, do people wait?

    python -m bench.never_over [--seconds 180] [--processes 6] [--skew 3]

Everything is real: the sandbox with Discogs' limits (60 calls in a moving minute and address,
429 above) at its real speed, Valkey, and worker processes that call through the door. Each has
background threads that want without end; people ask ten calls a minute in all. The clock of one
process is off. The sandbox counts for itself.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import requests

from tests import throwaway

PEOPLE_A_MINUTE = 10
BACKGROUND_THREADS = 2
WINDOW_CALLS, WINDOW_SECONDS = 58, 60.5
USED_AT_LEAST = 0.95
WAIT_AT_MOST = 2.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Worker:
    """One process: background threads, and people who come now and then."""

    def __init__(self, until: float, processes: int, seed: int) -> None:
        self.until, self.random = until, random.Random(seed)
        self.every = 60 * processes / PEOPLE_A_MINUTE
        self.calls = {"background": 0, "interactive": 0}
        self.limited = 0
        self.waits: list[float] = []
        self.number = seed * 1_000_000

    def run(self) -> dict[str, Any]:
        threads = [threading.Thread(target=self.background) for _ in range(BACKGROUND_THREADS)]
        threads.append(threading.Thread(target=self.people))
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        return {**self.calls, "429": self.limited, "waits": self.waits}

    def left(self) -> float:
        return self.until - time.monotonic()

    def background(self) -> None:
        while self.left() > 0:
            self.ask("background")

    def people(self) -> None:
        time.sleep(self.random.uniform(0, self.every))
        while self.left() > 0:
            began = time.monotonic()
            self.ask("interactive")
            self.waits.append(time.monotonic() - began)
            # Comes and goes as people do, but as often as was promised.
            time.sleep(max(0.0, min(self.left(), self.random.expovariate(1 / self.every))))

    def ask(self, lane: str) -> None:
        from vinyl.upstreams import discogs
        from vinyl.upstreams.door import Lane
        from vinyl.upstreams.errors import NotFound, RateLimited

        self.number += 1
        while self.left() > 0:
            try:
                discogs.Client(lane=Lane(lane)).artist(self.number)
            except RateLimited as error:
                self.limited += error.status == 429
                assert error.retry_at is not None
                # By the true clock; the one that time.time() shows is off in one process.
                pause = error.retry_at.timestamp() - time.time()
                time.sleep(max(0.0, min(pause, self.left())))
                continue
            except NotFound:
                pass  # an answer like any other: it was asked for and counted
            self.calls[lane] += 1
            return


def work(options: argparse.Namespace) -> None:
    """In a process of its own: works until the time is up, then prints what it did."""
    import django

    real, skew = time.time, options.skew
    time.time = lambda: real() + skew
    django.setup()
    from django.conf import settings

    base = os.environ["BENCH_SANDBOX"]
    settings.UPSTREAM_URLS = {
        name: f"{base}/{name.replace('_', '-')}" for name in settings.UPSTREAM_URLS
    }
    until = time.monotonic() + options.seconds
    print(json.dumps(Worker(until, options.processes, options.worker).run()))


def start_sandbox(speed: float = 1.0) -> tuple[subprocess.Popen[bytes], str]:
    """The sandbox in a process of its own, and its address."""
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--smtp-port", "0"]
    server = subprocess.Popen([*command, "--speed", str(speed)])
    url = f"http://127.0.0.1:{port}"
    for _try in range(300):
        try:
            requests.get(f"{url}/_control/counters", timeout=2)
            return server, url
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError("the sandbox did not start")


def prepare() -> None:
    """The workers read the services' keys from the database."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def run(options: argparse.Namespace, url: str) -> bool:
    command = [sys.executable, "-m", "bench.never_over", "--processes", str(options.processes)]
    command += ["--seconds", str(options.seconds)]
    environment = os.environ | {"BENCH_SANDBOX": url, "LOG_LEVEL": "ERROR"}
    workers = []
    for number in range(1, options.processes + 1):
        skew = options.skew if number == 1 else 0.0
        own = [*command, "--worker", str(number), "--skew", str(skew)]
        workers.append(subprocess.Popen(own, stdout=subprocess.PIPE, env=environment))
    told = [json.loads(one.communicate()[0]) for one in workers]
    counted = requests.get(f"{url}/_control/counters", timeout=5).json()
    return report(options, told, counted)


def report(options: argparse.Namespace, told: list[dict[str, Any]], counted: Any) -> bool:
    lines = [line for line in counted["requests"] if line["upstream"] == "discogs"]
    moments = sorted(line["at"] for line in lines)
    crowd = max(
        sum(1 for moment in moments if start <= moment < start + 60) for start in moments
    )  # fmt: skip
    refused = sum(line["status"] == 429 for line in lines)
    # From the first call on: starting six processes is not the budget's doing.
    possible = WINDOW_CALLS * options.seconds / WINDOW_SECONDS
    used = len(moments) / possible
    waits = sorted(wait for one in told for wait in one["waits"])
    late = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
    people = sum(one["interactive"] for one in told)
    print(f"calls that the sandbox counted   {len(moments)} ({people} for people)")
    print(f"most in any of its minutes       {crowd} of 60 allowed")
    print(f"answers 429                      {refused}")
    print(f"used of {WINDOW_CALLS} in {WINDOW_SECONDS} s           {used:.1%}")
    print(
        f"people waited                    median {waits[len(waits) // 2]:.2f} s, "
        f"95th percentile {late:.2f} s, longest {waits[-1]:.2f} s"
    )
    holds = refused == 0 and used >= USED_AT_LEAST and late < WAIT_AT_MOST
    print("holds" if holds else "DOES NOT HOLD")
    return holds


def main() -> None:
    parser = argparse.ArgumentParser(description="Six processes, one budget.")
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--skew", type=float, default=3.0, help="seconds that one clock is off")
    parser.add_argument("--worker", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    if options.worker:
        work(options)
        return
    throwaway.start()
    server, url = start_sandbox()
    try:
        prepare()
        holds = run(options, url)
    finally:
        server.terminate()
        server.wait(10)
        throwaway.stop()
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
