"""The import rules that the product ships, and the index that reads a year of prices."""

from django.db import migrations, models

from pricing.shipped import shipped_rules


def bring(apps, schema_editor):
    rule = apps.get_model("pricing", "ImportRule")
    names = {field.name for field in rule._meta.get_fields()}
    rows = [
        {name: value for name, value in row.items() if name in names} for row in shipped_rules()
    ]
    rule.objects.bulk_create([rule(**row) for row in rows], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("pricing", "0006_providers")]

    operations = [
        migrations.AddIndex(
            model_name="pricehistory",
            index=models.Index(fields=["album_id", "last_day"], name="history_album_day"),
        ),
        migrations.RunPython(bring, migrations.RunPython.noop),
    ]
