"""OAuth 1.0a with Discogs. No token stays in the session longer than the link takes."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qsl, urlencode

from allauth.socialaccount.providers.oauth.client import OAuthClient, OAuthError, get_token_prefix
from allauth.socialaccount.providers.oauth.oauth1_auth import OAuth1
from allauth.socialaccount.providers.oauth.views import (
    OAuthAdapter,
    OAuthCallbackView,
    OAuthLoginView,
)
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect

from accounts.providers.linking import answer_used, hold_places, link_view, requests_session
from vinyl.upstreams.door import DoorClosed


class DiscogsClient(OAuthClient):
    """The library's client, stricter: the answer must be to this session's own question, and a
    question is used up by its first answer."""

    access_token: dict[str, str] | None

    @property
    def _place(self) -> str:
        """Where the library looks for the question in the session."""
        return f"oauth_{get_token_prefix(self.request_token_url)}_request_token"

    def _get_request_token(self) -> dict[str, str]:
        """As the documentation of Discogs has it: the callback in the signed header."""
        signed = OAuth1(
            self.consumer_key,
            client_secret=self.consumer_secret,
            callback_uri=build_absolute_uri(self.request, self.callback_url),
        )
        with requests_session() as session:
            answer = session.post(self.request_token_url, auth=signed)
        asked = dict(parse_qsl(answer.text))
        if answer.status_code != 200 or not asked.get("oauth_token"):
            raise OAuthError(f"Request token: HTTP {answer.status_code}")
        self.request.session[self._place] = asked
        return asked

    def get_redirect(self, authorization_url: str, extra_params: dict[str, str]) -> Any:
        """To the consent page."""
        asked = urlencode({**extra_params, "oauth_token": self._get_request_token()["oauth_token"]})
        return HttpResponseRedirect(f"{authorization_url}?{asked}")

    def get_access_token(self) -> dict[str, str]:
        """The person's token for the verifier that Discogs sent back with them."""
        if self.access_token is None:
            asked = self._get_rt_from_session()
            # A question is used up by its first answer, whatever that is; nor may its secret, or
            # the token it leads to, stay readable in the session's row.
            del self.request.session[self._place]
            given = self.request.GET.get("oauth_token", "")
            if not hmac.compare_digest(asked["oauth_token"].encode(), given.encode()):
                raise OAuthError("The answer belongs to another question.")
            try:
                hold_places("discogs", "discogs")  # the exchange, and who said yes
                self.access_token = self._exchange(asked)
            except DoorClosed:
                # Discogs has not taken the answer: it is still good for another try.
                self.request.session[self._place] = asked
                raise
            answer_used()
        return self.access_token

    def _exchange(self, asked: dict[str, str]) -> dict[str, str]:
        signed = OAuth1(
            self.consumer_key,
            client_secret=self.consumer_secret,
            resource_owner_key=asked["oauth_token"],
            resource_owner_secret=asked.get("oauth_token_secret", ""),
            verifier=self.request.GET.get("oauth_verifier", ""),
        )
        with requests_session() as session:
            answer = session.post(self.access_token_url, auth=signed)
        granted = dict(parse_qsl(answer.text))
        if answer.status_code != 200 or not granted.get("oauth_token"):
            raise OAuthError(f"Access token: HTTP {answer.status_code}")
        return granted


class DiscogsAdapter(OAuthAdapter):
    """Addresses of the installation: the real service or the sandbox."""

    provider_id = "discogs"
    client_class = DiscogsClient

    @property
    def request_token_url(self) -> str:
        return f"{settings.UPSTREAM_URLS['discogs']}/oauth/request_token"

    @property
    def access_token_url(self) -> str:
        return f"{settings.UPSTREAM_URLS['discogs']}/oauth/access_token"

    @property
    def authorize_url(self) -> str:
        return f"{settings.UPSTREAM_URLS['discogs_www']}/oauth/authorize"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Who said yes, asked with the fresh token."""
        signed = OAuth1(
            app.client_id,
            client_secret=app.secret,
            resource_owner_key=token.token,
            resource_owner_secret=token.token_secret,
        )
        with requests_session() as session:
            answer = session.get(f"{settings.UPSTREAM_URLS['discogs']}/oauth/identity", auth=signed)
        if answer.status_code != 200:
            raise OAuthError(f"Identity: HTTP {answer.status_code}")
        who = answer.json()
        if not isinstance(who, dict) or not who.get("id") or not who.get("username"):
            raise OAuthError("Identity: not the documented shape")
        return self.get_provider().sociallogin_from_response(request, who)


oauth_login = link_view("discogs", DiscogsAdapter, OAuthLoginView.adapter_view(DiscogsAdapter))
oauth_callback = link_view(
    "discogs", DiscogsAdapter, OAuthCallbackView.adapter_view(DiscogsAdapter)
)
