"""Wants that their owner is told about when the price is right."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Want


class PriceAlert(models.Model):
    """When to tell: at this price or below, this share under the median, or either.

    ``armed`` goes off with a message and on again when the price has clearly left the limit, so
    that a price that trembles around it is told once. ``told_eur`` is the price of the last
    message: one that is clearly below it is told even while not armed.
    """

    want = models.OneToOneField(Want, models.CASCADE, related_name="alert")
    below = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    armed = models.BooleanField(default=True)
    told_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(below__isnull=True, currency="")
                | Q(below__gt=0, currency__regex=r"^[A-Z]{3}$"),
                name="alert_price_positive",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__range=(1, 90)),
                name="alert_percent_1_90",
            ),
            models.CheckConstraint(
                condition=Q(below__isnull=False) | Q(percent__isnull=False),
                name="alert_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"alert of want {self.want_id}"


class AlertTold(models.Model):
    """An offer that an alert has told: never twice."""

    alert = models.ForeignKey(PriceAlert, models.CASCADE, related_name="told")
    offer = models.CharField(max_length=150)  # source and the source's key
    euros = models.DecimalField(max_digits=12, decimal_places=2)
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["alert", "offer"], name="alert_offer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.offer}"
