"""What a copy was worth is a median or a lowest price, and the row says which."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0021_how_many_copies_have_a_highest_price")]

    operations = [
        migrations.AddField(
            model_name="copyprice",
            name="is_median",
            field=models.BooleanField(blank=True, null=True),
        ),
    ]
