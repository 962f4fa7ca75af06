"""What curators have corrected by hand, which no source may write over."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Correction(models.Model):
    """One field of one row that a curator has corrected. It is kept while ``let_go_at`` is empty;
    one that was let go stays, so that it can be kept again.

    There are few of these rows, and bulk writers ask for them by statement, never by record: see
    `catalog.corrections`, which knows the fields of each kind.
    """

    class Kind(models.TextChoices):
        ARTIST = "artist", _("Artist")
        ALBUM = "album", _("Album")
        RELEASE = "release", _("Pressing")
        LABEL = "label", _("Label")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    row_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    # As the curator wrote it: text, number, yes or no, or null.
    value = models.JSONField(null=True, blank=True)
    # What a source told last, as far as it was seen: at first what stood there before.
    before = models.JSONField(null=True, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    corrected_at = models.DateTimeField()
    let_go_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    let_go_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering: ClassVar = ["-corrected_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "row_id", "field"], name="correction_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}: {self.field}"
