"""API tokens: made, shown once, checked, revoked. Only a hash is stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from accounts.models import ApiToken, User

MARK = "vinilogy"
# A token's use is written down at most this often: reading must not write on every call.
USE_NOTED_EVERY = timedelta(minutes=5)
_NOBODYS = hashlib.sha256(b"nobody's").hexdigest()


@dataclass(frozen=True)
class MadeToken:
    """The row, and the only time its secret is seen: `vinilogy_<prefix>_<secret>`."""

    token: ApiToken
    secret: str = field(repr=False)


def make_token(
    user: User, *, name: str, can_write: bool = False, lifetime: timedelta | None = None
) -> MadeToken:
    """A new token of the person; `lifetime` None never expires."""
    prefix, key = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=_digest(key),
        can_write=can_write,
        expires_at=timezone.now() + lifetime if lifetime else None,
    )
    return MadeToken(token, f"{MARK}_{prefix}_{key}")


def find_token(written: str) -> ApiToken | None:
    """The token that these characters are, with its owner; None for wrong, expired, or an owner
    who may no longer sign in. An unknown prefix takes as long as a wrong secret."""
    mark, _, rest = written.partition("_")
    prefix, _, key = rest.partition("_")
    token = ApiToken.objects.select_related("user").filter(prefix=prefix[:12]).first()
    expected = token.digest if token else _NOBODYS
    right = hmac.compare_digest(_digest(key), expected)
    if token is None or not right or mark != MARK or not token.user.is_active:
        return None
    now = timezone.now()
    if token.expires_at is not None and token.expires_at <= now:
        return None
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def revoke_token(user: User, number: int) -> bool:
    """Ends a token of this person. False when they have none with this number."""
    gone, _rows = ApiToken.objects.filter(user=user, pk=number).delete()
    return gone > 0


def _digest(key: str) -> str:
    # The key is 256 random bits, so a fast hash is enough: there is nothing to guess.
    return hashlib.sha256(key.encode()).hexdigest()
