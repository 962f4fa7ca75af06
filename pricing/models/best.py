"""The cheapest live quote of each album."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from catalog.models import Album
from pricing.models.quotes import Quote


class AlbumBestPrice(models.Model):
    """The cheapest live quote per album, territory, terms group and least grade."""

    album = models.ForeignKey(Album, models.CASCADE, related_name="best_prices")
    territory = models.CharField(max_length=8)
    terms_group = models.CharField(max_length=20)  # sources that may stand in one list
    least_grade = models.CharField(max_length=3)
    quote = models.ForeignKey(Quote, models.CASCADE, related_name="best_for")
    total_eur = models.DecimalField(max_digits=12, decimal_places=2)
    shipping_known = models.BooleanField()
    valid_until = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["album", "territory", "terms_group", "least_grade"], name="best_price_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["valid_until"], name="best_price_valid")]

    def __str__(self) -> str:
        return f"{self.album_id} {self.total_eur} EUR"
