"""What the door costs: the same calls through it and through the bare HTTP client, in one run.

    python -m bench.door_overhead [--calls 2000]

A small HTTP server in a process of its own answers both at once; the two kinds of call take
turns, so that a busy machine slows both alike. Through the door go different questions, each a
miss in its memory: the dearest ordinary call.
"""

from __future__ import annotations

import argparse
import cProfile
import logging
import os
import pstats
import socketserver
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from tests import throwaway

BODY = b'{"id": 45, "name": "Aphex Twin", "profile": "' + b"x" * 2_000 + b'"}'
ALLOWED_MS = 2.0


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        # What Discogs reports goes into the shared budget: that has its price too.
        self.send_header("X-Discogs-Ratelimit-Remaining", "60")
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *args: object) -> None:
        pass


def serve() -> None:
    """Prints its port and serves until it is ended."""
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def measure(url: str, calls: int, profile: bool) -> None:
    import django

    django.setup()
    import requests
    from django.conf import settings
    from django.core.management import call_command

    from vinyl.upstreams import door
    from vinyl.upstreams.door import Ask, Lane

    call_command("migrate", verbosity=0)
    settings.UPSTREAM_URLS = settings.UPSTREAM_URLS | {"discogs": url}
    settings.BUDGET_SPEED = 1_000_000
    bare = requests.Session()
    number = 0

    def through_the_door() -> None:
        nonlocal number
        number += 1
        path = f"/artists/{number}"
        door.call(Ask("discogs", "discogs", path, lane=Lane.INTERACTIVE)).json()

    def by_itself() -> None:
        bare.get(f"{url}/artists/{number}", timeout=(3, 10)).json()

    for work in (through_the_door, by_itself) * 50:
        work()
    if profile:
        recorded = cProfile.Profile()
        recorded.enable()
        for _ in range(calls):
            through_the_door()
        recorded.disable()
        pstats.Stats(recorded).sort_stats("tottime").print_stats(45)
        return
    doors, bares = [], []
    for _ in range(calls):
        bares.append(timed(by_itself))
        doors.append(timed(through_the_door))
    for name, times in (("bare", bares), ("door", doors)):
        ordered = sorted(times)
        print(
            f"{name:10} median {statistics.median(ordered):6.2f} ms   mean "
            f"{statistics.fmean(ordered):6.2f}   95th percentile {ordered[int(calls * 0.95)]:6.2f}"
        )
    more = statistics.median(doors) - statistics.median(bares)
    mean = statistics.fmean(doors) - statistics.fmean(bares)
    verdict = "under" if max(more, mean) < ALLOWED_MS else "OVER"
    print(
        f"overhead   median {more:6.2f} ms   mean {mean:6.2f}   {verdict} {ALLOWED_MS:g} ms a call"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the door adds to a call.")
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--profile", action="store_true", help="where the time goes instead")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    throwaway.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
    command = [sys.executable, "-m", "bench.door_overhead", "--serve"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # log lines are made and written, not shown
        measure(url, options.calls, options.profile)
    finally:
        server.terminate()
        server.wait(5)
        throwaway.stop()
    logging.shutdown()


if __name__ == "__main__":
    main()
