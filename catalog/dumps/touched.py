"""Which artists and albums an import has met on new or changed pressings, and what follows for
these alone: popularity, search entries, words.

A later month's file changes few of the rows, so nothing here reads a whole table. The ids are
written in the transaction of their chunk, so that an import that was killed knows them.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import Connection

from catalog import search_sql
from catalog.dumps.finishing import NOT_CORRECTED, WELL_KNOWN
from catalog.dumps.tables import DESCRIBED, SOURCE

_TABLE = "catalog_dump_touched"
_RENAMED = "renamed album"
_ALBUMS = f"(SELECT id FROM {_TABLE} WHERE kind = 'album')"
_ARTISTS = f"(SELECT id FROM {_TABLE} WHERE kind = 'artist')"
_ALBUM_POPULARITY = f"""
UPDATE catalog_album b SET popularity = n.pressings
FROM (SELECT album_id, count(*) AS pressings FROM catalog_release WHERE album_id IN {_ALBUMS}
      GROUP BY album_id HAVING count(*) >= %s) n
WHERE b.id = n.album_id AND b.source = ANY(%s) AND b.popularity < n.pressings
    AND {NOT_CORRECTED["album"]}
"""
_ARTIST_POPULARITY = f"""
UPDATE catalog_artist a SET popularity = n.albums
FROM (SELECT artist_id, count(*) AS albums FROM catalog_albumartist WHERE artist_id IN {_ARTISTS}
      GROUP BY artist_id HAVING count(*) >= %s) n
WHERE a.id = n.artist_id AND a.source = %s AND a.popularity < n.albums
    AND {NOT_CORRECTED["artist"]}
"""
_NEW_ARTISTS = f"""
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
SELECT 'artist', a.id, a.name, a.normalised, {search_sql.ARTIST_WORDS}, a.popularity, %s
FROM catalog_artist a WHERE a.id IN {_ARTISTS} AND a.source = %s AND NOT a.is_placeholder
    AND NOT EXISTS (SELECT 1 FROM catalog_searchentry e
                    WHERE e.kind = 'artist' AND e.entity_id = a.id)
ON CONFLICT DO NOTHING RETURNING words
"""
_NEW_ALBUMS = f"""
INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
SELECT 'album', b.id, b.title, b.normalised, {search_sql.ALBUM_WORDS}, b.popularity, %s
FROM catalog_album b WHERE b.id IN {_ALBUMS} AND b.source = ANY(%s)
    AND NOT EXISTS (SELECT 1 FROM catalog_searchentry e
                    WHERE e.kind = 'album' AND e.entity_id = b.id)
ON CONFLICT DO NOTHING RETURNING words
"""
# Their words are those of their own key and of whoever is credited now.
_RENAMED_ALBUMS = f"""
UPDATE catalog_searchentry e
SET text = b.title, normalised = b.normalised, words = {search_sql.ALBUM_WORDS}
FROM catalog_album b
WHERE e.kind = 'album' AND e.entity_id = b.id
    AND b.id IN (SELECT id FROM {_TABLE} WHERE kind = '{_RENAMED}')
RETURNING e.popular, e.words
"""
_POPULARITY = f"""
UPDATE catalog_searchentry e SET popularity = t.popularity
FROM catalog_{{kind}} t JOIN {_TABLE} n ON n.kind = '{{kind}}' AND n.id = t.id
WHERE e.kind = '{{kind}}' AND e.entity_id = t.id AND e.popularity <> t.popularity
"""
# The best of those that were the best before and of those that this import met: nobody else can
# have become better known by it. Parameters: kind, kind, how many.
_MARK = f"""
UPDATE catalog_searchentry e SET popular = r.best
FROM (
    SELECT id, popular, row_number() OVER (ORDER BY popularity DESC, id) <= %(most)s AS best
    FROM (
        SELECT id, popular, popularity FROM catalog_searchentry
        WHERE popular AND kind = %(kind)s
        UNION ALL
        SELECT e.id, e.popular, e.popularity FROM catalog_searchentry e
        JOIN {_TABLE} n ON n.kind = e.kind AND n.id = e.entity_id
        WHERE e.kind = %(kind)s AND NOT e.popular
    ) candidates
) r
WHERE e.id = r.id AND r.popular <> r.best
RETURNING e.popular, e.words
"""


def prepare(db: Connection) -> None:
    """The importer's own table; several processes may ask for it at once."""
    db.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_TABLE])
    db.execute(
        f"CREATE TABLE IF NOT EXISTS {_TABLE} (kind text, id bigint, PRIMARY KEY (kind, id))"
    )


def note(db: Connection, *, artists: Iterable[int], albums: Iterable[int]) -> None:
    """Whom a chunk's new and changed pressings name."""
    for kind, ids in (("album", albums), ("artist", artists)):
        _note(db, kind, ids)


def note_renamed(db: Connection, albums: Iterable[int]) -> None:
    """Albums that are found by other words than before."""
    _note(db, _RENAMED, albums)


def _note(db: Connection, kind: str, ids: Iterable[int]) -> None:
    """In the order of their ids, so that two processes never wait for each other in a circle."""
    if wanted := sorted(set(ids)):
        db.execute(
            f"INSERT INTO {_TABLE} SELECT %s, * FROM unnest(%s::bigint[]) ON CONFLICT DO NOTHING",
            [kind, wanted],
        )


def finish(db: Connection) -> None:
    """Popularity, search entries and words of what was noted, which is forgotten then; one
    transaction, so an import that was killed here does it again as a whole."""
    found = db.execute("SELECT to_regclass(%s) IS NOT NULL", [_TABLE]).fetchone()
    if found is None or not found[0]:
        return
    db.execute(f"ANALYZE {_TABLE}")
    with db.transaction():
        db.execute(_ALBUM_POPULARITY, [WELL_KNOWN, [SOURCE, DESCRIBED]])
        db.execute(_ARTIST_POPULARITY, [WELL_KNOWN, SOURCE])
        words = _enter(db, "artist", _NEW_ARTISTS, SOURCE)
        words += _enter(db, "album", _NEW_ALBUMS, [SOURCE, DESCRIBED])
        renamed = db.execute(_RENAMED_ALBUMS).fetchall()
        words += [found for popular, found in renamed if popular]
        if words:
            db.execute(search_sql.ADD_WORDS_OF, [words])
        db.execute(f"DROP TABLE {_TABLE}")


def _enter(db: Connection, kind: str, statement: str, source: str | list[str]) -> list[str]:
    """Entries of the new ones, and who is ranked as a whole now. Returns the words of those that
    have come among them."""
    most = search_sql.POPULAR[kind]
    row = db.execute(
        "SELECT count(*) FROM catalog_searchentry WHERE popular AND kind = %s", [kind]
    ).fetchone()
    assert row is not None
    room = row[0] < most
    new = db.execute(statement, [room, source]).fetchall()
    risen = db.execute(_POPULARITY.format(kind=kind)).rowcount
    words = [words for (words,) in new] if room else []
    if (new or risen) and row[0] + len(new) >= most:
        marked = db.execute(_MARK, {"kind": kind, "most": most}).fetchall()
        words += [words for popular, words in marked if popular]
    return words
