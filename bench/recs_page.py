"""The page of recommendations and the making of a list, over a large catalogue.

    python -m bench.recs_page [--albums 50000] [--releases 500000] [--quotes 2000000]
        [--artists 10000] [--home FOLDER] [--people 50] [--seconds 40] [--pause 3] [--acts 20]
        [--bursts 3] [--workers 1]

Makes a catalogue (bench.big_catalogue, quotes by bench.best_price; about four minutes, so `--home
FOLDER` keeps it for the next time, for an hour or two: prices end) with genres and likeness of
artists, and people who play 200 artists and 500 albums and own 60 records each. Then:

model     a model of similarity is trained on generated listening and serves, so that a refresh
          asks one as a living site does
refresh   the list of each person is made (services.make_set): processor time of this process,
          which does the work, of the database's process besides, and how long it took
drawn     `/records/` of half the people for the first time after that, one after another, in this
          process with middleware and templates: nothing of it was drawn before
ahead     the cards of the other half are drawn as the job that makes a list does at its end; then
          their page is opened for the first time
alone     the same pages again, from the stored list and what is kept of it
at once   a server of its own (uvicorn, as `make run` starts it) and one client for each person,
          who opens the page, reads for about `--pause` seconds, and opens it again. The time is the
          server's own, from when it has read the request to its answer, as the site writes it into
          its log for every request: the clients' own work is not in it, waiting for a turn, the
          processor and the database is. "At once" are people who are there at the same time and
          read what they opened: with 50 of them and three seconds, 16 pages a second, at times of
          chance. Clients that ask again without a pause would be many more people. Every
          `--acts`th visit begins with a button of a card, pressed as a browser with script does:
          half of the time an album is kept or released, else one is dismissed, and the next time
          that is undone. That makes the next page a new one. The acts, the pages after them and
          the others are told apart, and 0 leaves acts out
burst     everybody's request is sent at the same instant, `--bursts` times: the worst that 50
          people can do to the server. Told, not judged

Fails when the 99th percentile at once of all pages, those after an act among them, is 50 ms or
more, when a refresh takes 500 ms of processor time in the median, or when a page asks more than
nine statements.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import http.client
import io
import json
import os
import random
import re
import socket
import statistics
import string
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.best_price import TERRITORIES, make_quotes
from bench.database import ROOT, manage, own_services

PAGE_MS, REFRESH_MS, MOST_STATEMENTS = 50.0, 500.0, 9
GENRES = (
    "Rock", "Electronic", "Jazz", "Funk / Soul", "Folk, World, & Country", "Hip Hop", "Pop",
    "Reggae", "Classical", "Blues", "Latin", "Stage & Screen",
)  # fmt: skip
ARTISTS_PLAYED, ALBUMS_PLAYED, RECORDS_OWNED, NEIGHBOURS = 200, 500, 60, 20
PAGES, ACTS = "GET /records/ ->", "POST /records/<int"
ALBUM = re.compile(rb'id="album-([0-9]+)"')
PASSWORD = "a-quiet-groove-42"  # noqa: S105 - of people who exist in this benchmark only


def dress(artists: int) -> None:
    """Genres and styles by artist, and the likeness of each to twenty others of its genre."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_album b SET genres = ARRAY[(%s::text[])[1 + c.artist_id %% 12]],"
            " styles = ARRAY['Style ' || (c.artist_id %% 97), 'Style ' || (b.id %% 151)]"
            " FROM catalog_albumartist c WHERE c.album_id = b.id",
            [list(GENRES)],
        )
        cursor.execute(
            "INSERT INTO catalog_similarartist (artist_id, other_id, score, source, seen_at)"
            " SELECT a, 1 + (a + 12 * n * n - 1) %% %s, round((1.0 / (n + 1))::numeric, 4),"
            " 'listenbrainz', now() FROM generate_series(1, %s) a, generate_series(1, %s) n"
            " WHERE 1 + (a + 12 * n * n - 1) %% %s <> a ON CONFLICT DO NOTHING",
            [artists, artists, NEIGHBOURS, artists],
        )
        cursor.execute("VACUUM ANALYZE catalog_album")
        cursor.execute("VACUUM ANALYZE catalog_similarartist")


def make_people(number: int, artists: int, draw: random.Random) -> None:
    """People with listening and shelves; artists are drawn by how well known they are."""
    from django.utils import timezone

    from accounts.models import Listening, Owned, Snapshot, User
    from catalog.models import AlbumArtist

    owner = dict(AlbumArtist.objects.values_list("album_id", "artist_id"))
    albums = list(owner)
    for place in range(number):
        person = User.objects.create_user(f"bench{place}@vinilogy.test", PASSWORD)
        snapshot = Snapshot.objects.create(
            user=person, source="listenbrainz", taken_at=timezone.now(), plays=40_000
        )
        played = draw.sample(range(1, artists + 1), ARTISTS_PLAYED)
        heard = draw.sample(albums, ALBUMS_PLAYED)
        lines = [("artist", one, None, 3_000 // (rank + 1)) for rank, one in enumerate(played)]
        lines += [
            ("album", owner[one], one, 900 // (rank + 1) + 1) for rank, one in enumerate(heard)
        ]
        Listening.objects.bulk_create(
            Listening(
                snapshot=snapshot, kind=kind, period=period, artist_name=f"Artist {artist}",
                title="" if album is None else f"Album {album}", artist_id=artist,
                album_id=album, plays=max(1, plays // share),
            )
            for kind, artist, album, plays in lines
            for period, share in (("all", 1), ("12m", 4))
        )  # fmt: skip
        Owned.objects.bulk_create(
            Owned(user=person, album_id=album, added_at=timezone.now())
            for album in draw.sample(albums, RECORDS_OWNED)
        )


def teach(artists: int) -> None:
    """Train a model on generated listening of the catalogue's artists and let it serve."""
    import numpy as np

    from bench.recommender_scale import made
    from recommendations.similarity import linear, store
    from recommendations.similarity.training import Settings, fit

    linear.HEAD = 2_000
    material = made(4_000, artists, 40)
    model = fit(np.arange(1, artists + 1), material, Settings(), say=lambda _text: None)
    facts = {"artists": artists, "people": 4_000, "rows": int(material.plays.nnz)}
    store.put_in_use(store.keep(model, version="bench", facts=facts))


def refreshes(people: list[Any]) -> bool:
    """Make everybody's list, once to warm up and once to measure."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from recommendations import services
    from recommendations.models import RecommendationSet

    services.make_set(people[0])
    RecommendationSet.objects.all().delete()
    gc.collect()
    gc.freeze()  # as the site's workers do once they are loaded
    work, asked, taken, rows = [], [], [], []
    for person in people:
        database = connection.connection.info.backend_pid
        before = spent_by(database)
        began, spent = time.perf_counter(), time.process_time()
        made = services.make_set(person)
        work.append(1000 * (time.process_time() - spent))
        asked.append(1000 * (spent_by(database) - before))
        taken.append(1000 * (time.perf_counter() - began))
        rows.append(made.set.items.count())
    RecommendationSet.objects.filter(user=people[0]).delete()
    with CaptureQueriesContext(connection) as watched:
        services.make_set(people[0])
    middle = statistics.median(work)
    print(
        f"refresh of {len(people)} lists: work {middle:.0f} ms in the median"
        f" ({max(work):.0f} at most), the database's besides {statistics.mean(asked):.0f} on"
        f" average, taken {statistics.median(taken):.0f} ({max(taken):.0f} at most);"
        f" {len(watched)} statements, {statistics.median(rows):.0f} albums stored"
    )
    return middle < REFRESH_MS


def spent_by(process: int) -> float:
    """Seconds of processor that a process used so far; 0 where the system does not tell."""
    try:
        words = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def alone(people: list[Any]) -> bool:
    """One page after another, in this process: drawn, drawn ahead, then again."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    clients = []
    for person in people:
        clients.append(Client())
        # One server: it looks through the folder of static files once, and not for each person.
        clients[-1].handler = clients[0].handler
        clients[-1].force_login(person)
    clients[0].get("/records/?tab=new")  # templates are read
    half = len(people) // 2
    with CaptureQueriesContext(connection) as first:
        clients[0].get("/records/")
        statements = len(first)
    drawn = [_asked_for(client) for client in clients[1 : half + 1]]
    ahead = _drawn_ahead(people[half + 1 :])
    work = [_asked_for(client) for client in clients[half + 1 :]]
    again = [_asked_for(client) for client in clients for _ in range(4)]
    with CaptureQueriesContext(connection) as watched:
        answer = clients[0].get("/records/")
    print(f"page drawn: {statements} statements, {_told(drawn)}")
    print(f"page whose cards the job drew ahead ({ahead:.0f} ms of work there): {_told(work)}")
    print(
        f"page again: {len(watched)} statements, {len(answer.content) / 1024:.0f} KB,"
        f" {_told(again)}, {answer.content.count(b'data-card data-row')} cards"
    )
    return max(len(watched), statements) <= MOST_STATEMENTS


def _drawn_ahead(people: list[Any]) -> float:
    """What the job does for each of them; milliseconds of work in the median."""
    from recommendations.ahead import draw_ahead

    spent = []
    for person in people:
        began = time.process_time()
        draw_ahead(person)
        spent.append(1000 * (time.process_time() - began))
    return statistics.median(spent)


def _told(asked: list[tuple[float, float]]) -> str:
    work = statistics.median(one[1] for one in asked)
    return f"{_figures([one[0] for one in asked])}, work {work:.1f} ms"


def _asked_for(client: Any) -> tuple[float, float]:
    """Milliseconds of a page, and of this process's work on it."""
    began, spent = time.perf_counter(), time.process_time()
    answer = client.get("/records/")
    taken = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - spent)
    assert answer.status_code == 200
    return taken


def _figures(taken: list[float]) -> str:
    ordered = sorted(taken)
    p95, p99 = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.95, 0.99))
    return f"median {statistics.median(ordered):.1f} ms, 95 % {p95:.1f} ms, 99 % {p99:.1f} ms"


# --- at once ---------------------------------------------------------------------------------


@contextlib.contextmanager
def server(environment: dict[str, str], workers: int, log: Path) -> Iterator[tuple[int, int]]:
    """uvicorn on a free port, its log lines in a file: the port and the process."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    given = environment | {
        "LOG_LEVEL": "INFO", "DJANGO_SETTINGS_MODULE": "vinyl.settings",
        "PUBLIC_URL": f"http://127.0.0.1:{port}", "DATABASE_POOL": "16",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "uvicorn", "vinyl.asgi:application", "--port", str(port),
        "--workers", str(workers), "--lifespan", "off", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=given, stdout=out, stderr=out)
        try:
            for _ in range(240):
                time.sleep(0.25)
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(20)


@dataclass(frozen=True)
class Crowd:
    """How people come: seconds of it, seconds that somebody reads, every how manieth visit begins
    by keeping or releasing an album, how often all come at one instant."""

    seconds: float
    pause: float
    acts: int
    bursts: int


def at_once(environment: dict[str, str], people: list[Any], crowd: Crowd, *, workers: int) -> bool:
    """Everybody opens the page, reads, opens it again; the server's own figures."""
    visitors = [Visitor(person, number, crowd) for number, person in enumerate(people)]
    log = Path(environment["VINILOGY_HOME"]) / "server.log"
    with server(environment, workers, log) as (port, process):
        for _ in range(workers * 2):
            visitors[0].read(port)
        until = time.monotonic() + 3 + crowd.seconds
        threads = [threading.Thread(target=one.visit, args=(port, until)) for one in visitors]
        for one in threads:
            one.start()
        time.sleep(3)  # everybody has been there once: connections and templates are warm
        mark, before = log.stat().st_size, spent_by(process)
        for one in threads:
            one.join()
        taken = list(_logged(log, mark))
        acts = [ms for _name, ms in _logged(log, mark, ACTS)]
        work = 1000 * (spent_by(process) - before) / max(1, len(taken))
        told_drawn = {name for one in visitors for name in one.drawn}
        mark = log.stat().st_size
        for _ in range(crowd.bursts):
            _burst(visitors, port)
            time.sleep(1)
        burst = [ms for _name, ms in _logged(log, mark)]
    load = os.getloadavg()[0]
    drawn = [ms for name, ms in taken if name in told_drawn]
    stored = [ms for name, ms in taken if name not in told_drawn]
    print(
        f"page with {len(people)} people at once ({workers} processes,"
        f" {len(taken) / crowd.seconds:.1f} pages a second, load {load:.1f}):"
        f" {_figures(stored)}"
        + (f", work {work:.1f} ms a page, acts in it" if workers == 1 else "")
    )
    if drawn:
        print(f"  after somebody acted, {len(drawn)}: {_figures(drawn)}")
    if acts:
        print(f"  the acts with their answers, {len(acts)}: {_figures(acts)}")
    every = [ms for _name, ms in taken]
    print(f"  all {len(every)} pages together: {_figures(every)}")
    if burst:
        print(f"all {len(people)} at the same instant: {_figures(burst)}")
    refused = sum(one.refused for one in visitors)
    if refused:
        print(f"{refused} requests were answered with no page")
    ordered = sorted(every)
    return (
        bool(every)
        and not refused
        and ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] < PAGE_MS
    )


class Visitor:
    """One person's browser. `albums` stood on the page that they read last, `drawn` are the ids of
    the requests after they changed something, `refused` counts answers that were no page."""

    def __init__(self, person: Any, number: int, crowd: Crowd) -> None:
        from django.test import Client

        client = Client()
        client.force_login(person)
        secret = "".join(random.Random(number).choices(string.ascii_letters, k=32))
        session = client.cookies["sessionid"].value
        self.cookie = f"sessionid={session}; csrftoken={secret}"
        self.secret = secret
        self.person, self.crowd, self.number = person, crowd, number
        self.draw = random.Random(number)
        self.albums: list[int] = []
        self.dismissed: int | None = None
        self.drawn: list[str] = []
        self.refused = 0

    def visit(self, port: int, until: float) -> None:
        pause, visits = self.crowd.pause, self.number
        time.sleep(self.draw.uniform(0, min(pause, 3)))
        while time.monotonic() < until:
            visits += 1
            acts = bool(self.crowd.acts and self.albums) and visits % self.crowd.acts == 0
            if acts:
                self.act(port)
            name = f"bench-{self.number}-{visits}"
            self.read(port, name)
            if acts:
                self.drawn.append(name)
            time.sleep(self.draw.uniform(0.5 * pause, 1.5 * pause))

    def act(self, port: int) -> None:
        """Press a button of a card, as a browser with script does."""
        if self.draw.random() < 0.5:
            self.post(port, f"/records/{self.draw.choice(self.albums)}/keep/")
        elif self.dismissed is None:
            self.dismissed = self.draw.choice(self.albums)
            self.post(port, f"/records/{self.dismissed}/dismiss/")
        else:
            self.post(port, f"/records/{self.dismissed}/undo/", "what=dismiss")
            self.dismissed = None

    def post(self, port: int, path: str, form: str = "") -> None:
        here = f"http://127.0.0.1:{port}"
        given = {
            "Cookie": self.cookie, "X-CSRFToken": self.secret, "HX-Request": "true",
            "HX-Current-URL": f"{here}/records/", "Origin": here,
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        self.ask(port, "POST", path, form, given)

    def read(self, port: int, name: str = "") -> None:
        given = {"Cookie": self.cookie} | ({"X-Request-ID": name} if name else {})
        page = self.ask(port, "GET", "/records/", "", given)
        self.albums = [int(one) for one in ALBUM.findall(page)]

    def ask(self, port: int, method: str, path: str, form: str, given: dict[str, str]) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path, form, headers=given)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert body
        self.refused += answer.status != 200
        return body


def _burst(visitors: list[Visitor], port: int) -> None:
    """All of them at one instant."""
    gate = threading.Barrier(len(visitors))

    def come(one: Visitor) -> None:
        gate.wait()
        one.read(port)

    threads = [threading.Thread(target=come, args=(one,)) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _logged(log: Path, mark: int, which: str = PAGES) -> Iterator[tuple[str, float]]:
    """(request, ms) as the server says of each page, or act, from this place of its log on."""
    with log.open("rb") as lines:
        lines.seek(mark)
        for line in lines:
            with contextlib.suppress(ValueError):
                told = json.loads(line)
                if told.get("logger") == "vinyl.requests" and which in told["message"]:
                    yield str(told.get("request_id", "")), float(told["ms"])


def ready(environment: dict[str, str], options: argparse.Namespace) -> list[Any]:
    """The people; the catalogue and they are made where this home has none."""
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from bench.big_catalogue import make
    from catalog.models import Album, Artist, Release
    from pricing.models import Quote
    from recommendations.models import Dismissal, Lock

    if not User.objects.exists():
        make(
            environment["DATABASE_URL"], artists=options.artists, albums=options.albums,
            releases=options.releases, bare=True,
        )  # fmt: skip
        make_quotes(options.quotes, TERRITORIES[:10])
        call_command("rebuild_best_prices", stdout=io.StringIO())
        dress(options.artists)
        teach(options.artists)
        make_people(options.people, options.artists, random.Random(7))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    people = list(User.objects.order_by("pk")[: options.people])
    for one in (Dismissal, Lock):  # of the time before
        one.objects.all().delete()
    counts = [f"{one.objects.count():,}" for one in (Artist, Album, Release, Quote)]
    print(
        "{} artists, {} albums, {} releases, {} quotes,".format(*counts),
        f"{len(people)} people; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return people


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, help="keep all in this folder, for the next time")
    parser.add_argument("--artists", type=int, default=10_000)
    parser.add_argument("--albums", type=int, default=50_000)
    parser.add_argument("--releases", type=int, default=500_000)
    parser.add_argument("--quotes", type=int, default=2_000_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--pause", type=float, default=3, help="seconds that somebody reads")
    parser.add_argument("--acts", type=int, default=20, help="every how manieth visit acts")
    parser.add_argument("--bursts", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="processes of the server")
    options = parser.parse_args()
    with own_services(options.home) as environment:
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="vinyl.settings", LOG_LEVEL="ERROR")
        import django

        django.setup()
        from django.db import connection

        manage("collectstatic", "--no-input", "--verbosity", "0", environment=environment)
        people = ready(environment, options)
        holds = [refreshes(people), alone(people)]
        crowd = Crowd(options.seconds, options.pause, options.acts, options.bursts)
        holds.append(at_once(environment, people, crowd, workers=options.workers))
        print("holds" if all(holds) else "DOES NOT HOLD")
        connection.close()
    sys.exit(0 if all(holds) else 1)


if __name__ == "__main__":
    main()
