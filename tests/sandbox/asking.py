"""Small helpers: sessions that ask the sandbox as a careful client would."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Any

import requests
from requests_oauthlib import OAuth1Session

AGENT = "Vinilogy-tests/1 (+https://vinilogy.test; tests@vinilogy.test)"
DISCOGS = {"Authorization": "Discogs token=sandbox-discogs-token"}
CALLBACK = "http://127.0.0.1:9/callback"
SPOTIFY = {
    "client_id": "sandbox-spotify-id",
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "state": "st4te",
    "scope": "user-top-read user-library-read user-read-recently-played",
    "code_challenge_method": "S256",
}


def session(**headers: str) -> requests.Session:
    made = requests.Session()
    made.headers.update({"User-Agent": AGENT, **headers})
    return made


def answers(url: str, *names: str) -> list[str]:
    """The named parameters of a redirect's address."""
    return [re.search(rf"[?&]{name}=([^&]+)", url)[1] for name in names]


def discogs_grant(url: str, person: str, signature: str = "HMAC-SHA1") -> OAuth1Session:
    """The whole OAuth 1.0a dance; the session acts as the person."""
    key, secret = "sandbox-discogs-key", "sandbox-discogs-secret"
    flow = OAuth1Session(key, secret, callback_uri=CALLBACK, signature_method=signature)
    flow.headers["User-Agent"] = AGENT
    asked = flow.fetch_request_token(f"{url}/discogs/oauth/request_token")
    consent = requests.post(
        f"{url}/discogs-www/oauth/authorize",
        data={"oauth_token": asked["oauth_token"], "person": person, "decision": "authorise"},
        allow_redirects=False,
        timeout=5,
    )
    flow.parse_authorization_response(consent.headers["location"])
    granted = flow.fetch_access_token(f"{url}/discogs/oauth/access_token")
    made = OAuth1Session(
        key,
        secret,
        granted["oauth_token"],
        granted["oauth_token_secret"],
        signature_method=signature,
    )
    made.headers["User-Agent"] = AGENT
    return made


def pkce() -> tuple[str, str]:
    """(verifier, challenge)"""
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).decode().rstrip("=")


def spotify_code(url: str, person: str, challenge: str, **changes: str) -> str:
    form = {
        **SPOTIFY,
        "code_challenge": challenge,
        "person": person,
        "decision": "agree",
        **changes,
    }
    answer = requests.post(
        f"{url}/spotify-accounts/authorize", data=form, allow_redirects=False, timeout=5
    )
    assert answer.status_code == 302, answer.text
    return answers(answer.headers["location"], "code")[0]


def spotify_token(url: str, **form: str) -> requests.Response:
    filled = {
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "client_id": "sandbox-spotify-id",
        **form,
    }
    return requests.post(f"{url}/spotify-accounts/api/token", data=filled, timeout=5)


def spotify_grant(url: str, person: str) -> dict[str, Any]:
    verifier, challenge = pkce()
    code = spotify_code(url, person, challenge)
    answer = spotify_token(url, code=code, code_verifier=verifier)
    assert answer.status_code == 200, answer.text
    return answer.json()


def lastfm(url: str, method: str, **params: object) -> requests.Response:
    asked = {"method": method, "api_key": "sandbox-lastfm-key", "format": "json", **params}
    return session().get(f"{url}/lastfm/2.0/", params=asked, timeout=10)


def ebay(url: str) -> requests.Session:
    answer = session().post(
        f"{url}/ebay/identity/v1/oauth2/token",
        auth=("sandbox-ebay-app", "sandbox-ebay-cert"),
        data={"grant_type": "client_credentials"},
        timeout=5,
    )
    return session(
        **{
            "Authorization": f"Bearer {answer.json()['access_token']}",
            "X-EBAY-C-MARKETPLACE-ID": "EBAY_ES",
            "X-EBAY-C-ENDUSERCTX": "contextualLocation=country%3DES%2Czip%3D28001",
        }
    )
