"""`Authorization: Bearer vinilogy_...`: how programs say who they are."""

from __future__ import annotations

from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.places import is_zone
from accounts.tokens import find_token


class TokenAuthentication(BaseAuthentication):
    """Read tokens may only read: any other verb is 403 before a view sees it."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword.lower().encode():
            return None
        if len(parts) != 2:
            raise exceptions.AuthenticationFailed(_("The token is not valid."))
        token = find_token(parts[1].decode("ascii", "replace"))
        if token is None:
            raise exceptions.AuthenticationFailed(_("The token is not valid."))
        if not token.can_write and request.method not in SAFE_METHODS:
            raise exceptions.PermissionDenied(_("This token may only read."))
        # As PersonLocaleMiddleware does for who is signed in; it starts over at every request.
        if token.user.language:
            translation.activate(token.user.language)
        if is_zone(token.user.time_zone):
            timezone.activate(token.user.time_zone)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


class TokenScheme(OpenApiAuthenticationExtension):
    """The same in the API's description."""

    target_class = "accounts.api_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "vinilogy_..."}
