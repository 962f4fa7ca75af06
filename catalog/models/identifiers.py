"""Ids of outside services. Many per entity, because ids merge."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ExternalId(models.Model):
    """One id of one service for one entity; several per entity."""

    class Kind(models.TextChoices):
        ARTIST = "artist"
        ALBUM = "album"
        RELEASE = "release"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    source = models.CharField(max_length=20)  # discogs, musicbrainz, spotify
    value = models.CharField(max_length=80)
    entity_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "source", "value"], name="external_id_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity_id", "kind"], name="external_id_of_entity")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.value}"
