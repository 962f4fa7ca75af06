"""Albums that an import has left without a pressing: they point to where their pressings went.

A pressing that got a master meanwhile moves to that master's album; Discogs also joins masters, and
moves pressings from one to another or out of any (`catalog.dumps.alone`). Which albums stay empty,
and where what stood there is in the end, is known only behind the last record. What moved is
written in the transaction of its chunk, so that an import that was killed knows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from psycopg import Connection

from catalog import corrections
from catalog.dumps import touched

# What the record of such a merge says.
WHY = "the dump names its master"
_TABLE = "catalog_dump_moved"
# With the trail of every other merge (see `catalog.services.trail`). An album that pressings went
# to has these, so none of the targets is left empty itself.
_MERGE = f"""
WITH gone AS (
    SELECT m.album_id AS id, mode() WITHIN GROUP (ORDER BY r.album_id) AS target,
        jsonb_agg(r.id ORDER BY r.id) AS releases
    FROM {_TABLE} m JOIN catalog_release r ON r.id = m.release_id
    WHERE NOT EXISTS (SELECT 1 FROM catalog_release one WHERE one.album_id = m.album_id)
    GROUP BY m.album_id
), merged AS (
    UPDATE catalog_album b SET merged_into_id = g.target, updated_at = now() FROM gone g
    WHERE b.id = g.id AND b.merged_into_id IS NULL RETURNING b.id, g.target, g.releases
), led AS (
    UPDATE catalog_album b SET merged_into_id = m.target FROM merged m
    WHERE b.merged_into_id = m.id RETURNING b.id, m.id AS was
), ids AS (
    UPDATE catalog_externalid e SET entity_id = m.target FROM merged m
    WHERE e.kind = 'album' AND e.entity_id = m.id RETURNING e.id, m.id AS was
)
INSERT INTO catalog_mergerecord (kind, from_id, into_id, why, moved, done_at)
SELECT 'album', m.id, m.target, '{WHY}', jsonb_build_object(
    'releases', m.releases,
    'led_here', (SELECT coalesce(jsonb_agg(id), '[]') FROM led WHERE was = m.id),
    'ids', (SELECT coalesce(jsonb_agg(id), '[]') FROM ids WHERE was = m.id)), now()
FROM merged m
RETURNING from_id, into_id, id
"""


def prepare(db: Connection) -> None:
    """The importer's own table; several processes may ask for it at once."""
    db.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_TABLE])
    db.execute(
        f"CREATE TABLE IF NOT EXISTS {_TABLE} (release_id bigint PRIMARY KEY, album_id bigint)"
    )


def note(db: Connection, moved: Mapping[int, int]) -> None:
    """The albums that these pressings have left, by our ids of both."""
    if moved:
        db.execute(
            f"INSERT INTO {_TABLE} SELECT * FROM unnest(%s::bigint[], %s::bigint[]) "
            "ON CONFLICT DO NOTHING",
            [list(moved), list(moved.values())],
        )


def finish(db: Connection) -> None:
    """Merge what was left empty and forget what moved, in one transaction."""
    found = db.execute("SELECT to_regclass(%s) IS NOT NULL", [_TABLE]).fetchone()
    if found is None or not found[0]:
        return
    with db.transaction():
        merged = db.execute(_MERGE).fetchall()
        if merged:
            _move_corrections(db, merged)
        db.execute(f"DROP TABLE {_TABLE}")


def _move_corrections(db: Connection, merged: list[tuple[int, int, int]]) -> None:
    """(the album that went, the one that stands, the record of the merge) of each."""
    with db.cursor() as cursor:
        moved = corrections.move(cursor, "album", {gone: into for gone, into, _ in merged})
    touched.note_renamed(db, [into for gone, into, _ in merged if gone in moved])
    records = {gone: record for gone, _, record in merged}
    for gone, one in moved.items():
        db.execute(
            "UPDATE catalog_mergerecord SET moved = moved || jsonb_build_object("
            "'corrections', %s::jsonb) WHERE id = %s",
            [json.dumps(one), records[gone]],
        )
