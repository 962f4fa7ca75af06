"""One chunk of releases into the database, in one transaction with the note that it is there."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection

from catalog import corrections
from catalog.dumps import alone, apart, careful, damage, emptied, fast, notes, touched
from catalog.dumps.claims import AlbumRows, Claims, copy_lines, credited
from catalog.dumps.columns import digest
from catalog.dumps.cutting import cut_releases
from catalog.dumps.native import Library
from catalog.dumps.records import (
    AGAIN,
    BEYOND,
    NO_ID,
    BadRecord,
    DumpRelease,
    medium_of,
    numbers_fit,
)
from catalog.dumps.tables import COLUMNS, RELEASE, SOURCE, Rows

_ID = re.compile(rb'<release\b[^>]*?\sid="(\d+)"')
# A block whose ids lie further apart is asked for by each of them.
_DENSE = 20
# What a chunk counts beside what happened: pressings that the catalogue has on a collected medium
# and in the file, and those that stand there on another one.
HELD, OTHER_MEDIUM = "held", "held, on another medium"
_KEPT_ON_UPDATE = ("id", "discogs_id", "created_at", "generated")


@dataclass(frozen=True)
class Known:
    """A release that is in the catalogue already."""

    id: int
    album_id: int
    digest: str


class ChunkLoader:
    """Loads chunks of one dump file over connections of its own, comparing each release with what
    the catalogue has (`catalog.dumps.first` loads into an empty one)."""

    def __init__(self, dsn: str, dump_id: int, library: Library | None = None) -> None:
        self._dump_id = dump_id
        self._cut = library.cut_releases if library is not None else cut_releases
        self._db = psycopg.connect(dsn, autocommit=False)
        self._db.execute("SET synchronous_commit = off")
        self._db.execute(
            "CREATE TEMP TABLE changed_release (LIKE catalog_release) ON COMMIT DELETE ROWS"
        )
        touched.prepare(self._db)
        emptied.prepare(self._db)
        self._db.commit()
        self._claiming = psycopg.connect(dsn, autocommit=True)
        self._claiming.execute("SET synchronous_commit = off")
        self._claims = Claims(self._claiming)
        # The records are short-lived and never refer to each other: counting is enough.
        gc.disable()

    def load(self, number: int, block: bytes) -> Counter[str]:
        """Store one chunk; what happened, by name. The transaction is committed."""
        try:
            return self._load(number, block)
        except psycopg.errors.UniqueViolation:
            # Somebody else, or another chunk, has stored one of these releases meanwhile.
            self._db.rollback()
            return self._load(number, block)

    def _load(self, number: int, block: bytes) -> Counter[str]:
        counts: Counter[str] = Counter()
        cut, counts["read"] = self._cut(block)
        damage.note_nuls(block, counts)
        records = _by_id(cut, counts)
        digests = {id: digest(record).decode() for id, record in records.items()}
        known, others = _known(self._db, block, list(records), counts["read"])
        counts[HELD] = len(known)
        counts[OTHER_MEDIUM] = len(others & {*_all_ids(block)}) if others else 0
        same = [id for id, before in known.items() if before.digest == digests[id]]
        counts["unchanged"] = len(same)
        for id in same:
            del records[id]
        todo = _read(records.values(), counts, known)
        pressed: set[int] = set()
        if todo:
            artists = self._claims.artists(todo)
            albums = self._claims.albums(todo)
            pressed = self._store(todo, digests, known, artists, albums, counts)
            touched.note(
                self._db,
                albums=pressed,
                artists=[artists[id] for one in todo for id, *_ in one.artists if id is not None],
            )
        corrected = notes.add_chunk(self._db, self._dump_id, number, counts, block)
        if todo and corrected:
            self._put_back([known[one.id].id for one in todo if one.id in known], pressed)
        self._db.commit()
        return counts

    def _put_back(self, releases: Iterable[int], albums: Iterable[int]) -> None:
        """What curators have corrected on these rows, after they were written."""
        with self._db.cursor() as cursor:
            corrections.put_back(cursor, "release", releases)
            corrections.put_back(cursor, "album", albums)

    def close(self) -> None:
        self._db.close()
        self._claiming.close()

    def _store(
        self,
        todo: Sequence[DumpRelease],
        digests: dict[int, str],
        known: dict[int, Known],
        artists: dict[int, int],
        albums: dict[int, int],
        counts: Counter[str],
    ) -> set[int]:
        """Returns our ids of the albums that these are pressings of now."""
        now = datetime.now(UTC).isoformat()
        new = [one for one in todo if one.id not in known]
        again = [one for one in todo if one.id in known]
        parted = alone.parted(self._db, again)
        single = {
            one.id: one
            for one in todo
            if one.id in parted or (one.id not in known and one.master_id is None)
        }
        own_albums = dict(zip(single, self._numbers("catalog_album", len(single)), strict=True))
        ids = iter(self._numbers("catalog_release", len(new)))
        pressed: set[int] = set()
        rows, changed = Rows(), Rows()
        placed: dict[int, apart.Placed] = {}
        for one in todo:
            before = known.get(one.id)
            album = albums[one.master_id] if one.master_id is not None else own_albums.get(one.id)
            if before is None:
                assert album is not None
                pressed.add(album)
                id = next(ids)
                placed[id] = apart.Placed(album, one.master_id)
                rows.add(one, release_id=id, album_id=album, digest=digests[one.id], now=now)
                continue
            album = album or before.album_id
            pressed.add(album)
            left = before.album_id if album != before.album_id else None
            placed[before.id] = apart.Placed(album, one.master_id, left)
            changed.add(one, release_id=before.id, album_id=album, digest=digests[one.id], now=now)
        apart.note_pressings(self._db, placed)
        # A release without a master is an album by itself.
        own = AlbumRows(now)
        for one in single.values():
            own.add(own_albums[one.id], one, credited(one, artists))
        own.copy(self._db)
        if changed.lines["catalog_release"]:
            touched.note_renamed(self._db, alone.describe(self._db, again, artists))
            self._replace(changed, [known[one.id].id for one in again])
            moved = {id: where.left for id, where in placed.items() if where.left is not None}
            emptied.note(self._db, moved)
        for table, lines in rows.lines.items():
            copy_lines(self._db, table, COLUMNS[table], lines)
        counts["stored"], counts["updated"] = len(new), len(todo) - len(new)
        return pressed

    def _replace(self, changed: Rows, ids: list[int]) -> None:
        """Rows that were there already, with what hangs on them by their id left alone."""
        copy_lines(self._db, "changed_release", RELEASE, changed.lines["catalog_release"])
        columns = [name for name in RELEASE if name not in _KEPT_ON_UPDATE]
        sets = ", ".join(f'"{name}" = new."{name}"' for name in columns)
        self._db.execute(
            f"UPDATE catalog_release old SET {sets} FROM changed_release new "
            # Nobody has counted the new rows: named, the old ones are not all read for them.
            "WHERE old.id = ANY(%s) AND old.id = new.id",
            [ids],
        )
        for table in COLUMNS:
            if table != "catalog_release":
                self._db.execute(f"DELETE FROM {table} WHERE release_id = ANY(%s)", [ids])
                copy_lines(self._db, table, COLUMNS[table], changed.lines[table])

    def _numbers(self, table: str, count: int) -> list[int]:
        """New ids, in order."""
        if not count:
            return []
        found = self._db.execute(
            "SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [f"{table}_id_seq", count]
        )
        return [number for (number,) in found]


def _by_id(records: Iterable[bytes], counts: Counter[str]) -> dict[int, bytes]:
    """Records by Discogs' id, each once."""
    found: dict[int, bytes] = {}
    for record in records:
        head = _ID.match(record)
        if head is None:
            counts[f"skipped: {NO_ID}"] += 1
        elif int(head[1]) in found:
            counts[f"skipped: {AGAIN}"] += 1
        else:
            found[int(head[1])] = record
    return found


def _read(
    records: Iterable[bytes], counts: Counter[str], known: Container[int]
) -> list[DumpRelease]:
    """The releases on a collected medium."""
    releases = []
    for record in records:
        release = fast.read_release(record)
        if release is None:
            counts["careful"] += 1
            try:
                release = careful.read_release(record)
            except BadRecord as error:
                counts[f"skipped: {error}"] += 1
                continue
        if not numbers_fit(release):
            counts[f"skipped: {BEYOND}"] += 1
            continue
        # A label, not a format, may be called "Vinyl".
        if medium_of(tuple([one.name for one in release.formats])) is not None:
            releases.append(release)
        elif release.id in known:
            counts[OTHER_MEDIUM] += 1
            counts[HELD] -= 1
    return releases


def _known(
    db: Connection, block: bytes, ids: list[int], read: int
) -> tuple[dict[int, Known], set[int]]:
    """(those of these Discogs' ids that are in the catalogue; ids of others that dumps have brought
    there and that may stand in the block on another medium)."""
    wanted = "discogs_id BETWEEN %s AND %s"
    span: tuple[Any, ...] = _ends(block)
    # Discogs' files are in the order of the ids, and half of the numbers are taken.
    if not ids or span[0] > min(ids) or span[1] < max(ids) or span[1] - span[0] > _DENSE * read:
        wanted, span = (
            "discogs_id = ANY(%s)",
            (_all_ids(block),),
        )
    found = db.execute(
        "SELECT discogs_id, id, album_id, content_hash, source = %s FROM catalog_release "
        f"WHERE {wanted}",
        [SOURCE, *span],
    ).fetchall()
    asked = set(ids)
    return (
        {row[0]: Known(*row[1:4]) for row in found if row[0] in asked},
        {row[0] for row in found if row[0] not in asked and row[4]},
    )


def _ends(block: bytes) -> tuple[int, int]:
    """The numbers of the first and the last record; of none a span that holds nothing."""
    first = _ID.search(block)
    last = _ID.match(block, block.rfind(b"<release "))
    return (int(first[1]), int(last[1])) if first and last else (0, -1)


def _all_ids(block: bytes) -> list[int]:
    """Those of the block's records on any medium; longer ones are none of Discogs'."""
    return [int(one) for one in _ID.findall(block) if len(one) < 10]
