"""Artists, albums and every vinyl pressing. Made for 9 million pressings.

Ids of outside services live in ExternalId, many per entity, because ids merge.
Barcodes, catalogue numbers and normalised names are indexed, never unique.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse


class Artist(models.Model):
    """A performer. ``disambiguation`` is Discogs' "(2)", kept apart from the name."""

    name = models.CharField(max_length=500)
    disambiguation = models.CharField(max_length=200, blank=True)
    normalised = models.CharField(max_length=500, db_index=True)
    country = models.CharField(max_length=2, blank=True)
    genres = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    # Various, Unknown, Traditional: never matched, synced, recommended or listed whole.
    is_placeholder = models.BooleanField(default=False)
    popularity = models.PositiveIntegerField(default=0)
    generated = models.BooleanField(default=False)
    source = models.CharField(max_length=40, default="discogs-dump")
    albums_synced_at = models.DateTimeField(null=True, blank=True)
    similar_synced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["-popularity"], name="artist_popularity")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pricing:artist", args=[self.pk])


class ArtistName(models.Model):
    """A known variation or alias under which an artist is found."""

    artist = models.ForeignKey(Artist, models.CASCADE, related_name="names")
    name = models.CharField(max_length=500)
    normalised = models.CharField(max_length=500, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artist", "name"], name="artist_name_once")
        ]

    def __str__(self) -> str:
        return self.name


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
        indexes: ClassVar = [models.Index(fields=["kind", "entity_id"], name="external_id_entity")]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.value}"


class Album(models.Model):
    """A work: a Discogs master, a MusicBrainz release group, or a release without either."""

    title = models.CharField(max_length=1000)
    normalised = models.CharField(max_length=1000, db_index=True)
    # Artists as credited, joined, so that a list needs no second query.
    artist_line = models.CharField(max_length=1000, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=20, blank=True)  # album, ep, single, compilation, live ...
    genres = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    styles = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    artists: models.ManyToManyField[Artist, AlbumArtist] = models.ManyToManyField(
        Artist, through="AlbumArtist", related_name="albums"
    )
    rating = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)  # 0-5
    rating_count = models.PositiveIntegerField(null=True, blank=True)
    rating_at = models.DateTimeField(null=True, blank=True)
    popularity = models.PositiveIntegerField(default=0)
    demand = models.PositiveIntegerField(default=0)
    demand_at = models.DateTimeField(null=True, blank=True)
    upstream_release_count = models.PositiveIntegerField(null=True, blank=True)
    releases_synced_at = models.DateTimeField(null=True, blank=True)
    generated = models.BooleanField(default=False)
    source = models.CharField(max_length=40, default="discogs-dump")
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["title", "id"]
        indexes: ClassVar = [
            models.Index(fields=["-demand", "releases_synced_at"], name="album_demand"),
            models.Index(fields=["-popularity"], name="album_popularity"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(0, 5)), name="album_rating_0_5"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("pricing:album", args=[self.pk])


class AlbumArtist(models.Model):
    """One artist's credit on an album, in order."""

    album = models.ForeignKey(Album, models.CASCADE, related_name="credits")
    artist = models.ForeignKey(Artist, models.CASCADE, related_name="credits")
    position = models.PositiveSmallIntegerField(default=0)
    credited_as = models.CharField(max_length=500, blank=True)
    join = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["album", "artist", "position"], name="album_credit_once"
            )
        ]

    def __str__(self) -> str:
        return self.credited_as or str(self.artist_id)


class Release(models.Model):
    """One vinyl pressing of an album."""

    class Medium(models.TextChoices):
        VINYL = "vinyl"
        SHELLAC = "shellac"
        FLEXI = "flexi"
        LATHE = "lathe"
        ACETATE = "acetate"

    album = models.ForeignKey(Album, models.CASCADE, related_name="releases")
    discogs_id = models.BigIntegerField(null=True, blank=True, unique=True)
    title = models.CharField(max_length=1000)
    country = models.CharField(max_length=80, blank=True)
    released = models.CharField(max_length=40, blank=True)  # as the source writes it
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    label = models.CharField(max_length=500, blank=True)
    catalogue_number = models.CharField(max_length=300, blank=True)
    catno_normalised = models.CharField(max_length=300, blank=True, db_index=True)
    barcode = models.CharField(max_length=60, blank=True, db_index=True)
    medium = models.CharField(max_length=10, choices=Medium.choices, default=Medium.VINYL)
    discs = models.PositiveSmallIntegerField(default=1)
    format = models.CharField(max_length=500, blank=True)  # "2xLP, Album, Reissue, 180g"
    is_unofficial = models.BooleanField(default=False)
    have = models.PositiveIntegerField(null=True, blank=True)
    want = models.PositiveIntegerField(null=True, blank=True)
    stats_at = models.DateTimeField(null=True, blank=True)
    tracklist = models.JSONField(default=list, blank=True)
    matrix = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    generated = models.BooleanField(default=False)
    content_hash = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=40, default="discogs")
    fetched_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["year", "id"]
        indexes: ClassVar = [models.Index(fields=["album", "year"], name="release_album_year")]

    def __str__(self) -> str:
        return f"{self.title} ({self.country} {self.year or '?'})"


class SimilarArtist(models.Model):
    """An edge of likeness between two artists, with its source and a score from 0 to 1."""

    artist = models.ForeignKey(Artist, models.CASCADE, related_name="similar_edges")
    other = models.ForeignKey(Artist, models.CASCADE, related_name="+")
    score = models.DecimalField(max_digits=5, decimal_places=4)
    source = models.CharField(max_length=20)
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artist", "other", "source"], name="similar_edge_once"),
            models.CheckConstraint(condition=Q(score__range=(0, 1)), name="similar_score_0_1"),
            models.CheckConstraint(condition=~Q(artist=models.F("other")), name="similar_not_self"),
        ]

    def __str__(self) -> str:
        return f"{self.artist_id} ~ {self.other_id}"


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
