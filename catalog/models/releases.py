"""Vinyl pressings. Made for 9 million of them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.albums import Album
from catalog.models.fields import WrittenJSONField


class Label(models.Model):
    """A label as Discogs knows it. ``disambiguation`` is its "(2)", kept apart. Lists of pressings
    tell a label's name only: then it has no number, and there is one row for each name."""

    discogs_id = models.BigIntegerField(unique=True, null=True, blank=True)
    name = models.CharField(max_length=500)
    disambiguation = models.CharField(max_length=200, blank=True)
    normalised = models.CharField(max_length=500)
    parent_discogs_id = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=40, default="discogs-dump")

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["normalised"], name="label_normalised"),
            # Curators type a piece of the name.
            GinIndex(fields=["normalised"], opclasses=["gin_trgm_ops"], name="label_pieces"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(discogs_id__isnull=True),
                name="label_known_by_name",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Release(models.Model):
    """One vinyl pressing of an album."""

    class Medium(models.TextChoices):
        VINYL = "vinyl", _("Vinyl")
        SHELLAC = "shellac", _("Shellac")
        FLEXI = "flexi", _("Flexi")
        LATHE = "lathe", _("Lathe")
        ACETATE = "acetate", _("Acetate")

    album = models.ForeignKey(Album, models.CASCADE, related_name="releases", db_index=False)
    discogs_id = models.BigIntegerField(null=True, blank=True, unique=True)
    title = models.CharField(max_length=1000)
    country = models.CharField(max_length=80, blank=True)
    released = models.CharField(max_length=40, blank=True)  # as the source writes it
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    label = models.CharField(max_length=500, blank=True)
    catalogue_number = models.CharField(max_length=300, blank=True)
    # The first one, to be shown: numbers are searched in ReleaseLabel and ReleaseIdentifier.
    barcode = models.CharField(max_length=60, blank=True)
    medium = models.CharField(max_length=10, choices=Medium.choices, default=Medium.VINYL)
    discs = models.PositiveSmallIntegerField(default=1)
    format = models.CharField(max_length=500, blank=True)  # "2xLP, Album, Reissue, 180g"
    is_unofficial = models.BooleanField(default=False)
    have = models.PositiveIntegerField(null=True, blank=True)
    want = models.PositiveIntegerField(null=True, blank=True)
    stats_at = models.DateTimeField(null=True, blank=True)
    genres = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    styles = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    # [{"position", "title", "duration", "kind", "parts": [...]}] in the order of the record.
    tracklist = WrittenJSONField(default=list, blank=True)
    # [{"id", "name", "catno", "role"}], as credited.
    companies = WrittenJSONField(default=list, blank=True)
    generated = models.BooleanField(default=False)
    content_hash = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=40, default="discogs")
    fetched_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("pressing")
        verbose_name_plural = _("pressings")
        ordering: ClassVar = ["year", "id"]
        indexes: ClassVar = [
            models.Index(fields=["album", "year"], name="release_album_year"),
            # Most pressings were never asked after: what is summed up of those that were.
            models.Index(
                fields=["album"],
                name="release_counted",
                include=["have", "want", "stats_at", "is_unofficial"],
                condition=Q(stats_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.country} {self.year or '?'})"


class ReleaseLabel(models.Model):
    """One label and catalogue number of a pressing.

    These three tables hold tens of millions of rows and are written with COPY, so they carry no
    database foreign key: `manage.py check_catalogue` finds rows without a pressing.
    """

    release_id = models.BigIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    label_discogs_id = models.BigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=500)
    catno = models.CharField(max_length=300, blank=True)
    catno_normalised = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["release_id"], name="release_label_release"),
            models.Index(fields=["label_discogs_id"], name="release_label_label"),
            models.Index(
                fields=["catno_normalised"],
                name="release_label_catno",
                opclasses=["varchar_pattern_ops"],
                condition=~Q(catno_normalised=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.catno}".strip()


class ReleaseFormat(models.Model):
    """One part of what is in the sleeve: "2 x Vinyl, LP, Album, Red". The text is the colour or
    edition as Discogs has it; the descriptions hold size, speed and kind."""

    release_id = models.BigIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=80)
    quantity = models.PositiveIntegerField(default=1)
    text = models.CharField(max_length=500, blank=True)
    descriptions = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["release_id"], name="release_format_release")]

    def __str__(self) -> str:
        return f"{self.quantity}x{self.name}"


class ReleaseIdentifier(models.Model):
    """A number on the record or sleeve: barcode, matrix, label code and others.

    ``normalised`` is letters and digits only; it is empty for kinds that nobody types.
    """

    release_id = models.BigIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=60)  # as Discogs writes it: "Barcode", "Matrix / Runout"
    value = models.CharField(max_length=500)
    description = models.CharField(max_length=500, blank=True)
    normalised = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["release_id"], name="release_identifier_release"),
            models.Index(
                fields=["normalised"],
                name="release_identifier_value",
                opclasses=["varchar_pattern_ops"],
                condition=~Q(normalised=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
