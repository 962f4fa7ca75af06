"""When MusicBrainz and demand were last heard of, what counts as a studio album, and coverage.

The new columns may be NULL, so that adding them rewrites nothing and the dumps' COPY need not know
them; the indexes are built without keeping writers out."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('catalog', '0007_search_by_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='Coverage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40, unique=True)),
                ('part', models.PositiveIntegerField()),
                ('whole', models.PositiveIntegerField()),
                ('target', models.PositiveSmallIntegerField()),
                ('measured_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name_plural': 'coverage',
                'ordering': ['key'],
            },
        ),
        migrations.AddField(
            model_name='album',
            name='is_studio',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='artist',
            name='demand_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='artist',
            name='enriched_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        AddIndexConcurrently(
            model_name='artist',
            index=models.Index(condition=Q(('demand_at__isnull', False)), fields=['demand_at'], name='artist_demand_at'),
        ),
        AddIndexConcurrently(
            model_name='artist',
            index=models.Index(condition=Q(('albums_synced_at__isnull', False)), fields=['albums_synced_at'], name='artist_synced_at'),
        ),
    ]
