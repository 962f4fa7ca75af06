"""A chunk of releases into a catalogue that is loaded for the first time."""

from __future__ import annotations

import contextlib
import gc
import json
from collections import Counter
from collections.abc import Sequence

import psycopg

from catalog.dumps import careful
from catalog.dumps.columns import Block, digest, of_parsed, read_block
from catalog.dumps.cutting import cut_releases
from catalog.dumps.filling import ALONE, COLUMNS, Bases, Filler
from catalog.dumps.loading import ChunkLoader
from catalog.dumps.native import Library, NativeReader, NotRead, Rows
from catalog.dumps.records import BadRecord, DumpRelease
from catalog.dumps.tables import columns_sql

# Columns of so many records stay in the processor's cache while they are worked on.
_AT_ONCE = 200


class _NotPlain(Exception):
    """A chunk that has to be stored release by release."""


class FirstLoader:
    """Loads chunks of one dump file, each in one transaction with the note that it is there.

    Nothing is compared with what is in the catalogue. What the database refuses (a release that
    somebody has stored meanwhile, a text that is none) goes the way of later months."""

    def __init__(
        self, dsn: str, dump_id: int, bases: Bases, library: Library | None = None
    ) -> None:
        self._dsn = dsn
        self._dump_id = dump_id
        self._library = library
        self._filler = Filler(bases)
        self._native = NativeReader(library, bases) if library is not None else None
        self._later: ChunkLoader | None = None
        self._db = psycopg.connect(dsn, autocommit=False)
        self._db.execute("SET synchronous_commit = off")
        self._db.commit()
        # What is made is short-lived and never refers to itself: counting is enough.
        gc.disable()

    def load(self, number: int, block: bytes) -> Counter[str]:
        """Store one chunk; what happened, by name."""
        try:
            return self._load(number, block)
        except (_NotPlain, psycopg.errors.IntegrityError, psycopg.errors.DataError):
            self._db.rollback()
            self._filler.forget()
            if self._native is not None:
                self._native.forget()
            return self._noted(number) or self._one_by_one().load(number, block)

    def close(self) -> None:
        self._db.close()
        if self._native is not None:
            self._native.close()
        if self._later is not None:
            self._later.close()

    def _load(self, number: int, block: bytes) -> Counter[str]:
        counts: Counter[str] = Counter()
        quick = self._read_natively(block)
        numbers = quick.numbers
        counts["read"] = quick.read
        lines: dict[str, list[bytes]] = {table: [] for table in COLUMNS}
        odd: list[bytes] = []
        for start in range(0, len(quick.others), _AT_ONCE):
            usual, others = read_block(quick.others[start : start + _AT_ONCE])
            odd += others
            self._add(usual, lines, numbers)
        self._add(_parsed(odd, counts), lines, numbers)
        if len(set(numbers)) < len(numbers):
            raise _NotPlain
        self._copy(quick.tables, lines)
        counts["stored"] = len(numbers)
        self._db.execute(
            "INSERT INTO catalog_dumpchunk (dump_id, number, counts) VALUES (%s, %s, %s)",
            [self._dump_id, number, json.dumps(counts)],
        )
        self._db.commit()
        return counts

    def _read_natively(self, block: bytes) -> Rows:
        """What the quick way makes of a block; without it all is left for the next one."""
        if self._native is not None:
            with contextlib.suppress(NotRead):
                return self._native.rows(block)
        records, read = cut_releases(block)
        return Rows({}, [], records, read)

    def _add(self, block: Block | None, lines: dict[str, list[bytes]], numbers: list[int]) -> None:
        if block is not None:
            numbers += map(int, block.ids)
            for table, rows in self._filler.lines(block).items():
                lines[table] += rows

    def _copy(self, made: dict[str, bytes], found: dict[str, list[bytes]]) -> None:
        cursor = self._db.cursor()
        for table, lines in found.items():
            if not lines and table not in made:
                continue
            with cursor.copy(f"COPY {table} ({columns_sql(COLUMNS[table])}) FROM STDIN") as copy:
                if table in made:
                    copy.write(made[table])
                if lines:
                    copy.write(b"\n".join(lines))
                    copy.write(b"\n")

    def _noted(self, number: int) -> Counter[str] | None:
        """The counts of a chunk that a killed attempt has stored in its last moment."""
        row = self._db.execute(
            "SELECT counts FROM catalog_dumpchunk WHERE dump_id = %s AND number = %s",
            [self._dump_id, number],
        ).fetchone()
        self._db.commit()
        return Counter(row[0]) if row else None

    def _one_by_one(self) -> ChunkLoader:
        if self._later is None:
            self._later = ChunkLoader(self._dsn, self._dump_id, self._library)
        return self._later


def _parsed(records: Sequence[bytes], counts: Counter[str]) -> Block | None:
    """What the full parser makes of the unusual ones."""
    found: list[tuple[DumpRelease, bytes]] = []
    for record in records:
        counts["careful"] += 1
        try:
            release = careful.read_release(record)
        except BadRecord as error:
            counts[f"skipped: {error}"] += 1
            continue
        if max(release.id, release.master_id or 0) >= ALONE or release.id < 1:
            raise _NotPlain
        found.append((release, digest(record)))
    return of_parsed(found)
