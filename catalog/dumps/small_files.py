"""Artists, labels and masters of a dump: only those that some pressing here names.

Three quarters of Discogs' artists, labels and masters never were on vinyl. Their records are
passed over by their number alone, which is cheap, so one process is enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from psycopg import Connection

from catalog import corrections
from catalog.corrections import beside, told
from catalog.dumps import apart, careful, damage
from catalog.dumps.claims import BROUGHT, write_credits
from catalog.dumps.copying import array_text
from catalog.dumps.cutting import cut_all
from catalog.dumps.files import DumpFile
from catalog.dumps.memory import Numbers
from catalog.dumps.records import (
    AGAIN,
    BEYOND,
    MOST_NUMBERED,
    NO_ID,
    BadRecord,
    DumpArtist,
    DumpLabel,
    DumpMaster,
    artist_line,
    bare_name,
)
from catalog.dumps.tables import DESCRIBED, SOURCE
from catalog.matching import normalise_name, normalise_title

BLOCK_BYTES = 8 * 1024 * 1024
_CHILD_ID = re.compile(rb"<(?:artist|label)>(?:<images>.*?</images>)?<id>(\d+)</id>", re.DOTALL)
_MASTER_ID = re.compile(rb'<master\b[^>]*?\sid="(\d+)"')

# What a file counts beside what happened: records of numbers that were merged away, which describe
# nothing (see `catalog.dumps.claims`).
MERGED = "merged"

Record = TypeVar("Record")
Tell = Callable[[int, Counter[str]], None]


@dataclass
class Found:
    """What a file was found to hold, counted by name, and the first records of it that are damaged;
    filled while it is read, so that it says how far a reading came that ended early."""

    counts: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)

    def skip(self, reason: object, name: str) -> None:
        """A record of this name was left out."""
        self.counts[f"skipped: {reason}"] += 1
        if len(self.damaged) < damage.NAMED:
            self.damaged.append(name)


# Our ids by Discogs': (of those that the file describes, of those that a merge brought to rows that
# their own records describe).
_Ours = tuple[dict[int, int], dict[int, int]]


@dataclass(frozen=True)
class _Kind(Generic[Record]):
    """How one file is read. `known` gives our ids of the records that matter; `store` and `add`
    return how many rows changed. `add` stores what the record of a number that was merged away
    still tells of the row that stands; without it such records are left out."""

    tag: str
    pattern: re.Pattern[bytes]
    read: Callable[[bytes], Record]
    known: Callable[[Connection, list[int]], _Ours]
    store: Callable[[Connection, Sequence[tuple[int, Record]]], int]
    add: Callable[[Connection, Sequence[tuple[int, Record]]], int] | None = None


def load_artists(path: Path, db: Connection, found: Found, tell: Tell) -> None:
    """Names and name variations of the artists that the catalogue knows by Discogs' id."""
    kind = _Kind("artist", _CHILD_ID, careful.read_artist, _known_artists, _artists, _further_names)
    _load(path, db, kind, found, tell)


def load_labels(path: Path, db: Connection, found: Found, tell: Tell) -> None:
    """The labels of the pressings here, with the label above each."""
    kind = _Kind("label", _CHILD_ID, careful.read_label, _known_labels, _labels)
    _load(path, db, kind, found, tell)


def load_masters(path: Path, db: Connection, found: Found, tell: Tell) -> None:
    """Title, year, genres, main release and credits of the masters with pressings here."""
    kind = _Kind("master", _MASTER_ID, careful.read_master, _known_masters, _masters)
    _load(path, db, kind, found, tell)


def _load(path: Path, db: Connection, kind: _Kind[Record], found: Found, tell: Tell) -> None:
    """Block by block, each in one transaction."""
    counts, told_already = found.counts, Numbers()
    file = DumpFile(path, kind.tag)
    try:
        for block in file.blocks(BLOCK_BYTES):
            damage.note_nuls(block, counts)
            numbered = list(_numbered(block, kind.tag, kind.pattern, found))
            ours, merged = kind.known(db, list({id for id, _ in numbered}))
            records = _first_of_each(numbered, {*ours, *merged}, told_already, counts)
            wanted = _read(records, ours, kind, found)
            also = []
            if kind.add is None:
                counts[MERGED] += len(records.keys() & merged.keys())
            else:
                also = _read(records, merged, kind, found)
            with db.transaction():
                changed = kind.store(db, wanted) if wanted else 0
                if kind.add is not None and also:
                    changed += kind.add(db, also)
            counts["updated"] += changed
            counts["unchanged"] += len(wanted) + len(also) - changed
            tell(file.position, counts)
    finally:
        file.close()


def _first_of_each(
    numbered: Iterable[tuple[int, bytes]],
    known: Container[int],
    told_already: Numbers,
    counts: Counter[str],
) -> dict[int, bytes]:
    """The records of numbers that matter here and that the file has not told before."""
    records = {}
    for id, record in numbered:
        if id not in known:
            counts["passed over"] += 1
        elif told_already.add(id):
            records[id] = record
        else:
            counts[f"skipped: {AGAIN}"] += 1
    return records


def _read(
    records: Mapping[int, bytes], ours: Mapping[int, int], kind: _Kind[Record], found: Found
) -> list[tuple[int, Record]]:
    """Our ids and what these records say, but for those that cannot be read."""
    wanted = []
    for id, entity in ours.items():
        if id not in records:
            continue
        try:
            wanted.append((entity, kind.read(records[id])))
        except BadRecord as error:
            found.skip(error, str(id))
    return wanted


def _numbered(
    block: bytes, tag: str, pattern: re.Pattern[bytes], found: Found
) -> Iterator[tuple[int, bytes]]:
    last = ""
    for record in cut_all(block, tag):
        found.counts["read"] += 1
        head = pattern.match(record)
        if head is None:
            found.skip(NO_ID, f"{damage.NUMBERLESS} behind {last}" if last else damage.NUMBERLESS)
            continue
        last = head[1].decode()
        if len(last) < 20 and int(last) <= MOST_NUMBERED:
            yield int(last), record
        else:
            found.skip(BEYOND, last)


def _known_artists(db: Connection, ids: list[int]) -> _Ours:
    return _external(db, "artist", ids)


def _known_masters(db: Connection, ids: list[int]) -> _Ours:
    return _external(db, "album", ids)


def _external(db: Connection, kind: str, ids: list[int]) -> _Ours:
    rows = db.execute(
        f"SELECT e.value, e.entity_id, {BROUGHT} FROM catalog_externalid e "
        "WHERE e.kind = %s AND e.source = 'discogs' AND e.value = ANY(%s)",
        [kind, [str(id) for id in ids]],
    ).fetchall()
    ours: _Ours = ({}, {})
    for value, entity, brought in rows:
        ours[brought][int(value)] = entity
    return ours


def _known_labels(db: Connection, ids: list[int]) -> _Ours:
    """Labels have no rows before this file: those that a pressing names, by Discogs' own id."""
    rows = db.execute(
        "SELECT id FROM unnest(%s::bigint[]) AS wanted(id) WHERE EXISTS ("
        "SELECT 1 FROM catalog_releaselabel WHERE label_discogs_id = wanted.id)",
        [ids],
    ).fetchall()
    return {id: id for (id,) in rows}, {}


def _artists(db: Connection, found: Sequence[tuple[int, DumpArtist]]) -> int:
    names = [(entity, *_named(one.name)) for entity, one in found]
    renamed = db.execute(
        f"""
        UPDATE catalog_artist a SET name = t.name, disambiguation = t.disambiguation,
            normalised = t.normalised, updated_at = now()
        FROM (
            SELECT n.id, {told("name")}, {told("name", "normalised")}, {told("disambiguation")}
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
                AS n(id, name, disambiguation, normalised)
            {beside("artist", "name", "normalised", "disambiguation")}
        ) t
        WHERE a.id = t.id AND a.source = %s
            AND (a.name, a.disambiguation) IS DISTINCT FROM (t.name, t.disambiguation)
        RETURNING a.id
        """,
        [*_columns(names), SOURCE],
    ).fetchall()
    variations = [
        (entity, name[:500], normalise_name(name)[:500])
        for entity, one in found
        for name in dict.fromkeys(one.variations)
        if name.strip()
    ]
    added = db.execute(
        """
        INSERT INTO catalog_artistname (artist_id, name, normalised)
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[])
        ON CONFLICT (artist_id, name) DO NOTHING RETURNING artist_id
        """,
        _columns(variations, 3),
    ).fetchall()
    return len({*renamed, *added})


def _further_names(db: Connection, found: Sequence[tuple[int, DumpArtist]]) -> int:
    """Names under which the artist is found that these were merged into; a split gives them back.
    Its own name and those of the merged rows find it already."""
    numbers: dict[tuple[int, str], int] = {}
    for entity, one in found:
        for name in (bare_name(one.name)[0], *one.variations):
            if name.strip():
                numbers.setdefault((entity, name[:500]), one.id)
    names = [(entity, name, normalise_name(name)[:500]) for entity, name in numbers]
    added = db.execute(
        """
        INSERT INTO catalog_artistname (artist_id, name, normalised)
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(artist, name, normalised)
        WHERE NOT EXISTS (
            SELECT 1 FROM catalog_artist a
            WHERE (a.id = n.artist OR a.merged_into_id = n.artist) AND a.name = n.name)
        ON CONFLICT (artist_id, name) DO NOTHING RETURNING id, artist_id, name
        """,
        _columns(names, 3),
    ).fetchall()
    given = [(id, numbers[artist, name]) for id, artist, name in added]
    apart.note_names(db, given)
    return len({number for _, number in given})


def _labels(db: Connection, found: Sequence[tuple[int, DumpLabel]]) -> int:
    rows = [(id, *_named(one.name), one.parent_id) for id, one in found]
    changed = db.execute(
        f"""
        INSERT INTO catalog_label AS l
            (discogs_id, name, disambiguation, normalised, parent_discogs_id, source)
        SELECT n.discogs_id, {told("name")}, {told("disambiguation")},
            {told("name", "normalised")}, {told("parent_discogs_id")}, %s
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[])
            AS n(discogs_id, name, disambiguation, normalised, parent_discogs_id)
        {
            beside(
                "label",
                "name",
                "disambiguation",
                "normalised",
                "parent_discogs_id",
                key="discogs_id",
            )
        }
        ON CONFLICT (discogs_id) DO UPDATE SET name = excluded.name,
            disambiguation = excluded.disambiguation, normalised = excluded.normalised,
            parent_discogs_id = excluded.parent_discogs_id
        WHERE (l.name, l.disambiguation, l.parent_discogs_id) IS DISTINCT FROM
            (excluded.name, excluded.disambiguation, excluded.parent_discogs_id)
        RETURNING discogs_id
        """,
        [SOURCE, *_columns(rows)],
    ).fetchall()
    # What a list told by name only has its number now.
    gone = db.execute(
        "DELETE FROM catalog_label WHERE discogs_id IS NULL AND normalised = ANY(%s::text[]) "
        "RETURNING id, normalised",
        [[row[3] for row in rows]],
    ).fetchall()
    if gone:
        with db.cursor() as cursor:
            corrections.lead_labels(cursor, dict(gone))
    return len(changed)


def _masters(db: Connection, found: Sequence[tuple[int, DumpMaster]]) -> int:
    rows = [
        (
            entity, _title(one), normalise_title(_title(one))[:1000],
            artist_line(one.artists)[:1000] if one.artists else "", one.year, one.main_release,
            array_text(one.genres), array_text(one.styles),
        )
        for entity, one in found
    ]  # fmt: skip
    changed = db.execute(
        f"""
        UPDATE catalog_album b SET title = t.title, normalised = t.normalised,
            artist_line = t.artist_line, year = t.year, main_discogs_id = t.main,
            genres = t.genres::text[], styles = t.styles::text[], source = %s, updated_at = now()
        FROM (
            SELECT n.id, {told("title")}, {told("title", "normalised")}, {told("artist_line")},
                {told("year")}, n.main, n.genres, n.styles,
                coalesce('{corrections.CREDITS}' = ANY(h.fields), false) AS credited
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::smallint[],
                %s::bigint[], %s::text[], %s::text[])
                AS n(id, title, normalised, artist_line, year, main, genres, styles)
            {beside("album", "title", "normalised", "artist_line", "year")}
        ) t
        WHERE b.id = t.id AND b.source = ANY(%s) AND
            (b.source, b.title, b.artist_line, b.year, b.main_discogs_id, b.genres::text[],
             b.styles::text[]) IS DISTINCT FROM
            (%s, t.title, t.artist_line, t.year, t.main, t.genres::text[], t.styles::text[])
        RETURNING b.id, t.credited
        """,
        [DESCRIBED, *_columns(rows), [SOURCE, DESCRIBED], DESCRIBED],
    ).fetchall()
    # Whose credits a curator has corrected keeps them.
    ids = {album for album, corrected in changed if not corrected}
    credits = {id for entity, one in found if entity in ids for id, *_ in one.artists if id}
    own, merged = _external(db, "artist", list(credits))
    artists = {**own, **merged}
    for entity, one in found:
        if entity in ids:
            lines = [
                (artists[id], position, (anv or bare_name(name)[0])[:500], join[:40])
                for position, (id, name, anv, join) in enumerate(one.artists)
                if id in artists
            ]
            if lines:
                write_credits(db, entity, lines)
    return len(changed)


def _title(master: DumpMaster) -> str:
    return (master.title or "Untitled")[:1000]


def _named(name: str) -> tuple[str, str, str]:
    bare, number = bare_name(name)
    return bare[:500], number, normalise_name(bare)[:500] if bare else ""


def _columns(rows: Sequence[tuple[Any, ...]], width: int = 0) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
