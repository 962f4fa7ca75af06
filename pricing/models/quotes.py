"""Prices that sources gave, and when they were asked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from catalog.models import Album, Release
from pricing.models.rates import CURRENCY
from vinyl.fields import WebAddressField


class Quote(models.Model):
    """A dated price that one source gave for an album or one pressing, as it stands now.

    Updated in place: one row per (source, key). ``shipping`` is empty when unknown, never zero
    by default. Amounts are in ``currency``; ``amount_eur`` uses the rate of the day observed.

    ``total_eur`` is the most that it costs at the door of ``territory``: item, shipping and what
    the border takes; empty where one of these is not known. ``spread_eur`` is how much less it may
    be, ``charges`` are the border's parts (pricing.landed_cost.Charge.as_json). ``edition`` and
    ``doubt`` were decided when the price was written, so that a rebuild finds the same.
    """

    class Edition(models.TextChoices):
        ORIGINAL = "original"
        REISSUE = "reissue"

    class Kind(models.TextChoices):
        LOWEST = "lowest"  # the lowest item price for a release, no seller known
        OFFER = "offer"  # one copy by one seller

    class Doubt(models.TextChoices):
        LOW = "low"  # far below what else is asked for the same
        HIGH = "high"

    # discogs, discogs:stock (one seller's copy), ebay, shop:<slug>
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=120)  # the source's id of what is priced, with territory
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # The index of quote_album_place serves it too.
    album = models.ForeignKey(Album, models.CASCADE, related_name="quotes", db_index=False)
    release = models.ForeignKey(
        Release, models.CASCADE, null=True, blank=True, related_name="quotes"
    )
    territory = models.CharField(max_length=8, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    shipping = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    shipping_currency = models.CharField(max_length=3, blank=True)
    amount_eur = models.DecimalField(max_digits=12, decimal_places=2)
    total_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    spread_eur = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    charges = models.JSONField(default=list, blank=True)
    edition = models.CharField(max_length=8, choices=Edition.choices, blank=True, default="")
    rate_day = models.DateField(null=True, blank=True)
    grade = models.CharField(max_length=3, blank=True)
    title = models.CharField(max_length=500, blank=True)
    seller = models.CharField(max_length=200, blank=True)
    seller_country = models.CharField(max_length=2, blank=True)
    # Where that country is told apart by postcode ("ES-CN"); "" where it is not.
    seller_territory = models.CharField(max_length=8, blank=True, default="", db_default="")
    url = WebAddressField(max_length=1000, blank=True)
    for_sale = models.PositiveIntegerField(null=True, blank=True)
    # The amount is the present bid: shown apart, no price to compare others with.
    is_auction = models.BooleanField(default=False)
    # Why the amount is not believed: it is shown with that, and never as the best.
    doubt = models.CharField(max_length=8, choices=Doubt.choices, blank=True, default="")
    observed_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "key"], name="quote_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="quote_amount_positive"),
            models.CheckConstraint(
                condition=Q(shipping__isnull=True) | Q(shipping__gte=0),
                name="quote_shipping_not_negative",
            ),
            models.CheckConstraint(condition=CURRENCY, name="quote_currency_iso"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["album", "territory", "valid_until"], name="quote_album_place"),
            models.Index(fields=["valid_until"], name="quote_valid_until"),
            # What an album's history is written from, beside the index of pressings.
            models.Index(
                fields=["album", "grade"], name="quote_album_grade",
                condition=Q(release__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source} {self.amount} {self.currency}"

    @property
    def origin(self) -> str:
        """Where a parcel comes from, as far as import rules tell places apart; "" for unknown."""
        return self.seller_territory or self.seller_country


class PriceAsk(models.Model):
    """When a source was last asked about an album or release for a territory, and what came."""

    class State(models.TextChoices):
        ASKING = "asking"
        ANSWERED = "answered"
        FAILED = "failed"

    source = models.CharField(max_length=40)
    album = models.ForeignKey(Album, models.CASCADE, related_name="price_asks")
    release = models.ForeignKey(Release, models.CASCADE, null=True, blank=True, related_name="+")
    territory = models.CharField(max_length=8)
    state = models.CharField(max_length=10, choices=State.choices)
    job_id = models.BigIntegerField(null=True, blank=True)
    found = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict, blank=True)
    # [{"reason", "title", "url"}]: what was left out, to be shown when somebody asks why.
    examples = models.JSONField(default=list, blank=True)
    # Pressings that the calls did not reach.
    not_asked = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "album", "release", "territory"], name="ask_once",
                nulls_distinct=False,
            )
        ]  # fmt: skip
        # Each job ends with noting so where it was asked for.
        indexes: ClassVar = [models.Index(fields=["job_id"], name="ask_of_job")]

    def __str__(self) -> str:
        return f"{self.source} {self.album_id} {self.state}"
