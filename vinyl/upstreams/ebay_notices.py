"""eBay's account-deletion notices: the challenge, and whether eBay signed what arrived.

Contract (eBay developers, "marketplace account deletion"): a GET with `challenge_code` is answered
with the hex SHA-256 of challenge code, verification token and endpoint address. Each POST carries
`X-EBAY-SIGNATURE`: base64 of {"alg", "kid", "signature", "digest"}, an ECDSA signature of the body
whose public key `GET /commerce/notification/v1/public_key/{kid}` tells (see ebay.Client). No call
goes out from here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from vinyl.upstreams import valkey
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.errors import NotConfigured

TOPIC = "MARKETPLACE_ACCOUNT_DELETION"
LONGEST_CHALLENGE = 200
# eBay asks not to fetch a key more often than once an hour.
KEY_KEPT_S = 3600
_KID = re.compile(r"^[A-Za-z0-9-]{1,64}$")
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", re.S)
_DIGESTS = {"SHA1": hashes.SHA1, "SHA256": hashes.SHA256}  # noqa: S303 - eBay signs with SHA1


class BadNotice(Exception):
    """Not a notice of eBay's: no signature, a wrong one, or no JSON with a user in it."""


@dataclass(frozen=True)
class Signature:
    """The header, taken apart."""

    kid: str
    value: bytes = field(repr=False)
    digest: str = "SHA1"


@dataclass(frozen=True)
class Deletion:
    """Who left eBay. `names` are the user name and the ids that eBay gives, without empty ones."""

    notification_id: str
    names: tuple[str, ...] = field(repr=False)


def challenge_response(code: str) -> str:
    """eBay's own formula; NotConfigured without a verification token."""
    token = keys.value("EBAY_VERIFICATION_TOKEN")
    if not token:
        raise NotConfigured("ebay")
    text = code + token + settings.EBAY_DELETION_ENDPOINT
    return hashlib.sha256(text.encode()).hexdigest()


def read_signature(header: str) -> Signature:
    """The header's parts. BadNotice for anything that eBay would not send."""
    try:
        data = json.loads(base64.b64decode(header, validate=True))
        kid, value = str(data["kid"]), base64.b64decode(str(data["signature"]), validate=True)
        digest = str(data.get("digest", "SHA1")).upper().replace("-", "")
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadNotice("signature header") from error
    if not _KID.match(kid) or digest not in _DIGESTS or not value:
        raise BadNotice("signature header")
    return Signature(kid, value, digest)


def verify(body: bytes, signature: Signature, pem: str) -> None:
    """BadNotice unless the holder of the key signed this body.

    eBay signs the compact JSON; some of its libraries write it anew before they check. Both forms
    say the same, so either may carry the signature.
    """
    try:
        key = load_pem_public_key(_with_line_breaks(pem).encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadNotice("public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadNotice("public key")
    how = ec.ECDSA(_DIGESTS[signature.digest]())
    for form in {body, _compact(body)}:
        try:
            key.verify(signature.value, form, how)
        except InvalidSignature:
            continue
        return
    raise BadNotice("signature")


def read_deletion(body: bytes) -> Deletion | None:
    """Who is to be forgotten, None for another topic. Only of a body that was verified."""
    try:
        data = json.loads(body)
        if data["metadata"]["topic"] != TOPIC:
            return None
        notice = data["notification"]
        who = notice["data"]
        names = [str(who.get(part) or "") for part in ("username", "userId", "eiasToken")]
        number = str(notice["notificationId"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadNotice("body") from error
    return Deletion(number[:100], tuple(dict.fromkeys(name for name in names if name)))


def known_key(kid: str) -> str:
    """The public key of that id, "" where no worker has fetched it in the last hour."""
    found = valkey.connection().get(_key_name(kid))
    return found.decode() if isinstance(found, bytes) else ""


def remember_key(kid: str, pem: str) -> None:
    """For pages: they verify with what a worker has fetched."""
    valkey.connection().set(_key_name(kid), pem.encode(), ex=KEY_KEPT_S)


def _key_name(kid: str) -> str:
    # Another eBay (the sandbox's, a test's) has other keys.
    where = hashlib.sha256(settings.UPSTREAM_URLS["ebay"].encode()).hexdigest()[:12]
    return valkey.key("ebay-key", where, kid)


def _with_line_breaks(pem: str) -> str:
    """eBay sends the PEM in one line; a reader wants its first and last line apart."""
    found = _PEM.search(pem)
    if found is None:
        return pem
    inner = "".join(found.group(1).split())
    lines = [inner[at : at + 64] for at in range(0, len(inner), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def _compact(body: bytes) -> bytes:
    try:
        data = json.loads(body)
        # Half a pair of surrogates cannot be written: eBay sends none.
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    except ValueError as error:
        raise BadNotice("body") from error
