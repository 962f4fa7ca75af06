"""Ranked albums with their stored parts."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Album


class RecommendationSet(models.Model):
    """The ranked albums for one person, with a time to live; the newest counts."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recommendation_sets"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    score_version = models.CharField(max_length=20)
    inputs_hash = models.CharField(max_length=64)
    plays = models.PositiveIntegerField(default=0)
    records = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-made_at"], name="set_user_newest")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.made_at:%Y-%m-%d %H:%M}"


class Recommendation(models.Model):
    """One album of a set: stored listening and taste parts; the rest is computed when shown."""

    set = models.ForeignKey(RecommendationSet, models.CASCADE, related_name="items")
    album = models.ForeignKey(Album, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    listening = models.DecimalField(max_digits=5, decimal_places=2)  # 0-50
    taste = models.DecimalField(max_digits=5, decimal_places=2)  # 0-30
    causes = models.JSONField(default=list, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["set", "album"], name="recommended_once"),
            models.CheckConstraint(condition=Q(listening__range=(0, 50)), name="listening_0_50"),
            models.CheckConstraint(condition=Q(taste__range=(0, 30)), name="taste_0_30"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.album_id}"
