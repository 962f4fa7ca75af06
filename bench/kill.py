"""A sync of many albums while its worker is killed every few seconds.

    python -m bench.kill [--albums 200] [--every 5] [--speed 1]

Runs the sync twice from the same catalogue, on throw-away servers, against the sandbox with its
limits on: once undisturbed, once with `kill -9` every few seconds on one of the workers that do
it, in turn (it is started again at once, as the supervisor does). Says whether the rows are the
same, how many more calls the sandbox counted, and how much longer it took. `--speed` lets the
limits' minutes pass that many times faster, in the sandbox and in our budgets. On a machine whose
cores are so busy that a worker starts more slowly than it is killed, it does not end.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests import throwaway

KIND = "catalog.sync_album_releases"
VICTIMS = ("sync", "sync-2")
# Of every row all but its own number and when it was written; a pressing's number, which depends on
# who came first, is told by its number at Discogs.
PRESSING = """
    || jsonb_build_object('release_id', (
        SELECT discogs_id FROM catalog_release r WHERE r.id = t.release_id
    ))
"""
ROWS = """
    SELECT count(*), md5(coalesce(string_agg(one, '' ORDER BY one), '')) FROM (
        SELECT md5((to_jsonb(t) - 'id' - (
            SELECT coalesce(array_agg(column_name::text), '{{}}') FROM information_schema.columns
            WHERE table_name = '{table}' AND data_type LIKE 'timestamp%%'
        ) {more})::text) AS one FROM {table} t
    ) AS all_of_them
"""


@dataclass
class Outcome:
    """How one run ended. `rows` maps tables to (rows, hash)."""

    seconds: float
    calls: int
    refused: int
    kills: int
    states: dict[str, int]
    rows: dict[str, tuple[int, str]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Workers:
    """The site's workers and beat; whatever dies is started again."""

    def __init__(self, database: str, folder: Path) -> None:
        from vinyl.embedded.site import WORKERS

        celery = [sys.executable, "-m", "celery", "-A", "vinyl"]
        quick = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"]
        self._commands = {
            name: [*celery, "worker", "-Q", queues, "-P", "threads", "-c", threads, *quick]
            + ["-n", f"{name}@%h"]
            for name, queues, threads in WORKERS
        }
        self._commands["beat"] = [*celery, "beat", "-l", "WARNING", "--pidfile="]
        # As the supervisor starts them.
        self._environment = os.environ | {"DATABASE_URL": database, "CELERY_SKIP_CHECKS": "1"}
        # A shell that keeps Python from keeping compiled code would have each start compile anew.
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start_missing(self) -> None:
        for name, command in self._commands.items():
            found = self.running.get(name)
            if found is None or found.poll() is not None:
                with open(self._folder / f"{name}.log", "ab") as log:
                    self.running[name] = subprocess.Popen(
                        command, env=self._environment, stdout=log, stderr=log
                    )

    def kill(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def sandbox(speed: float) -> Iterator[str]:
    """The sandbox's address."""
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--smtp-port", "0"]
    process = subprocess.Popen([*command, "--speed", str(speed)], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _try in range(600):
            try:
                requests.get(f"{url}/_control/", timeout=1).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def use_database(name: str, *, made_from: str) -> str:
    """A fresh copy of a database for this process; its address for others."""
    from urllib.parse import urlsplit, urlunsplit

    import psycopg
    from django.conf import settings
    from django.db import connection

    connection.close()
    parts = urlsplit(settings.DATABASE_URL)
    admin = urlunsplit(parts._replace(path="/postgres"))
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{made_from}"')
    connection.settings_dict["NAME"] = name
    return urlunsplit(parts._replace(path=f"/{name}"))


def rows() -> dict[str, tuple[int, str]]:
    """The catalogue's tables."""
    from django.apps import apps
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("catalog").get_models():
            table = model._meta.db_table
            columns = {field.column for field in model._meta.concrete_fields}
            more = PRESSING if "release_id" in columns else ""
            cursor.execute(ROWS.format(table=table, more=more), [])
            count, digest = cursor.fetchone()
            found[table] = (count, digest)
    return found


def run(
    name: str, url: str, albums: list[int], folder: Path, *, made_from: str, every: float | None
) -> Outcome:
    """One sync of these albums from the same start; with `every`, its worker is killed so often."""
    from django.conf import settings
    from django.db.models import Count

    from vinyl.jobs import vitals
    from vinyl.jobs.models import Job
    from vinyl.jobs.registry import QUEUES
    from vinyl.jobs.services import enqueue

    database = use_database(name, made_from=made_from)
    for address in (settings.CACHE_URL, settings.BROKER_URL):
        vitals.client(address).flushdb()
    requests.post(f"{url}/_control/reset", timeout=5).raise_for_status()
    requests.delete(f"{url}/_control/counters", timeout=5).raise_for_status()
    workers = Workers(database, folder)
    workers.start_missing()
    kills = 0
    try:
        while {queue for one in vitals.workers() for queue in one.queues} != set(QUEUES):
            time.sleep(0.2)
        began = time.monotonic()
        for album in albums:
            enqueue(KIND, payload={"album_id": album}, dedupe_key=f"album:{album}")
        next_kill = began + every if every else float("inf")
        while Job.objects.filter(kind=KIND, state__in=Job.ACTIVE).exists():
            if time.monotonic() >= next_kill:
                workers.kill(VICTIMS[kills % len(VICTIMS)])
                kills += 1
                next_kill += every or 0
            workers.start_missing()
            time.sleep(0.1)
        seconds = time.monotonic() - began
    finally:
        workers.stop()
    counted: dict[str, Any] = requests.get(f"{url}/_control/counters", timeout=10).json()
    ended = Job.objects.filter(kind=KIND).values_list("state").order_by().annotate(Count("pk"))
    return Outcome(
        seconds=seconds,
        calls=counted["total"],
        refused=sum(n for status, n in counted["by_status"].items() if status.endswith("429")),
        kills=kills,
        states=dict(ended),
        rows=rows(),
    )


def albums_with_masters(count: int) -> list[int]:
    from catalog.models import ExternalId

    known = ExternalId.objects.filter(kind=ExternalId.Kind.ALBUM, source="discogs")
    return list(known.order_by("entity_id").values_list("entity_id", flat=True).distinct()[:count])


def report(calm: Outcome, killed: Outcome) -> None:
    for what, one in (("undisturbed", calm), ("killed", killed)):
        print(
            f"{what:12} {one.seconds:7.1f} s  {one.calls:5} calls ({one.refused} refused)  "
            f"{one.kills:3} kills  jobs {one.states}"
        )
    differing = [table for table in calm.rows if calm.rows[table] != killed.rows[table]]
    total = sum(count for count, _digest in killed.rows.values())
    print(f"rows         {total} in {len(killed.rows)} tables, differing: {differing or 'none'}")
    for table in differing:
        print(f"             {table}: {calm.rows[table][0]} rows, {killed.rows[table][0]} killed")
    print(f"calls        {100 * (killed.calls / calm.calls - 1):+.1f} %  (allowed: +10 %)")
    print(f"time         {killed.seconds / calm.seconds:.2f} times  (allowed: 2)")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a sync whose worker keeps dying.")
    parser.add_argument("--albums", type=int, default=200)
    parser.add_argument("--every", type=float, default=5.0)
    parser.add_argument("--speed", type=int, default=1)
    options = parser.parse_args()
    throwaway.start()
    os.environ["DJANGO_SETTINGS_MODULE"] = "vinyl.settings"
    try:
        with sandbox(options.speed) as url, tempfile.TemporaryDirectory() as folder:
            os.environ |= {"SANDBOX_URL": url, "BUDGET_SPEED": str(options.speed)}
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connection

            from catalog.services import load_catalogue

            call_command("migrate", verbosity=0)
            load_catalogue()
            albums = albums_with_masters(options.albums)
            start = str(connection.settings_dict["NAME"])
            print(f"{len(albums)} albums, limits {options.speed} times faster than real")
            calm = run("calm", url, albums, Path(folder), made_from=start, every=None)
            killed = run("killed", url, albums, Path(folder), made_from=start, every=options.every)
            report(calm, killed)
            connection.close()
    finally:
        throwaway.stop()


if __name__ == "__main__":
    main()
