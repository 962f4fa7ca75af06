"""Labels that no dump named get rows, too: lists of pressings tell a name only, so a label may be
without a number at Discogs. An index of pieces of names, for curators who type one.

Rows are filled some tens of thousands of pressings at a time, each time in a transaction of its own,
and the index is made concurrently: no reader waits, and killed while filling it begins again and
makes nothing twice."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Today's rule, and not the one of then: stored keys are of the rules of the code that runs, and
# `renew_keys` makes those of all labels anew when the rules have changed.
from catalog.matching import normalise_name

PORTION, BATCH = 50_000, 5_000
_LAST = """
SELECT max(id) FROM (
    SELECT id FROM catalog_releaselabel WHERE id > %s ORDER BY id LIMIT %s) portion
"""
# (number, name) of those without a row. First all with a number: a name without one may mean them.
_NUMBERED = """
SELECT DISTINCT ON (told.label_discogs_id) told.label_discogs_id, told.name
FROM catalog_releaselabel told
WHERE told.id > %s AND told.id <= %s AND told.name <> '' AND told.label_discogs_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM catalog_label held WHERE held.discogs_id = told.label_discogs_id)
ORDER BY told.label_discogs_id, told.id
"""
_NAMED = """
SELECT DISTINCT NULL::bigint, told.name FROM catalog_releaselabel told
WHERE told.id > %s AND told.id <= %s AND told.name <> '' AND told.label_discogs_id IS NULL
ORDER BY told.name
"""
_HELD = "SELECT normalised FROM catalog_label WHERE normalised = ANY(%s::varchar[])"


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Rows of all labels that pressings name and that have none."""
    label: Any = apps.get_model("catalog", "Label")
    with editor.connection.cursor() as cursor:
        for statement in (_NUMBERED, _NAMED):
            for span in _portions(cursor):
                cursor.execute(statement, span)
                found = [(*row, normalise_name(row[1])[:500]) for row in cursor.fetchall()]
                if statement is _NAMED:
                    found = _unknown(cursor, found)
                label.objects.bulk_create(
                    (
                        label(discogs_id=number, name=name, normalised=key, source="discogs")
                        for number, name, key in found
                    ),
                    batch_size=BATCH,
                    ignore_conflicts=True,
                )


def _portions(cursor: Any) -> Iterator[tuple[int, int]]:
    after = 0
    while True:
        cursor.execute(_LAST, [after, PORTION])
        last = cursor.fetchone()[0]
        if last is None:
            return
        yield after, last
        after = last


def _unknown(cursor: Any, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """One of each key that no label has."""
    by_key: dict[str, tuple[Any, ...]] = {}
    for row in found:
        by_key.setdefault(row[2], row)
    cursor.execute(_HELD, [list(by_key)])
    for (key,) in cursor.fetchall():
        by_key.pop(key, None)
    return list(by_key.values())


def take_out(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Going back, every label has a number again."""
    label: Any = apps.get_model("catalog", "Label")
    label.objects.filter(discogs_id__isnull=True).delete()


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("catalog", "0016_words_parted_at_blanks")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="label",
            name="discogs_id",
            field=models.BigIntegerField(blank=True, null=True, unique=True),
        ),
        migrations.RunPython(fill, take_out),
        AddIndexConcurrently(
            model_name="label",
            index=GinIndex(fields=["normalised"], name="label_pieces", opclasses=["gin_trgm_ops"]),
        ),
        migrations.AddConstraint(
            model_name="label",
            constraint=models.UniqueConstraint(
                condition=models.Q(discogs_id__isnull=True),
                fields=("name",),
                name="label_known_by_name",
            ),
        ),
    ]
