"""Rows of price history note on which of their days they were seen."""

import django.contrib.postgres.fields
from django.db import migrations, models

# Of rows that were written before only the ends and their number are known: the first day, the
# last, and the last but one. Other days of such a row count as not seen.
_KNOWN = """
UPDATE pricing_pricehistory SET seen = ARRAY(
    SELECT DISTINCT one FROM unnest(ARRAY[0, day_before - first_day, last_day - first_day]) AS one
    WHERE one IS NOT NULL ORDER BY one)
WHERE days <= last_day - first_day
"""


class Migration(migrations.Migration):
    dependencies = [("pricing", "0017_rules_say_what_is_wrong")]

    operations = [
        migrations.AddField(
            model_name="pricehistory",
            name="seen",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), blank=True, null=True, size=None
            ),
        ),
        migrations.RunSQL(_KNOWN, migrations.RunSQL.noop),
    ]
