"""Labels that no dump named get rows, too: lists of pressings tell a name only, so a label may be
without a number at Discogs. An index of pieces of names, for curators who type one."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from catalog.matching import normalise_name

BATCH = 5000
# Each name that has no row yet, with its number where one was told.
_NAMELESS = """
SELECT DISTINCT ON (told.name, told.label_discogs_id) told.label_discogs_id, told.name
FROM catalog_releaselabel told
WHERE told.name <> '' AND NOT EXISTS (
    SELECT 1 FROM catalog_label held WHERE held.discogs_id = told.label_discogs_id)
"""


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Rows of all labels that pressings name and that have none."""
    label: Any = apps.get_model("catalog", "Label")
    with editor.connection.cursor() as cursor:
        cursor.execute(_NAMELESS)
        told = cursor.fetchall()
    keys = ((number, name, normalise_name(name)[:500]) for number, name in told)
    known = set(label.objects.values_list("normalised", flat=True)) if told else set()
    fresh = [
        label(discogs_id=number, name=name, normalised=key, source="discogs")
        for number, name, key in _once(keys, known)
    ]
    label.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)


def _once(
    rows: Iterator[tuple[int | None, str, str]], known: set[str]
) -> Iterator[tuple[int | None, str, str]]:
    """Those with a number first: a name without one may mean them."""
    for number, name, key in sorted(rows, key=lambda row: (row[0] is None, row[0] or 0, row[1])):
        if number is not None or key not in known:
            known.add(key)
            yield number, name, key


def take_out(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Going back, every label has a number again."""
    label: Any = apps.get_model("catalog", "Label")
    label.objects.filter(discogs_id__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalog", "0016_words_parted_at_blanks")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="label",
            name="discogs_id",
            field=models.BigIntegerField(blank=True, null=True, unique=True),
        ),
        migrations.RunPython(fill, take_out),
        migrations.AddIndex(
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
