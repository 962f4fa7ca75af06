"""How long the headers of the answer let each edge of likeness be kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_read_from_outside")]

    operations = [
        migrations.AddField(
            model_name="similarartist",
            name="fresh_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
