"""The indexes that find neighbours quickly: whether they stand, and making them anew.

Without them the same neighbours are found, by reading every vector. They may be missing after a
restored dump or a hand in the database, and invalid after one that was made beside running reads
and broke off; PostgreSQL then keeps the name and never uses it.
"""

from __future__ import annotations

from django.db import connection, transaction
from pgvector.django import HnswIndex

from recommendations.models import ContentVector

# Of PostgreSQL's advisory locks: two never make the indexes at once.
LOCK = 7_406_151_284

_STANDING = """
SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = %s::regclass
"""


def missing() -> list[str]:
    """The names of those that are not there, or are there and invalid. One query."""
    standing = _standing()
    return [one.name for one in _wanted() if not standing.get(one.name)]


def mend() -> list[str]:
    """Make what is missing; the names. Readers go on meanwhile, writers of vectors wait. Nothing
    while somebody else is at it."""
    if not missing():
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
        standing = _standing()
        made = []
        for one in _wanted():
            if standing.get(one.name):
                continue
            with connection.schema_editor() as editor:
                if one.name in standing:
                    editor.remove_index(ContentVector, one)
                editor.add_index(ContentVector, one)
            made.append(one.name)
    return made


def _wanted() -> list[HnswIndex]:
    return [one for one in ContentVector._meta.indexes if isinstance(one, HnswIndex)]


def _standing() -> dict[str, bool]:
    """All indexes of the vectors by name, and whether they are used."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [ContentVector._meta.db_table])
        return dict(cursor.fetchall())
