"""What became known of the shipped rules since: which were compared with a source, and when, and
which stand there from memory. Rows whose figures a curator changed stay as they are."""

from django.db import migrations

from pricing.shipped import shipped_rules

FIGURES = (
    "charge", "origin", "destination", "share_low", "share_high", "base", "fixed_low",
    "fixed_high", "per", "currency", "above", "up_to", "waived_up_to",
)  # fmt: skip
TOLD = ("source_url", "checked_on", "is_estimate", "note")


def tell(apps, schema_editor):
    rule = apps.get_model("pricing", "ImportRule")
    for row in shipped_rules():
        same = {name: row[name] for name in FIGURES if row[name] is not None}
        empty = {f"{name}__isnull": True for name in FIGURES if row[name] is None}
        found = rule.objects.filter(code=row["code"], valid_from=row["valid_from"], **same, **empty)
        found.update(**{name: row[name] for name in TOLD})


class Migration(migrations.Migration):
    dependencies = [("pricing", "0010_amazon_links")]
    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
