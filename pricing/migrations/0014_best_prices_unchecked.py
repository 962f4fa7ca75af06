"""Best prices are made from quotes by the statement that reads them: the database need not look at
each quote again and lock it. On the way back they go first, because one may have lost its quote in
the minute until it is followed up; `rebuild_best_prices` makes them anew."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


def clear(apps, schema_editor):
    apps.get_model("pricing", "AlbumBestPrice").objects.all().delete()


class Migration(migrations.Migration):
    dependencies: ClassVar = [("pricing", "0013_best_prices_make_way")]
    operations: ClassVar = [
        migrations.AlterField(
            "albumbestprice",
            "album",
            models.ForeignKey(
                "catalog.album", django.db.models.deletion.CASCADE, related_name="best_prices",
                db_index=False, db_constraint=False,
            ),
        ),
        migrations.AlterField(
            "albumbestprice",
            "quote",
            models.ForeignKey(
                "pricing.quote", django.db.models.deletion.CASCADE, related_name="best_for",
                db_constraint=False,
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, clear),
    ]  # fmt: skip
