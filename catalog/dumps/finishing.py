"""After the rows: what the search box reads, how well known things are, and fresh statistics."""

from __future__ import annotations

from psycopg import Connection

from catalog import corrections, search_sql
from catalog.dumps.tables import DESCRIBED, SOURCE

# An album that was pressed often is looked for often; one or two pressings say nothing.
WELL_KNOWN = 3
# A curator may know better how well known something is.
NOT_CORRECTED = {
    "album": corrections.none_of("album", "popularity", "b.id"),
    "artist": corrections.none_of("artist", "popularity", "a.id"),
}

_ALBUM_POPULARITY = f"""
UPDATE catalog_album b SET popularity = n.pressings
FROM (SELECT album_id, count(*) AS pressings FROM catalog_release
      GROUP BY album_id HAVING count(*) >= %s) n
WHERE b.id = n.album_id AND b.source = ANY(%s) AND b.popularity < n.pressings
    AND {NOT_CORRECTED["album"]}
"""
_ARTIST_POPULARITY = f"""
UPDATE catalog_artist a SET popularity = n.albums
FROM (SELECT artist_id, count(*) AS albums FROM catalog_albumartist
      GROUP BY artist_id HAVING count(*) >= %s) n
WHERE a.id = n.artist_id AND a.source = %s AND a.popularity < n.albums
    AND {NOT_CORRECTED["artist"]}
"""
# The mark of the popular ones is set in passing, as most are new when a whole catalogue is loaded.
_ARTIST_ENTRIES = f"""
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
SELECT 'artist', a.id, a.name, a.normalised, {search_sql.ARTIST_WORDS}, a.popularity,
    row_number() OVER (ORDER BY a.popularity DESC, a.id) <= %s
FROM catalog_artist a WHERE a.id > %s AND a.source = %s AND NOT a.is_placeholder
ON CONFLICT DO NOTHING
"""
# As search_sql.ALBUM_WORDS, for all albums of a load at once.
_ALBUM_ENTRIES = """
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
SELECT 'album', b.id, b.title, b.normalised,
    left(concat_ws(' ', n.names, b.normalised), 2000), b.popularity,
    row_number() OVER (ORDER BY b.popularity DESC, b.id) <= %s
FROM catalog_album b LEFT JOIN (
    SELECT c.album_id, string_agg(a.normalised, ' ' ORDER BY c.position) AS names
    FROM catalog_albumartist c JOIN catalog_artist a ON a.id = c.artist_id
    WHERE c.album_id > %s AND NOT a.is_placeholder GROUP BY c.album_id
) n ON n.album_id = b.id
WHERE b.id > %s AND b.source = ANY(%s)
ON CONFLICT DO NOTHING
"""
_POPULARITY = """
UPDATE catalog_searchentry e SET popularity = t.popularity FROM catalog_{table} t
WHERE e.kind = '{table}' AND e.entity_id = t.id AND e.popularity <> t.popularity
"""


def count_popularity(db: Connection) -> None:
    db.execute(_ALBUM_POPULARITY, [WELL_KNOWN, [SOURCE, DESCRIBED]])
    db.execute(_ARTIST_POPULARITY, [WELL_KNOWN, SOURCE])


def fill_search(db: Connection, *, last_artist: int, last_album: int) -> None:
    """Search entries of the artists and albums with higher ids than these, popularity and the
    words of the popular ones brought up to date."""
    most = search_sql.POPULAR
    db.execute(_ARTIST_ENTRIES, [most["artist"], last_artist, SOURCE])
    db.execute(_ALBUM_ENTRIES, [most["album"], last_album, last_album, [SOURCE, DESCRIBED]])
    renew_popularity(db)
    mark_popular(db)


def renew_popularity(db: Connection) -> None:
    """In the search entries."""
    for table in search_sql.POPULAR:
        db.execute(_POPULARITY.format(table=table))


def mark_popular(db: Connection) -> None:
    """Which entries are ranked as a whole, and the words of theirs that may be mistyped."""
    analyse(db, ("catalog_searchentry",))
    for kind, most in search_sql.POPULAR.items():
        db.execute(search_sql.MARK_POPULAR, [most, kind])
    db.execute(search_sql.ADD_WORDS)


def analyse(db: Connection, tables: tuple[str, ...]) -> None:
    """Fresh statistics of the columns that some index has, which are those that queries filter and
    join on: sampling the others takes longer than all the rest, and autovacuum does it in time."""
    for table in tables:
        columns = db.execute(
            "SELECT string_agg(DISTINCT quote_ident(attname), ', ') FROM pg_attribute a "
            "JOIN pg_index i ON i.indrelid = a.attrelid AND a.attnum = ANY(i.indkey) "
            "WHERE attrelid = %s::regclass AND atttypid <> 'varchar[]'::regtype",
            [table],
        ).fetchone()
        assert columns is not None
        db.execute(f"ANALYZE {table} ({columns[0]})")


_RENAMED_ARTISTS = f"""
WITH told AS (
    SELECT a.id, a.name, a.normalised, {search_sql.ARTIST_WORDS} AS words
    FROM catalog_artist a WHERE a.source = ANY(%(sources)s) AND NOT a.is_placeholder
), renamed AS (
    INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
    SELECT 'artist', t.id, t.name, t.normalised, t.words, 0, false FROM told t
    LEFT JOIN catalog_searchentry e ON e.kind = 'artist' AND e.entity_id = t.id
    WHERE e.id IS NULL OR (e.normalised, {search_sql.OWN_WORDS}) <> (t.normalised, t.words)
    ON CONFLICT (kind, entity_id) DO UPDATE
        SET text = excluded.text, normalised = excluded.normalised, words = excluded.words
    RETURNING entity_id
)
UPDATE catalog_searchentry e SET words = {search_sql.ALBUM_WORDS}
FROM catalog_album b
WHERE e.kind = 'album' AND e.entity_id = b.id
    AND b.id IN (SELECT album_id FROM catalog_albumartist
                 WHERE artist_id IN (SELECT entity_id FROM renamed))
    AND {search_sql.OWN_WORDS} <> {search_sql.ALBUM_WORDS}
"""
# Artists who were here before a dump keep their own words, which say more than a dump's: what files
# call them comes behind.
_FURTHER_NAMES = f"""
UPDATE catalog_searchentry e SET words = left(e.words || ' ' || n.names, 2000)
FROM (
    SELECT a.id,
        left(string_agg(n.normalised, ' ' ORDER BY n.id), {search_sql.OTHER_NAMES}) AS names
    FROM catalog_artist a JOIN catalog_artistname n ON n.artist_id = a.id
    WHERE a.source <> ALL(%(sources)s) AND NOT a.is_placeholder AND n.normalised <> ''
    GROUP BY a.id
) n
WHERE e.kind = 'artist' AND e.entity_id = n.id AND length(e.words) < 2000
    AND position(n.names IN e.words) = 0
"""
_RENAMED_ALBUMS = f"""
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
SELECT 'album', b.id, b.title, b.normalised, {search_sql.ALBUM_WORDS}, b.popularity, false
FROM catalog_album b LEFT JOIN catalog_searchentry e ON e.kind = 'album' AND e.entity_id = b.id
WHERE b.source = ANY(%(sources)s) AND (e.id IS NULL OR e.normalised <> b.normalised)
ON CONFLICT (kind, entity_id) DO UPDATE
    SET text = excluded.text, normalised = excluded.normalised, words = excluded.words
"""
_RENAMED = {"artists": (_RENAMED_ARTISTS, _FURTHER_NAMES), "masters": (_RENAMED_ALBUMS,)}


def refresh_names(db: Connection, kind: str) -> None:
    """Search entries of artists or albums that a file has renamed or given further names."""
    if kind in _RENAMED:
        for statement in _RENAMED[kind]:
            db.execute(statement, {"sources": [SOURCE, DESCRIBED]})
        mark_popular(db)
