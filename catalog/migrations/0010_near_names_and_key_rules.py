from typing import ClassVar

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalog", "0009_likeness_fresh_until")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="KeyRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("renewed_at", models.DateTimeField(auto_now=True)),
            ],
            options={"verbose_name_plural": "rules of keys"},
        ),
        migrations.AddIndex(
            model_name="artist",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["normalised"], name="artist_near_names", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
