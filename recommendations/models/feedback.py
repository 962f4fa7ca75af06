"""What people said to an album."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Album, Artist


class Lock(models.Model):
    """The person keeps this album on the list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="locks")
    album = models.ForeignKey(Album, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "album"], name="lock_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} keeps {self.album_id}"


class Dismissal(models.Model):
    """The person does not want to see this album, and why."""

    class Reason(models.TextChoices):
        NONE = ""
        OWNED = "owned"
        TASTE = "taste"
        PRICE = "price"
        ARTIST = "artist"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="dismissals")
    album = models.ForeignKey(Album, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "album"], name="dismissal_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} dismissed {self.album_id}"


class Lean(models.Model):
    """ "More like this" (1) or "less of this" (-1) about an artist; the last word counts.

    `named`: it added the artist to the seeds, so taking it back takes that name away as well.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="leans")
    artist = models.ForeignKey(Artist, models.CASCADE, related_name="+")
    direction = models.SmallIntegerField()
    named = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "artist"], name="lean_once"),
            models.CheckConstraint(condition=Q(direction__in=(-1, 1)), name="lean_more_or_less"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.direction:+d} {self.artist_id}"


class Shown(models.Model):
    """An album that was shown to a person by one version of the score, and what they said to it.

    `times` counts days on which it stood on the page. What was kept and dismissed is noted here as
    well, because it outlives the lock and the dismissal themselves: who takes one back did not mean
    it, and the note goes too; who starts afresh meant it then, and the note stays.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shown_albums")
    album = models.ForeignKey(Album, models.CASCADE, related_name="+")
    score_version = models.CharField(max_length=20)
    times = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "album shown"
        verbose_name_plural = "albums shown"
        indexes: ClassVar = [models.Index(fields=["score_version"], name="shown_version")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "album", "score_version"], name="shown_once")
        ]

    def __str__(self) -> str:
        return f"{self.album_id} to {self.user_id}, {self.times} times"
