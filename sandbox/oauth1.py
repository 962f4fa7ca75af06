"""OAuth 1.0a as a service checks it: parameters, signature, time and nonce."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request

CLOCK_SKEW = 600
NEEDED = (
    "oauth_consumer_key",
    "oauth_signature_method",
    "oauth_signature",
    "oauth_timestamp",
    "oauth_nonce",
)
PAIR = re.compile(r'\s*([A-Za-z0-9_.~%-]+)="([^"]*)"\s*(?:,|$)')


class Refused(Exception):
    """The signature or one of its parts is wrong; the text is for the caller."""


@dataclass(frozen=True)
class Signed:
    params: dict[str, str]

    @property
    def consumer_key(self) -> str:
        return self.params.get("oauth_consumer_key", "")

    @property
    def token(self) -> str:
        return self.params.get("oauth_token", "")


def encode(text: str) -> str:
    return quote(text, safe="-._~")


def read_header(request: Request) -> Signed | None:
    """The ``OAuth`` parameters of the Authorization header, or None when it is another scheme."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "oauth":
        return None
    return Signed({unquote(name): unquote(value) for name, value in PAIR.findall(rest)})


def base_string(request: Request, signed: Signed, body: bytes) -> str:
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    pairs += [
        (name, value)
        for name, value in signed.params.items()
        if name not in ("oauth_signature", "realm")
    ]
    ordered = sorted((encode(name), encode(value)) for name, value in pairs)
    flat = "&".join(f"{name}={value}" for name, value in ordered)
    raw_path = (request.scope.get("raw_path") or request.url.path.encode()).decode().split("?")[0]
    address = f"{request.url.scheme}://{request.url.netloc.lower()}{raw_path}"
    return "&".join(encode(part) for part in (request.method.upper(), address, flat))


def expected(method: str, request: Request, signed: Signed, body: bytes, key: str) -> str:
    if method == "PLAINTEXT":
        return key
    text = base_string(request, signed, body)
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def check(
    request: Request, signed: Signed, body: bytes, *, consumer_secret: str, token_secret: str,
    seen: set[tuple[str, str, str]],
) -> None:  # fmt: skip
    """Raise ``Refused`` unless the request is signed right, now, and for the first time."""
    params = signed.params
    for name in NEEDED:
        if not params.get(name):
            raise Refused(f"Missing parameter {name}.")
    method = params["oauth_signature_method"]
    if method not in ("PLAINTEXT", "HMAC-SHA1"):
        raise Refused("Unsupported signature method.")
    stamp = params["oauth_timestamp"]
    if not stamp.isdigit() or abs(int(stamp) - time.time()) > CLOCK_SKEW:
        raise Refused("Timestamp out of range.")
    key = f"{encode(consumer_secret)}&{encode(token_secret)}"
    right = expected(method, request, signed, body, key)
    if not hmac.compare_digest(right.encode(), params["oauth_signature"].encode()):
        raise Refused("Invalid signature. Please double check consumer secret key.")
    used = (signed.consumer_key, params["oauth_nonce"], stamp)
    if used in seen:
        raise Refused("Nonce already used.")
    seen.add(used)
