"""Rows of price history note on which of their days they were seen."""

import django.contrib.postgres.fields
from django.db import migrations, models

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
    ]
