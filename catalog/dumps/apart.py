"""What a split gives back, as later files say it.

While two albums or artists are one, their ids lead to the row that stands, and files go on telling
which of their pressings and names are whose. The trail of the merge is told, so that they come
apart as the latest file has them. `catalog.services.merging` writes trails and reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from psycopg import Connection

from catalog.dumps.emptied import WHY

# Locked before the chunk writes a pressing, in one order everywhere: a split also takes the record
# first and the pressings afterwards.
_TRAILS = """
SELECT m.id, b.merged_into_id, m.why, coalesce(m.moved -> 'ids', '[]'),
    coalesce(m.moved -> 'releases', '[]')
FROM catalog_album b
JOIN catalog_mergerecord m ON m.kind = 'album' AND m.from_id = b.id AND m.undone_at IS NULL
WHERE b.merged_into_id = ANY(%s) ORDER BY m.id FOR UPDATE OF m
"""
_MASTERS = """
SELECT value::bigint, id FROM catalog_externalid
WHERE kind = 'album' AND source = 'discogs' AND value = ANY(%s)
"""
_RENEW = """
UPDATE catalog_mergerecord m
SET moved = m.moved || jsonb_build_object('releases', to_jsonb(%s::bigint[])) WHERE m.id = %s
"""
_ADD_NAMES = """
UPDATE catalog_mergerecord m
SET moved = m.moved || jsonb_build_object('names', coalesce(m.moved -> 'names', '[]') || came.names)
FROM (
    SELECT m.id, jsonb_agg(n.name ORDER BY n.name) AS names
    FROM unnest(%s::bigint[], %s::text[]) AS n(name, number)
    JOIN catalog_externalid e ON (e.kind, e.source, e.value) = ('artist', 'discogs', n.number)
    JOIN catalog_mergerecord m ON m.kind = 'artist' AND m.undone_at IS NULL
        AND m.moved -> 'ids' @> to_jsonb(e.id)
    GROUP BY m.id
) came
WHERE m.id = came.id
"""


class Placed(NamedTuple):
    """Where a file puts a pressing. `left`: the album that it stood in before, if in another one;
    albums are ours, the master is Discogs'."""

    album: int
    master: int | None
    left: int | None = None


def note_pressings(db: Connection, placed: Mapping[int, Placed]) -> None:
    """Of merges that led to the albums of these pressings, or to those that they left: each has
    those pressings whose masters it brought. Pressings by our ids. One statement where nothing was
    merged, and another one for each trail that changes.

    A pressing without a master that stays where it was is left to the trail, and so is one that was
    put there by the dump itself (`catalog.dumps.emptied`): whoever splits that knows better."""
    told = {release: one for release, one in placed.items() if one.master is not None or one.left}
    albums = {album for one in told.values() for album in (one.album, one.left) if album}
    trails = db.execute(_TRAILS, [list(albums)]).fetchall() if albums else []
    if not trails:
        return
    masters = sorted({str(one.master) for one in told.values() if one.master is not None})
    ids: dict[int, int] = dict(db.execute(_MASTERS, [masters]).fetchall())
    for record, stands, why, brought, releases in trails:
        before = set(releases)
        after = set(before)
        for release, one in told.items():
            if one.album != stands:
                after.discard(release)
            elif one.master is not None and ids.get(one.master) in brought:
                after.add(release)
            elif why != WHY:
                after.discard(release)
        if after != before:
            db.execute(_RENEW, [sorted(after), record])


def note_names(db: Connection, names: Sequence[tuple[int, int]]) -> None:
    """These names (our id, Discogs' id of the artist whose record tells it) have come to artists
    whom others were merged into."""
    if names:
        ids, numbers = zip(*names, strict=True)
        db.execute(_ADD_NAMES, [list(ids), [str(number) for number in numbers]])
