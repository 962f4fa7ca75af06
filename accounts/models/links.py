"""Accounts at outside services, and tokens for programs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class LinkedService(models.Model):
    """A person's account at an outside service; tokens are ciphertext only."""

    class Service(models.TextChoices):
        DISCOGS = "discogs", "Discogs"
        SPOTIFY = "spotify", "Spotify"
        LASTFM = "lastfm", "Last.fm"
        LISTENBRAINZ = "listenbrainz", "ListenBrainz"

    class State(models.TextChoices):
        OK = "ok", _("linked")
        LINK_AGAIN = "link_again", _("link again")

    user = models.ForeignKey(User, models.CASCADE, related_name="links")
    service = models.CharField(max_length=20, choices=Service.choices)
    # The service's own immutable id where a sign-in proved it; empty for a typed user name.
    external_id = models.CharField(max_length=200, blank=True)
    username = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OK)
    token = models.BinaryField(null=True, blank=True, editable=False)
    scope = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    # The last warning about the end of this consent: "month", "week", or "" for none.
    consent_told = models.CharField(max_length=5, blank=True, default="", editable=False)
    # Discogs: wants of single pressings, and their removal, are told there too.
    sends_wants = models.BooleanField(default=False, db_default=False)
    # Discogs: so are copies, into the folder "Uncategorized", and their removal.
    sends_copies = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "service"], name="one_link_per_service"),
            models.UniqueConstraint(
                fields=["service", "external_id"], condition=~Q(external_id=""),
                name="service_account_linked_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.service}: {self.username}"


class ApiToken(models.Model):
    """A hashed token for programs; the secret itself is shown once and never stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    can_write = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
