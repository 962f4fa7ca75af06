"""One row for each artist and album that is found, with the words that find it in any order, and the
words themselves for who mistypes them. Rows are filled some tens of thousands at a time, indexes
made concurrently: no reader waits, and killed it goes on where it was."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models, transaction

PORTION = 50_000

ONE_EACH = """
    DELETE FROM catalog_searchentry e USING catalog_searchentry o
    WHERE e.id BETWEEN %(first)s AND %(last)s AND e.kind = o.kind AND e.entity_id = o.entity_id
        AND (length(o.normalised), o.id) < (length(e.normalised), e.id)
"""
ARTISTS = """
    UPDATE catalog_searchentry e SET words = left(concat_ws(' ', e.normalised, left((
        SELECT string_agg(n.normalised, ' ') FROM catalog_artistname n
        WHERE n.artist_id = e.entity_id), 400)), 2000)
    WHERE e.id BETWEEN %(first)s AND %(last)s AND e.kind = 'artist'
"""
ALBUMS = """
    UPDATE catalog_searchentry e SET words = left(concat_ws(' ', (
        SELECT string_agg(a.normalised, ' ' ORDER BY c.position)
        FROM catalog_albumartist c JOIN catalog_artist a ON a.id = c.artist_id
        WHERE c.album_id = e.entity_id AND NOT a.is_placeholder), e.normalised), 2000)
    WHERE e.id BETWEEN %(first)s AND %(last)s AND e.kind = 'album'
"""
# As it was: an album's artist and title together in a row of their own.
TWO_AGAIN = """
    INSERT INTO catalog_searchentry (kind, entity_id, text, normalised, words, popularity, popular)
    SELECT kind, entity_id, text, left(words, 1000), '', popularity, popular
    FROM catalog_searchentry
    WHERE id BETWEEN %(first)s AND %(last)s AND kind = 'album' AND words <> ''
        AND words <> normalised
    ON CONFLICT DO NOTHING
"""
POPULAR = {"artist": 40_000, "album": 80_000}
MARK = """
    UPDATE catalog_searchentry SET popular = false WHERE id IN (
        SELECT id FROM catalog_searchentry WHERE kind = %s
        ORDER BY popularity DESC, id OFFSET %s)
"""
VOCABULARY = """
    INSERT INTO catalog_searchword (word, weight, keys)
    SELECT w.word, w.weight, ARRAY(
        SELECT DISTINCT CASE WHEN gap = 0 THEN left(w.word, size)
            ELSE overlay(left(w.word, size) PLACING '' FROM gap FOR 1) END
        FROM generate_series(4, least(length(w.word), 6)) AS size, generate_series(0, size) AS gap)
    FROM (
        SELECT word, count(*) AS weight FROM (
            SELECT unnest(string_to_array(words, ' ')) AS word
            FROM catalog_searchentry WHERE popular) a
        WHERE length(word) BETWEEN 4 AND 100 AND word !~ '[0-9]' GROUP BY word) w
    ON CONFLICT DO NOTHING
"""


def _in_portions(schema_editor, statements):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM catalog_searchentry")
        first, last = cursor.fetchone()
        while first is not None and first <= last:
            with transaction.atomic(using=schema_editor.connection.alias):
                for statement in statements:
                    cursor.execute(statement, {"first": first, "last": first + PORTION - 1})
            first += PORTION


def fill(apps, schema_editor):
    _in_portions(schema_editor, (ONE_EACH, ARTISTS, ALBUMS))
    with schema_editor.connection.cursor() as cursor:
        for kind, most in POPULAR.items():
            cursor.execute(MARK, [kind, most])
        cursor.execute(VOCABULARY)


def back(apps, schema_editor):
    _in_portions(schema_editor, (TWO_AGAIN,))


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('catalog', '0006_cover_facts'),
    ]

    operations = [
        migrations.AddField(
            model_name='searchentry',
            name='words',
            field=models.CharField(default='', max_length=2000),
        ),
        migrations.AddField(
            model_name='searchentry',
            name='popular',
            field=models.BooleanField(default=True),
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('word', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('weight', models.PositiveIntegerField(default=1)),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), default=list, size=None)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['keys'], name='search_word_keys')],
            },
        ),
        migrations.RunPython(fill, back),
        migrations.AlterField(
            model_name='searchentry',
            name='kind',
            field=models.CharField(choices=[('artist', 'Artist'), ('album', 'Album')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='searchentry',
            constraint=models.UniqueConstraint(fields=('kind', 'entity_id'), name='search_entry_of_entity'),
        ),
        AddIndexConcurrently(
            model_name='searchentry',
            index=models.Index(fields=['kind', 'normalised'], name='search_entry_start', opclasses=['varchar_ops', 'varchar_pattern_ops']),
        ),
        AddIndexConcurrently(
            model_name='searchentry',
            index=models.Index(condition=models.Q(('popular', True)), fields=['kind', 'normalised'], include=('popularity', 'entity_id'), name='search_entry_popular_start', opclasses=['varchar_ops', 'varchar_pattern_ops']),
        ),
        AddIndexConcurrently(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('words', config='simple'), condition=models.Q(('popular', True)), fastupdate=False, name='search_entry_popular_words'),
        ),
        AddIndexConcurrently(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('words', config='simple'), condition=models.Q(('popular', False)), fastupdate=False, name='search_entry_other_words'),
        ),
        RemoveIndexConcurrently(
            model_name='searchentry',
            name='search_entry_trigram',
        ),
        RemoveIndexConcurrently(
            model_name='searchentry',
            name='search_entry_prefix',
        ),
        RemoveIndexConcurrently(
            model_name='searchentry',
            name='search_entry_entity',
        ),
        migrations.RemoveConstraint(
            model_name='searchentry',
            name='search_entry_once',
        ),
    ]
