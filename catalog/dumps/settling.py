"""The end of a first load: artists and masters that several processes have met become one row.

The loading processes write albums and pressings with ids that follow from Discogs' own. Rows that
were there before (made from a listener's words, or by a job meanwhile) keep theirs: what was loaded
is led to them. Each step is one transaction and knows when it has been done, so that an import that
was killed here goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection

from catalog import search_sql
from catalog.dumps import finishing
from catalog.dumps.filling import (
    SPAN,
    STAGED_ARTIST,
    STAGED_CREDIT,
    STAGED_ENTRY,
    STAGED_MASTER,
    Bases,
)
from catalog.dumps.tables import DESCRIBED, SOURCE

_STAGED = {
    STAGED_ARTIST: (
        "discogs_id bigint, name text, disambiguation text, normalised text, is_placeholder bool"
    ),
    STAGED_MASTER: (
        "master_id bigint, number bigint, title text, normalised text, artist_line text, "
        "year smallint, kind text, genres text[], styles text[], words text"
    ),
    STAGED_CREDIT: (
        "master_id bigint, number bigint, artist_id bigint, position smallint, credited_as text, "
        '"join" text'
    ),
    STAGED_ENTRY: "album_id bigint, text text, normalised text, words text",
}
# Steps that adding rows twice would spoil, once they are done.
_DONE = "catalog_load_done"
_ARTISTS = f"""
CREATE TABLE catalog_load_artist WITH (autovacuum_enabled = false) AS
SELECT DISTINCT ON (discogs_id) *, discogs_id + {{artists}} AS id, NULL::bigint AS known
FROM {STAGED_ARTIST} ORDER BY discogs_id
"""
# Of several pressings the one with the lowest number tells its master.
_MASTERS = f"""
CREATE TABLE catalog_load_album WITH (autovacuum_enabled = false) AS
SELECT DISTINCT ON (master_id) *, master_id + {{albums}} AS id, NULL::bigint AS known
FROM {STAGED_MASTER} ORDER BY master_id, number
"""
_KNOWN_BY_ID = """
UPDATE catalog_load_{kind} l SET known = e.entity_id FROM catalog_externalid e
WHERE e.kind = '{kind}' AND e.source = 'discogs' AND e.value = l.{number}::text
"""
# Ids of rows that a merge has emptied lead to where it went, in the end.
_MERGED = """
WITH RECURSIVE trail AS (
    SELECT l.id AS start, t.merged_into_id AS target, 1 AS depth
    FROM catalog_load_{kind} l JOIN catalog_{kind} t ON t.id = l.known
    WHERE t.merged_into_id IS NOT NULL
    UNION ALL
    SELECT start, t.merged_into_id, depth + 1 FROM trail
    JOIN catalog_{kind} t ON t.id = trail.target
    WHERE t.merged_into_id IS NOT NULL AND depth < 20
)
UPDATE catalog_load_{kind} l SET known = ends.target
FROM (SELECT DISTINCT ON (start) start, target FROM trail ORDER BY start, depth DESC) ends
WHERE l.id = ends.start
"""
# Rows made from a listener's words have no Discogs id yet and get one instead of a namesake: of
# several the best known one, and of several loaded the one with the lowest number.
_ADOPT_ARTISTS = """
UPDATE catalog_load_artist l SET known = mine.id
FROM (
    SELECT DISTINCT ON (normalised) normalised, id FROM catalog_artist a
    WHERE merged_into_id IS NULL AND source <> %(source)s AND NOT EXISTS (
        SELECT 1 FROM catalog_externalid e
        WHERE e.kind = 'artist' AND e.entity_id = a.id AND e.source = 'discogs')
    ORDER BY normalised, popularity DESC, id
) mine
WHERE mine.normalised = l.normalised AND l.known IS NULL AND l.disambiguation = ''
    AND NOT EXISTS (SELECT 1 FROM catalog_load_artist other WHERE other.normalised = l.normalised
        AND other.disambiguation = '' AND other.known IS NULL AND other.id < l.id)
"""
# Each step looks at whole tables once: what is staged has no indexes, so asking for each album by
# itself would read all of it as often as there are albums of the same titles.
_ADOPT_ALBUMS = f"""
WITH mine AS (
    SELECT DISTINCT ON (c.artist_id, b.normalised) c.artist_id, b.normalised, b.id
    FROM catalog_album b JOIN catalog_albumartist c ON c.album_id = b.id AND c.position = 0
    WHERE b.merged_into_id IS NULL AND b.source <> ALL(%(sources)s) AND NOT EXISTS (
        SELECT 1 FROM catalog_externalid e
        WHERE e.kind = 'album' AND e.entity_id = b.id AND e.source = 'discogs')
    ORDER BY c.artist_id, b.normalised, b.popularity DESC, b.id
), alike AS (
    SELECT id, master_id, number, normalised, artist_line FROM catalog_load_album
    WHERE known IS NULL AND normalised IN (SELECT normalised FROM mine)
), credited AS (
    SELECT DISTINCT ON (l.id) l.*, coalesce(a.known, a.id) AS artist_id
    FROM alike l JOIN {STAGED_CREDIT} c USING (master_id, number)
    JOIN catalog_load_artist a ON a.discogs_id = c.artist_id
    ORDER BY l.id, c.position
)
UPDATE catalog_load_album l SET known = mine.id
FROM credited one JOIN mine USING (artist_id, normalised)
WHERE l.id = one.id AND NOT EXISTS (
    SELECT 1 FROM catalog_load_album other WHERE other.normalised = one.normalised
        AND other.artist_line = one.artist_line AND other.known IS NULL AND other.id < one.id)
"""
_CREDITS = f"""
INSERT INTO catalog_albumartist (album_id, artist_id, position, credited_as, "join")
SELECT l.id, c.artist_id + %(artists)s, c.position, c.credited_as, c."join"
FROM catalog_load_album l JOIN {STAGED_CREDIT} c USING (master_id, number)
WHERE l.known IS NULL ORDER BY l.id, c.position
"""
_LEAD_CREDITS = """
UPDATE catalog_albumartist c SET artist_id = l.known FROM catalog_load_artist l
WHERE c.artist_id = l.id AND l.known <> l.id
"""
# Trails of merges are told whose masters the pressings have that come there, so that a split gives
# them back (`catalog.dumps.apart`); in one statement, as the pressings are all read for it.
_LEAD_RELEASES = """
WITH led AS (
    UPDATE catalog_release r SET album_id = l.known FROM catalog_load_album l
    WHERE r.album_id = l.id AND l.known <> l.id
    RETURNING r.id, l.master_id
)
UPDATE catalog_mergerecord m SET moved = m.moved
    || jsonb_build_object('releases', coalesce(m.moved -> 'releases', '[]') || came.releases)
FROM (
    SELECT m.id, jsonb_agg(led.id ORDER BY led.id) AS releases
    FROM catalog_mergerecord m CROSS JOIN jsonb_array_elements(m.moved -> 'ids') AS brought(id)
    JOIN catalog_externalid e ON e.id = brought.id::bigint AND e.source = 'discogs'
    JOIN led ON led.master_id::text = e.value
    WHERE m.kind = 'album' AND m.undone_at IS NULL
    GROUP BY m.id
) came
WHERE m.id = came.id
"""
_INSERT_ALBUMS = """
INSERT INTO catalog_album (id, title, normalised, artist_line, year, kind, genres, styles,
    main_discogs_id, popularity)
SELECT l.id, l.title, l.normalised, l.artist_line, l.year, l.kind, l.genres, l.styles, l.number,
    coalesce(n.pressings, 0)
FROM catalog_load_album l LEFT JOIN (
    SELECT album_id, count(*) AS pressings FROM catalog_release
    GROUP BY album_id HAVING count(*) >= %(well_known)s) n ON n.album_id = l.id
WHERE l.known IS NULL ORDER BY l.id
"""
_INSERT_ARTISTS = """
INSERT INTO catalog_artist (id, name, disambiguation, normalised, country, genres, is_placeholder,
    popularity)
SELECT l.id, l.name, l.disambiguation, l.normalised, '', '{}', l.is_placeholder,
    coalesce(n.albums, 0)
FROM catalog_load_artist l LEFT JOIN (
    SELECT artist_id, count(*) AS albums FROM catalog_albumartist
    GROUP BY artist_id HAVING count(*) >= %(well_known)s) n ON n.artist_id = l.id
WHERE l.known IS NULL ORDER BY l.id
"""
# In the order of their index, so that it grows at its end.
_INSERT_IDS = """
INSERT INTO catalog_externalid (kind, source, value, entity_id)
SELECT '{kind}', 'discogs', {number}::text, coalesce(known, id) FROM catalog_load_{kind}
WHERE known IS NULL OR NOT EXISTS (
    SELECT 1 FROM catalog_externalid e
    WHERE e.kind = '{kind}' AND e.source = 'discogs' AND e.value = {number}::text)
ORDER BY {number}::text
"""
# In the order of their unique index, so that it grows at its end.
_ARTIST_ENTRIES = f"""
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
SELECT 'artist', a.id, a.name, a.normalised, {search_sql.NEW_ARTIST_WORDS}, a.popularity,
    (-a.popularity, a.id) <= (%(rank)s, %(last)s)
FROM catalog_load_artist l JOIN catalog_artist a ON a.id = l.id
WHERE l.known IS NULL AND NOT a.is_placeholder ORDER BY a.id
"""
_ALBUM_ENTRIES = f"""
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
SELECT 'album', id, title, normalised, words, popularity,
    (-popularity, id) <= (%(rank)s, %(last)s)
FROM (
    SELECT l.id, l.title, l.normalised, l.words, b.popularity
    FROM catalog_load_album l JOIN catalog_album b ON b.id = l.id WHERE l.known IS NULL
    UNION ALL
    SELECT album_id, text, normalised, words, 0 FROM {STAGED_ENTRY}
) entries ORDER BY id
"""
# Where others were there before, the marks are made anew when all have entries.
_RANKS = {
    "artist": "SELECT -popularity, id FROM catalog_artist WHERE NOT is_placeholder",
    "album": "SELECT -popularity, id FROM catalog_album",
}
_HIGHEST = 2**63 - 1
_LAST_POPULAR = "{} ORDER BY 1, 2 OFFSET %s LIMIT 1"
# Words of an album whose artist goes by another name here, as search_sql.ALBUM_WORDS makes them,
# but for all at once: there are no statistics yet to plan a look-up for each with.
_WORDS_OF_LED = """
UPDATE catalog_searchentry e SET words = led.words
FROM (
    SELECT b.id, left(concat_ws(' ', n.names, b.normalised), 2000) AS words
    FROM catalog_album b JOIN (
        SELECT c.album_id, string_agg(a.normalised, ' ' ORDER BY c.position)
            FILTER (WHERE NOT a.is_placeholder) AS names
        FROM catalog_albumartist c JOIN catalog_artist a ON a.id = c.artist_id
        WHERE c.album_id IN (
            SELECT c.album_id FROM catalog_albumartist c
            JOIN catalog_load_artist l ON l.known = c.artist_id WHERE l.known <> l.id)
        GROUP BY c.album_id
    ) n ON n.album_id = b.id
) led
WHERE e.kind = 'album' AND e.entity_id = led.id AND e.words <> led.words
"""


def bases(db: Connection) -> Bases:
    """Where the ids of a first load begin; ids that others make meanwhile come after it."""
    found = []
    for table in ("catalog_release", "catalog_album", "catalog_artist"):
        row = db.execute(
            f"SELECT last_value, is_called, (SELECT max(id) FROM {table}) FROM {table}_id_seq"
        ).fetchone()
        assert row is not None
        last = max(row[0] if row[1] else 0, row[2] or 0)
        base = (last // SPAN + 1) * SPAN if last else 0
        db.execute("SELECT setval(%s, %s)", [f"{table}_id_seq", base + SPAN])
        found.append(base)
    return Bases(*found)


def prepare(db: Connection) -> None:
    """The tables for what several processes meet; safe to repeat."""
    for table, columns in _STAGED.items():
        # Nobody asks for single rows, so nobody needs statistics of them.
        db.execute(
            f"CREATE TABLE IF NOT EXISTS {table} ({columns}) WITH (autovacuum_enabled = false)"
        )


def settle(db: Connection, base: Bases) -> None:
    """One row of each artist and each master."""
    db.execute(f"CREATE TABLE IF NOT EXISTS {_DONE} (step text PRIMARY KEY)")
    if not _there(db, STAGED_ARTIST) or _there(db, "catalog_load_artist"):
        return
    values = {
        **base._asdict(),
        "source": SOURCE,
        "sources": [SOURCE, DESCRIBED],
        "well_known": finishing.WELL_KNOWN,
    }
    with db.transaction():
        db.execute(_ARTISTS.format(**values))
        db.execute(_MASTERS.format(**values))
        db.execute(
            "ANALYZE catalog_load_artist (id, discogs_id), catalog_load_album (id, master_id)"
        )
        # What was just made has hardly any statistics: a loop over an index is taken for cheap.
        db.execute("SET LOCAL enable_nestloop = off")
        led = _lead(db, values)
        for statement in (
            _CREDITS,
            *((_LEAD_CREDITS, _LEAD_RELEASES) if led else ()),
            _INSERT_ALBUMS,
            _INSERT_ARTISTS,
        ):
            db.execute(statement, values if "%" in statement else None)
        if led:
            finishing.count_popularity(db)


def fill_ids(db: Connection) -> None:
    """Discogs' ids of the settled artists and masters."""
    if not _there(db, "catalog_load_artist"):
        return
    with _once(db, "ids") as wanted:
        if wanted:
            # In the order of the unique index, which begins with the kind: it grows at its end.
            db.execute(_INSERT_IDS.format(kind="album", number="master_id"))
            db.execute(_INSERT_IDS.format(kind="artist", number="discogs_id"))


def fill_search(db: Connection) -> None:
    """Search entries of all that was loaded, and which of them are ranked as a whole."""
    if not _there(db, STAGED_ENTRY):
        return
    most = search_sql.POPULAR
    with _once(db, "search") as wanted:
        if not wanted:
            return
        before = _any(db, "catalog_searchentry")
        # The rows that were just made have no statistics: a loop over the index is taken for cheap.
        db.execute("SET LOCAL enable_nestloop = off")
        # Albums first, in the order of the unique index.
        for kind, entries in (("album", _ALBUM_ENTRIES), ("artist", _ARTIST_ENTRIES)):
            last = db.execute(_LAST_POPULAR.format(_RANKS[kind]), [most[kind] - 1]).fetchone()
            db.execute(entries, dict(zip(("rank", "last"), last or (0, _HIGHEST), strict=True)))
        if before:
            db.execute(_WORDS_OF_LED)
            finishing.renew_popularity(db)
            for kind, number in most.items():
                db.execute(search_sql.MARK_POPULAR, [number, kind])


def clear(db: Connection) -> None:
    """All is done."""
    with db.transaction():
        for table in (*_STAGED, "catalog_load_artist", "catalog_load_album", _DONE):
            db.execute(f"DROP TABLE IF EXISTS {table}")


@contextmanager
def _once(db: Connection, step: str) -> Iterator[bool]:
    """A transaction; whether what is to be done in it has not been done yet in this load."""
    with db.transaction():
        new = f"INSERT INTO {_DONE} VALUES (%s) ON CONFLICT DO NOTHING"
        yield db.execute(new, [step]).rowcount == 1


def _there(db: Connection, table: str) -> bool:
    row = db.execute("SELECT to_regclass(%s)", [table]).fetchone()
    return row is not None and row[0] is not None


def _any(db: Connection, table: str) -> bool:
    return db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def _lead(db: Connection, values: dict[str, object]) -> bool:
    """Find the rows that were there before; False when there are none."""
    if not (_any(db, "catalog_artist") or _any(db, "catalog_externalid")):
        return False
    numbers = {"artist": "discogs_id", "album": "master_id"}
    adopt = {"artist": _ADOPT_ARTISTS, "album": _ADOPT_ALBUMS}
    led = 0
    for kind, number in numbers.items():
        found = db.execute(_KNOWN_BY_ID.format(kind=kind, number=number)).rowcount
        if found:
            db.execute(_MERGED.format(kind=kind))
        led += found + db.execute(adopt[kind], values).rowcount
    return led > 0
