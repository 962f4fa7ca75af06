"""Tracklists and companies are kept as written: nobody asks for a key of them, and taking them
apart was half of what storing a pressing cost. Rows of up to a page are not compressed, which
takes a third as long again and saved one part in twenty."""

from typing import ClassVar

from django.db import migrations

import catalog.models.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalog", "0010_near_names_and_key_rules")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="release",
            name="companies",
            field=catalog.models.fields.WrittenJSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name="release",
            name="tracklist",
            field=catalog.models.fields.WrittenJSONField(blank=True, default=list),
        ),
        migrations.RunSQL(
            "ALTER TABLE catalog_release SET (toast_tuple_target = 8160)",
            "ALTER TABLE catalog_release RESET (toast_tuple_target)",
        ),
    ]
