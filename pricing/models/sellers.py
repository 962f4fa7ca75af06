"""Sellers whose stock people follow, and what a marketplace suggests to one person."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from catalog.models import Release


class Seller(models.Model):
    """A seller whose stock somebody follows: a name at Discogs, or a shop whose feed may be read.

    What it has for sale are quotes of the source ``discogs:stock`` with its name. ``items_read``
    of ``items_total`` listings were read at ``read_at``; ``capped``: Discogs shows no more of them
    to others. Its figures are the marketplace's, and as old as ``read_at``.
    """

    class State(models.TextChoices):
        NEW = "new"
        READING = "reading"
        READ = "read"
        UNKNOWN = "unknown"  # the marketplace has no such seller
        FAILED = "failed"

    source = models.CharField(max_length=40, default="discogs")
    username = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    country = models.CharField(max_length=80, blank=True)  # where it ships from, as told
    rating = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    ratings = models.PositiveIntegerField(null=True, blank=True)
    min_order = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    shipping_text = models.TextField(blank=True)
    items_total = models.PositiveIntegerField(null=True, blank=True)
    items_read = models.PositiveIntegerField(default=0)
    items_known = models.PositiveIntegerField(default=0)
    capped = models.BooleanField(default=False)
    error = models.CharField(max_length=60, blank=True)
    job_id = models.BigIntegerField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["username", "pk"]
        constraints: ClassVar = [
            # Discogs' names do not differ by capitals alone.
            models.UniqueConstraint("source", Lower("username"), name="seller_once"),
        ]

    def __str__(self) -> str:
        return self.username


class FollowedSeller(models.Model):
    """A person follows a seller; favourites stand first and are read first."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sellers")
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="followers")
    favourite = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-favourite", "seller__username", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "seller"], name="follow_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.seller_id}"


class PriceSuggestion(models.Model):
    """What Discogs suggests to this person to ask for a pressing, by grade: for their eyes only.

    ``by_grade``: our codes to decimal strings in ``currency``.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="suggestions")
    release = models.ForeignKey(Release, models.CASCADE, related_name="suggestions")
    by_grade = models.JSONField(default=dict, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    error = models.CharField(max_length=60, blank=True)
    observed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "release"], name="suggestion_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.release_id}"
