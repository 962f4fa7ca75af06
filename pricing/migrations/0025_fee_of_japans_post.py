"""The fee of Japan's post for collecting a tax, only where one is levied. A row whose figures a
curator changed stays as it is."""

from django.db import migrations

from pricing.shipped import shipped_rules

FEE = {"code": "jp-handling", "fixed_low": 0, "fixed_high": 200, "currency": "JPY"}


def bring(apps, schema_editor):
    note = next(row["note"] for row in shipped_rules() if row["code"] == FEE["code"])
    rule = apps.get_model("pricing", "ImportRule")
    rule.objects.filter(**FEE, per="parcel").update(per="taxed", note=note)


def take_back(apps, schema_editor):
    apps.get_model("pricing", "ImportRule").objects.filter(**FEE, per="taxed").update(per="parcel")


class Migration(migrations.Migration):
    dependencies = [("pricing", "0024_rules_of_overseas_france_and_enclaves")]

    operations = [migrations.RunPython(bring, take_back)]
