"""Rules for Åland, and Swiss Post's fee only where a tax is levied. Rows whose figures a curator
changed stay as they are."""

from django.db import migrations, models

from pricing.shipped import shipped_rules

FEE = {"code": "ch-handling", "fixed_low": 0, "fixed_high": 20, "currency": "CHF"}
SMALL = {"code": "ch-handling-low", "fixed_low": 0, "fixed_high": 0, "up_to": 50}


def bring(apps, schema_editor):
    rule = apps.get_model("pricing", "ImportRule")
    rows = {row["code"]: row for row in shipped_rules()}
    new = [row for code, row in rows.items() if "fi-ax" in code]
    rule.objects.bulk_create([rule(**row) for row in new], ignore_conflicts=True)
    as_shipped = rule.objects.filter(**FEE, per="parcel", above=50, up_to=None)
    if as_shipped.update(per="taxed", above=None, note=rows["ch-handling"]["note"]):
        rule.objects.filter(**SMALL).delete()


def take_back(apps, schema_editor):
    """The fee above a value of the goods again; below it no rule is as good as one of nothing."""
    rule = apps.get_model("pricing", "ImportRule")
    rule.objects.filter(**FEE, per="taxed").update(per="parcel", above=50)
    rule.objects.filter(code__contains="fi-ax").delete()


class Migration(migrations.Migration):
    dependencies = [("pricing", "0019_quotes_tell_the_sellers_territory")]

    operations = [
        migrations.AlterField(
            model_name="importrule",
            name="per",
            field=models.CharField(
                choices=[
                    ("parcel", "parcel"),
                    ("line", "item line"),
                    ("taxed", "parcel on which something is levied"),
                ],
                default="parcel",
                max_length=10,
                verbose_name="amount for each",
            ),
        ),
        migrations.RunPython(bring, take_back),
    ]
