"""What people said to an album."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from catalog.models import Album


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
