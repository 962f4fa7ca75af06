"""Quotes of an album are read by territory; indexes that others serve too go."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0007_shipped_import_rules")]

    operations = [
        migrations.RemoveIndex(model_name="quote", name="quote_album_valid"),
        migrations.AddIndex(
            model_name="quote",
            index=models.Index(
                fields=["album", "territory", "valid_until"], name="quote_album_place"
            ),
        ),
        migrations.AlterField(
            model_name="quote",
            name="album",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="quotes",
                to="catalog.album",
            ),
        ),
        migrations.AlterField(
            model_name="albumbestprice",
            name="album",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="best_prices",
                to="catalog.album",
            ),
        ),
    ]
