"""What records are like: vectors of tags and sound, and the spaces that they lie in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pgvector.django import HnswIndex, VectorField

from catalog.models import Album, Artist

# 96 of tags and 32 of sound: see recommendations.content.blend.
VECTOR_DIMENSIONS = 128


class ContentSpace(models.Model):
    """One layout of the vectors. Vectors of two spaces are never compared."""

    class State(models.TextChoices):
        BUILDING = "building", _("being built")
        IN_USE = "in_use", _("in use")

    state = models.CharField(max_length=10, choices=State.choices)
    layout = models.BinaryField(editable=False)
    # Mean and spread of the numbers of each source that measured sound.
    scales = models.JSONField(default=dict, blank=True, editable=False)
    # The last album placed, so that a build that was killed goes on from there.
    reached = models.BigIntegerField(default=0)
    albums = models.PositiveIntegerField(default=0)
    artists = models.PositiveIntegerField(default=0)
    with_sound = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # The lock: two builds never run at once.
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="building"), name="one_space_being_built"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="in_use"), name="one_space_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class ContentVector(models.Model):
    """Where an album or an artist lies in a space. Cosine distance; length 1."""

    class Kind(models.TextChoices):
        ALBUM = "album"
        ARTIST = "artist"

    space = models.ForeignKey(ContentSpace, models.CASCADE, related_name="vectors", db_index=False)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    entity_id = models.BigIntegerField()
    has_sound = models.BooleanField(default=False)
    vector = VectorField(dimensions=VECTOR_DIMENSIONS)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["space", "kind", "entity_id"], name="one_place_each")
        ]
        indexes: ClassVar = [
            HnswIndex(
                name=f"content_near_{kind}",
                fields=["vector"],
                m=16,
                ef_construction=64,
                opclasses=["vector_cosine_ops"],
                condition=Q(kind=kind),
            )
            for kind in ("album", "artist")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.entity_id}"


class SoundDescriptor(models.Model):
    """What was measured of one recording: numbers with their source and day, never the audio."""

    class Source(models.TextChoices):
        ACOUSTICBRAINZ = "acousticbrainz", "AcousticBrainz"
        FILE = "file", _("own file")
        PREVIEW = "preview", _("preview")

    source = models.CharField(max_length=14, choices=Source.choices)
    key = models.CharField(max_length=80)  # the recording's id there, or the file's digest
    artist = models.ForeignKey(Artist, models.CASCADE, null=True, blank=True, related_name="+")
    album = models.ForeignKey(Album, models.CASCADE, null=True, blank=True, related_name="+")
    numbers = ArrayField(models.FloatField())
    measured_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "key"], name="sound_measured_once"),
            models.CheckConstraint(
                condition=Q(artist__isnull=False) | Q(album__isnull=False),
                name="sound_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
