"""Pictures of albums: fetched once, re-encoded, served from our side."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from catalog.models.albums import Album
from vinyl.fields import WebAddressField


class Cover(models.Model):
    """One album's cover picture, or the memory that there is none.

    ``key`` names the two stored files (small and large); empty while there is no picture.
    """

    class State(models.TextChoices):
        WANTED = "wanted"
        STORED = "stored"
        NONE = "none"
        FAILED = "failed"

    album = models.OneToOneField(Album, models.CASCADE, related_name="cover")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    source = models.CharField(max_length=20, blank=True)  # whose terms hold: coverart, lastfm ...
    source_url = WebAddressField(max_length=1000, blank=True)
    page_url = WebAddressField(max_length=1000, blank=True)  # the source's page, to link to
    key = models.CharField(max_length=64, blank=True)
    content_type = models.CharField(max_length=40, blank=True)
    width = models.PositiveSmallIntegerField(null=True, blank=True)
    height = models.PositiveSmallIntegerField(null=True, blank=True)
    bytes = models.PositiveIntegerField(default=0)  # of both files
    # Until when the source's headers let it be kept, where its terms ask for that.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Why other addresses were refused, for people who wonder.
    refused = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "checked_at"], name="cover_state_checked")
        ]

    def __str__(self) -> str:
        return f"{self.album_id} {self.state}"
