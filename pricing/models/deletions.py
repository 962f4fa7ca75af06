"""The trail of eBay's notices that somebody left."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountDeletion(models.Model):
    """One of eBay's notices that somebody left: the trail of what came and what was done.

    It names nobody. `subject` is a keyed digest, to recognise the same person again; `body` holds
    the notice itself only until it was verified.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for eBay's key")
        VERIFIED = "verified", _("verified")
        ERASED = "erased", _("data erased")
        REFUSED = "refused", _("not signed by eBay")
        IGNORED = "ignored", _("about something else")

    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    notification_id = models.CharField(_("notification"), max_length=100, blank=True, db_index=True)
    kid = models.CharField(_("key"), max_length=64)
    subject = models.CharField(_("subject"), max_length=64, blank=True)
    body = models.BinaryField(null=True, blank=True, editable=False)
    signature = models.TextField(blank=True, editable=False)
    erased = models.JSONField(_("erased"), default=dict, blank=True)
    repeats = models.PositiveIntegerField(_("came again"), default=0)
    received_at = models.DateTimeField(_("received"))
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-received_at", "-id"]
        verbose_name = _("eBay account deletion")
        verbose_name_plural = _("eBay account deletions")

    def __str__(self) -> str:
        return f"{self.notification_id or self.pk} {self.state}"
