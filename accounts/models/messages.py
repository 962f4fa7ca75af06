"""What people are told: in the site, and by mail where they like."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models.people import User


class Message(models.Model):
    """One thing that a person is told, in their language. ``key`` names what it is about, so that
    it is told once. ``mailed_at`` is when it left by mail; messages of one mail share it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    text = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=300, blank=True)
    by_mail = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind", "key"], name="message_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at"], name="message_newest"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="message_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class MessageSettings(models.Model):
    """How a person is told. No row: by mail, quiet from ten to eight, by the person's own clock.
    Equal hours: never quiet."""

    user = models.OneToOneField(User, models.CASCADE, related_name="message_settings")
    by_mail = models.BooleanField(default=True)
    quiet_from = models.TimeField(default=time(22))
    quiet_until = models.TimeField(default=time(8))

    class Meta:
        verbose_name_plural = "message settings"

    def __str__(self) -> str:
        return f"messages of {self.user_id}"
