"""Discogs for the sign-in library: OAuth 1.0a, linking only."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth.provider import OAuthProvider

from accounts.providers.discogs.views import DiscogsAdapter
from accounts.providers.linking import LinkOnly


class DiscogsAccount(ProviderAccount):
    """Discogs' word for who said yes."""

    def get_username(self) -> str:
        return str(self.account.extra_data.get("username", ""))


class DiscogsProvider(LinkOnly, OAuthProvider):
    """Registered in place of the library's own, whose addresses are fixed."""

    id = "discogs"
    name = "Discogs"
    account_class = DiscogsAccount
    oauth_adapter_class = DiscogsAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["id"])


provider_classes = [DiscogsProvider]
