"""Who is asking Discogs: nobody, the application, a token's owner, or a person by OAuth 1.0a."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox import oauth1
from sandbox.room import box

CONSUMER_KEY, CONSUMER_SECRET = "sandbox-discogs-key", "sandbox-discogs-secret"
CONSUMER_NAME = "Vinilogy sandbox application"
PERSONAL_TOKENS = {"sandbox-discogs-token": "vinilogy_app"}
VERIFIER_LIFE = 900


@dataclass(frozen=True)
class Caller:
    """``username`` is empty for an application without a person."""

    authenticated: bool = False
    username: str = ""
    problem: str = ""


def refused(message: str, status: int = 401) -> JSONResponse:
    return JSONResponse({"message": message}, status_code=status)


def caller_of(request: Request) -> Caller:
    """Read once per request; kept on it, because a nonce is good for one check only."""
    known = request.scope.get("discogs_caller")
    if known is None:
        known = request.scope["discogs_caller"] = _find_caller(request)
    return known


def _find_caller(request: Request) -> Caller:
    header = request.headers.get("authorization", "")
    scheme, _, rest = header.partition(" ")
    query = request.query_params
    if scheme.lower() == "discogs":
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        return _simple(parts.get("token", ""), parts.get("key", ""), parts.get("secret", ""))
    if scheme.lower() == "oauth":
        return _by_oauth(request)
    if query.get("token") or query.get("key"):
        return _simple(query.get("token", ""), query.get("key", ""), query.get("secret", ""))
    return Caller()


def _simple(token: str, key: str, secret: str) -> Caller:
    if token:
        owner = PERSONAL_TOKENS.get(token)
        return Caller(True, owner) if owner else Caller(problem="Invalid consumer token.")
    if (key, secret) == (CONSUMER_KEY, CONSUMER_SECRET):
        return Caller(True)
    return Caller(problem="Invalid consumer key/secret.")


def _by_oauth(request: Request) -> Caller:
    signed = oauth1.read_header(request)
    assert signed is not None
    if request.url.path.endswith(("/oauth/request_token", "/oauth/access_token")):
        # These two check their own signatures.
        return Caller(authenticated=True)
    body = request.scope.get("form", b"")
    if not signed.token:
        problem = check(request, signed, body, "")
        return Caller(problem=problem) if problem else Caller(True)
    grant = box(request).state.memory.discogs_tokens.get(signed.token)
    if grant is None:
        return Caller(problem="Invalid or revoked token.")
    problem = check(request, signed, body, grant["secret"])
    return Caller(problem=problem) if problem else Caller(True, grant["person"])


def check(request: Request, signed: oauth1.Signed, body: bytes, token_secret: str) -> str:
    """Empty when the signature is right, else why not."""
    if signed.consumer_key != CONSUMER_KEY:
        return "Invalid consumer."
    try:
        oauth1.check(
            request, signed, body, consumer_secret=CONSUMER_SECRET, token_secret=token_secret,
            seen=box(request).state.discogs_nonces,
        )  # fmt: skip
    except oauth1.Refused as error:
        return str(error)
    return ""


def _form(**fields: str) -> PlainTextResponse:
    return PlainTextResponse(urlencode(fields), media_type="application/x-www-form-urlencoded")


async def request_token(request: Request) -> Response:
    signed = oauth1.read_header(request)
    if signed is None:
        return refused("You must authenticate to access this resource.")
    body = await request.body()
    if problem := check(request, signed, body, ""):
        return refused(problem)
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    callback = signed.params.get("oauth_callback") or form.get("oauth_callback") or "oob"
    token, secret = secrets.token_hex(20), secrets.token_hex(20)
    state = box(request).state
    state.discogs_requests[token] = {
        "secret": secret, "callback": callback, "at": state.clock.now(), "person": "",
        "verifier": "",
    }  # fmt: skip
    return _form(oauth_token=token, oauth_token_secret=secret, oauth_callback_confirmed="true")


async def access_token(request: Request) -> Response:
    signed = oauth1.read_header(request)
    if signed is None:
        return refused("You must authenticate to access this resource.")
    state = box(request).state
    body = await request.body()
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    asked = state.discogs_requests.get(signed.token)
    if asked is None:
        return refused("Invalid request token.")
    if problem := check(request, signed, body, asked["secret"]):
        return refused(problem)
    verifier = signed.params.get("oauth_verifier") or form.get("oauth_verifier", "")
    if not asked["verifier"] or verifier != asked["verifier"]:
        return refused("Invalid verifier.")
    if state.clock.now() - asked["at"] > VERIFIER_LIFE:
        del state.discogs_requests[signed.token]
        return refused("Request token expired.")
    del state.discogs_requests[signed.token]
    token, secret = secrets.token_hex(20), secrets.token_hex(20)
    state.memory.discogs_tokens[token] = {"secret": secret, "person": asked["person"]}
    state.save()
    return _form(oauth_token=token, oauth_token_secret=secret)


async def identity(request: Request) -> Response:
    caller = caller_of(request)
    if not caller.username:
        return refused("You must authenticate to access this resource.")
    person = box(request).people.get(caller.username)
    return JSONResponse(
        {
            "id": person.discogs_id if person else 6_999_999,
            "username": caller.username,
            "resource_url": f"https://api.discogs.com/users/{caller.username}",
            "consumer_name": CONSUMER_NAME,
        }
    )
