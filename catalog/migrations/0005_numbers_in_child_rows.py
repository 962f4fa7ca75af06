"""Numbers are searched in the rows of labels and identifiers only. What the columns know and no row
does moves there, some tens of thousands of pressings at a time, each time in a transaction of its
own: killed, it goes on where it was, and no writer waits long. Dropping a column rewrites nothing."""

from django.db import migrations, models, transaction

PORTION = 50_000

LABELS = """
    INSERT INTO catalog_releaselabel
        (release_id, position, label_discogs_id, name, catno, catno_normalised)
    SELECT r.id, 0, NULL, r.label, r.catalogue_number, r.catno_normalised
    FROM catalog_release r
    WHERE r.id BETWEEN %(first)s AND %(last)s AND (r.label <> '' OR r.catalogue_number <> '')
        AND NOT EXISTS (SELECT 1 FROM catalog_releaselabel l WHERE l.release_id = r.id)
"""
NUMBERS = """
    INSERT INTO catalog_releaseidentifier
        (release_id, position, kind, value, description, normalised)
    SELECT n.release_id, n.position, n.kind, n.value, '',
        left(lower(regexp_replace(n.value, '[^[:alnum:]]', '', 'g')), 200)
    FROM (
        SELECT r.id AS release_id, 0 AS position, 'Barcode' AS kind, r.barcode AS value
        FROM catalog_release r
        WHERE r.id BETWEEN %(first)s AND %(last)s AND r.barcode <> ''
        UNION ALL
        SELECT r.id, m.place::int, 'Matrix / Runout', m.text
        FROM catalog_release r, unnest(r.matrix) WITH ORDINALITY AS m(text, place)
        WHERE r.id BETWEEN %(first)s AND %(last)s
    ) n
    WHERE NOT EXISTS (
        SELECT 1 FROM catalog_releaseidentifier i WHERE i.release_id = n.release_id)
"""
BACK = """
    UPDATE catalog_release r SET
        catno_normalised = coalesce((
            SELECT l.catno_normalised FROM catalog_releaselabel l
            WHERE l.release_id = r.id ORDER BY l.position LIMIT 1), ''),
        matrix = coalesce((
            SELECT array_agg(left(i.value, 300) ORDER BY i.position)
            FROM catalog_releaseidentifier i
            WHERE i.release_id = r.id AND i.kind LIKE 'Matrix%%'), '{}')
    WHERE r.id BETWEEN %(first)s AND %(last)s
"""


def _in_portions(schema_editor, statements):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM catalog_release")
        first, last = cursor.fetchone()
        while first is not None and first <= last:
            with transaction.atomic(using=schema_editor.connection.alias):
                for statement in statements:
                    cursor.execute(statement, {"first": first, "last": first + PORTION - 1})
            first += PORTION


def move(apps, schema_editor):
    _in_portions(schema_editor, (LABELS, NUMBERS))


def move_back(apps, schema_editor):
    _in_portions(schema_editor, (BACK,))


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('catalog', '0004_leaner_indexes'),
    ]

    operations = [
        migrations.RunPython(move, move_back),
        migrations.RemoveField(
            model_name='release',
            name='catno_normalised',
        ),
        migrations.RemoveField(
            model_name='release',
            name='matrix',
        ),
        migrations.AlterField(
            model_name='release',
            name='barcode',
            field=models.CharField(blank=True, max_length=60),
        ),
    ]
