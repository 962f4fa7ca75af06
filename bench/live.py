"""Live events: how fast and how surely they reach many open status pages of one web process.

    python -m bench.live [--clients 300] [--rate 20] [--seconds 15]

Starts its own throw-away PostgreSQL, Valkey and uvicorn, opens that many status pages' streams as
staff (who see every call), writes calls into the request log from this process as a worker does,
`--rate` a second, and says how long each took to arrive at each page, how many were lost, how a
page of the site answered before and meanwhile, and what it cost in memory, threads and database
connections. Times include this process's own reading of all streams.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path

import psutil

from tests import throwaway

PAGES_PER_PERSON = 10
NUMBER = re.compile(rb"/releases/(\d+)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_people(count: int) -> list[str]:
    """Session keys of signed-in staff."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    keys = []
    for number in range(count):
        user = get_user_model().objects.create(email=f"p{number}@example.test", is_staff=True)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        keys.append(str(session.session_key))
    connection.close()
    return keys


class Page:
    """One open status page; notes when each numbered call arrived, and how often."""

    def __init__(self, port: int, session: str) -> None:
        self.port, self.session = port, session
        self.arrived: dict[int, float] = {}
        self.twice = 0
        self.ready = asyncio.Event()

    async def read(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        request = (
            "GET /status/live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
            f"Cookie: sessionid={self.session}\r\n\r\n"
        )
        writer.write(request.encode())
        status = await reader.readline()
        if str(HTTPStatus.OK.value).encode() not in status:
            raise RuntimeError(f"the stream was refused: {status!r}")
        try:
            while piece := await reader.read(65536):
                now = time.perf_counter()
                if b"retry:" in piece:
                    self.ready.set()
                for found in NUMBER.findall(piece):
                    self.twice += int(found) in self.arrived
                    self.arrived.setdefault(int(found), now)
        finally:
            writer.close()


async def page_times(port: int, session: str, stop: asyncio.Event) -> list[float]:
    """How long an ordinary page of a signed-in person takes, again and again."""
    times = []
    request = (
        "GET /wants/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Cookie: sessionid={session}\r\n\r\n"
    )
    while not stop.is_set():
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.encode())
        answer = await reader.read()
        writer.close()
        if b" 200 OK" not in answer[:20]:
            raise RuntimeError(f"the page was refused: {answer[:80]!r}")
        times.append(time.perf_counter() - began)
        await asyncio.sleep(0.1)
    return times


async def for_a_while(port: int, session: str, seconds: float) -> list[float]:
    stop = asyncio.Event()
    asking = asyncio.create_task(page_times(port, session, stop))
    await asyncio.sleep(seconds)
    stop.set()
    return await asking


def write_call(number: int) -> None:
    from vinyl.upstreams import request_log
    from vinyl.upstreams.asking import Lane

    request_log.write(
        upstream="discogs", method="GET", path=f"/releases/{number}", status=200, ms=80,
        from_cache=False, lane=Lane.BACKGROUND, person_id=None, budget_left=40,
    )  # fmt: skip


async def measure(
    port: int, web: int, sessions: list[str], options: argparse.Namespace
) -> dict[str, object]:
    before = await for_a_while(port, sessions[0], 3)
    pages = [Page(port, sessions[number % len(sessions)]) for number in range(options.clients)]
    tasks = [asyncio.create_task(page.read()) for page in pages]
    began = time.perf_counter()
    await asyncio.wait_for(asyncio.gather(*(page.ready.wait() for page in pages)), 60)
    opened = time.perf_counter() - began
    await asyncio.sleep(4)  # every page has its first lights
    quiet = await for_a_while(port, sessions[0], 3)
    stop = asyncio.Event()
    meanwhile = asyncio.create_task(page_times(port, sessions[0], stop))
    sent: dict[int, float] = {}
    worked = processor_seconds(web)
    began = time.perf_counter()
    for number in range(1, options.rate * options.seconds + 1):
        await asyncio.sleep(max(0.0, began + number / options.rate - time.perf_counter()))
        sent[number] = time.perf_counter()
        await asyncio.to_thread(write_call, number)
    facts = process_facts(web)
    share = (processor_seconds(web) - worked) / (time.perf_counter() - began)
    facts["web's share of a core"] = f"{share:.0%}"
    facts["database connections"] = await asyncio.to_thread(database_connections)
    await asyncio.sleep(1)
    stop.set()
    answers = await meanwhile
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    took = sorted(
        (when - sent[number]) * 1000 for page in pages for number, when in page.arrived.items()
    )
    return {
        "open pages": f"{options.clients}, opened in {opened:.1f} s",
        "events": f"{len(took)} of {options.clients * len(sent)} arrived, "
        f"{sum(page.twice for page in pages)} twice",
        "p50 / p99 / max ms": " / ".join(
            f"{one:.1f}"
            for one in (statistics.median(took), took[int(len(took) * 0.99) - 1], took[-1])
        ),
        "a page before, ms": spread(before),
        "a page, streams open": spread(quiet),
        "a page, events flowing": spread(answers),
        **facts,
    }


def spread(times: list[float]) -> str:
    ordered = sorted(one * 1000 for one in times)
    return (
        f"p50 {statistics.median(ordered):.1f}, p95 {ordered[int(len(ordered) * 0.95) - 1]:.1f}, "
        f"max {ordered[-1]:.1f} ({len(ordered)} asked)"
    )


def process_facts(pid: int) -> dict[str, object]:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    facts = dict(line.split(":", 1) for line in status.splitlines())
    return {
        "memory MB": int(facts["VmRSS"].split()[0]) // 1024,
        "threads": int(facts["Threads"]),
    }


def processor_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def database_connections() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        row = cursor.fetchone()
    connection.close()
    return int(row[0]) if row else 0


async def wait_for(port: int) -> None:
    for _try in range(300):
        with contextlib.suppress(OSError):
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("the web process did not start")


async def run(port: int, web: int, sessions: list[str], options: argparse.Namespace) -> None:
    await wait_for(port)
    for name, value in (await measure(port, web, sessions, options)).items():
        print(f"{name:24} {value}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure live events over many open pages.")
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--rate", type=int, default=20, help="events a second")
    parser.add_argument("--seconds", type=int, default=15)
    options = parser.parse_args()
    throwaway.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    os.environ["LOG_LEVEL"] = "WARNING"
    web = None
    try:
        sessions = make_people(-(-options.clients // PAGES_PER_PERSON))
        port = free_port()
        command = [
            sys.executable, "-m", "uvicorn", "vinyl.asgi:application", "--port", str(port),
            "--lifespan", "off", "--timeout-graceful-shutdown", "3", "--log-level", "warning",
        ]  # fmt: skip
        web = subprocess.Popen(command)
        asyncio.run(run(port, web.pid, sessions, options))
    finally:
        if web is not None:
            began = time.perf_counter()
            web.terminate()
            web.wait(20)
            print(f"{'stopped in s':24} {time.perf_counter() - began:.1f}")
        throwaway.stop()


if __name__ == "__main__":
    main()
