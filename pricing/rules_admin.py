"""Import rules and the past of prices for curators."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pricing.models import ImportRule
from pricing.rates import NoRate, rate_on


class ImportRuleForm(forms.ModelForm):
    """A rule in a currency that amounts can be converted from: with any other it would be left out
    of every price."""

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"].strip().upper()
        try:
            rate_on(currency, timezone.now().date())
        except NoRate:
            raise forms.ValidationError(
                _("No exchange rate is known for %(currency)s: the rule could not be counted."),
                params={"currency": currency},
            ) from None
        return currency


class ImportRuleAdmin(admin.ModelAdmin):
    """What the border takes. A change counts for prices that are seen from then on: those that
    stand keep the totals that they were written with until they are asked again, a day at most."""

    form = ImportRuleForm
    list_display = (
        "code", "charge", "origin", "destination", "percent", "amount", "band", "valid_from",
        "valid_until", "is_estimate", "checked_on",
    )  # fmt: skip
    list_filter = ("charge", "is_estimate", "destination")
    search_fields = ("code", "note")
    date_hierarchy = "valid_from"
    fieldsets: ClassVar = [
        (None, {"fields": ("code", "charge", ("origin", "destination"))}),
        (_("Percent"), {"fields": (("share_low", "share_high"), "base")}),
        (_("Amount"), {"fields": (("fixed_low", "fixed_high"), "per", "currency")}),
        (_("Only where"), {"fields": (("above", "up_to"), "waived_up_to")}),
        (_("Since when and why"), {
            "fields": (
                ("valid_from", "valid_until"), "source_url", "checked_on", "is_estimate", "note",
            )
        }),
    ]  # fmt: skip
    save_as = True

    @admin.display(description=_("percent"))
    def percent(self, rule: ImportRule) -> str:
        return _range(rule.share_low, rule.share_high)

    @admin.display(description=_("amount"))
    def amount(self, rule: ImportRule) -> str:
        figures = _range(rule.fixed_low, rule.fixed_high)
        return f"{figures} {rule.currency}" if figures else ""

    @admin.display(description=_("goods worth"))
    def band(self, rule: ImportRule) -> str:
        least = "" if rule.above is None else f"> {rule.above.normalize():f}"
        most = "" if rule.up_to is None else f"≤ {rule.up_to.normalize():f}"
        return f"{least} {most} {rule.currency}".strip() if least or most else ""


def _range(low: Any, high: Any) -> str:
    if not high:
        return ""
    figures = [f"{one.normalize():f}" for one in (low, high)]
    return figures[0] if low == high else " - ".join(figures)


class PriceHistoryAdmin(admin.ModelAdmin):
    """Only the machine writes what prices were."""

    list_display = (
        "album_id", "release_id", "source", "grade", "first_day", "last_day", "days", "count",
        "weekly", "generated",
    )  # fmt: skip
    list_filter = ("source", "weekly", "generated")
    search_fields = ("=album_id", "=release_id")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False
