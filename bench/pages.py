"""Album and artist pages over a large catalogue: server time and number of queries.

    python -m bench.pages [--albums 50000] [--releases 500000] [--times 40] [--home FOLDER]

The album has 200 pressings, the artist 300 albums (bench.big_catalogue). A page is asked of Django
in this process, with the whole middleware and the templates, signed in and not. Also the page of
the pressing finder and that of the search. Fails when the median is over 60 ms or when the number
of queries is another one for an album with one pressing or an artist with one album.

`work` is the processor time of a page: the least of this process and the mean of the database's. On
a machine that has more to do than cores the median tells of the others' work, so there `work` is
held against the limit instead, and the last line says so.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from bench.database import own_services

LIMIT_MS = 60.0


def report(times: int) -> bool:
    """Prints a line for each page; whether all hold."""
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    from django.contrib.auth import get_user_model

    person = get_user_model().objects.filter(email="bench@vinilogy.test").first()
    person = person or get_user_model().objects.create_user(
        "bench@vinilogy.test", "a-quiet-groove-42"
    )
    holds = True
    print(f"{'page':40} {'KB':>6}  queries   first      p50      p95     work ms")
    for who, signed_in in (("anybody", False), ("signed in", True)):
        client = Client()
        if signed_in:
            client.force_login(person)
        for name, large, small in _addresses():
            holds &= _page(client, f"{name}, {who}", large, small, times)
    judged = ", judged by work: the machine is busy" if _busy() else ""
    print(
        f"holds{judged}" if holds
        else f"DOES NOT HOLD: at most {LIMIT_MS} ms, one number of queries{judged}"
    )  # fmt: skip
    return holds


def _addresses() -> list[tuple[str, str, str]]:
    """(name, address with much on it, address of the same page with little)."""
    from catalog.models import Album, AlbumArtist, Release

    single = AlbumArtist.objects.order_by("-artist_id").values_list("artist_id", flat=True)[0]
    few = Album.objects.filter(popularity=1).values_list("pk", flat=True)[0]
    release = Release.objects.filter(album_id=1).exclude(barcode="").first()
    assert release is not None
    number = release.barcode
    return [
        ("album, 200 pressings", "/albums/1/", f"/albums/{few}/"),
        ("artist, 300 albums", "/artists/1/", f"/artists/{single}/"),
        ("search, all kinds", "/search/?q=love", "/search/?q=love"),
        ("finder, barcode", f"/find/?q={number}", f"/find/?q={number}"),
        ("finder, half a runout", "/find/?q=LB+1123+A", "/find/?q=LB+1123+A"),
    ]


def _page(client: Any, name: str, large: str, small: str, times: int) -> bool:
    queries = [_queries(client, address) for address in (large, small)]
    taken: list[float] = []
    work: list[float] = []
    size, database = 0, _database_ms()
    for _ in range(times):
        began, spent = time.perf_counter(), time.process_time()
        answer = client.get(large)
        work.append(1000 * (time.process_time() - spent))
        taken.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, f"{large}: {answer.status_code}"
        size = len(answer.content)
    ordered = sorted(taken)
    middle, late = statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
    worked = min(work) + (_database_ms() - database) / times
    same = queries[0] == queries[1]
    print(
        f"{name:40} {size / 1024:6.0f} {queries[0]:4}{' ' if same else f' ({queries[1]})'}"
        f"     {taken[0]:6.1f}   {middle:6.1f}   {late:6.1f}   {worked:6.1f}"
    )
    return (worked if _busy() else middle) <= LIMIT_MS and same


def _busy() -> bool:
    return os.getloadavg()[0] > (os.cpu_count() or 1)


def _database_ms() -> float:
    """Processor time so far of the database's process that answers this one, in ms (Linux)."""
    from django.db import connection

    connection.ensure_connection()
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text(encoding="ascii")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return 1000 * (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _queries(client: Any, address: str) -> int:
    """How many statements a page costs, the second time it is asked for."""
    from django.db import connection

    counted = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal counted
        counted += 1
        return execute(sql, params, many, context)

    client.get(address)
    with connection.execute_wrapper(count):
        client.get(address)
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--albums", type=int, default=50_000)
    parser.add_argument("--releases", type=int, default=500_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--home", type=Path, help="keep all in this folder, for the next time")
    options = parser.parse_args()
    with own_services(options.home) as environment:
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="vinyl.settings", LOG_LEVEL="ERROR")
        import django

        django.setup()
        from bench.big_catalogue import make

        size = make(environment["DATABASE_URL"], albums=options.albums, releases=options.releases)
        print(f"{size}; load {os.getloadavg()[0]:.1f}")
        holds = report(options.times)
        from django.db import connection

        connection.close()
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
