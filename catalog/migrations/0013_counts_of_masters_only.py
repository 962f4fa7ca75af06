"""Albums without a master carried the number of our own rows as if Discogs had counted them."""

from django.db import migrations

FORGET = """
    UPDATE catalog_album a SET upstream_release_count = NULL
     WHERE a.upstream_release_count > 0
       AND NOT EXISTS (SELECT 1 FROM catalog_externalid e
                        WHERE e.kind = 'album' AND e.source = 'discogs' AND e.entity_id = a.id)
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0012_counted_pressings")]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
