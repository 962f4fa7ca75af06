"""One dump file into the catalogue, from whatever state the last attempt left."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from catalog import coverage_sql
from catalog.dumps import (
    completing,
    connecting,
    damage,
    emptied,
    files,
    finishing,
    native,
    notes,
    settling,
    structures,
    touched,
)
from catalog.dumps.filling import Bases
from catalog.dumps.loading import HELD, OTHER_MEDIUM
from catalog.dumps.native import Quick
from catalog.dumps.notes import Dump
from catalog.dumps.records import unreadable
from catalog.dumps.releases import LoaderDied, load_releases
from catalog.dumps.small_files import Found, load_artists, load_labels, load_masters
from catalog.dumps.tables import SOURCE

CHUNK_BYTES = 4 * 1024 * 1024
# Below this many pressings an import counts as the first one, and indexes are made at its end.
SMALL = 100_000
# A packed file of so few bytes is compared with what earlier files brought: it needs no ids, and
# what it has no more can be told.
COMPARED = 16 * 1024 * 1024
_SMALL_FILES = {"artists": load_artists, "labels": load_labels, "masters": load_masters}

Tell = Callable[[int, int, Counter[str]], None]


@dataclass(frozen=True)
class Imported:
    """What one file brought; `counts` by name over all attempts. `finishing`: seconds of this
    attempt after the last record. Of the pressings that earlier files have brought, how many this
    one has on media that are not collected, and how many it has not at all (0 in a first load, and
    where some of this one cannot be read). `damage`: what is wrong with the file, "" if nothing."""

    counts: Counter[str]
    verified: bool
    finishing: float = 0.0
    other_medium: int = 0
    missing: int = 0
    damage: str = ""
    releases_missing: bool = False


def quick_way() -> Quick:
    """The library of the quick way, compiled when it is asked for the first time."""
    return native.prepared(settings.DUMP_COMPILER, settings.VINILOGY_HOME / "native")


def import_releases(
    path: Path,
    *,
    processes: int = 2,
    library: Path | None = None,
    older: bool = False,
    tell: Tell | None = None,
    stored: Callable[[], object] = lambda: None,
) -> Imported:
    """Load the releases of a dump file; goes on where an earlier attempt at this file was stopped.

    `tell(bytes read, bytes in all, counts)`; `stored()` when all records are, and what makes them
    findable begins; `library` is that of `quick_way`; a file that is `older` than what is here is
    refused where that is not said. Raises files.OtherFile, files.Older,
    files.ChecksumDiffers, files.Damaged, connecting.AnotherRuns and LoaderDied; whatever they say,
    the catalogue is consistent.
    """
    size = path.stat().st_size
    load = partial(
        load_releases,
        path,
        dsn=connecting.dsn(),
        processes=processes,
        library=library,
        tell=lambda at, counts: tell(at, size, counts) if tell else None,
    )
    with connecting.alone() as db:
        dump = _dump_of(db, path, "releases", older=older)
        if "plan" not in dump.counts:
            _finish_abandoned(db, dump)
        plan = {**(dump.counts.get("plan") or _plan(db, dump, size)), "finished": False}
        dump.counts = {**dump.counts, "plan": plan}
        dump.state = notes.RUNNING
        notes.save(db, dump)
        if plan["bases"] is not None:
            structures.set_aside(db, _aside(plan))
            settling.prepare(db)
        try:
            after = _load(db, dump, path, load, stored)
        finally:
            total = notes.total(db, dump)
            dump.counts = {**total, "plan": plan}
            notes.save(db, dump)
        other_medium, missing = _lost(db, plan, total)
    return Imported(total, dump.verified, after, other_medium, missing, dump.error)


def _lost(db: psycopg.Connection, plan: dict[str, Any], total: Counter[str]) -> tuple[int, int]:
    """(pressings of earlier files that this one has on another medium, that it has not at all)."""
    if plan["bases"] is not None:
        return 0, 0
    row = db.execute(
        "SELECT count(*) FROM catalog_release WHERE source = %s AND discogs_id IS NOT NULL",
        [SOURCE],
    ).fetchone()
    assert row is not None
    other = total[OTHER_MEDIUM]
    if damage.is_damaged(total):
        return other, 0
    return other, max(0, row[0] - total[HELD] - total["stored"] - other)


def _load(
    db: psycopg.Connection,
    dump: Dump,
    path: Path,
    load: Callable[..., object],
    stored: Callable[[], object],
) -> float:
    """The file's chunks that are missing, then what makes them findable; the state of the dump
    says how it went. Returns the seconds after the last chunk."""
    plan = dump.counts["plan"]
    try:
        load(
            dump_id=dump.id,
            done=notes.stored_chunks(db, dump),
            bases=Bases(*plan["bases"]) if plan["bases"] else None,
            chunk_bytes=dump.chunk_bytes,
        )
    except files.Damaged as broken:
        _finish(db, dump, plan)
        told = _told(db, dump, path, broken)
        dump.state, dump.error = notes.DAMAGED, str(told)
        raise told from broken
    except (LoaderDied, psycopg.Error) as error:
        dump.state, dump.error = notes.FAILED, str(error)
        raise
    loaded = time.monotonic()
    stored()
    _finish(db, dump, plan)
    total = notes.total(db, dump)
    first = notes.first_damaged(db, dump)[1]
    dump.error = damage.of_records(
        path.name, total, first, f"{_held(total):,} pressings", verified=dump.verified
    )
    dump.state = notes.DAMAGED if dump.error else notes.DONE
    return time.monotonic() - loaded


def _told(db: psycopg.Connection, dump: Dump, path: Path, broken: files.Damaged) -> files.Damaged:
    """The same with the place, as far as damaged records give it away, and what was kept."""
    words = str(broken)
    chunk, names = notes.first_damaged(db, dump)
    if chunk is not None:
        words += f". The first records that cannot be read ({', '.join(names)}) stand "
        words += files.place_of_chunk(path, "release", chunk, dump.chunk_bytes)
    kept = f"{_held(notes.total(db, dump)):,} pressings"
    return files.Damaged(words + damage.of_file(broken, kept))


def _held(total: Counter[str]) -> int:
    return sum(total[name] for name in ("stored", "updated", "unchanged"))


def _dump_of(db: psycopg.Connection, path: Path, kind: str, *, older: bool) -> Dump:
    """The unfinished import of this file, or a new one."""
    files.demand(path, kind.removesuffix("s"))
    newest = notes.latest(db, kind)
    if not older and notes.month_of(path.name) and notes.month_of(path.name) < newest:
        raise files.Older(
            f"{path.name} is older than what is here, the {kind} of {newest}, and would undo what "
            "changed since. Nothing was changed. To go back to it all the same, add --older."
        )
    published = files.published_checksum(path)
    if published is not None:
        files.verify(path, published)
    digest = published or files.fingerprint(path)
    return notes.unfinished(db, kind=kind, sha256=digest, chunk_bytes=CHUNK_BYTES) or notes.begin(
        db,
        kind=kind,
        file_name=path.name,
        sha256=digest,
        verified=published is not None,
        chunk_bytes=CHUNK_BYTES,
    )


def _plan(db: psycopg.Connection, dump: Dump, size: int) -> dict[str, Any]:
    """What must be known before the first row, and again by an attempt that goes on."""
    row = db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM catalog_release LIMIT %s) AS some_of_them", [SMALL]
    ).fetchone()
    assert row is not None
    plan: dict[str, Any] = {
        "bases": None,
        "structures": [],
    }
    if row[0] < SMALL and not (
        (size < COMPARED or 0 < notes.held_of(db, dump) <= row[0]) and _brought(db)
    ):
        kept = structures.FINDING if row[0] else frozenset()
        aside = [one for one in structures.secondary(db) if one.name not in kept]
        plan["structures"] = [asdict(one) for one in aside]
        plan["bases"] = settling.bases(db)
    return plan


def _brought(db: psycopg.Connection) -> bool:
    """Whether an earlier file has brought pressings."""
    row = db.execute(
        "SELECT EXISTS (SELECT 1 FROM catalog_release WHERE source = %s)", [SOURCE]
    ).fetchone()
    return row is not None and bool(row[0])


def _finish_abandoned(db: psycopg.Connection, dump: Dump) -> None:
    """A first load that was killed and never went on has left rows unsettled and indexes aside;
    what it had stored is made whole before another file begins."""
    for other in notes.others(db, dump):
        plan = other.counts.get("plan") or {}
        if plan.get("bases") is not None and not plan.get("finished"):
            _finish(db, other, plan)
            db.execute(
                "UPDATE catalog_dumpimport SET counts = %s WHERE id = %s",
                [json.dumps({**other.counts, "plan": plan}), other.id],
            )


def _aside(plan: dict[str, Any]) -> list[structures.Structure]:
    return [structures.Structure(**one) for one in plan["structures"]]


def _finish(db: psycopg.Connection, dump: Dump, plan: dict[str, Any]) -> None:
    """Everything that makes the rows findable; safe to run twice."""
    if plan["bases"] is not None:
        with connecting.connected() as other:
            completing.complete(db, other, Bases(*plan["bases"]), _aside(plan))
    else:
        emptied.finish(db)
        touched.finish(db)
        if _changed_much(db, dump):
            finishing.analyse(db, structures.TABLES)
    plan["finished"] = True


def _changed_much(db: psycopg.Connection, dump: Dump) -> bool:
    """Whether the statistics tell no longer what the tables hold: a tenth is what autovacuum, which
    comes later by itself, goes by."""
    counts = notes.total(db, dump)
    row = db.execute(
        "SELECT reltuples FROM pg_class WHERE oid = 'catalog_release'::regclass"
    ).fetchone()
    assert row is not None
    return bool(10 * (counts["stored"] + counts["updated"]) > row[0])


def import_small(
    kind: str, path: Path, *, older: bool = False, tell: Tell | None = None
) -> Imported:
    """Load an artists', labels' or masters' file. It is read again from its start after a stop:
    that takes minutes, and rows that are right already are left alone. Raises files.OtherFile,
    files.Older, files.ChecksumDiffers, files.Damaged and connecting.AnotherRuns."""
    size = path.stat().st_size
    found = Found()
    with connecting.alone() as db:
        dump = _dump_of(db, path, kind, older=older)
        dump.state = notes.RUNNING
        notes.save(db, dump)
        try:
            _load_small(db, kind, path, found, lambda at, n: tell(at, size, n) if tell else None)
            dump.error = damage.of_records(
                path.name, found.counts, found.damaged, _read(found), verified=dump.verified
            )
            dump.state = notes.DAMAGED if dump.error else notes.DONE
        except files.Damaged as broken:
            dump.state, dump.error = notes.DAMAGED, str(broken)
            raise
        except psycopg.Error as error:
            dump.state, dump.error = notes.FAILED, str(error)
            raise
        finally:
            dump.counts = dict(found.counts)
            notes.save(db, dump)
        behind = notes.latest(db, "releases") < (notes.month_of(path.name) or "1")
    return Imported(found.counts, dump.verified, damage=dump.error, releases_missing=behind)


def _load_small(
    db: psycopg.Connection,
    kind: str,
    path: Path,
    found: Found,
    tell: Callable[[int, Counter[str]], None],
) -> None:
    """What can be read of the file, and what finds it; Damaged with what was kept."""
    broken: files.Damaged | None = None
    try:
        _SMALL_FILES[kind](path, db, found, tell)
    except files.Damaged as error:
        broken = error
    finishing.refresh_names(db, kind)
    if broken is not None:
        words = str(broken) + damage.of_file(broken, _read(found))
        raise files.Damaged(words) from broken


def _read(found: Found) -> str:
    return f"{found.counts['read'] - unreadable(found.counts):,} records read"


def measure_coverage() -> None:
    """Count anew how much of what people use is known, as an import may have changed it; nothing is
    counted in a catalogue that nobody uses."""
    with connecting.connected() as db:
        row = db.execute(coverage_sql.IS_USED).fetchone()
        used = row is not None and row[0]
        for key, count in coverage_sql.COUNTS.items():
            shares = (db.execute(count).fetchone() if used else None) or (0, 0)
            db.execute(coverage_sql.NOTE, [key, *shares, coverage_sql.TARGETS[key]])
