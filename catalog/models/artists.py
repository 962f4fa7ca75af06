"""Performers, the names they go by, and how alike they are."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Artist(models.Model):
    """A performer. ``disambiguation`` is Discogs' "(2)", kept apart from the name."""

    name = models.CharField(max_length=500)
    disambiguation = models.CharField(max_length=200, blank=True)
    normalised = models.CharField(max_length=500)
    country = models.CharField(max_length=2, blank=True)
    genres = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    # Various, Unknown, Traditional: never matched, synced, recommended or listed whole.
    is_placeholder = models.BooleanField(default=False)
    popularity = models.PositiveIntegerField(default=0)
    generated = models.BooleanField(default=False)
    source = models.CharField(max_length=40, default="discogs-dump")
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, db_index=False)
    albums_synced_at = models.DateTimeField(null=True, blank=True)
    similar_synced_at = models.DateTimeField(null=True, blank=True)
    enriched_at = models.DateTimeField(null=True, blank=True)  # MusicBrainz' works were read
    # When somebody who comes here was last known to play or follow them.
    demand_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("artist")
        verbose_name_plural = _("artists")
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["normalised"], name="artist_normalised"),
            # For near names, looked up one by one; no page searches with it.
            GinIndex(fields=["normalised"], opclasses=["gin_trgm_ops"], name="artist_near_names"),
            models.Index(fields=["-popularity"], name="artist_popularity"),
            models.Index(
                fields=["merged_into"],
                name="artist_merged_into",
                condition=Q(merged_into__isnull=False),
            ),
            models.Index(
                fields=["demand_at"],
                name="artist_demand_at",
                condition=Q(demand_at__isnull=False),
            ),
            models.Index(
                fields=["albums_synced_at"],
                name="artist_synced_at",
                condition=Q(albums_synced_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pricing:artist", args=[self.pk])


class ArtistName(models.Model):
    """A known variation or alias under which an artist is found."""

    artist = models.ForeignKey(Artist, models.CASCADE, related_name="names", db_index=False)
    name = models.CharField(max_length=500)
    normalised = models.CharField(max_length=500)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artist", "name"], name="artist_name_once")
        ]
        indexes: ClassVar = [models.Index(fields=["normalised"], name="artist_name_normalised")]

    def __str__(self) -> str:
        return self.name


class SimilarArtist(models.Model):
    """An edge of likeness between two artists, with its source and a score from 0 to 1."""

    artist = models.ForeignKey(Artist, models.CASCADE, related_name="similar_edges", db_index=False)
    other = models.ForeignKey(Artist, models.CASCADE, related_name="+")
    score = models.DecimalField(max_digits=5, decimal_places=4)
    source = models.CharField(max_length=20)
    seen_at = models.DateTimeField(auto_now=True)
    # Until when the headers of the source's answer let it be kept; None: they said nothing.
    fresh_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("likeness")
        verbose_name_plural = _("likenesses")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artist", "other", "source"], name="similar_edge_once"),
            models.CheckConstraint(condition=Q(score__range=(0, 1)), name="similar_score_0_1"),
            models.CheckConstraint(condition=~Q(artist=models.F("other")), name="similar_not_self"),
        ]

    def __str__(self) -> str:
        return f"{self.artist_id} ~ {self.other_id}"
