"""Indexes and foreign keys set aside while an empty catalogue is loaded, and made again after.

Making an index over all rows costs a fraction of keeping it row by row. Unique constraints and the
primary keys of what others refer to stay, so that the running site can go on writing.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection

from catalog.dumps.tables import SOURCE

TABLES = (
    "catalog_release", "catalog_releaselabel", "catalog_releaseformat",
    "catalog_releaseidentifier", "catalog_album", "catalog_albumartist", "catalog_artist",
    "catalog_searchentry", "catalog_searchword", "catalog_externalid",
)  # fmt: skip
# By these the rows of a pressing are found that was there before; a catalogue with some keeps them.
FINDING = frozenset(
    (
        "release_label_release", "release_format_release", "release_identifier_release",
        "release_album_year",
    )
)  # fmt: skip
# Nothing refers to these rows by their id, so their primary keys can be made at the end, too.
_UNREFERENCED = (
    "catalog_releaselabel", "catalog_releaseformat", "catalog_releaseidentifier",
    "catalog_albumartist", "catalog_searchentry", "catalog_externalid",
)  # fmt: skip
# Indexes in which no row of a first load is: they cost nothing while it runs, and making each again
# would read its whole table.
_WITHOUT_ROWS = (
    "album_merged_into", "artist_merged_into", "artist_demand_at", "artist_synced_at",
    "release_counted",
)  # fmt: skip
# Numbers of rows are taken so many at a time by each connection: asking for one at a time takes
# as long as storing a row in a table without indexes. What is left of them is lost.
_NUMBERS_AT_ONCE = 1000
# What every row of a first load has: a default costs nothing, where reading a column costs.
_STAMPS = {"created_at": "now()", "updated_at": "now()", "source": f"'{SOURCE}'"}
DEFAULTS = {
    "catalog_release": {**_STAMPS, "fetched_at": "now()", "generated": "false"},
    "catalog_album": {**_STAMPS, "popularity": "0", "demand": "0", "generated": "false"},
    "catalog_artist": {**_STAMPS, "popularity": "0", "generated": "false"},
}
_PRIMARY_KEY = "PRIMARY KEY "


@dataclass(frozen=True)
class Structure:
    """An index or a foreign key of a table, with the statement that makes it again."""

    table: str
    name: str
    kind: str  # "index" or "constraint"
    definition: str

    @property
    def is_primary_key(self) -> bool:
        return self.definition.startswith(_PRIMARY_KEY)

    @property
    def is_foreign_key(self) -> bool:
        return self.definition.startswith("FOREIGN KEY ")


def set_aside(db: Connection, structures: list[Structure]) -> None:
    """Drop what `make_again` can make; safe to run twice."""
    for table, columns in DEFAULTS.items():
        _alter(db, table, [f"{name} SET DEFAULT {value}" for name, value in columns.items()])
    for table in TABLES:
        # Rows are only added, and statistics come at the end: until then it would read in vain.
        db.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
    _take_numbers(db, _NUMBERS_AT_ONCE)
    for one in structures:
        if one.kind == "constraint":
            db.execute(f'ALTER TABLE {one.table} DROP CONSTRAINT IF EXISTS "{one.name}"')
        else:
            db.execute(f'DROP INDEX IF EXISTS "{one.name}"')


def make_again(
    db: Connection, structures: list[Structure], there: frozenset[Structure] | None = None
) -> None:
    """Make those that are not there; safe to run twice, and by several connections for a part
    each. `there`: what `secondary` has found, for who asks many times."""
    if there is None:
        there = frozenset(secondary(db))
    names = {(one.table, one.name) for one in there}
    for one in structures:
        if (one.table, one.name) in names:
            continue
        if one.is_primary_key:
            _add_primary_key(db, one)
        elif one.kind == "constraint":
            db.execute(f'ALTER TABLE {one.table} ADD CONSTRAINT "{one.name}" {one.definition}')
        else:
            db.execute(one.definition)


def _add_primary_key(db: Connection, key: Structure) -> None:
    """Its index first, which lets others read meanwhile; they wait for a moment only."""
    columns = key.definition.removeprefix(_PRIMARY_KEY)
    db.execute(f'CREATE UNIQUE INDEX IF NOT EXISTS "{key.name}" ON {key.table} {columns}')
    db.execute(
        f'ALTER TABLE {key.table} ADD CONSTRAINT "{key.name}" PRIMARY KEY USING INDEX "{key.name}"'
    )


def as_before(db: Connection) -> None:
    """Columns without defaults, tables that are vacuumed again, and numbers one at a time."""
    for table, columns in DEFAULTS.items():
        _alter(db, table, [f"{name} DROP DEFAULT" for name in columns])
    for table in TABLES:
        db.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")
    _take_numbers(db, 1)


def _take_numbers(db: Connection, at_once: int) -> None:
    for table in _UNREFERENCED:
        db.execute(f"ALTER SEQUENCE {table}_id_seq CACHE {at_once}")


def _alter(db: Connection, table: str, changes: list[str]) -> None:
    db.execute(f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {one}' for one in changes)}")


def secondary(db: Connection) -> list[Structure]:
    indexes = db.execute(
        """
        SELECT t.relname, i.relname, 'index', pg_get_indexdef(i.oid)
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class t ON t.oid = x.indrelid
        WHERE t.relname = ANY(%s) AND NOT x.indisunique AND NOT x.indisprimary
            AND i.relname <> ALL(%s)
        ORDER BY 1, 2
        """,
        [list(TABLES), list(_WITHOUT_ROWS)],
    ).fetchall()
    keys = db.execute(
        """
        SELECT t.relname, c.conname, 'constraint', pg_get_constraintdef(c.oid)
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE t.relname = ANY(%s) AND c.contype = 'f'
            OR t.relname = ANY(%s) AND c.contype = 'p'
        ORDER BY 1, 2
        """,
        [list(TABLES), list(_UNREFERENCED)],
    ).fetchall()
    return [Structure(*row) for row in (*indexes, *keys)]
