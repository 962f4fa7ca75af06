"""What a person lets their list be made from, and how adventurous it is."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

DIAL_IN_BETWEEN = 50


class TasteSettings(models.Model):
    """One row a person, made when something differs from the defaults.

    `off` names the sources that are switched off (recommendations.profile.SOURCES). `teaches`:
    what the person plays may teach the model of similarity; off until they say so.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="taste_settings"
    )
    dial = models.PositiveSmallIntegerField(default=DIAL_IN_BETWEEN)
    off = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    teaches = models.BooleanField(default=False)
    teaches_since = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "taste settings"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(dial__range=(0, 100)), name="dial_0_100")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.dial}"
