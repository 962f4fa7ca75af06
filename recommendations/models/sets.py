"""Ranked albums with their stored parts."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from catalog.models import Album


class RecommendationSet(models.Model):
    """The ranked albums for one person, with a time to live; the newest counts.

    `dial` (0 safe to 100 adventurous) is the one the order was made for, `genres` the shares of
    the person's own genres that the list follows, `options` what a tab's filters offer.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recommendation_sets"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    score_version = models.CharField(max_length=20)
    inputs_hash = models.CharField(max_length=64)
    plays = models.PositiveIntegerField(default=0)
    records = models.PositiveIntegerField(default=0)
    dial = models.PositiveSmallIntegerField(default=50)
    # How many of each kind it was made from: see recommendations.services.sets.
    made_from = models.JSONField(default=dict, blank=True)
    genres = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    # What could not be asked when it was made, as sentences to translate.
    missing = ArrayField(models.CharField(max_length=200), default=list, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-made_at"], name="set_user_newest")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.made_at:%Y-%m-%d %H:%M}"


class Recommendation(models.Model):
    """One album of a tab: stored listening and taste parts; the rest is computed when shown.

    `facts` are what filters and another order need without asking the catalogue: "a" artist id,
    "c" countries of its pressings, "o" and "r" whether there are originals and reissues, "f" how
    well known it is (0 to 1), "y" its year, "l" what it earned for taste before somebody asked for
    more or less like it.
    """

    class Tab(models.TextChoices):
        OWN = "own"  # by artists whom the person plays or named
        DISCOVER = "discover"
        BECAUSE = "because"  # because of what stands on the shelf
        NEW = "new"  # new pressings of what the person loves

    set = models.ForeignKey(RecommendationSet, models.CASCADE, related_name="items")
    album = models.ForeignKey(Album, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    listening = models.DecimalField(max_digits=5, decimal_places=2)  # 0-50
    taste = models.DecimalField(max_digits=5, decimal_places=2)  # 0-30
    causes = models.JSONField(default=list, blank=True)
    tab = models.CharField(max_length=8, choices=Tab.choices, default=Tab.OWN)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["set", "tab", "album"], name="recommended_once"),
            models.CheckConstraint(condition=Q(listening__range=(0, 50)), name="listening_0_50"),
            models.CheckConstraint(condition=Q(taste__range=(0, 30)), name="taste_0_30"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.album_id}"
