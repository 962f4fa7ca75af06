"""By which rules the stored keys were made."""

from __future__ import annotations

from django.db import models


class KeyRules(models.Model):
    """The version of the rules (`catalog.matching.keys.VERSION`) by which all stored keys of names
    and titles were last made. One row at most; none means keys of unknown age. ``scripts_read_at``
    is when the search box's entries were last gone through for names and titles of other scripts
    (`catalog.services.scripts`); none means never."""

    version = models.PositiveIntegerField()
    renewed_at = models.DateTimeField(auto_now=True)
    scripts_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "rules of keys"

    def __str__(self) -> str:
        return f"keys of version {self.version}"
