"""What a list was made from, and whether "more like this" named the artist."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0006_admin_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="lean",
            name="named",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="recommendationset",
            name="made_from",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
