"""Loading a Discogs dump: ours beside discogskit, then the promises about running it again.

    python -m bench.dump_import --releases 300000 --peer path/to/discogskit --kills 10

Both load the same .xml.gz into the same PostgreSQL with the same settings, one after the other:
from the packed file to tables that can be queried with all their indexes, everything logged. The
peer stores every format and 12 tables, ours the pressings on vinyl, shellac, flexi, lathe cut and
acetate with the catalogue around them, so rows are printed for both.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import math
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import psutil
import psycopg

from bench.database import ROOT, own_services
from catalog.dumps import careful, native
from catalog.dumps.records import bare_name, discs_of, format_words, is_unofficial, medium_of
from catalog.matching import normalise_number

REAL_RELEASES = 19_500_000
# Everything that must be the same however often an import was stopped, by natural keys.
_STATE = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT concat_ws('|', r.discogs_id, r.content_hash, r.title, r.country, r.released, r.year,
        r.label, r.catalogue_number, r.barcode, r.medium, r.discs, r.format, r.is_unofficial,
        r.genres, r.styles, r.tracklist::jsonb, r.companies::jsonb,
        b.title, b.artist_line, b.year, b.genres,
        (SELECT string_agg(a.name || coalesce(c.credited_as, ''), ',' ORDER BY c.position)
         FROM catalog_albumartist c JOIN catalog_artist a ON a.id = c.artist_id
         WHERE c.album_id = b.id),
        (SELECT string_agg(concat(l.name, l.catno), ',' ORDER BY l.position)
         FROM catalog_releaselabel l WHERE l.release_id = r.id),
        (SELECT string_agg(concat(f.name, f.quantity, f.text, f.descriptions), ','
             ORDER BY f.position)
         FROM catalog_releaseformat f WHERE f.release_id = r.id),
        (SELECT string_agg(concat(i.kind, i.value, i.normalised), ',' ORDER BY i.position)
         FROM catalog_releaseidentifier i WHERE i.release_id = r.id)) AS line
    FROM catalog_release r JOIN catalog_album b ON b.id = r.album_id
    UNION ALL
    SELECT concat_ws('|', kind, text, normalised, words, popularity, popular)
    FROM catalog_searchentry
    UNION ALL SELECT concat_ws('|', kind, source, value) FROM catalog_externalid
    UNION ALL SELECT concat_ws('|', word, weight) FROM catalog_searchword) rows
"""
_COUNTS = (
    "catalog_release", "catalog_releaselabel", "catalog_releaseformat",
    "catalog_releaseidentifier", "catalog_album", "catalog_albumartist", "catalog_artist",
    "catalog_externalid", "catalog_searchentry",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """`cpu` of its own processes, `server_cpu` of PostgreSQL, both in seconds; `memory_mb` the
    highest sum over its processes of their PSS: what they share is counted once."""

    seconds: float
    cpu: float
    server_cpu: float
    memory_mb: float
    said: str


def main() -> None:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="vinilogy-dump-")) if not options.data else options.data
    file = _data(folder, options.releases)
    size = file.stat().st_size
    print(f"{file.name}: {options.releases:,} records, {size / 1e6:,.0f} MB packed")
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    peer = _peer(options.peer, file, options.releases) if options.peer else None
    with own_services() as environment:
        _compile(environment)
        ours = _import(file, environment)
        _print("ours", options.releases, ours, _rows(environment))
        if peer is not None:
            print(
                f"records read a second, ours / peer: {peer.seconds / ours.seconds:.2f}; "
                f"CPU with PostgreSQL, peer / ours: {_all(peer) / _all(ours):.2f}"
            )
        print(f"load average: {os.getloadavg()[0]:.1f}")
        _extrapolate(ours, options.releases)
        with psycopg.connect(_plain(environment["DATABASE_URL"])) as db:
            chunks = _chunks(db)
        state = _promises(file, folder, environment)
    if options.kills:
        with own_services() as environment:
            killed = _killed(file, environment, options.kills, ours.seconds, chunks)
            print(f"after {killed} kills: same rows: {_same(environment, state)}")
    print(f"load average after: {os.getloadavg()[0]:.1f}")


def _compile(environment: dict[str, str]) -> None:
    """The library of the quick way, as after the first import of an installation; the peer comes
    compiled, too."""
    started = time.monotonic()
    folder = Path(environment["VINILOGY_HOME"]) / "native"
    quick = native.prepared(environment.get("DUMP_COMPILER", "cc"), folder)
    print(quick.reason or f"library compiled in {time.monotonic() - started:.1f} s")


def _told(run: Run) -> str:
    """What the importer says it has read and changed."""
    found = re.search(r"[\d,]+ new, [\d,]+ changed, [\d,]+ as before", run.said)
    return found[0] if found else "nothing"


def _all(run: Run) -> float:
    return run.cpu + run.server_cpu


def _extrapolate(ours: Run, records: int) -> None:
    """What all of Discogs' releases would take here: reading and copying grow with the records,
    sorting for indexes with n log n. Caches that no longer hold an index are not in it."""
    found = re.search(r"([\d.,]+) s of it after the last record", ours.said)
    assert found is not None
    after = float(found[1].replace(",", ""))
    times = REAL_RELEASES / records
    seconds = (ours.seconds - after) * times
    seconds += after * times * math.log(REAL_RELEASES) / math.log(records)
    print(
        f"{after:.1f} s of it after the last record; {REAL_RELEASES:,} records at these rates, "
        f"indexes as n log n: {seconds / 3600:.2f} h"
    )


def _promises(file: Path, folder: Path, environment: dict[str, str]) -> str:
    """What is said about the rows, and about importing once more; the state after the file."""
    _equal_to_lxml(file, environment)
    state = _state(environment)
    again = _import(file, environment)
    print(
        f"the same file again: {again.seconds:.1f} s, CPU {_all(again):.1f} s; "
        f"same rows: {_same(environment, state)}"
    )
    changed, number = _changed(file, folder)
    some = _import(changed, environment)
    print(
        f"2 % changed ({number:,} records): {some.seconds:.1f} s, CPU {_all(some):.1f} s; "
        f"{_told(some)}"
    )
    return state


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--releases", type=int, default=300_000)
    parser.add_argument("--peer", help="path of the discogskit program, in its own environment")
    parser.add_argument("--kills", type=int, default=0, help="kill -9 that often, then compare")
    parser.add_argument("--data", type=Path, help="folder for the generated files; kept")
    return parser.parse_args()


def _data(folder: Path, releases: int) -> Path:
    file = folder / "discogs_20261101_releases.xml.gz"
    if not file.exists():
        subprocess.run(
            [
                sys.executable, "bench/make_discogs_dump.py", "--releases", str(releases),
                "--seed", "7", "--out", str(folder), "--gzip", "--jobs", "2",
                "--entities", "releases",
            ],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return file


def _import(file: Path, environment: dict[str, str]) -> Run:
    return _measured(
        [sys.executable, "manage.py", "import_discogs_dump", "--releases", str(file)], environment
    )


def _peer(program: str, file: Path, records: int) -> Run:
    with own_services() as environment:
        run = _measured(
            [
                program, "load", str(file), "--dsn", _plain(environment["DATABASE_URL"]),
                "--parse-workers", "2", "--chunk-mb", "64", "--no-progress",
            ],
            {**environment, "NO_COLOR": "1"},
        )  # fmt: skip
        with psycopg.connect(_plain(environment["DATABASE_URL"])) as db:
            db.execute("ANALYZE")
            rows = db.execute(
                "SELECT sum(reltuples)::bigint FROM pg_class c JOIN pg_namespace n "
                "ON n.oid = relnamespace WHERE relkind = 'r' AND relname NOT LIKE 'catalog%' "
                "AND nspname NOT IN ('pg_catalog', 'information_schema') AND reltuples > 0"
            ).fetchone()
    _print("discogskit", records, run, int(rows[0]) if rows else 0)
    return run


def _measured(words: list[str], environment: dict[str, str]) -> Run:
    """Runs a command, looking at its processes five times a second."""
    server = _postmaster(environment)
    before = _family_cpu(server)
    started = time.monotonic()
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = [0.0]
    cpu: dict[int, float] = {}

    def watch() -> None:
        tree = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                family = [tree, *tree.children(recursive=True)]
                peak[0] = max(peak[0], sum(_own_share(one.pid) for one in family) / 1e6)
                for one in family:
                    times = one.cpu_times()
                    cpu[one.pid] = times.user + times.system
            except (psutil.Error, FileNotFoundError, ProcessLookupError):
                pass  # one of them has just ended
            time.sleep(0.2)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    said, _ = process.communicate()
    seconds = time.monotonic() - started
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{words[0]} ended with {process.returncode}:\n{said[-3000:]}")
    return Run(seconds, sum(cpu.values()), _family_cpu(server) - before, peak[0], said)


def _own_share(pid: int) -> int:
    """The PSS of a process in bytes, from the kernel's sum: reading all its maps takes processor
    time from what is measured."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _postmaster(environment: dict[str, str]) -> psutil.Process:
    with psycopg.connect(_plain(environment["DATABASE_URL"])) as db:
        row = db.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        parent = psutil.Process(row[0]).parent()
        assert parent is not None
        return parent


def _family_cpu(parent: psutil.Process) -> float:
    """Seconds of a process, its ended children and its living ones."""
    ended = parent.cpu_times()
    total = ended.user + ended.system + ended.children_user + ended.children_system
    for one in parent.children():
        try:
            times = one.cpu_times()
            total += times.user + times.system
        except psutil.Error:
            pass  # its time is in the parent's from now on, and read the next time
    return total


def _print(name: str, records: int, run: Run, rows: int) -> None:
    print(
        f"{name}: {run.seconds:.1f} s, {records / run.seconds:,.0f} records read a second; CPU "
        f"{run.cpu:.1f} s in its processes and {run.server_cpu:.1f} s in PostgreSQL; {rows:,} rows "
        f"stored, {rows / run.seconds:,.0f} a second; {run.memory_mb:.0f} MB at most (PSS)"
    )


def _rows(environment: dict[str, str]) -> int:
    with psycopg.connect(_plain(environment["DATABASE_URL"])) as db:
        size = db.execute("SELECT pg_size_pretty(pg_database_size(current_database()))").fetchone()
        print(f"database: {size[0] if size else '?'}")
        return sum(
            int(row[0])
            for table in _COUNTS
            if (row := db.execute(f"SELECT count(*) FROM {table}").fetchone())
        )


def _plain(url: str) -> str:
    """A DSN that every driver reads, from the settings' URL."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.get("host") or unquote(parts.hostname or "")
    return f"postgresql:///{parts.path.lstrip('/')}?host={host}&user={parts.username or 'app'}" + (
        f"&port={query.get('port') or parts.port}" if query.get("port") or parts.port else ""
    )


def _state(environment: dict[str, str]) -> str:
    with psycopg.connect(_plain(environment["DATABASE_URL"])) as db:
        row = db.execute(_STATE).fetchone()
        return str(row[0]) if row else ""


def _same(environment: dict[str, str], state: str) -> bool:
    return _state(environment) == state


def _records(file: Path) -> Iterator[bytes]:
    with gzip.open(file) as unpacked:
        for record in re.finditer(rb"<release .*?</release>", unpacked.read(), re.DOTALL):
            yield record[0]


def _equal_to_lxml(file: Path, environment: dict[str, str]) -> None:
    """Every field of every pressing against lxml's reading of the same file."""
    wrong = seen = 0
    with psycopg.connect(_plain(environment["DATABASE_URL"])) as db:
        found = {
            row[0]: row
            for row in db.execute(
                """
                SELECT discogs_id, title, country, released, label, catalogue_number, barcode,
                    medium, discs, format, is_unofficial, genres, styles, tracklist, companies,
                    (SELECT json_agg(json_build_array(name, catno, label_discogs_id)
                        ORDER BY position) FROM catalog_releaselabel WHERE release_id = r.id),
                    (SELECT json_agg(json_build_array(name, quantity, text, descriptions)
                        ORDER BY position) FROM catalog_releaseformat WHERE release_id = r.id),
                    (SELECT json_agg(json_build_array(kind, value, description)
                        ORDER BY position) FROM catalog_releaseidentifier WHERE release_id = r.id)
                FROM catalog_release r
                """
            )
        }
    for record in _records(file):
        one = careful.read_release(record)
        medium = medium_of(tuple(line.name for line in one.formats))
        if medium is None:
            continue
        seen += 1
        first = one.labels[0]
        catnos = ["" if line[1].casefold() == "none" else line[1] for line in one.labels]
        barcode = next(
            (normalise_number(v) for kind, v, _ in one.identifiers if kind == "Barcode"), ""
        )
        expected = (
            one.id, one.title, one.country, one.released, bare_name(first[0])[0], catnos[0],
            barcode[:60], medium, discs_of(one.formats), format_words(one.formats)[:500],
            is_unofficial(one.formats), list(one.genres), list(one.styles), one.tracks,
            one.companies,
            [[bare_name(line[0])[0], catno, line[2]]
             for line, catno in zip(one.labels, catnos, strict=True)],
            [[line.name, line.quantity, line.text, list(line.descriptions)]
             for line in one.formats],
            [list(line) for line in one.identifiers] or None,
        )  # fmt: skip
        if found.get(one.id) != expected:
            wrong += 1
            if wrong <= 3:
                print("differs:", found.get(one.id), expected, sep="\n  ")
    print(f"against lxml: {seen:,} pressings, {wrong} differ, {len(found) - seen} too many")


def _changed(file: Path, folder: Path) -> tuple[Path, int]:
    """The same file with every fiftieth pressing's country changed."""
    number = 0
    path = folder / "changed" / file.name
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(b"<releases>\n")
        for position, record in enumerate(_records(file)):
            if position % 50 == 0 and b'name="Vinyl"' in record:
                new = re.sub(rb"<country>[^<]*</country>", b"<country>Atlantis</country>", record)
                number += new != record
                record = new
            out.write(record + b"\n")
        out.write(b"</releases>\n")
    return path, number


def _killed(file: Path, environment: dict[str, str], times: int, usual: float, chunks: int) -> int:
    """Starts the import and kills all its processes with SIGKILL, over and over, then lets it end.

    The moments are random in its progress: after so many of its chunks, or so long after the last
    one, while rows are settled and indexes made. Returns how many attempts were killed."""
    numbers = random.Random(hashlib.sha256(b"kills").digest())
    moments = sorted(numbers.uniform(0, 1.3) for _ in range(times))
    killed = 0
    with psycopg.connect(_plain(environment["DATABASE_URL"]), autocommit=True) as db:
        for moment in moments:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "import_discogs_dump", "--releases", str(file)],
                cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            while process.poll() is None and _chunks(db) < min(1.0, moment) * chunks:
                time.sleep(0.02)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.0, moment - 1) * usual + numbers.uniform(0, 0.5))
            if process.poll() is None:
                killed += 1
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                print(f"killed with {_chunks(db)} of {chunks} chunks stored")
    _import(file, environment)
    return killed


def _chunks(db: psycopg.Connection) -> int:
    row = db.execute("SELECT count(*) FROM catalog_dumpchunk").fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
