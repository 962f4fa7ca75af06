"""Shops that are linked to, and those whose product feeds may be read."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vinyl.fields import WebAddressField


class Shop(models.Model):
    """A shop that is linked to, by a search address that a curator keeps. ``{q}`` is the search.

    Its product feed is read only where a curator confirmed that the shop allows it: ``feed`` says
    what it speaks, ``feed_allowed_by`` and ``feed_allowed_at`` who said so and when.
    """

    class Feed(models.TextChoices):
        NONE = "", _("none: link only")
        JSONLD = "jsonld", _("product pages with JSON-LD")
        SHOPIFY = "shopify", _("Shopify's products.json")
        WOOCOMMERCE = "woocommerce", _("WooCommerce's Store API")

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(unique=True, max_length=30)
    city = models.CharField(
        _("city"), max_length=100, blank=True, help_text=_("Empty for a shop that is only online.")
    )
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    country = models.CharField(_("country"), max_length=2, default="ES")
    countries = ArrayField(
        models.CharField(max_length=2),
        verbose_name=_("shown to people in"),
        default=list,
        blank=True,
        help_text=_("Two-letter codes with commas between them. Empty: to everybody."),
    )
    url_template = models.CharField(_("search address"), max_length=500)
    enabled = models.BooleanField(_("switched on"), default=True)
    position = models.PositiveSmallIntegerField(_("place in the list"), default=100)
    notes = models.TextField(_("notes"), blank=True)
    feed = models.CharField(
        _("product feed"), max_length=12, choices=Feed.choices, blank=True, default=""
    )
    feed_url = WebAddressField(
        _("address of the shop"), max_length=300, blank=True,
        help_text=_("Where its feed starts, for example https://shop.example"),
    )  # fmt: skip
    feed_currency = models.CharField(
        _("currency of the feed"), max_length=3, default="EUR",
        help_text=_("For Shopify, whose feed does not say it."),
    )  # fmt: skip
    feed_max_age_hours = models.PositiveSmallIntegerField(_("prices shown for (hours)"), default=24)
    # No constraint in the database: shops outlive the people when a demo is forgotten.
    feed_allowed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False,
        related_name="+", verbose_name=_("reading allowed, confirmed by"), db_constraint=False,
    )  # fmt: skip
    feed_allowed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    feed_allowed_note = models.CharField(
        _("how the shop allowed it"), max_length=300, blank=True,
        help_text=_("A letter, a page of its terms: what another curator can look up."),
    )  # fmt: skip
    tested_at = models.DateTimeField(_("tested at"), null=True, blank=True, editable=False)
    test_result = models.CharField(_("what the test saw"), max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(url_template__contains="{q}"), name="shop_template_has_q"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="shop_country_iso"
            ),
            models.CheckConstraint(
                condition=Q(feed_allowed_at__isnull=True) | ~Q(feed_allowed_note=""),
                name="shop_feed_allowed_how",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def feed_allowed(self) -> bool:
        """Whether its feed may be read: it has one and a curator confirmed it."""
        return bool(self.feed and self.feed_url and self.feed_allowed_at)

    @property
    def source(self) -> str:
        """How its prices are named among the sources."""
        return f"shop:{self.slug}"
