"""Live events: how fast and how surely they reach many open pages of one web process.

    python -m bench.live [--clients 200] [--events 20]

Starts its own throw-away PostgreSQL, Valkey and uvicorn, opens that many event streams as
ten-page people, publishes events from this process and says how long each took to arrive at
each page, how many were lost, how a page of the site answered meanwhile, and what it cost in
memory, threads and database connections.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path

from tests import throwaway

PAGES_PER_PERSON = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_people(count: int) -> list[tuple[int, str]]:
    """(id, session key) of signed-in people."""
    import django

    django.setup()
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
    model = get_user_model()
    people = []
    for number in range(count):
        values = {"email": f"p{number}@example.test"}
        if "username" in {field.name for field in model._meta.get_fields()}:
            values["username"] = f"p{number}"
        user = model.objects.create(**values)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        people.append((user.pk, str(session.session_key)))
    connection.close()
    return people


class Page:
    """One open event stream; notes when each numbered event arrived."""

    def __init__(self, port: int, person: int, session: str) -> None:
        self.port, self.person, self.session = port, person, session
        self.arrived: dict[int, float] = {}
        self.ready = asyncio.Event()

    async def read(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        request = (
            f"GET /live/?topics=user:{self.person} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Accept: text/event-stream\r\nCookie: sessionid={self.session}\r\n\r\n"
        )
        writer.write(request.encode())
        status = await reader.readline()
        if str(HTTPStatus.OK.value).encode() not in status:
            raise RuntimeError(f"the stream was refused: {status!r}")
        try:
            while line := await reader.readline():
                if not line.startswith(b"data: "):
                    continue
                data = json.loads(line[6:])
                if "refresh" in data:
                    self.ready.set()
                else:
                    self.arrived[data["n"]] = time.perf_counter()
        finally:
            writer.close()


async def page_times(port: int, stop: asyncio.Event) -> list[float]:
    """How long a page with a query takes meanwhile."""
    times = []
    while not stop.is_set():
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
        times.append(time.perf_counter() - began)
        await asyncio.sleep(0.05)
    return times


async def measure(
    port: int, people: list[tuple[int, str]], clients: int, events: int
) -> dict[str, object]:
    from vinyl.jobs.events import publish

    pages = [Page(port, *people[number % len(people)]) for number in range(clients)]
    tasks = [asyncio.create_task(page.read()) for page in pages]
    began = time.perf_counter()
    await asyncio.wait_for(asyncio.gather(*(page.ready.wait() for page in pages)), 60)
    opened = time.perf_counter() - began
    stop = asyncio.Event()
    meanwhile = asyncio.create_task(page_times(port, stop))
    sent: dict[int, float] = {}
    for number in range(events):
        sent[number] = time.perf_counter()
        for person, _session in people:
            await asyncio.to_thread(publish, f"user:{person}", f"user-{person}", {"n": number})
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    stop.set()
    answers = await meanwhile
    took = sorted(
        (when - sent[number]) * 1000 for page in pages for number, when in page.arrived.items()
    )
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "streams": clients,
        "opened in s": round(opened, 2),
        "events": f"{len(took)} of {clients * events}",
        "p50 ms": round(statistics.median(took), 1),
        "p99 ms": round(took[int(len(took) * 0.99) - 1], 1),
        "page meanwhile p50 ms": round(statistics.median(answers) * 1000, 1),
        "page meanwhile max ms": round(max(answers) * 1000, 1),
    }


def process_facts(pid: int) -> dict[str, object]:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    facts = dict(line.split(":", 1) for line in status.splitlines())
    return {
        "memory MB": int(facts["VmRSS"].split()[0]) // 1024,
        "threads": int(facts["Threads"]),
    }


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


async def run(
    port: int, web: int, people: list[tuple[int, str]], options: argparse.Namespace
) -> None:
    await wait_for(port)
    watch: dict[str, object] = {}

    async def look() -> None:
        await asyncio.sleep(2.5)
        watch.update(process_facts(web))
        watch["database connections"] = await asyncio.to_thread(database_connections)

    looking = asyncio.create_task(look())
    figures = await measure(port, people, options.clients, options.events)
    await looking
    for name, value in {**figures, **watch}.items():
        print(f"{name:24} {value}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure live events over many open pages.")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--events", type=int, default=20)
    options = parser.parse_args()
    throwaway.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    web = None
    try:
        people = make_people(-(-options.clients // PAGES_PER_PERSON))
        port = free_port()
        command = [
            sys.executable, "-m", "uvicorn", "vinyl.asgi:application", "--port", str(port),
            "--lifespan", "off", "--timeout-graceful-shutdown", "3", "--log-level", "warning",
        ]  # fmt: skip
        web = subprocess.Popen(command)
        asyncio.run(run(port, web.pid, people, options))
    finally:
        if web is not None:
            began = time.perf_counter()
            web.terminate()
            web.wait(20)
            print(f"{'stopped in s':24} {time.perf_counter() - began:.1f}")
        throwaway.stop()


if __name__ == "__main__":
    main()
