"""What the search box reads."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class SearchEntry(models.Model):
    """What the search box reads: one row per findable text of an artist, album or number."""

    class Kind(models.TextChoices):
        ARTIST = "artist"
        ALBUM = "album"
        NUMBER = "number"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    entity_id = models.BigIntegerField()  # artist id, album id; for numbers the album's id
    text = models.CharField(max_length=1000)
    normalised = models.CharField(max_length=1000)
    popularity = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "search entries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "entity_id", "normalised"], name="search_entry_once"
            )
        ]
        indexes: ClassVar = [
            GinIndex(
                fields=["normalised"], opclasses=["gin_trgm_ops"], name="search_entry_trigram"
            ),
            models.Index(
                fields=["normalised"], opclasses=["varchar_pattern_ops"], name="search_entry_prefix"
            ),
            models.Index(fields=["kind", "entity_id"], name="search_entry_entity"),
        ]

    def __str__(self) -> str:
        return self.text
