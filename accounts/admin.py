"""People for staff: no tokens, no hashes, no listening."""

from __future__ import annotations

from typing import ClassVar

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, LinkedService, User

# Staff sign in on the ordinary page: its limits on guessing hold for them too.
# (A method put in place of another is what mypy warns of, and here what is meant.)
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    """By e-mail address; there are no user names."""

    ordering = ("email",)
    list_display = ("email", "country", "currency", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "country")
    search_fields = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (
            _("Profile"),
            {
                "fields": (
                    "country",
                    "postcode",
                    "currency",
                    "least_grade",
                    "language",
                    "time_zone",
                    "theme",
                )
            },
        ),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ("groups",)


@admin.register(LinkedService)
class LinkedServiceAdmin(admin.ModelAdmin):
    """Whether links work. Tokens have no field here."""

    list_display = ("user", "service", "username", "state", "consent_at", "synced_at")
    list_filter = ("service", "state")
    search_fields = ("user__email", "username")
    fields: ClassVar = list_display + ("scope", "expires_at", "told_at", "consent_told")
    readonly_fields = fields
    list_select_related = ("user",)

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """For revoking: the digest is not shown."""

    list_display = ("user", "name", "prefix", "can_write", "expires_at", "last_used_at")
    search_fields = ("user__email", "name", "prefix")
    fields: ClassVar = list_display
    readonly_fields = fields
    list_select_related = ("user",)

    def has_add_permission(self, request: object) -> bool:
        return False


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class SecondFactorAdmin(admin.ModelAdmin):
    """For taking it away from somebody who has lost it. What is in it is not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email",)
    fields: ClassVar = list_display
    readonly_fields = fields
    list_select_related = ("user",)

    def has_add_permission(self, request: object) -> bool:
        return False
