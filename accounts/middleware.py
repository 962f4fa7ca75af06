"""Who works in the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from accounts.second_factor import has_second_factor

# Where somebody without a second factor may still go: out.
LEFT_OPEN = frozenset({"login", "logout", "jsi18n"})


class StaffSecondFactorMiddleware(MiddlewareMixin):
    """With ADMIN_SECOND_FACTOR the admin opens only to staff whose account asks for codes; others
    are led to where that is switched on."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if not settings.ADMIN_SECOND_FACTOR or match is None or match.url_name in LEFT_OPEN:
            return None
        if not match.route.startswith("admin/"):
            return None
        user = request.user
        if not user.is_authenticated or not user.is_staff or has_second_factor(user):
            return None
        text = _("The admin opens with a second factor only. Switch it on here first.")
        messages.warning(request, text)
        return redirect("mfa_index")
