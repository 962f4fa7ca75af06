"""What crossing a border costs: rules that curators keep, and where people have parcels sent."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.places import countries
from pricing.territories import ANYWHERE, APART, EU
from vinyl.fields import WebAddressField

PLACE = RegexValidator(r"^(\*|[A-Z]{2}(-[A-Z0-9]{2,3})?)$", _("A code such as ES, ES-CN, EU or *."))


def is_place(code: str) -> bool:
    """Whether rules may name it: a country, a part that counts for itself, the EU's area, or *."""
    return code in {EU, ANYWHERE, *APART} or any(code == one for one, _name in countries("en"))


class ImportRule(models.Model):
    """One charge on a parcel from ``origin`` to ``destination``, with the day it holds from.

    Places are territories (ES, ES-CN), the European Union's VAT area (EU) or ``*`` for all others;
    see pricing.territories. Of the rules for one charge the most exact destination wins, then the
    most exact origin, then the latest day. Where the law or the carrier leaves it open, ``low`` and
    ``high`` differ. Amounts are in ``currency``; shares are percent.
    """

    class Charge(models.TextChoices):
        DUTY = "duty", _("duty")
        VAT = "vat", _("VAT")
        HANDLING = "handling", _("handling")

    class Base(models.TextChoices):
        GOODS = "goods", _("the goods")
        DELIVERED = "delivered", _("goods and shipping")
        ALL = "all", _("goods, shipping and duty")

    class Per(models.TextChoices):
        PARCEL = "parcel", _("parcel")
        LINE = "line", _("item line")
        TAXED = "taxed", _("parcel on which something is levied")

    code = models.SlugField(_("code"), max_length=40)
    charge = models.CharField(_("charge"), max_length=10, choices=Charge.choices)
    origin = models.CharField(_("from"), max_length=6, validators=[PLACE])
    destination = models.CharField(_("to"), max_length=6, validators=[PLACE])
    share_low = models.DecimalField(_("percent, least"), max_digits=6, decimal_places=3, default=0)
    share_high = models.DecimalField(_("percent, most"), max_digits=6, decimal_places=3, default=0)
    base = models.CharField(
        _("percent of"), max_length=10, choices=Base.choices, default=Base.DELIVERED
    )
    fixed_low = models.DecimalField(_("amount, least"), max_digits=8, decimal_places=2, default=0)
    fixed_high = models.DecimalField(_("amount, most"), max_digits=8, decimal_places=2, default=0)
    per = models.CharField(
        _("amount for each"), max_length=10, choices=Per.choices, default=Per.PARCEL
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    above = models.DecimalField(
        _("only above"), max_digits=10, decimal_places=2, null=True, blank=True,
        help_text=_("Value of the goods in one parcel; empty: any."),
    )  # fmt: skip
    up_to = models.DecimalField(
        _("only up to"), max_digits=10, decimal_places=2, null=True, blank=True,
        help_text=_("Value of the goods in one parcel; empty: any."),
    )  # fmt: skip
    waived_up_to = models.DecimalField(
        _("not raised up to"), max_digits=8, decimal_places=2, default=0,
        help_text=_("A charge that comes to this or less is not raised."),
    )  # fmt: skip
    valid_from = models.DateField(_("holds from"))
    valid_until = models.DateField(_("holds until"), null=True, blank=True)
    source_url = WebAddressField(_("source"), max_length=300)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)
    is_estimate = models.BooleanField(_("estimate"), default=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["destination", "origin", "charge", "above", "-valid_from"]
        verbose_name = _("import rule")
        verbose_name_plural = _("import rules")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="import_rule_once"),
            models.CheckConstraint(
                condition=Q(share_low__gte=0, share_high__gte=F("share_low"), share_high__lte=100),
                name="import_rule_share",
                violation_error_message=_(
                    "Percents are 0 to 100, and the most is not less than the least."
                ),
            ),
            models.CheckConstraint(
                condition=Q(fixed_low__gte=0, fixed_high__gte=F("fixed_low")),
                name="import_rule_fixed",
                violation_error_message=_(
                    "Amounts are 0 or more, and the most is not less than the least."
                ),
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="import_rule_currency",
                violation_error_message=_("A currency has three capital letters, such as EUR."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.valid_from}"

    def clean(self) -> None:
        """What cannot hold is refused at its field: ranges that end before they begin, places that
        no parcel comes from or goes to, amounts below nothing."""
        wrong: dict[str, Any] = {}
        for name in ("origin", "destination"):
            if getattr(self, name) and not is_place(getattr(self, name)):
                wrong[name] = _("No parcel goes there: a country, %(parts)s, EU or *.") % {
                    "parts": ", ".join(sorted(APART))
                }
        for name in ("share_low", "fixed_low", "above", "up_to", "waived_up_to"):
            if _below(getattr(self, name), 0):
                wrong[name] = _("Not less than 0.")
        for name, least, sentence in (
            ("share_high", self.share_low, _("Not less than the least percent.")),
            ("fixed_high", self.fixed_low, _("Not less than the least amount.")),
            ("valid_until", self.valid_from, _("Not before the day it holds from.")),
        ):
            if _below(getattr(self, name), least):
                wrong[name] = sentence
        if self.share_high is not None and self.share_high > 100:
            wrong["share_high"] = _("Not more than 100 percent.")
        if self.above is not None and self.up_to is not None and self.up_to <= self.above:
            wrong["up_to"] = _("No goods are worth this little and more than “only above”.")
        if wrong:
            raise ValidationError(wrong)


def _below(value: Any, least: Any) -> bool:
    return value is not None and least is not None and value < least


class PricedTerritory(models.Model):
    """A territory that somebody lives in or asked from: best prices are kept for these only."""

    code = models.CharField(max_length=8, primary_key=True)
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.code
