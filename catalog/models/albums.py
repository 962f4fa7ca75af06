"""Works, and who is credited on them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models.artists import Artist


class Album(models.Model):
    """A work: a Discogs master, a MusicBrainz release group, or a release without either."""

    title = models.CharField(max_length=1000)
    normalised = models.CharField(max_length=1000)
    # Artists as credited, joined, so that a list needs no second query.
    artist_line = models.CharField(max_length=1000, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=20, blank=True)  # album, ep, single, compilation, live ...
    # An album without secondary type and one artist credited, by MusicBrainz; None: not asked.
    is_studio = models.BooleanField(null=True, blank=True)
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
    main_discogs_id = models.BigIntegerField(null=True, blank=True)  # the main release's id
    # What Discogs counts of a master; None where it counts nothing: not asked, or no master.
    upstream_release_count = models.PositiveIntegerField(null=True, blank=True)
    releases_synced_at = models.DateTimeField(null=True, blank=True)
    generated = models.BooleanField(default=False)
    source = models.CharField(max_length=40, default="discogs-dump")
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("album")
        verbose_name_plural = _("albums")
        ordering: ClassVar = ["title", "id"]
        indexes: ClassVar = [
            models.Index(fields=["normalised"], name="album_normalised"),
            models.Index(
                fields=["merged_into"],
                name="album_merged_into",
                condition=Q(merged_into__isnull=False),
            ),
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

    album = models.ForeignKey(Album, models.CASCADE, related_name="credits", db_index=False)
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
