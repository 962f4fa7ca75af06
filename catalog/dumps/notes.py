"""What is noted of each reading of a file (`catalog.models.DumpImport`, `DumpChunk`).

In SQL, because an import runs without Django's apps: loading them takes as long as many thousand
records, and nothing else of the importer needs them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from catalog import corrections
from catalog.dumps import damage

RUNNING, DONE, DAMAGED, FAILED = "running", "done", "damaged", "failed"
# A reading is over when it came to the end of the file or of what can be read of it.
_OVER = [DONE, DAMAGED]
_MONTH = re.compile(r"discogs_(\d{8})_")
_COLUMNS = "id, chunk_bytes, verified, counts"
# Beside its counts a chunk notes the names of its first damaged records.
_FIRST = "the first damaged"
_COUNTS = f"counts - '{_FIRST}'::text"


@dataclass
class Dump:
    """One reading of one file; `counts` of the releases hold the plan of the load as well."""

    id: int
    chunk_bytes: int
    verified: bool
    counts: dict[str, Any]
    state: str = RUNNING
    error: str = ""


def unfinished(db: Connection, *, kind: str, sha256: str, chunk_bytes: int) -> Dump | None:
    """The latest reading of this file that was stopped. One that ended with damage is over: a
    mended file may look the same from outside."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM catalog_dumpimport WHERE kind = %s AND sha256 = %s "
        "AND chunk_bytes = %s AND state <> ALL(%s) ORDER BY started_at DESC, id DESC LIMIT 1",
        [kind, sha256, chunk_bytes, _OVER],
    ).fetchone()
    return Dump(*row) if row else None


def begin(
    db: Connection, *, kind: str, file_name: str, sha256: str, verified: bool, chunk_bytes: int
) -> Dump:
    row = db.execute(
        "INSERT INTO catalog_dumpimport (kind, file_name, sha256, verified, state, chunk_bytes, "
        "counts, error, started_at) VALUES (%s, %s, %s, %s, %s, %s, '{}', '', now()) "
        f"RETURNING {_COLUMNS}",
        [kind, file_name, sha256, verified, RUNNING, chunk_bytes],
    ).fetchone()
    assert row is not None
    return Dump(*row)


def save(db: Connection, dump: Dump) -> None:
    db.execute(
        "UPDATE catalog_dumpimport SET state = %s, error = %s, counts = %s, "
        "finished_at = CASE WHEN %s THEN now() ELSE finished_at END WHERE id = %s",
        [dump.state, dump.error, json.dumps(dump.counts), dump.state in _OVER, dump.id],
    )


def others(db: Connection, dump: Dump) -> Iterator[Dump]:
    """The other readings of releases, whole or not."""
    rows: Iterable[Any] = db.execute(
        f"SELECT {_COLUMNS} FROM catalog_dumpimport WHERE kind = 'releases' AND id <> %s", [dump.id]
    ).fetchall()
    return (Dump(*row) for row in rows)


def held_of(db: Connection, dump: Dump) -> int:
    """How many pressings the latest whole reading of the same file has left here; 0 without one."""
    row = db.execute(
        "SELECT counts FROM catalog_dumpimport WHERE kind = 'releases' AND state = ANY(%s) "
        "AND sha256 = (SELECT sha256 FROM catalog_dumpimport WHERE id = %s) "
        "ORDER BY id DESC LIMIT 1",
        [_OVER, dump.id],
    ).fetchone()
    return sum(row[0].get(name, 0) for name in ("stored", "updated", "unchanged")) if row else 0


def latest(db: Connection, kind: str) -> str:
    """The month (YYYYMMDD) of the newest file of a kind that was read to its end, or ""."""
    row = db.execute(
        "SELECT max(substring(file_name FROM %s)) FROM catalog_dumpimport "
        "WHERE kind = %s AND state = ANY(%s)",
        [_MONTH.pattern, kind, _OVER],
    ).fetchone()
    return (row and row[0]) or ""


def month_of(file_name: str) -> str:
    """YYYYMMDD of a file's name as it was published; "" for another name."""
    found = _MONTH.search(file_name)
    return found[1] if found else ""


def stored_chunks(db: Connection, dump: Dump) -> set[int]:
    rows = db.execute("SELECT number FROM catalog_dumpchunk WHERE dump_id = %s", [dump.id])
    return {row[0] for row in rows}


def add_chunk(
    db: Connection, dump_id: int, number: int, counts: Counter[str], block: bytes
) -> bool:
    """A chunk is stored, with what it counted; of damaged records the first are named. Returns
    whether curators have corrected anything, which the chunk may have written over."""
    told: dict[str, Any] = dict(counts)
    if damage.is_damaged(counts):
        told[_FIRST] = damage.first_names(block)
    row = db.execute(
        "INSERT INTO catalog_dumpchunk (dump_id, number, counts) VALUES (%s, %s, %s) "
        f"RETURNING {corrections.ANY}",
        [dump_id, number, json.dumps(told)],
    ).fetchone()
    return row is not None and bool(row[0])


def chunk_counts(db: Connection, dump_id: int, number: int) -> Counter[str] | None:
    """What a chunk has counted; None when it is not stored."""
    row = db.execute(
        f"SELECT {_COUNTS} FROM catalog_dumpchunk WHERE dump_id = %s AND number = %s",
        [dump_id, number],
    ).fetchone()
    return Counter(row[0]) if row else None


def first_damaged(db: Connection, dump: Dump) -> tuple[int | None, list[str]]:
    """(the number of the first stored chunk with damaged records, the first of these by name)."""
    rows = db.execute(
        "SELECT number, counts -> %s FROM catalog_dumpchunk WHERE dump_id = %s AND counts ? %s "
        "ORDER BY number LIMIT %s",
        [_FIRST, dump.id, _FIRST, damage.NAMED],
    ).fetchall()
    names = [name for _, some in rows for name in some]
    return (rows[0][0] if rows else None), names[: damage.NAMED]


def total(db: Connection, dump: Dump) -> Counter[str]:
    """What all stored chunks have counted."""
    found: Counter[str] = Counter()
    for (counts,) in db.execute(
        f"SELECT {_COUNTS} FROM catalog_dumpchunk WHERE dump_id = %s", [dump.id]
    ):
        found.update(counts)
    return found
