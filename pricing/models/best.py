"""The cheapest live quote of each album."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from catalog.models import Album
from pricing.models.quotes import Quote


class AlbumBestPrice(models.Model):
    """The cheapest live quote per album, territory, terms group, edition and least grade.

    ``least_grade`` is the best grade that somebody may insist on and still be served by this row: a
    reader who wants VG+ takes the cheapest of the rows of VG+ and better (pricing.grades.at_least).
    A dearer copy has a row only where it is better than every cheaper one. ``edition`` tells
    originals from reissues; the best of all is the least of its rows.

    The database does not check that album and quote exist: a row is made from a quote that it
    reads in the same statement, and checking it again locked and rewrote every quote, which was
    half of a rebuild. Whoever deletes quotes takes their rows along (Django does) and has the
    albums' lock, or refreshes the albums afterwards.
    """

    # The unique constraint's index begins with it.
    album = models.ForeignKey(
        Album, models.CASCADE, related_name="best_prices", db_index=False, db_constraint=False
    )
    territory = models.CharField(max_length=8)
    terms_group = models.CharField(max_length=20)  # sources that may stand in one list
    edition = models.CharField(max_length=8, blank=True, default="")
    least_grade = models.CharField(max_length=3)
    quote = models.ForeignKey(Quote, models.CASCADE, related_name="best_for", db_constraint=False)
    total_eur = models.DecimalField(max_digits=12, decimal_places=2)
    shipping_known = models.BooleanField()
    valid_until = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["album", "territory", "terms_group", "edition", "least_grade"],
                name="best_price_once",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["valid_until"], name="best_price_valid")]

    def __str__(self) -> str:
        return f"{self.album_id} {self.total_eur} EUR"
