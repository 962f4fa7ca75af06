"""Of rows of price history that were written before they noted their days only the ends and the
number of days are known: the first day, the last, and the last but one. Other days of such a row
count as not seen. Apart from the new column, which must not keep readers waiting so long."""

from django.db import migrations

_KNOWN = """
UPDATE pricing_pricehistory SET seen = ARRAY(
    SELECT DISTINCT one FROM unnest(ARRAY[0, day_before - first_day, last_day - first_day]) AS one
    WHERE one IS NOT NULL ORDER BY one)
WHERE seen IS NULL AND days <= last_day - first_day
"""


class Migration(migrations.Migration):
    dependencies = [("pricing", "0022_copies_say_what_their_value_is")]

    operations = [migrations.RunSQL(_KNOWN, migrations.RunSQL.noop)]
