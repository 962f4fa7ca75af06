"""Artists that people added by hand."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from catalog.models import Artist


class Seed(models.Model):
    """An artist that the person added by hand."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="seeds")
    artist = models.ForeignKey(Artist, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "artist"], name="seed_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.artist_id}"
