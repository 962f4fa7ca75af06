"""How much of what matters the catalogue knows, measured now and then."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Coverage(models.Model):
    """One share: `part` of `whole` have it, `target` per cent should. Counting takes longer than a
    page may, so it is done by a job and read here."""

    key = models.CharField(max_length=40, unique=True)
    part = models.PositiveIntegerField()
    whole = models.PositiveIntegerField()
    target = models.PositiveSmallIntegerField()
    measured_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["key"]
        verbose_name_plural = "coverage"

    def __str__(self) -> str:
        return f"{self.key}: {self.part} of {self.whole}"

    @property
    def percent(self) -> float | None:
        """None of nothing."""
        return 100 * self.part / self.whole if self.whole else None
