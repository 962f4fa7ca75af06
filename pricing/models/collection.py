"""What a person's shelf was worth, day by day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Owned, User


class CollectionDay(models.Model):
    """The shelf of one person on one day, in euros, from prices whose source lets them be kept.

    ``priced`` of ``copies`` had a price that day: ``low_eur`` is the sum of their lowest. Of these
    ``with_high`` had a highest price, and ``with_median`` one that may stand in a median:
    ``high_eur`` and ``median_eur`` are the sums of theirs. ``with_high`` is empty on days when
    a source's lowest price counted as the highest, too. ``paid_eur`` is what was paid for the
    ``paid_copies`` of which that is known.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="collection_days")
    day = models.DateField()
    copies = models.PositiveIntegerField()
    priced = models.PositiveIntegerField()
    with_median = models.PositiveIntegerField()
    with_high = models.PositiveIntegerField(null=True, blank=True)
    low_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    median_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    high_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    paid_eur = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    paid_copies = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "day"], name="collection_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"


class CopyPrice(models.Model):
    """What one copy was worth from a day on, in euros: a row only where that changed. ``euros``
    is the median where there is one, else the lowest price, as ``is_median`` tells: only like is
    compared with like. Empty: no price any more; of rows of long ago the kind is not known."""

    copy = models.ForeignKey(Owned, models.CASCADE, related_name="prices")
    day = models.DateField()
    euros = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    is_median = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["copy", "day"], name="copy_price_once"),
        ]

    def __str__(self) -> str:
        return f"{self.copy_id} {self.day} {self.euros}"
