"""Shops that are linked to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Shop(models.Model):
    """A shop that is linked to, by a search address that a curator keeps. ``{q}`` is the search."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(unique=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, default="ES")
    url_template = models.CharField(max_length=500)
    enabled = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100)
    notes = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(url_template__contains="{q}"), name="shop_template_has_q"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="shop_country_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.name
