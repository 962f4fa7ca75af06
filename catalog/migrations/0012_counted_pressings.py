"""What collectors have and want of an album is summed up for every list of recommendations. Few
pressings were ever asked after: an index of those alone answers without reading the others."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalog", "0011_written_json")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="release",
            index=models.Index(
                condition=models.Q(("stats_at__isnull", False)),
                fields=["album"],
                include=("have", "want", "stats_at", "is_unofficial"),
                name="release_counted",
            ),
        ),
    ]
