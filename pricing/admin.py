"""Prices for curators: the shops that are linked to, and what was quoted."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from pricing.models import (
    AccountDeletion,
    AlbumBestPrice,
    ExchangeRate,
    ImportRule,
    PriceAsk,
    PriceHistory,
    Quote,
    Seller,
    Shop,
)
from pricing.rules_admin import ImportRuleAdmin, PriceHistoryAdmin
from pricing.shop_admin import SellerAdmin, ShopAdmin

admin.site.register(Shop, ShopAdmin)
admin.site.register(Seller, SellerAdmin)
admin.site.register(ImportRule, ImportRuleAdmin)
admin.site.register(PriceHistory, PriceHistoryAdmin)


class ReadOnly:
    """Rows that only the machine writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Quote)
class QuoteAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "source", "album", "amount", "currency", "shipping", "grade", "seller_country",
        "observed_at", "valid_until",
    )  # fmt: skip
    list_select_related = ("album",)
    list_filter = ("source", "kind", "doubt", "edition")
    search_fields = ("key", "seller", "title")
    show_full_result_count = False


@admin.register(AlbumBestPrice)
class BestPriceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("album", "territory", "terms_group", "least_grade", "total_eur", "valid_until")
    list_select_related = ("album",)
    list_filter = ("terms_group", "edition", "territory")
    show_full_result_count = False


@admin.register(PriceAsk)
class PriceAskAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("source", "album", "territory", "state", "found", "error", "asked_at")
    list_select_related = ("album",)
    list_filter = ("state", "source")
    show_full_result_count = False


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("day", "currency", "rate")
    list_filter = ("currency",)
    date_hierarchy = "day"
    show_full_result_count = False


@admin.register(AccountDeletion)
class AccountDeletionAdmin(ReadOnly, admin.ModelAdmin):
    """The audit trail of eBay's notices; it names nobody and cannot be shortened here."""

    list_display = (
        "notification_id", "state", "received_at", "handled_at", "repeats", "erased", "kid",
    )  # fmt: skip
    list_filter = ("state",)
    search_fields = ("notification_id", "subject")

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False
