"""What people listen to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models.people import User
from catalog.models import Album, Artist


class Snapshot(models.Model):
    """One sync of one person's listening at one source; the newest counts."""

    user = models.ForeignKey(User, models.CASCADE, related_name="snapshots")
    source = models.CharField(max_length=20)  # lastfm, listenbrainz, spotify, spotify_file
    username = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    plays = models.PositiveIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=dict, blank=True)
    unmatched = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "source"], name="one_snapshot_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.source} of {self.user_id}"


class Listening(models.Model):
    """What a snapshot said: plays or a rank of one artist, album or track in one period."""

    class Kind(models.TextChoices):
        ARTIST = "artist"
        ALBUM = "album"
        TRACK = "track"

    class Period(models.TextChoices):
        ALL = "all"
        YEAR = "12m"
        HALF = "6m"
        QUARTER = "3m"
        MONTH = "1m"
        # What is saved in a library there, which belongs to no period.
        SAVED = "lib"

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    period = models.CharField(max_length=3, choices=Period.choices)
    artist_name = models.CharField(max_length=500)
    title = models.CharField(max_length=1000, blank=True)
    mbid = models.CharField(max_length=40, blank=True)
    plays = models.PositiveIntegerField(null=True, blank=True)
    rank = models.PositiveIntegerField(null=True, blank=True)
    distinct_tracks = models.PositiveIntegerField(null=True, blank=True)
    artist = models.ForeignKey(Artist, models.SET_NULL, null=True, blank=True, related_name="+")
    album = models.ForeignKey(Album, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["snapshot", "kind", "period"], name="listening_kind")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(plays__isnull=False) | Q(rank__isnull=False),
                name="listening_has_figure",
            )
        ]

    def __str__(self) -> str:
        return f"{self.artist_name} {self.title}".strip()
