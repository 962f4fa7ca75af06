"""Albums of pressings without a master, when the pressing has changed: it alone tells them.

Of every ten pressings four have no master. A title, year, genres and styles that somebody has
written over what the pressing said stay, and so does the kind of an album that MusicBrainz knows.
Who is credited the pressing's row does not say, so that follows it in any case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from psycopg import Connection

from catalog.dumps import copying, emptied
from catalog.dumps.claims import CREDIT, album_key, album_title, copy_lines, credited
from catalog.dumps.copying import array_text
from catalog.dumps.records import DumpRelease, artist_line, work_kind, year_of
from catalog.dumps.tables import SOURCE

_OWN = """
SELECT r.discogs_id, b.id FROM catalog_release r JOIN catalog_album b ON b.id = r.album_id
WHERE r.discogs_id = ANY(%s) AND b.source = %s AND b.main_discogs_id = r.discogs_id
    AND b.merged_into_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM catalog_externalid e
        WHERE e.kind = 'album' AND e.source = 'discogs' AND e.entity_id = b.id)
"""
# The pressings' rows are still the old ones.
_DESCRIBE = """
UPDATE catalog_album b SET title = t.title, normalised = t.normalised,
    artist_line = t.artist_line, year = t.year, kind = t.kind, genres = t.genres,
    styles = t.styles, updated_at = now()
FROM (
    SELECT b.id, n.artist_line,
        CASE WHEN b.is_studio IS NULL THEN n.kind ELSE b.kind END AS kind,
        CASE WHEN b.title = told.title THEN n.title ELSE b.title END AS title,
        CASE WHEN b.title = told.title THEN n.normalised ELSE b.normalised END AS normalised,
        CASE WHEN b.year IS NOT DISTINCT FROM told.year THEN n.year ELSE b.year END AS year,
        CASE WHEN b.genres = r.genres THEN n.genres::varchar[] ELSE b.genres END AS genres,
        CASE WHEN b.styles = r.styles THEN n.styles::varchar[] ELSE b.styles END AS styles
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::smallint[],
        %s::text[], %s::text[], %s::text[])
        AS n(id, number, title, normalised, artist_line, year, kind, genres, styles)
    JOIN catalog_album b ON b.id = n.id JOIN catalog_release r ON r.discogs_id = n.number
    -- what was corrected on the pressing, its album was never told
    LEFT JOIN (
        SELECT row_id, jsonb_object_agg(field, before) AS before FROM catalog_correction
        WHERE kind = 'release' AND let_go_at IS NULL AND field IN ('title', 'year') GROUP BY row_id
    ) c ON c.row_id = r.id
    CROSS JOIN LATERAL (SELECT
        CASE WHEN c.before ? 'title' THEN c.before ->> 'title' ELSE r.title END AS title,
        CASE WHEN c.before ? 'year' THEN (c.before ->> 'year')::int ELSE r.year END AS year
    ) told
    -- named, so that the tables are not read whole for them
    WHERE b.id = ANY(%s) AND r.discogs_id = ANY(%s)
) t
WHERE b.id = t.id AND b.id = ANY(%s)
    AND (b.title, b.normalised, b.artist_line, b.year, b.kind, b.genres, b.styles)
    IS DISTINCT FROM
    (t.title, t.normalised, t.artist_line, t.year, t.kind, t.genres, t.styles)
RETURNING b.id
"""
_CREDITS = """
SELECT album_id, artist_id, position, credited_as, "join" FROM catalog_albumartist
WHERE album_id = ANY(%s) ORDER BY album_id, position
"""
_Credit = tuple[int, int, str, str]
# An id that the emptied album of a former master brought does not make this one a master's. A
# pressing whose own album somebody merged into this one stands where they want it.
_PARTED = f"""
SELECT r.discogs_id FROM catalog_release r
WHERE r.discogs_id = ANY(%(numbers)s) AND r.source = '{SOURCE}' AND EXISTS (
    SELECT 1 FROM catalog_externalid e
    WHERE e.kind = 'album' AND e.source = 'discogs' AND e.entity_id = r.album_id AND NOT EXISTS (
        SELECT 1 FROM catalog_mergerecord m
        WHERE m.kind = 'album' AND m.into_id = r.album_id AND m.undone_at IS NULL
            AND m.why = '{emptied.WHY}' AND m.moved -> 'ids' @> to_jsonb(e.id)))
AND NOT EXISTS (
    SELECT 1 FROM catalog_album b
    JOIN catalog_mergerecord m ON m.kind = 'album' AND m.from_id = b.id
    WHERE b.merged_into_id = r.album_id AND m.undone_at IS NULL AND m.why <> '{emptied.WHY}'
        AND m.moved -> 'releases' @> to_jsonb(r.id) AND NOT EXISTS (
            SELECT 1 FROM catalog_externalid e
            WHERE e.kind = 'album' AND e.source = 'discogs' AND e.entity_id = r.album_id
                AND m.moved -> 'ids' @> to_jsonb(e.id)))
"""


def parted(db: Connection, changed: Sequence[DumpRelease]) -> set[int]:
    """Which of these pressings, by Discogs' ids, were in a master's album and are in none now: the
    dump brought them there and says so no more. Those that were put there by a merge of their own
    album, or by a service that knew more than the last dump, stay. One statement at most."""
    numbers = [one.id for one in changed if one.master_id is None]
    if not numbers:
        return set()
    return {number for (number,) in db.execute(_PARTED, {"numbers": numbers})}


def describe(db: Connection, changed: Sequence[DumpRelease], artists: dict[int, int]) -> set[int]:
    """Bring the albums of these changed pressings up to date, before the pressings themselves.
    `artists`: our ids by Discogs'. Returns our ids of the albums that changed. Five statements,
    however many they are."""
    told = {one.id: one for one in changed if one.master_id is None}
    if not told:
        return set()
    own: dict[int, int] = dict(db.execute(_OWN, [list(told), SOURCE]).fetchall())
    if not own:
        return set()
    releases = [told[number] for number in own]
    albums = list(own.values())
    found = db.execute(
        _DESCRIBE,
        [
            albums,
            list(own),
            [album_title(one) for one in releases],
            [album_key(one) for one in releases],
            [artist_line(one.artists)[:1000] if one.artists else "" for one in releases],
            [year_of(one.released) for one in releases],
            [work_kind(one.formats) for one in releases],
            [array_text(one.genres) for one in releases],
            [array_text(one.styles) for one in releases],
            albums,
            list(own),
            albums,
        ],
    )
    renewed = {album for (album,) in found}
    wanted = {album: credited(told[number], artists) for number, album in own.items()}
    return renewed | _credit(db, wanted)


def _credit(db: Connection, wanted: dict[int, list[_Credit]]) -> set[int]:
    """Other credits in the place of these albums' where they differ; of which they did."""
    present: dict[int, list[_Credit]] = defaultdict(list)
    for album, *credit in db.execute(_CREDITS, [list(wanted)]):
        present[album].append((credit[0], credit[1], credit[2], credit[3]))
    other = {album for album, credits in wanted.items() if credits != present[album]}
    if other:
        db.execute("DELETE FROM catalog_albumartist WHERE album_id = ANY(%s)", [list(other)])
        lines = [
            copying.row((str(album), str(artist), str(position), name, join))
            for album in sorted(other)
            for artist, position, name, join in wanted[album]
        ]
        copy_lines(db, "catalog_albumartist", CREDIT, lines)
    return other
