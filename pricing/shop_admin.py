"""Shops and sellers for curators: order, countries, a test with a sample album, leave to read."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.places import countries
from pricing.models import Seller, Shop
from pricing.shop_tests import ask_test, sample_album, words_of
from pricing.shops import search_link
from vinyl.money import CURRENCIES
from vinyl.upstreams.addresses import read as read_address
from vinyl.upstreams.errors import AddressRefused

_SAMPLE_WORDS = "Can Tago Mago"


class ShopForm(forms.ModelForm):
    """A shop with the curator's word that its feed may be read."""

    feed_allowed = forms.BooleanField(
        label=gettext_lazy("The shop allows its feed to be read"),
        required=False,
        help_text=gettext_lazy(
            "Your name and the time are noted. Taken back when the feed or its address changes."
        ),
    )

    class Meta:
        model = Shop
        fields: ClassVar = [
            "name", "slug", "city", "postcode", "country", "countries", "url_template", "enabled",
            "position", "notes", "feed", "feed_url", "feed_currency", "feed_max_age_hours",
            "feed_allowed_note",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["feed_allowed"].initial = bool(self.instance.feed_allowed_at)

    def clean_country(self) -> str:
        return _country(self.cleaned_data["country"])

    def clean_countries(self) -> list[str]:
        return [_country(one) for one in self.cleaned_data.get("countries") or ()]

    def clean_url_template(self) -> str:
        template: str = self.cleaned_data["url_template"]
        if "{q}" not in template:
            raise forms.ValidationError(_("Write {q} where the searched words stand."))
        if set(template.replace("{q}", "")) & {"{", "}"}:
            raise forms.ValidationError(
                _("Of words in braces only {q} is filled in: write the others out.")
            )
        if not template.startswith(("https://", "http://")):
            raise forms.ValidationError(_("The address begins with https:// or http://."))
        return template

    def clean_feed_url(self) -> str:
        url: str = self.cleaned_data["feed_url"].rstrip("/")
        if not url:
            return ""
        parts = urlsplit(url)
        if parts.path or parts.query:
            raise forms.ValidationError(_("Only the shop's own address, without what follows it."))
        return url

    def clean_feed_currency(self) -> str:
        code: str = self.cleaned_data["feed_currency"].strip().upper()
        if code not in CURRENCIES:
            raise forms.ValidationError(_("There are no exchange rates for this currency."))
        return code

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("feed") and not values.get("feed_url"):
            self.add_error("feed_url", _("A feed needs the shop's address."))
        if values.get("feed_allowed") and not values.get("feed_allowed_note", "").strip():
            self.add_error("feed_allowed_note", _("Say how the shop allowed it."))
        if values.get("feed_url") and values.get("feed_allowed"):
            try:
                read_address(values["feed_url"])
            except AddressRefused:
                # In the sandbox only its own shops are read, under their own addresses.
                if not settings.SANDBOX:
                    self.add_error("feed_url", _("We do not go to this address."))
        return values


def _country(code: str) -> str:
    clean = code.strip().upper()
    if clean not in dict(countries("en")):
        raise forms.ValidationError(_("%(code)s is no country's code.") % {"code": code})
    return clean


class ShopAdmin(admin.ModelAdmin):
    """``{q}`` in the address stands for the words that are searched."""

    form = ShopForm
    list_display = (
        "name", "city", "country", "shown_in", "enabled", "position", "try_it", "reads", "tested",
    )  # fmt: skip
    list_editable = ("enabled", "position")
    list_filter = ("enabled", "country", "feed")
    search_fields = ("name", "city")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    actions = ("test", "switch_on", "switch_off")
    readonly_fields = ("try_it", "feed_allowed_by", "feed_allowed_at", "tested")
    fieldsets: ClassVar = (
        (None, {"fields": ("name", "slug", "enabled", "position", "notes")}),
        (gettext_lazy("Place"), {"fields": ("city", "postcode", "country", "countries")}),
        (gettext_lazy("Link"), {"fields": ("url_template", "try_it", "tested")}),
        (
            gettext_lazy("Product feed"),
            {
                "fields": (
                    "feed", "feed_url", "feed_currency", "feed_max_age_hours", "feed_allowed",
                    "feed_allowed_note", "feed_allowed_by", "feed_allowed_at",
                )
            },
        ),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("shown to people in"))
    def shown_in(self, shop: Shop) -> str:
        return ", ".join(shop.countries) or _("everywhere")

    @admin.display(description=gettext_lazy("link"))
    def try_it(self, shop: Shop) -> str:
        if not shop.pk:
            return "-"
        url = search_link(shop, _SAMPLE_WORDS)
        return format_html('<a href="{}" rel="noopener external">{}</a>', url, _SAMPLE_WORDS)

    @admin.display(description=gettext_lazy("feed read"), boolean=True)
    def reads(self, shop: Shop) -> bool:
        return shop.feed_allowed

    @admin.display(description=gettext_lazy("last test"))
    def tested(self, shop: Shop) -> str:
        if shop.tested_at is None:
            return _("not tested yet")
        when = timezone.localtime(shop.tested_at).strftime("%Y-%m-%d %H:%M")
        return f"{when}: {words_of(shop.test_result)}"

    @admin.action(description=gettext_lazy("Test with a sample album"))
    def test(self, request: HttpRequest, shops: QuerySet[Shop]) -> None:
        album = sample_album()
        if album is None:
            messages.error(request, _("There is no album in the catalogue to test with."))
            return
        user = cast(User, request.user)
        count = len([ask_test(user, shop, album) for shop in shops])
        messages.success(
            request,
            ngettext(
                "%(count)s test is running with %(title)s. Its result stands in the shop's line.",
                "%(count)s tests are running with %(title)s. Their results stand in the lines.",
                count,
            )
            % {"count": count, "title": album.title},
        )

    @admin.action(description=gettext_lazy("Switch on"))
    def switch_on(self, request: HttpRequest, shops: QuerySet[Shop]) -> None:
        shops.update(enabled=True)

    @admin.action(description=gettext_lazy("Switch off"))
    def switch_off(self, request: HttpRequest, shops: QuerySet[Shop]) -> None:
        shops.update(enabled=False)

    def save_model(
        self, request: HttpRequest, obj: Shop, form: forms.ModelForm, change: bool
    ) -> None:  # fmt: skip
        allowed = bool(form.cleaned_data.get("feed_allowed")) and bool(obj.feed and obj.feed_url)
        changed = bool({"feed", "feed_url"} & set(form.changed_data))
        if not allowed:
            obj.feed_allowed_at = obj.feed_allowed_by = None
        elif obj.feed_allowed_at is None or changed:
            # Whoever changes the address says anew that this one may be read.
            obj.feed_allowed_at = timezone.now()
            obj.feed_allowed_by = cast(User, request.user)
        super().save_model(request, obj, form, change)


class SellerAdmin(admin.ModelAdmin):
    """What is read of whose stock; rows come and go with those who follow."""

    list_display = (
        "username", "source", "state", "items_read", "items_total", "items_known", "read_at",
        "followed_by",
    )  # fmt: skip
    list_filter = ("state", "source")
    search_fields = ("username",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seller]:
        return super().get_queryset(request).annotate(number=Count("followers"))

    @admin.display(description=gettext_lazy("followed by"), ordering="number")
    def followed_by(self, seller: Seller) -> int:
        return int(getattr(seller, "number", 0))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Seller | None = None) -> bool:
        return False
