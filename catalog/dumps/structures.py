"""Indexes and foreign keys set aside while an empty catalogue is loaded, and made again after.

Making an index over all rows costs a fraction of keeping it row by row. Primary keys and unique
constraints stay, so that the running site can go on writing.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection

TABLES = (
    "catalog_release", "catalog_releaselabel", "catalog_releaseformat",
    "catalog_releaseidentifier", "catalog_album", "catalog_albumartist", "catalog_artist",
    "catalog_searchentry", "catalog_searchword",
)  # fmt: skip
# What the claims need to find rows stays.
_KEPT = ("external_id",)


@dataclass(frozen=True)
class Structure:
    """An index or a foreign key of a table, with the statement that makes it again."""

    table: str
    name: str
    kind: str  # "index" or "constraint"
    definition: str


def set_aside(db: Connection) -> list[Structure]:
    """Drop what `make_again` can make; returns what that was."""
    found = secondary(db)
    for one in found:
        if one.kind == "constraint":
            db.execute(f'ALTER TABLE {one.table} DROP CONSTRAINT IF EXISTS "{one.name}"')
        else:
            db.execute(f'DROP INDEX IF EXISTS "{one.name}"')
    return found


def make_again(db: Connection, structures: list[Structure]) -> None:
    """Make those that are not there; safe to run twice."""
    there = {(one.table, one.name) for one in secondary(db)}
    for one in structures:
        if (one.table, one.name) in there:
            continue
        if one.kind == "constraint":
            db.execute(f'ALTER TABLE {one.table} ADD CONSTRAINT "{one.name}" {one.definition}')
        else:
            db.execute(one.definition)


def secondary(db: Connection) -> list[Structure]:
    indexes = db.execute(
        """
        SELECT t.relname, i.relname, 'index', pg_get_indexdef(i.oid)
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class t ON t.oid = x.indrelid
        WHERE t.relname = ANY(%s) AND NOT x.indisunique AND NOT x.indisprimary
        ORDER BY 1, 2
        """,
        [list(TABLES)],
    ).fetchall()
    keys = db.execute(
        """
        SELECT t.relname, c.conname, 'constraint', pg_get_constraintdef(c.oid)
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE t.relname = ANY(%s) AND c.contype = 'f'
        ORDER BY 1, 2
        """,
        [list(TABLES)],
    ).fetchall()
    return [Structure(*row) for row in (*indexes, *keys)]
