"""What pressings cost before, as far as the sources' terms let it be kept."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class PriceHistory(models.Model):
    """What one source asked for one pressing in one grade, over days on which it was the same.

    A series is (album, release or none, source without its branch, grade); a row is written only
    when the prices of its day differ from those of the last row, else that row's ``last_day`` moves
    on. ``prices`` are the item prices of a day in euro cents, ascending: all of them, or eleven
    quantiles from the least to the most where there were more than eleven; ``count`` is how many
    there were, ``days`` on how many days they were seen, ``seen`` on which: so many days after the
    first, in order; empty where it was on every day. After a year seven days become one row.
    """

    album_id = models.BigIntegerField()
    release_id = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=20)
    grade = models.CharField(max_length=3, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    # The last day but one on which it was seen: where the row ends if today's prices change again.
    day_before = models.DateField(null=True, blank=True)
    days = models.PositiveIntegerField(default=1)
    seen = ArrayField(models.IntegerField(), null=True, blank=True)
    count = models.PositiveIntegerField()
    prices = ArrayField(models.PositiveIntegerField())
    weekly = models.BooleanField(default=False)
    generated = models.BooleanField(default=False)  # made up for the sandbox

    class Meta:
        verbose_name_plural = "price histories"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["album_id", "release_id", "source", "grade", "first_day"],
                name="history_once", nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="history_days_in_order"
            ),
            models.CheckConstraint(condition=Q(count__gt=0), name="history_count_positive"),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["album_id", "last_day"], name="history_album_day"),
            models.Index(fields=["last_day"], condition=Q(weekly=False), name="history_to_roll_up"),
        ]

    def __str__(self) -> str:
        return f"{self.album_id} {self.source} {self.first_day}"
