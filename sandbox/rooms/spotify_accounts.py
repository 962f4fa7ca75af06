"""accounts.spotify.com: consent, codes with PKCE, tokens. Everything is really checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.pages import choices, hidden, page
from sandbox.room import Room, box

HOST = "accounts.spotify.com"
CLIENT_ID, CLIENT_SECRET = "sandbox-spotify-id", "sandbox-spotify-secret"
CODE_LIFE, TOKEN_LIFE, CONSENT_LIFE = 600, 3600, 182 * 86_400
SCOPES = frozenset(
    "user-top-read user-library-read playlist-read-private playlist-read-collaborative "
    "playlist-modify-private playlist-modify-public user-read-recently-played user-follow-read "
    "user-read-private user-read-email".split()
)
CHALLENGE = re.compile(r"^[A-Za-z0-9_-]{43}$")
VERIFIER = re.compile(r"^[A-Za-z0-9._~-]{43,128}$")
LOOPBACK = ("127.0.0.1", "::1")


def redirect_allowed(address: str) -> bool:
    """HTTPS, or a loopback literal over plain HTTP; the name ``localhost`` is refused."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if parts.fragment or not parts.hostname or parts.hostname == "localhost":
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def problem_with(query: Any) -> str:
    """Why the consent page cannot be shown: said to the person, never sent to the redirect."""
    if query.get("client_id") != CLIENT_ID:
        return "INVALID_CLIENT: Invalid client"
    if not redirect_allowed(query.get("redirect_uri", "")):
        return "INVALID_CLIENT: Invalid redirect URI"
    return ""


def error_for(query: Any) -> str:
    """Errors that go back to the application by redirect."""
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    if set(query.get("scope", "").split()) - SCOPES:
        return "invalid_scope"
    challenge = query.get("code_challenge")
    if challenge is not None and (
        query.get("code_challenge_method") != "S256" or not CHALLENGE.match(challenge)
    ):
        return "invalid_request"
    return ""


async def authorize(request: Request) -> Response:
    form = await request.form() if request.method == "POST" else request.query_params
    query = {key: str(value) for key, value in form.items()}
    if problem := problem_with(query):
        return page("Something went wrong", f"<p>{escape(problem)}</p>", host=HOST, status=400)
    if error := error_for(query):
        return _back(query, error=error)
    if request.method == "GET":
        names = ("client_id", "response_type", "redirect_uri", "state", "scope", "code_challenge",
                 "code_challenge_method")  # fmt: skip
        kept = {name: query[name] for name in names if name in query}
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in query.get("scope", "").split())
        body = (
            f"<p>Vinilogy wants to see:</p><ul>{scopes}</ul><p>Whose account shall answer?</p>"
            f'<form method="post" action="{escape(request.url.path)}">{hidden(**kept)}'
            f"{choices('person', box(request).people.choices())}"
            '<button name="decision" value="agree">Agree</button>'
            '<button class="plain" name="decision" value="cancel">Cancel</button></form>'
        )
        return page("Connect Spotify to Vinilogy", body, host=HOST)
    person = box(request).people.get(query.get("person", ""))
    if query.get("decision") != "agree" or person is None:
        return _back(query, error="access_denied")
    code = secrets.token_urlsafe(48)
    state = box(request).state
    state.spotify_codes[code] = {
        "person": person.name, "redirect_uri": query["redirect_uri"],
        "scope": query.get("scope", ""),
        "challenge": query.get("code_challenge", ""), "at": state.clock.now(),
    }  # fmt: skip
    return _back(query, code=code)


def _back(query: dict[str, str], **answer: str) -> RedirectResponse:
    if "state" in query:
        answer["state"] = query["state"]
    joint = "&" if "?" in query["redirect_uri"] else "?"
    return RedirectResponse(f"{query['redirect_uri']}{joint}{urlencode(answer)}", status_code=302)


# tokens ----------------------------------------------------------------------------------


def refused(error: str, text: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": text}, status)


def _client(request: Request, form: dict[str, str]) -> tuple[bool, bool]:
    """(known client, proved by its secret)."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
        except ValueError:
            return False, False
    proved = hmac.compare_digest(secret.encode(), CLIENT_SECRET.encode())
    return client_id == CLIENT_ID and (proved or not secret), proved


async def token(request: Request) -> Response:
    body = (await request.body()).decode("utf-8", "replace")
    form = dict(parse_qsl(body, keep_blank_values=True))
    known, proved = _client(request, form)
    if not known:
        return refused("invalid_client", "Invalid client")
    kind = form.get("grant_type", "")
    if kind == "authorization_code":
        return _by_code(request, form, proved)
    if kind == "refresh_token":
        return _by_refresh(request, form, proved)
    if kind == "client_credentials":
        if not proved:
            return refused("invalid_client", "Invalid client secret")
        return JSONResponse(_access(request, "", "") | {"scope": ""})
    return refused("unsupported_grant_type", "grant_type parameter is missing or unknown")


def _by_code(request: Request, form: dict[str, str], proved: bool) -> Response:
    state = box(request).state
    # Taken out at once: a code is good for one try.
    asked = state.spotify_codes.pop(form.get("code", ""), None)
    if asked is None:
        return refused("invalid_grant", "Invalid authorization code")
    if state.clock.now() - asked["at"] > CODE_LIFE:
        return refused("invalid_grant", "Authorization code expired")
    if form.get("redirect_uri") != asked["redirect_uri"]:
        return refused("invalid_grant", "Invalid redirect URI")
    verifier = form.get("code_verifier", "")
    if asked["challenge"]:
        digest = hashlib.sha256(verifier.encode()).digest()
        right = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not VERIFIER.match(verifier) or not hmac.compare_digest(right, asked["challenge"]):
            return refused("invalid_grant", "code_verifier was incorrect")
    elif not proved:
        return refused("invalid_client", "Invalid client secret")
    refresh = secrets.token_urlsafe(72)
    state.memory.spotify_refresh[refresh] = {
        "person": asked["person"], "scope": asked["scope"], "consent_at": state.clock.now(),
    }  # fmt: skip
    answer = _access(request, asked["person"], asked["scope"])
    return JSONResponse(answer | {"refresh_token": refresh, "scope": asked["scope"]})


def _by_refresh(request: Request, form: dict[str, str], proved: bool) -> Response:
    """A client without a secret gets a new refresh token each time; the old one ends with that.
    The six months since the consent go on counting."""
    state = box(request).state
    old = form.get("refresh_token", "")
    if not old:
        return refused("invalid_request", "refresh_token must be supplied")
    grant = state.memory.spotify_refresh.get(old)
    if grant is None:
        return refused("invalid_grant", "Refresh token revoked")
    if state.clock.now() - grant["consent_at"] > CONSENT_LIFE:
        return refused("invalid_grant", "Refresh token expired")
    answer = _access(request, grant["person"], grant["scope"]) | {"scope": grant["scope"]}
    if not proved:
        fresh = secrets.token_urlsafe(72)
        state.memory.spotify_refresh[fresh] = state.memory.spotify_refresh.pop(old)
        state.save()
        answer["refresh_token"] = fresh
    return JSONResponse(answer)


def _access(request: Request, person: str, scope: str) -> dict[str, Any]:
    state = box(request).state
    now = state.clock.now()
    stale = [
        key
        for key, grant in state.memory.spotify_access.items()
        if grant["expires_at"] < now - 86_400
    ]
    for key in stale:
        del state.memory.spotify_access[key]
    access = secrets.token_urlsafe(60)
    state.memory.spotify_access[access] = {
        "person": person,
        "scope": scope,
        "expires_at": now + TOKEN_LIFE,
    }
    state.save()
    return {"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_LIFE}


class SpotifyAccounts(Room):
    name = "spotify-accounts"

    def routes(self) -> list[Route]:
        return [
            Route("/authorize", authorize, methods=["GET", "POST"]),
            Route("/api/token", token, methods=["POST"]),
        ]

    def refusal(self, request: Request, kind: str) -> Response:
        if kind == "429":
            return JSONResponse({"error": "too_many_requests"}, 429, headers={"Retry-After": "5"})
        if kind == "invalid_grant":
            return refused("invalid_grant", "Refresh token revoked")
        return JSONResponse({"error": "access_denied"}, 403)

    def caller(self, request: Request) -> str:
        return "application" if request.method == "POST" else ""
