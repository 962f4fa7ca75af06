"""Prices note which part of its country a copy is sent from, where a border runs round it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0018_history_says_which_days_were_seen")]

    operations = [
        migrations.AddField(
            model_name="quote",
            name="seller_territory",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
    ]
