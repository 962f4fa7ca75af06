"""eBay's account-deletion notice, as eBay sends it: a challenge first, then a signed message.

The key is made anew by each process, as a real key may change at any time: a receiver has to ask
``/commerce/notification/v1/public_key/{kid}`` for it.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TOPIC = "MARKETPLACE_ACCOUNT_DELETION"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT = 10.0


@dataclass
class NoticeKey:
    """An ECDSA key on P-256; ``kid`` is its name at the public-key address."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    kid: str = field(default_factory=lambda: str(uuid.uuid4()))

    def public(self) -> dict[str, str]:
        """As eBay answers: the PEM text on one line."""
        pem = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {"key": pem.decode().replace("\n", ""), "algorithm": "ECDSA", "digest": "SHA1"}

    def header(self, body: bytes) -> str:
        """The X-EBAY-SIGNATURE: base64 of a JSON object that holds the signature of the body."""
        signature = self.private.sign(body, ec.ECDSA(hashes.SHA1()))  # noqa: S303 - eBay's choice
        parts = {
            "alg": "ecdsa",
            "kid": self.kid,
            "signature": base64.b64encode(signature).decode(),
            "digest": "SHA1",
        }
        return base64.b64encode(json.dumps(parts).encode()).decode()


def message(username: str, user_id: str, eias_token: str, notification_id: str) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "metadata": {"topic": TOPIC, "schemaVersion": "1.0", "deprecated": False},
        "notification": {
            "notificationId": notification_id or str(uuid.uuid4()),
            "eventDate": now, "publishDate": now, "publishAttemptCount": 1,
            "data": {"username": username, "userId": user_id, "eiasToken": eias_token},
        },
    }  # fmt: skip


def _call(
    endpoint: str, method: str, query: str = "", body: bytes = b"", **headers: str
) -> tuple[int, bytes]:
    """One request to an address on this machine, without following redirects."""
    parts = urlsplit(endpoint)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise ValueError("the endpoint must be http on this machine")
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=TIMEOUT)
    try:
        path = f"{parts.path or '/'}{'?' + query if query else ''}"
        connection.request(
            method, path, body or None, {"User-Agent": "eBayNioHttpClient", **headers}
        )
        answer = connection.getresponse()
        return answer.status, answer.read(100_000)
    finally:
        connection.close()


def challenge(endpoint: str, verification_token: str, public: str = "") -> dict[str, Any]:
    """Ask as eBay does before it sends anything; ``right`` says whether the answer was right.

    ``public``: the address as it is registered at eBay, when that is another than the one here.
    """
    code = secrets.token_hex(16)
    status, body = _call(endpoint, "GET", urlencode({"challenge_code": code}))
    wanted = hashlib.sha256(f"{code}{verification_token}{public or endpoint}".encode()).hexdigest()
    try:
        answered = json.loads(body).get("challengeResponse")
    except (ValueError, AttributeError):
        answered = None
    return {"status": status, "right": status == 200 and answered == wanted}


def send(endpoint: str, key: NoticeKey, notice: dict[str, Any], *, forged: bool) -> dict[str, Any]:
    """POST the notice. ``forged``: signed by a key that is not the published one."""
    body = json.dumps(notice, separators=(",", ":")).encode()
    signer = NoticeKey(kid=key.kid) if forged else key
    headers = {"Content-Type": "application/json", "X-EBAY-SIGNATURE": signer.header(body)}
    status, answer = _call(endpoint, "POST", "", body, **headers)
    return {"status": status, "body": answer.decode("utf-8", "replace")[:2000]}
