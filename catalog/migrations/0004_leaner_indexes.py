"""One index where two stood: text columns had a second one for LIKE that nothing used, and some
foreign keys are the first column of a unique constraint. The new ones come first and concurrently,
so that no reader is ever without one and no writer waits."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('catalog', '0003_dump_rows'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='album',
            index=models.Index(fields=['normalised'], name='album_normalised'),
        ),
        AddIndexConcurrently(
            model_name='album',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='album_merged_into'),
        ),
        AddIndexConcurrently(
            model_name='artist',
            index=models.Index(fields=['normalised'], name='artist_normalised'),
        ),
        AddIndexConcurrently(
            model_name='artist',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='artist_merged_into'),
        ),
        AddIndexConcurrently(
            model_name='artistname',
            index=models.Index(fields=['normalised'], name='artist_name_normalised'),
        ),
        migrations.AlterField(
            model_name='album',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='catalog.album'),
        ),
        migrations.AlterField(
            model_name='album',
            name='normalised',
            field=models.CharField(max_length=1000),
        ),
        migrations.AlterField(
            model_name='albumartist',
            name='album',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='credits', to='catalog.album'),
        ),
        migrations.AlterField(
            model_name='artist',
            name='normalised',
            field=models.CharField(max_length=500),
        ),
        migrations.AlterField(
            model_name='artistname',
            name='artist',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='names', to='catalog.artist'),
        ),
        migrations.AlterField(
            model_name='artistname',
            name='normalised',
            field=models.CharField(max_length=500),
        ),
        migrations.AlterField(
            model_name='release',
            name='album',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='releases', to='catalog.album'),
        ),
        migrations.AlterField(
            model_name='similarartist',
            name='artist',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='similar_edges', to='catalog.artist'),
        ),
    ]
