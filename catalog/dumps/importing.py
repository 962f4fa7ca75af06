"""One dump file into the catalogue, from whatever state the last attempt left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from django.utils import timezone

from catalog.dumps import completing, files, finishing, settling, structures, touched
from catalog.dumps.filling import Bases
from catalog.dumps.releases import LoaderDied, load_releases
from catalog.dumps.small_files import load_artists, load_labels, load_masters
from catalog.models import DumpChunk, DumpImport, Release

CHUNK_BYTES = 4 * 1024 * 1024
# Below this many pressings an import counts as the first one, and indexes are made at its end.
SMALL = 100_000
_SMALL_FILES = {"artists": load_artists, "labels": load_labels, "masters": load_masters}

Tell = Callable[[int, int, Counter[str]], None]


@dataclass(frozen=True)
class Imported:
    """What one file brought; `counts` by name over all attempts. `finishing`: seconds of this
    attempt after the last record."""

    counts: Counter[str]
    verified: bool
    finishing: float = 0.0


def import_releases(path: Path, *, processes: int = 2, tell: Tell | None = None) -> Imported:
    """Load the releases of a dump file; goes on where an earlier attempt at this file ended.

    `tell(bytes read, bytes in all, counts)`. Raises files.ChecksumDiffers, files.Damaged and
    LoaderDied; whatever they say, the catalogue is consistent.
    """
    dump = _dump_of(path, "releases")
    dsn = _dsn()
    size = path.stat().st_size
    if "plan" not in dump.counts:
        _finish_abandoned(dump)
    plan = {**(dump.counts.get("plan") or _plan()), "finished": False}
    dump.counts = {**dump.counts, "plan": plan}
    dump.state = DumpImport.State.RUNNING
    dump.save(update_fields=["counts", "state"])
    with psycopg.connect(dsn, autocommit=True) as db:
        _quick(db)
        if plan["bases"] is not None:
            structures.set_aside(db, _aside(plan))
            settling.prepare(db)
        try:
            load_releases(
                path,
                dsn=dsn,
                dump_id=dump.pk,
                done=set(dump.chunks.values_list("number", flat=True)),
                bases=Bases(*plan["bases"]) if plan["bases"] else None,
                chunk_bytes=dump.chunk_bytes,
                processes=processes,
                tell=lambda at, counts: tell(at, size, counts) if tell else None,
            )
        except files.Damaged as damage:
            _finish(db, dump, plan)
            dump.state, dump.error = DumpImport.State.DAMAGED, str(damage)
            raise
        except (LoaderDied, psycopg.Error) as error:
            dump.state, dump.error = DumpImport.State.FAILED, str(error)
            raise
        else:
            loaded = time.monotonic()
            _finish(db, dump, plan)
            after = time.monotonic() - loaded
            dump.state, dump.error = DumpImport.State.DONE, ""
            dump.finished_at = timezone.now()
        finally:
            total = _total(dump)
            dump.counts = {**total, "plan": plan}
            dump.save()
    return Imported(total, dump.verified, after)


def _dump_of(path: Path, kind: str) -> DumpImport:
    """The unfinished import of this file, or a new one."""
    published = files.published_checksum(path)
    if published is not None:
        files.verify(path, published)
    digest = published or files.fingerprint(path)
    unfinished = (
        DumpImport.objects.filter(kind=kind, sha256=digest, chunk_bytes=CHUNK_BYTES)
        .exclude(state=DumpImport.State.DONE)
        .first()
    )
    if unfinished is not None:
        return unfinished
    return DumpImport.objects.create(
        kind=kind,
        file_name=path.name,
        sha256=digest,
        verified=published is not None,
        chunk_bytes=CHUNK_BYTES,
    )


def _plan() -> dict[str, Any]:
    """What must be known before the first row, and again by an attempt that goes on."""
    some = Release.objects.all()[:SMALL].count()
    plan: dict[str, Any] = {
        "bases": None,
        "structures": [],
    }
    if some < SMALL:
        with psycopg.connect(_dsn(), autocommit=True) as db:
            kept = structures.FINDING if some else frozenset()
            aside = [one for one in structures.secondary(db) if one.name not in kept]
            plan["structures"] = [asdict(one) for one in aside]
            plan["bases"] = settling.bases(db)
    return plan


def _finish_abandoned(dump: DumpImport) -> None:
    """A first load that was killed and never went on has left rows unsettled and indexes aside;
    what it had stored is made whole before another file begins."""
    for other in DumpImport.objects.filter(kind="releases").exclude(pk=dump.pk):
        plan = other.counts.get("plan") or {}
        if plan.get("bases") is not None and not plan.get("finished"):
            with psycopg.connect(_dsn(), autocommit=True) as db:
                _quick(db)
                _finish(db, other, plan)
            other.counts = {**other.counts, "plan": plan}
            other.save(update_fields=["counts"])


def _aside(plan: dict[str, Any]) -> list[structures.Structure]:
    return [structures.Structure(**one) for one in plan["structures"]]


def _finish(db: psycopg.Connection, dump: DumpImport, plan: dict[str, Any]) -> None:
    """Everything that makes the rows findable; safe to run twice."""
    if plan["bases"] is not None:
        with psycopg.connect(_dsn(), autocommit=True) as other:
            _quick(other)
            completing.complete(db, other, Bases(*plan["bases"]), _aside(plan))
    else:
        touched.finish(db)
        if _changed_much(db, dump):
            finishing.analyse(db, structures.TABLES)
    plan["finished"] = True


def _changed_much(db: psycopg.Connection, dump: DumpImport) -> bool:
    """Whether the statistics tell no longer what the tables hold: a tenth is what autovacuum, which
    comes later by itself, goes by."""
    counts = _total(dump)
    row = db.execute(
        "SELECT reltuples FROM pg_class WHERE oid = 'catalog_release'::regclass"
    ).fetchone()
    assert row is not None
    return bool(10 * (counts["stored"] + counts["updated"]) > row[0])


def _total(dump: DumpImport) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in DumpChunk.objects.filter(dump=dump).values_list("counts", flat=True):
        total.update(counts)
    return total


def _quick(db: psycopg.Connection) -> None:
    """Making indexes of millions of rows wants memory for sorting."""
    db.execute("SET maintenance_work_mem = '256MB'")
    db.execute("SET work_mem = '128MB'")
    db.execute("SET synchronous_commit = off")
    # Each of two connections is one of the two things that are done at a time.
    db.execute("SET max_parallel_maintenance_workers = 0")


def _dsn() -> str:
    params = connection.get_connection_params()
    wanted = {"host", "port", "dbname", "user", "password"}
    return psycopg.conninfo.make_conninfo(
        **{key: value for key, value in params.items() if key in wanted}
    )


def import_small(kind: str, path: Path, *, tell: Tell | None = None) -> Imported:
    """Load an artists', labels' or masters' file. It is read again from its start after a stop:
    that takes minutes, and rows that are right already are left alone."""
    dump = _dump_of(path, kind)
    size = path.stat().st_size
    dump.state = DumpImport.State.RUNNING
    dump.save(update_fields=["state"])
    counts: Counter[str] = Counter()
    try:
        with psycopg.connect(_dsn(), autocommit=True) as db:
            _quick(db)
            counts = _SMALL_FILES[kind](
                path, db, lambda at, counts: tell(at, size, counts) if tell else None
            )
            finishing.refresh_names(db, kind)
    except files.Damaged as damage:
        dump.state, dump.error = DumpImport.State.DAMAGED, str(damage)
        raise
    except psycopg.Error as error:
        dump.state, dump.error = DumpImport.State.FAILED, str(error)
        raise
    else:
        dump.state, dump.error = DumpImport.State.DONE, ""
        dump.finished_at = timezone.now()
    finally:
        dump.counts = counts
        dump.save()
    return Imported(counts, dump.verified)
