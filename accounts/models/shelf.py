"""What people own and want."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models.people import GRADE_CHOICES, User
from catalog.models import Album, Release


class Want(models.Model):
    """A wish for an album in any pressing, or for exactly one pressing."""

    user = models.ForeignKey(User, models.CASCADE, related_name="wants")
    album = models.ForeignKey(Album, models.CASCADE, null=True, blank=True, related_name="wants")
    release = models.ForeignKey(
        Release, models.CASCADE, null=True, blank=True, related_name="wants"
    )
    max_price = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    notes = models.TextField(blank=True)
    source = models.CharField(max_length=20, default="site")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(album__isnull=False, release__isnull=True)
                | Q(album__isnull=True, release__isnull=False),
                name="want_album_or_release",
            ),
            models.UniqueConstraint(
                fields=["user", "album"], condition=Q(album__isnull=False), name="want_album_once"
            ),
            models.UniqueConstraint(
                fields=["user", "release"],
                condition=Q(release__isnull=False),
                name="want_release_once",
            ),
            models.CheckConstraint(
                condition=Q(max_price__isnull=True)
                | Q(max_price__gt=0, currency__regex=r"^[A-Z]{3}$"),
                name="want_price_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"want {self.album_id or self.release_id}"


class Owned(models.Model):
    """One copy on the shelf. ``release`` is empty when the pressing is not known."""

    user = models.ForeignKey(User, models.CASCADE, related_name="copies")
    album = models.ForeignKey(Album, models.CASCADE, related_name="copies")
    release = models.ForeignKey(
        Release, models.CASCADE, null=True, blank=True, related_name="copies"
    )
    discogs_instance_id = models.BigIntegerField(null=True, blank=True)
    grade = models.CharField(max_length=3, choices=GRADE_CHOICES, blank=True)
    sleeve_grade = models.CharField(max_length=3, choices=GRADE_CHOICES, blank=True)
    notes = models.TextField(blank=True)
    source = models.CharField(max_length=20, default="site")
    added_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-added_at", "-id"]
        verbose_name_plural = "owned"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "discogs_instance_id"],
                condition=Q(discogs_instance_id__isnull=False),
                name="owned_instance_once",
            )
        ]

    def __str__(self) -> str:
        return f"copy of {self.release_id or self.album_id}"
