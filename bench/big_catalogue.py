"""A large invented catalogue for benchmarks: names of real and made-up words, in real proportions.

Words are drawn by Zipf's law from those of the demo catalogue and from made-up ones; artists have
few or many albums and albums few or many pressings by the same law. One artist has 300 albums and
one of them 200 pressings. The same seed makes the same catalogue. Written with COPY and SQL into
an empty database, with the importer's own steps for search entries and indexes.
"""

from __future__ import annotations

import gzip
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import psycopg

from catalog.dumps import finishing, structures
from catalog.matching import normalise_name, normalise_title

WORDS = 60_000
DEMO = Path(__file__).resolve().parent.parent / "catalog/data/demo_catalogue.jsonl.gz"
MOST_ALBUMS, MOST_PRESSINGS = 300, 200
_STARTS = "b br c ch cr d dr f fl g gr h j k kl l m n p pl qu r s sh sk st t tr v w z".split()
_MIDDLES = "a e i o u ai ea ee io oo ou au".split()
_ENDS = ["", "", "", "l", "n", "r", "s", "t", "m", "nd", "ck", "st", "x", "rn"]

_RELEASES = """
INSERT INTO catalog_release (album_id, discogs_id, content_hash, title, country, released, year,
    label, catalogue_number, barcode, medium, discs, format, is_unofficial, generated, source,
    created_at, updated_at, genres, styles, tracklist, companies)
SELECT b.id, row_number() OVER (), 'bench', b.title,
    (ARRAY['US', 'UK', 'Germany', 'Spain', 'Japan', 'France', 'Italy'])[1 + (b.id + n) %% 7],
    (coalesce(b.year, 1980) + n %% 30)::text, coalesce(b.year, 1980) + n %% 30,
    'Label ' || (b.id %% 40000), 'LB ' || ((b.id * 37 + n) %% 999983),
    CASE WHEN (b.id + n) %% 5 < 2 THEN '50' || lpad((b.id * 131 + n)::text, 11, '0') ELSE '' END,
    'vinyl', 1, 'LP, Album', false, true, 'bench', now(), now(), '{}', '{}', '[]', '[]'
FROM catalog_album b JOIN bench_pressings p ON p.album_id = b.id,
    generate_series(1, p.number) AS n
"""
_LABELS = """
INSERT INTO catalog_releaselabel (release_id, position, label_discogs_id, name, catno,
    catno_normalised)
SELECT id, 0, album_id %% 40000, label, catalogue_number,
    lower(replace(catalogue_number, ' ', ''))
FROM catalog_release
"""
_IDENTIFIERS = """
INSERT INTO catalog_releaseidentifier (release_id, position, kind, value, description, normalised)
SELECT id, 0, 'Barcode', barcode, '', barcode FROM catalog_release WHERE barcode <> ''
UNION ALL
SELECT r.id, side, 'Matrix / Runout', r.catalogue_number || ' ' || s.letter || '-' || (r.id %% 9),
    'Side ' || s.letter,
    lower(replace(r.catalogue_number, ' ', '')) || lower(s.letter) || (r.id %% 9)
FROM catalog_release r, (VALUES (1, 'A'), (2, 'B')) AS s (side, letter)
WHERE r.id %% 2 = 0
"""


@dataclass(frozen=True)
class Size:
    """How large the catalogue became."""

    artists: int
    albums: int
    releases: int
    megabytes: int
    seconds: float
    tables: dict[str, int]


def make(
    dsn: str,
    *,
    albums: int,
    releases: int,
    artists: int | None = None,
    seed: int = 7,
    bare: bool = False,
) -> Size:
    """Fill an empty, migrated database; afterwards it is as an import leaves it. One that has
    albums already stays as it is. `artists` None: two for five albums. `bare`: without labels,
    identifiers and entries of the search, where nothing is measured that reads them."""
    began = time.monotonic()
    with psycopg.connect(dsn, autocommit=True) as db:
        if not _one(db, "SELECT count(*) FROM (SELECT 1 FROM catalog_album LIMIT 1) one"):
            artists = artists or max(1000, int(albums * 0.4))
            _fill(db, seed, artists=artists, albums=albums, releases=releases, bare=bare)
        tables: dict[str, int] = dict(
            db.execute(
                "SELECT relname::text, pg_total_relation_size(oid) / 1000000 FROM pg_class"
                " WHERE relkind = 'r' AND relname LIKE 'catalog_%' ORDER BY 2 DESC LIMIT 8"
            ).fetchall()
        )
        artist, album, release = (
            _one(db, f"SELECT count(*) FROM catalog_{name}")
            for name in ("artist", "album", "release")
        )
        size = _one(db, "SELECT pg_database_size(current_database()) / 1000000")
    return Size(artist, album, release, size, time.monotonic() - began, tables)


def _fill(
    db: psycopg.Connection, seed: int, *, artists: int, albums: int, releases: int, bare: bool
) -> None:
    draw = random.Random(seed)
    db.execute("SET synchronous_commit = off")
    db.execute("SET maintenance_work_mem = '512MB'")
    db.execute("SET work_mem = '256MB'")
    aside = structures.secondary(db)
    structures.set_aside(db, aside)
    _names(db, draw, artists=artists, albums=albums, releases=releases)
    for statement in (_RELEASES,) if bare else (_RELEASES, _LABELS, _IDENTIFIERS):
        db.execute(statement.replace("%%", "%"))
    finishing.analyse(db, ("catalog_release", "catalog_albumartist"))
    db.execute(
        "UPDATE catalog_artist a SET popularity = n.albums FROM (SELECT artist_id, count(*)"
        " AS albums FROM catalog_albumartist GROUP BY 1) n WHERE n.artist_id = a.id"
    )
    db.execute(
        "UPDATE catalog_album b SET popularity = number FROM bench_pressings WHERE album_id = b.id"
    )
    if not bare:
        finishing.fill_search(db, last_artist=0, last_album=0)
    structures.make_again(db, aside)
    structures.as_before(db)
    db.execute("DROP TABLE bench_pressings")
    db.execute("VACUUM ANALYZE")


def _one(db: psycopg.Connection, statement: str) -> int:
    row = db.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def _names(
    db: psycopg.Connection, draw: random.Random, *, artists: int, albums: int, releases: int
) -> None:
    names = _titles(draw, "artist")
    titles = _titles(draw, "title")
    artist_names = [next(names) for _ in range(artists)]
    with db.cursor().copy(
        "COPY catalog_artist (id, name, disambiguation, normalised, country, genres,"
        " is_placeholder, popularity, generated, source, created_at, updated_at) FROM STDIN"
    ) as copy:
        for number, name in enumerate(artist_names, start=1):
            copy.write_row(
                (number, name, "", normalise_name(name), "", [], False, 0, True, "discogs-dump",
                 "now", "now")
            )  # fmt: skip
    owners = _owners(draw, artists, albums)
    with db.cursor().copy(
        "COPY catalog_album (id, title, normalised, artist_line, year, kind, genres, styles,"
        " popularity, demand, generated, source, created_at, updated_at) FROM STDIN"
    ) as copy:
        for number, owner in enumerate(owners, start=1):
            title = next(titles)
            copy.write_row(
                (number, title, normalise_title(title), artist_names[owner - 1],
                 draw.randint(1955, 2024), "album", [], [], 0, 0, True, "discogs-dump", "now",
                 "now")
            )  # fmt: skip
    with db.cursor().copy(
        'COPY catalog_albumartist (album_id, artist_id, position, credited_as, "join") FROM STDIN'
    ) as copy:
        for number, owner in enumerate(owners, start=1):
            copy.write_row((number, owner, 0, artist_names[owner - 1], ""))
    db.execute("CREATE TABLE bench_pressings (album_id bigint PRIMARY KEY, number int)")
    with db.cursor().copy("COPY bench_pressings FROM STDIN") as copy:
        for number, pressings in enumerate(_pressings(draw, albums, releases), start=1):
            copy.write_row((number, pressings))
    for table in ("artist", "album"):
        db.execute(
            f"SELECT setval(pg_get_serial_sequence('catalog_{table}', 'id'),"
            f" (SELECT max(id) FROM catalog_{table}))"
        )


def _owners(draw: random.Random, artists: int, albums: int) -> list[int]:
    """The artist of each album: the first has 300, most have one or two."""
    weights = list(accumulate(1 / rank**0.7 for rank in range(2, artists + 1)))
    drawn = draw.choices(range(2, artists + 1), cum_weights=weights, k=albums - MOST_ALBUMS)
    return [1] * MOST_ALBUMS + drawn


def _pressings(draw: random.Random, albums: int, releases: int) -> Iterator[int]:
    """How many pressings each album has: the first 200, most one or two, in sum as wanted."""
    yield MOST_PRESSINGS
    shares = [draw.paretovariate(1.1) for _ in range(albums - 1)]
    shares = [min(share, 300) for share in shares]
    each = (releases - MOST_PRESSINGS) / sum(shares)
    carried = 0.0
    for share in shares:
        carried += share * each
        number = max(1, int(carried))
        carried -= number
        yield min(number, 1500)


def _titles(draw: random.Random, kind: str) -> Iterator[str]:
    """Names of one to five words without end."""
    words = _vocabulary(draw)
    weights = list(accumulate(1 / (rank + 30) for rank in range(len(words))))
    lengths = (
        ((1, 2, 3), (35, 50, 15)) if kind == "artist" else ((1, 2, 3, 4, 5), (20, 32, 24, 14, 10))
    )
    while True:
        for length in draw.choices(lengths[0], weights=lengths[1], k=1000):
            yield " ".join(draw.choices(words, cum_weights=weights, k=length)).title()


def _vocabulary(draw: random.Random) -> list[str]:
    """The words of the demo catalogue by frequency, with made-up ones among and behind them."""
    counted: dict[str, int] = {}
    with gzip.open(DEMO, "rt", encoding="utf-8") as lines:
        for line in lines:
            for text in _texts(json.loads(line)):
                for word in text.split():
                    if word.isalpha():
                        counted[word.lower()] = counted.get(word.lower(), 0) + 1
    real = sorted(counted, key=lambda word: (-counted[word], word))
    made: dict[str, None] = {}
    while len(made) < WORDS - len(real):
        made.setdefault("".join(_syllable(draw) for _ in range(draw.choice((1, 2, 2, 2, 3, 3)))))
    rare = list(made)
    draw.shuffle(rare)
    middle = len(real) // 3
    mixed = [*real[middle:], *rare[: 2 * middle]]
    draw.shuffle(mixed)
    return [*real[:middle], *mixed, *rare[2 * middle :]]


def _texts(row: object) -> Iterator[str]:
    if isinstance(row, dict):
        for name, value in row.items():
            if name in ("name", "title", "artist") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(row, list):
        for value in row:
            yield from _texts(value)


def _syllable(draw: random.Random) -> str:
    return draw.choice(_STARTS) + draw.choice(_MIDDLES) + draw.choice(_ENDS)
