"""After the rows: what the search box reads, how well known things are, and fresh statistics."""

from __future__ import annotations

from psycopg import Connection

from catalog.dumps.tables import DESCRIBED, SOURCE

# An album that was pressed often is looked for often; one or two pressings say nothing.
WELL_KNOWN = 3

_ALBUM_POPULARITY = """
UPDATE catalog_album b SET popularity = n.pressings
FROM (SELECT album_id, count(*) AS pressings FROM catalog_release
      GROUP BY album_id HAVING count(*) >= %s) n
WHERE b.id = n.album_id AND b.source = ANY(%s) AND b.popularity < n.pressings
"""
_ARTIST_POPULARITY = """
UPDATE catalog_artist a SET popularity = n.albums
FROM (SELECT artist_id, count(*) AS albums FROM catalog_albumartist
      GROUP BY artist_id HAVING count(*) >= %s) n
WHERE a.id = n.artist_id AND a.source = %s AND a.popularity < n.albums
"""
_ARTIST_ENTRIES = """
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, popularity)
SELECT 'artist', a.id, a.name, a.normalised, a.popularity FROM catalog_artist a
WHERE a.id > %s AND a.source = %s AND NOT a.is_placeholder
ON CONFLICT DO NOTHING
"""
_ALBUM_ENTRIES = """
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, popularity)
SELECT 'album', b.id, b.title, b.normalised, b.popularity FROM catalog_album b
WHERE b.id > %s AND b.source = ANY(%s)
ON CONFLICT DO NOTHING
"""


def count_popularity(db: Connection) -> None:
    db.execute(_ALBUM_POPULARITY, [WELL_KNOWN, [SOURCE, DESCRIBED]])
    db.execute(_ARTIST_POPULARITY, [WELL_KNOWN, SOURCE])


def fill_search(db: Connection, *, last_artist: int, last_album: int) -> None:
    """Search entries of the artists and albums with higher ids than these."""
    db.execute(_ARTIST_ENTRIES, [last_artist, SOURCE])
    db.execute(_ALBUM_ENTRIES, [last_album, [SOURCE, DESCRIBED]])


def analyse(db: Connection, tables: tuple[str, ...]) -> None:
    for table in tables:
        db.execute(f"ANALYZE {table}")


def refresh_names(db: Connection, kind: str) -> None:
    """Search entries of artists or albums that a file has renamed: a new one, the old one gone."""
    table = {"artists": "artist", "masters": "album"}.get(kind)
    if table is None:
        return
    text = {"artist": "name", "album": "title"}[table]
    sources = [SOURCE, DESCRIBED]
    db.execute(
        f"""
        INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, popularity)
        SELECT '{table}', t.id, t.{text}, t.normalised, t.popularity FROM catalog_{table} t
        WHERE t.source = ANY(%s) AND NOT EXISTS (
            SELECT 1 FROM catalog_searchentry e
            WHERE e.kind = '{table}' AND e.entity_id = t.id AND e.normalised = t.normalised)
        ON CONFLICT DO NOTHING
        """,
        [sources],
    )
    db.execute(
        f"""
        DELETE FROM catalog_searchentry e USING catalog_{table} t
        WHERE e.kind = '{table}' AND e.entity_id = t.id AND t.source = ANY(%s)
            AND e.normalised <> t.normalised
        """,
        [sources],
    )
