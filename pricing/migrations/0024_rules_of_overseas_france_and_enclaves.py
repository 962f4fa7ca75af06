"""No duty from places that are of the EU's customs territory but not of its VAT area. Rows that a
curator wrote stay as they are."""

from django.db import migrations

from pricing.shipped import shipped_rules

PLACES = ("GP", "MQ", "GF", "RE", "YT", "MF", "FR-OM", "IT-CAM", "GR-ATH")


def bring(apps, schema_editor):
    rule = apps.get_model("pricing", "ImportRule")
    new = [row for row in shipped_rules() if row["origin"] in PLACES]
    rule.objects.bulk_create([rule(**row) for row in new], ignore_conflicts=True)


def take_back(apps, schema_editor):
    rule = apps.get_model("pricing", "ImportRule")
    codes = [row["code"] for row in shipped_rules() if row["origin"] in PLACES]
    rule.objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("pricing", "0023_past_sights_of_history")]

    operations = [migrations.RunPython(bring, take_back)]
