"""Spotify for the sign-in library: OAuth 2 with PKCE, linking only."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from accounts.providers.linking import LinkOnly
from accounts.providers.spotify.views import SpotifyAdapter


class SpotifyAccount(ProviderAccount):
    """Spotify's word for who said yes."""


class SpotifyProvider(LinkOnly, OAuth2Provider):
    """Registered in place of the library's own, whose addresses are fixed."""

    id = "spotify"
    name = "Spotify"
    account_class = SpotifyAccount
    oauth2_adapter_class = SpotifyAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        """`account_id` never changes; older answers have only the id."""
        return str(data.get("account_id") or data["id"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing of the profile becomes part of the account here."""
        return {}


provider_classes = [SpotifyProvider]
