"""Chunks of releases into a catalogue that is loaded for the first time."""

from __future__ import annotations

import contextlib
import gc
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from catalog.dumps import careful, copying, damage, notes
from catalog.dumps.columns import Block, digest, of_parsed, read_block
from catalog.dumps.cutting import cut_releases
from catalog.dumps.filling import ALONE, COLUMNS, Bases, Filler
from catalog.dumps.loading import ChunkLoader
from catalog.dumps.native import Library, NativeReader, NotRead, Rows
from catalog.dumps.records import BadRecord, DumpRelease
from catalog.dumps.tables import columns_sql

# Columns of so many records stay in the processor's cache while they are worked on.
_AT_ONCE = 200
# So many chunks share a transaction. For each of the first thousand rows of a COPY PostgreSQL
# compares with all before it (they have one description in common, which it keeps track of), so few
# long ones cost less than many short ones.
_TOGETHER = 8
_REFUSED = (psycopg.errors.IntegrityError, psycopg.errors.DataError)


class _NotPlain(Exception):
    """A chunk that has to be stored release by release."""


class _Chunk(NamedTuple):
    """A chunk that waits to be stored: Discogs' numbers of its releases, rows of releases in COPY's
    binary format, pieces of lines in its text format."""

    number: int
    block: bytes
    counts: Counter[str]
    numbers: list[int]
    releases: bytes
    lines: dict[str, list[bytes]]


class FirstLoader:
    """Loads chunks of one dump file, some in one transaction, each with the note that it is there.

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
        self._waiting: list[_Chunk] = []
        self._later: ChunkLoader | None = None
        self._db = psycopg.connect(dsn, autocommit=False)
        self._db.execute("SET synchronous_commit = off")
        self._db.commit()
        # What is made is short-lived and never refers to itself: counting is enough.
        gc.disable()

    def load(self, number: int, block: bytes) -> Counter[str]:
        """Take a chunk; what happened to those that have been stored now, by name."""
        try:
            self._waiting.append(self._read(number, block))
        except _NotPlain:
            counts = self.flush()
            self._forget()
            counts.update(self._release_by_release(number, block))
            return counts
        return self.flush() if len(self._waiting) >= _TOGETHER else Counter()

    def flush(self) -> Counter[str]:
        """Store the chunks that wait; what happened, by name."""
        chunks, self._waiting = self._waiting, []
        try:
            return self._store(chunks)
        except _REFUSED:
            self._forget()
        counts: Counter[str] = Counter()
        for chunk in chunks:
            counts.update(self._again(chunk.number, chunk.block))
        return counts

    def close(self) -> None:
        self._db.close()
        if self._native is not None:
            self._native.close()
        if self._later is not None:
            self._later.close()

    def _again(self, number: int, block: bytes) -> Counter[str]:
        """A chunk by itself, after those that were stored with it were refused."""
        try:
            return self._store([self._read(number, block)])
        except (_NotPlain, *_REFUSED):
            self._forget()
            return self._release_by_release(number, block)

    def _forget(self) -> None:
        """What was made last did not come to stay."""
        self._db.rollback()
        self._filler.forget()
        if self._native is not None:
            self._native.forget()

    def _release_by_release(self, number: int, block: bytes) -> Counter[str]:
        if self._later is None:
            self._later = ChunkLoader(self._dsn, self._dump_id, self._library)
        return self._noted(number) or self._later.load(number, block)

    def _read(self, number: int, block: bytes) -> _Chunk:
        counts: Counter[str] = Counter()
        quick = self._read_natively(block)
        counts["read"] = quick.read
        damage.note_nuls(block, counts)
        numbers = quick.numbers
        lines = {table: [rows] for table, rows in quick.tables.items()}
        odd: list[bytes] = []
        for start in range(0, len(quick.others), _AT_ONCE):
            usual, others = read_block(quick.others[start : start + _AT_ONCE])
            odd += others
            self._add(usual, lines, numbers)
        self._add(_parsed(odd, counts), lines, numbers)
        if len(set(numbers)) < len(numbers):
            raise _NotPlain
        counts["stored"] = len(numbers)
        return _Chunk(number, block, counts, numbers, quick.releases, lines)

    def _read_natively(self, block: bytes) -> Rows:
        """What the quick way makes of a block; without it all is left for the next one."""
        if self._native is not None:
            with contextlib.suppress(NotRead):
                return self._native.rows(block)
        records, read = cut_releases(block)
        return Rows(b"", {}, [], records, read)

    def _add(self, block: Block | None, lines: dict[str, list[bytes]], numbers: list[int]) -> None:
        if block is not None:
            numbers += map(int, block.ids)
            for table, rows in self._filler.lines(block).items():
                if rows:
                    lines.setdefault(table, []).append(b"\n".join((*rows, b"")))

    def _store(self, chunks: Sequence[_Chunk]) -> Counter[str]:
        total: Counter[str] = Counter()
        releases = [chunk.releases for chunk in chunks if chunk.releases]
        if releases:
            pieces = [copying.BINARY_START, *releases, copying.BINARY_END]
            self._copy("catalog_release", pieces, "(FORMAT binary)")
        for table in COLUMNS:
            pieces = [piece for chunk in chunks for piece in chunk.lines.get(table, ())]
            if pieces:
                self._copy(table, pieces)
        for chunk in chunks:
            notes.add_chunk(self._db, self._dump_id, chunk.number, chunk.counts, chunk.block)
            total.update(chunk.counts)
        self._db.commit()
        return total

    def _copy(self, table: str, pieces: Sequence[bytes], how: str = "") -> None:
        columns = columns_sql(COLUMNS[table])
        with self._db.cursor().copy(f"COPY {table} ({columns}) FROM STDIN {how}") as copy:
            for piece in pieces:
                copy.write(piece)

    def _noted(self, number: int) -> Counter[str] | None:
        """The counts of a chunk that a killed attempt has stored in its last moment."""
        counts = notes.chunk_counts(self._db, self._dump_id, number)
        self._db.commit()
        return counts


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
