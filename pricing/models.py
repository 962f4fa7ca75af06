"""What pressings cost: quotes, the best price per album, rates and shops."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Album, Release

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


class Quote(models.Model):
    """A dated price that one source gave for an album or one pressing, as it stands now.

    Updated in place: one row per (source, key). ``shipping`` is empty when unknown, never zero
    by default. Amounts are in ``currency``; ``amount_eur`` uses the rate of the day observed.
    """

    class Kind(models.TextChoices):
        LOWEST = "lowest"  # the lowest item price for a release, no seller known
        OFFER = "offer"  # one copy by one seller

    source = models.CharField(max_length=20)  # discogs, ebay, shop:<slug>
    key = models.CharField(max_length=120)  # the source's id of what is priced, with territory
    kind = models.CharField(max_length=10, choices=Kind.choices)
    album = models.ForeignKey(Album, models.CASCADE, related_name="quotes")
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
    rate_day = models.DateField(null=True, blank=True)
    grade = models.CharField(max_length=3, blank=True)
    title = models.CharField(max_length=500, blank=True)
    seller = models.CharField(max_length=200, blank=True)
    seller_country = models.CharField(max_length=2, blank=True)
    url = models.URLField(max_length=1000, blank=True)
    for_sale = models.PositiveIntegerField(null=True, blank=True)
    is_auction = models.BooleanField(default=False)
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
            models.Index(fields=["album", "valid_until"], name="quote_album_valid"),
            models.Index(fields=["valid_until"], name="quote_valid_until"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.amount} {self.currency}"


class PriceAsk(models.Model):
    """When a source was last asked about an album or release for a territory, and what came."""

    class State(models.TextChoices):
        ASKING = "asking"
        ANSWERED = "answered"
        FAILED = "failed"

    source = models.CharField(max_length=20)
    album = models.ForeignKey(Album, models.CASCADE, related_name="price_asks")
    release = models.ForeignKey(Release, models.CASCADE, null=True, blank=True, related_name="+")
    territory = models.CharField(max_length=8)
    state = models.CharField(max_length=10, choices=State.choices)
    job_id = models.BigIntegerField(null=True, blank=True)
    found = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict, blank=True)
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

    def __str__(self) -> str:
        return f"{self.source} {self.album_id} {self.state}"


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


class AccountDeletion(models.Model):
    """One of eBay's notices that somebody left: the trail of what came and what was done.

    It names nobody. `subject` is a keyed digest, to recognise the same person again; `body` holds
    the notice itself only until it was verified.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for eBay's key")
        VERIFIED = "verified", _("verified")
        ERASED = "erased", _("data erased")
        REFUSED = "refused", _("not signed by eBay")
        IGNORED = "ignored", _("about something else")

    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    notification_id = models.CharField(_("notification"), max_length=100, blank=True, db_index=True)
    kid = models.CharField(_("key"), max_length=64)
    subject = models.CharField(_("subject"), max_length=64, blank=True)
    body = models.BinaryField(null=True, blank=True, editable=False)
    signature = models.TextField(blank=True, editable=False)
    erased = models.JSONField(_("erased"), default=dict, blank=True)
    repeats = models.PositiveIntegerField(_("came again"), default=0)
    received_at = models.DateTimeField(_("received"))
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-received_at", "-id"]
        verbose_name = _("eBay account deletion")
        verbose_name_plural = _("eBay account deletions")

    def __str__(self) -> str:
        return f"{self.notification_id or self.pk} {self.state}"
