"""Exchange rates by day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

CURRENCY = Q(currency__regex=r"^[A-Z]{3}$")


class ExchangeRate(models.Model):
    """How many units of ``currency`` one euro bought on ``day`` (ECB reference rate)."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        ordering: ClassVar = ["-day", "currency"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency", "day"], name="rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
            models.CheckConstraint(condition=CURRENCY, name="rate_currency_iso"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.currency} {self.rate}"
