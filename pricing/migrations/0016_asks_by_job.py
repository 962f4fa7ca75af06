"""Questions are found by the job that asks: each job ends with noting so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0015_admin_names")]

    operations = [
        migrations.AddIndex(
            model_name="priceask",
            index=models.Index(fields=["job_id"], name="ask_of_job"),
        ),
    ]
