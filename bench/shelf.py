"""A shelf of 5,000 copies: read from Discogs in few calls, and through a file and back.

    python -m bench.shelf [--copies 5000] [--seed 1]

Starts its own throw-away PostgreSQL and Valkey and a sandbox whose limits are off, gives one of its
listeners that many copies, and reads the shelf by the product's own job. The sandbox counts; the
least possible number of calls is printed with its formula. Then a collection file of as many rows,
in other words than ours (several labels, quotes, line breaks, formulas, blank dates), is brought by
another person, stored and taken away again: rows equal, seconds, and this process's peak memory.
"""

from __future__ import annotations

import argparse
import csv
import io
import logging
import math
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sandbox.server import ThreadedServer
from sandbox.world import load_world
from tests import throwaway

LISTENER = "ida_synth"
A_PAGE = 100
FIRST_INSTANCE = 990_000_000
MEDIA = ("Mint (M)", "Near Mint (NM or M-)", "Very Good Plus (VG+)", "Very Good (VG)", "")
SLEEVES = (*MEDIA, "Generic", "Not Graded", "No Cover")
NOTES = ("", "", "", "bought in Utrecht", 'a "quiet" copy', "two\nlines", "=1+1", "-10 EUR", "'=x")


def give_copies(server: ThreadedServer, count: int, seed: int) -> list[int]:
    """Put so many copies of random records on the listener's shelf; their release ids."""
    world = load_world()
    known = [
        one.id for album in world.albums if album.pressings
        for one in world.versions(album) if one.vinyl
    ]  # fmt: skip
    chosen = random.Random(seed).choices(sorted(set(known)), k=count)
    memory = server.app.state.memory
    person = server.app.people.get(LISTENER)
    assert person is not None
    memory.collection_removed[LISTENER] = [one.instance_id for one in person.collection]
    memory.collection_added[LISTENER] = [
        {"instance_id": FIRST_INSTANCE + at, "release_id": number, "folder_id": 1}
        for at, number in enumerate(chosen)
    ]
    return chosen


def point_at(server: ThreadedServer) -> None:
    """The product asks this sandbox, as fast as it answers."""
    from django.conf import settings

    settings.SANDBOX_URL = server.url
    settings.UPSTREAM_URLS = {
        name: f"{server.url}/{name.replace('_', '-')}" for name in settings.UPSTREAM_URLS
    }
    settings.BUDGET_SPEED = 600


def run(job: Any, *kinds: str) -> float:
    """Run a job to its end; the seconds that took."""
    from vinyl.jobs.services import run_pending_jobs

    begun = time.perf_counter()
    run_pending_jobs(set(kinds), ignore_waits=True, limit=2000)
    seconds = time.perf_counter() - begun
    job.refresh_from_db()
    if job.state != "done":
        sys.exit(f"the job ended as {job.state}: {job.error_message} {job.error_detail}")
    return seconds


def measure_reading(server: ThreadedServer, copies: int) -> None:
    from accounts.models import Owned, User
    from accounts.services import start_shelf_sync
    from accounts.services.shelf_sync import SHELF

    user = User.objects.create(email="reader@example.test")
    for reading in ("first", "again"):
        server.app.state.journal.__init__()  # type: ignore[misc]  # as its own control does
        seconds = run(start_shelf_sync(user, username=LISTENER), SHELF)
        calls = server.app.state.journal.by_upstream.get("discogs", 0)
        stored = Owned.objects.filter(user=user).count()
        wants = user.wants.count()
        least = math.ceil(copies / A_PAGE) + max(1, math.ceil(wants / A_PAGE))
        print(
            f"reading, {reading}: {stored} copies and {wants} wants in {calls} calls;"
            f" the least is ceil({copies}/{A_PAGE}) + max(1, ceil({wants}/{A_PAGE})) = {least}"
            f" (of one's own linked shelf one more, for the folders' names); {seconds:.1f} s"
        )


def make_file(numbers: list[int], seed: int) -> str:
    """A collection file with one row for each number."""
    from accounts.csv.rows import COLUMNS, SHELF
    from catalog.models import Release

    chance = random.Random(seed)
    known = Release.objects.select_related("album").in_bulk(numbers, field_name="discogs_id")
    target = io.StringIO(newline="")
    table = csv.writer(target)
    table.writerow(COLUMNS[SHELF])
    for number in numbers:
        release = known[number]
        year, month, day = (chance.randrange(*ends) for ends in ((2010, 2026), (1, 13), (1, 29)))
        date = f"{year}-{month:02}-{day:02}"
        clock = f"{chance.randrange(24):02}:{chance.randrange(60):02}:{chance.randrange(60):02}"
        table.writerow(
            [
                f"{release.catalogue_number}, {chance.randrange(1000)}",
                f"{release.album.artist_line}{chance.choice(('', ' (2)', ' , Somebody'))}",
                f"{release.title}{chance.choice(('', ' = Otro Título'))}",
                f"{release.label}, {release.label}",
                release.format.replace("Reissue", "RE"),
                chance.choice(("", "", "3", "5")),
                str(release.year or ""),
                number,
                chance.choice(("Uncategorized", "Jazz", "+ Sundays")),
                f"{date} {clock}",
                chance.choice(MEDIA),
                chance.choice(SLEEVES),
                chance.choice(NOTES),
            ]
        )
    return target.getvalue()


def measure_round_trip(numbers: list[int], seed: int) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from accounts.csv.neutral import undone
    from accounts.models import User
    from accounts.services import shelf_files
    from accounts.services.shelf_lines import shelf_file

    text = make_file(numbers, seed)
    user = User.objects.create(email="bringer@example.test")
    file, job = shelf_files.bring_file(
        user, "shelf", SimpleUploadedFile("collection.csv", text.encode())
    )
    looked = run(job, shelf_files.READ)
    counted = shelf_files.tally(file)
    stored = run(shelf_files.store_file(file), shelf_files.STORE)
    counted = shelf_files.tally(file)
    begun = time.perf_counter()
    taken = shelf_file(user)
    wrote = time.perf_counter() - begun
    before, after = (
        [[undone(cell) for cell in row] for row in csv.reader(io.StringIO(one, newline=""))]
        for one in (text, taken)
    )
    equal = sum(one == other for one, other in zip(before, after, strict=False))
    print(
        f"file: {counted.rows} rows = {counted.stored} stored + {counted.skipped} skipped"
        f" + {counted.failed} failed; looked through in {looked:.1f} s, stored in {stored:.1f} s,"
        f" taken away in {wrote:.1f} s ({len(text) / 1e6:.2f} MB)"
    )
    print(f"round trip: {equal - 1} of {len(before) - 1} rows equal, and the header")
    if before != after:
        sys.exit("the rows that came back are not those that went in")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    throwaway.start()
    os.environ["DJANGO_SETTINGS_MODULE"] = "vinyl.settings"
    import django

    django.setup()
    logging.disable(logging.INFO)
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory() as folder, ThreadedServer(speed=600, smtp=False) as server:
        settings.MEDIA_ROOT = str(Path(folder))
        server.app.state.limits.on = False
        point_at(server)
        numbers = give_copies(server, asked.copies, asked.seed)
        measure_reading(server, asked.copies)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        measure_round_trip(numbers, asked.seed)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory: {peak:.0f} MB, of which {before:.0f} before the file")
    throwaway.stop()


if __name__ == "__main__":
    main()
