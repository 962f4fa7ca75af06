"""Doubtful matches that a person decides, and the trail of merges and splits."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class MatchReview(models.Model):
    """Two rows that may be one thing. A decision is kept: the pair is never asked again."""

    class Kind(models.TextChoices):
        ARTIST = "artist", _("Artist")
        ALBUM = "album", _("Album")

    class Verdict(models.TextChoices):
        OPEN = "open", _("Open")
        SAME = "same", _("Same")
        DIFFERENT = "different", _("Different")
        SKIPPED = "skipped", _("Skipped")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    # The lower id on the left, so that a pair has one row.
    left_id = models.BigIntegerField()
    right_id = models.BigIntegerField()
    confidence = models.DecimalField(max_digits=4, decimal_places=3)
    # Named, weighted parts: [{"name": ..., "weight": ..., "value": ..., "says": ...}].
    evidence = models.JSONField(default=list, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("match review")
        verbose_name_plural = _("match reviews")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "left_id", "right_id"], name="review_pair_once"
            ),
            models.CheckConstraint(condition=Q(left_id__lt=F("right_id")), name="review_ordered"),
            models.CheckConstraint(
                condition=Q(confidence__range=(0, 1)), name="review_confidence_0_1"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["verdict", "-confidence"], name="review_verdict")]

    def __str__(self) -> str:
        return f"{self.kind} {self.left_id} / {self.right_id}: {self.verdict}"


class MergeRecord(models.Model):
    """One merge or its undoing. ``moved`` lists what hung on the merged row, so that a split
    gives it back."""

    class Kind(models.TextChoices):
        ARTIST = "artist", _("Artist")
        ALBUM = "album", _("Album")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    from_id = models.BigIntegerField()
    into_id = models.BigIntegerField()
    why = models.CharField(max_length=200, blank=True)
    moved = models.JSONField(default=dict, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering: ClassVar = ["-done_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "from_id"], name="merge_from"),
            models.Index(fields=["kind", "into_id"], name="merge_into"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(from_id=F("into_id")), name="merge_not_self")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.from_id} -> {self.into_id}"
