import django.contrib.postgres.fields
import django.db.models.deletion
import pgvector.django.indexes
import pgvector.django.vector
from django.db import migrations, models
from pgvector.django import VectorExtension


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_catalogue"),
        ("recommendations", "0002_tabs_dial_and_what_was_shown"),
    ]

    operations = [
        VectorExtension(),
        migrations.CreateModel(
            name="ContentSpace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("building", "being built"), ("in_use", "in use")], max_length=10
                    ),
                ),
                ("layout", models.BinaryField()),
                ("scales", models.JSONField(blank=True, default=dict, editable=False)),
                ("reached", models.BigIntegerField(default=0)),
                ("albums", models.PositiveIntegerField(default=0)),
                ("artists", models.PositiveIntegerField(default=0)),
                ("with_sound", models.PositiveIntegerField(default=0)),
                ("begun_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "building")),
                        fields=("state",),
                        name="one_space_being_built",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "in_use")),
                        fields=("state",),
                        name="one_space_in_use",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentVector",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("album", "Album"), ("artist", "Artist")], max_length=6
                    ),
                ),
                ("entity_id", models.BigIntegerField()),
                ("has_sound", models.BooleanField(default=False)),
                ("vector", pgvector.django.vector.VectorField(dimensions=128)),
                (
                    "space",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="vectors",
                        to="recommendations.contentspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    pgvector.django.indexes.HnswIndex(
                        condition=models.Q(("kind", "album")),
                        ef_construction=64,
                        fields=["vector"],
                        m=16,
                        name="content_near_album",
                        opclasses=["vector_cosine_ops"],
                    ),
                    pgvector.django.indexes.HnswIndex(
                        condition=models.Q(("kind", "artist")),
                        ef_construction=64,
                        fields=["vector"],
                        m=16,
                        name="content_near_artist",
                        opclasses=["vector_cosine_ops"],
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("space", "kind", "entity_id"), name="one_place_each"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SoundDescriptor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("acousticbrainz", "AcousticBrainz"),
                            ("file", "own file"),
                            ("preview", "preview"),
                        ],
                        max_length=14,
                    ),
                ),
                ("key", models.CharField(max_length=80)),
                (
                    "numbers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(), size=None
                    ),
                ),
                ("measured_at", models.DateTimeField()),
                (
                    "album",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.album",
                    ),
                ),
                (
                    "artist",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.artist",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "key"), name="sound_measured_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("artist__isnull", False), ("album__isnull", False), _connector="OR"
                        ),
                        name="sound_of_something",
                    ),
                ],
            },
        ),
    ]
