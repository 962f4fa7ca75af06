"""OAuth 2 with Spotify: PKCE, and the access token in a header, never in an address."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2Adapter,
    OAuth2CallbackView,
    OAuth2LoginView,
)
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.providers.linking import (
    NotListed,
    answer_used,
    hold_places,
    link_view,
    requests_session,
)
from vinyl.upstreams import spotify


class SpotifyAdapter(OAuth2Adapter):
    """Addresses of the installation: the real service or the sandbox."""

    provider_id = "spotify"
    basic_auth = True

    @property
    def access_token_url(self) -> str:
        return f"{settings.UPSTREAM_URLS['spotify_accounts']}/api/token"

    @property
    def authorize_url(self) -> str:
        return f"{settings.UPSTREAM_URLS['spotify_accounts']}/authorize"

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Exactly the address that is registered there, whatever host this request named."""
        return settings.PUBLIC_URL + reverse("spotify_callback")

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        """The exchange of a code that works once: not begun before all calls have their place."""
        hold_places("spotify_accounts", "spotify")
        granted = super().get_access_token_data(request, app, client, pkce_code_verifier)
        answer_used()
        return granted

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Who said yes, asked with the fresh token."""
        with requests_session() as session:
            answer = session.get(
                f"{settings.UPSTREAM_URLS['spotify']}/v1/me",
                headers={"Authorization": f"Bearer {token.token}"},
            )
        if spotify.refuses_unlisted(answer.status_code, answer.content):
            raise NotListed(f"Profile: HTTP {answer.status_code}, not on the application's list")
        if answer.status_code != 200:
            raise OAuth2Error(f"Profile: HTTP {answer.status_code}")
        who = answer.json()
        if not isinstance(who, dict) or not who.get("id"):
            raise OAuth2Error("Profile: not the documented shape")
        # Kept with the link: Spotify may grant less than was asked for.
        who["granted_scope"] = str(kwargs.get("response", {}).get("scope", ""))
        return self.get_provider().sociallogin_from_response(request, who)


oauth2_login = link_view("spotify", SpotifyAdapter, OAuth2LoginView.adapter_view(SpotifyAdapter))
oauth2_callback = link_view(
    "spotify", SpotifyAdapter, OAuth2CallbackView.adapter_view(SpotifyAdapter)
)
