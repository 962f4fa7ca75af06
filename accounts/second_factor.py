"""The second factor: codes of an authenticator app, and recovery codes for the day it is lost.

django-allauth does the arithmetic (RFC 6238) and asks at sign-in; here stands what it leaves to the
site: secrets encrypted at rest, codes that work once, who has to have it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.db import transaction

from accounts import credentials
from accounts.models import User

KEPT_SECRETS = ("secret", "seed")  # in Authenticator.data, one per type
# A code counts for its own half minute and one on either side of it.
CODE_COUNTS_FOR = 90
# How long the page that shows a new secret may stand before its form is sent.
SETTING_UP_SECONDS = 900


class Adapter(DefaultMFAAdapter):
    """Secrets lie in the database as ciphertext, under the keys of people's tokens."""

    def encrypt(self, text: str) -> str:
        return credentials.encrypt_text(text)

    def decrypt(self, encrypted_text: str) -> str:
        return credentials.decrypt_text(encrypted_text)


@dataclass(frozen=True)
class SecondFactor:
    """Whether a person's account asks for codes. Holds no secret."""

    since: datetime | None = None
    last_used_at: datetime | None = None
    codes_left: int = 0
    codes_made_at: datetime | None = None

    @property
    def on(self) -> bool:
        return self.since is not None


def second_factor_of(user: User, *, codes: int = 10) -> SecondFactor:
    """In one query; `codes` is how many recovery codes are made at a time."""
    rows = {row.type: row for row in Authenticator.objects.filter(user=user)}
    app, spare = (rows.get(kind) for kind in (Authenticator.Type.TOTP, "recovery_codes"))
    if app is None:
        return SecondFactor()
    used = int(spare.data.get("used_mask", 0)).bit_count() if spare else codes
    return SecondFactor(
        since=app.created_at,
        last_used_at=app.last_used_at,
        codes_left=codes - used,
        codes_made_at=spare.created_at if spare else None,
    )


def has_second_factor(user: User) -> bool:
    """In one query."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def remove_second_factor(user: User) -> bool:
    """Takes it away for somebody who has lost app and recovery codes. False: there was none."""
    gone, _rows = Authenticator.objects.filter(user=user).delete()
    return gone > 0


def first_use(user: User, code: str) -> bool:
    """Whether this code is used for the first time: who looked over a shoulder comes too late."""
    digits = "".join(character for character in code if character.isdigit())
    return bool(cache.add(f"second-factor-used:{user.pk}:{digits}", 1, timeout=CODE_COUNTS_FOR))


def sealed_secret(user: User, secret: str) -> str:
    """A secret that is being set up, for the form to bring back: only this site can read it."""
    return credentials.encrypt_text(json.dumps({"user": user.pk, "secret": secret}))


def opened_secret(user: User, sealed: str) -> str | None:
    """What `sealed_secret` sealed; None for another person's, an old or an invented one."""
    try:
        content = json.loads(credentials.decrypt_text(sealed, seconds=SETTING_UP_SECONDS))
    except (credentials.CannotRead, ValueError):
        return None
    return str(content["secret"]) if content.get("user") == user.pk else None


def new_secret() -> str:
    """160 random bits in the letters that apps take (RFC 4226 asks for 128 at least)."""
    return str(totp.generate_totp_secret())


def rotate() -> credentials.Rotation:
    """Writes every secret anew with the newest key, row by row, each under its lock."""
    rotated, unreadable = 0, []
    numbers = Authenticator.objects.order_by("pk").values_list("pk", flat=True)
    for number in list(numbers):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=number).first()
            if row is None:
                continue
            try:
                row.data = _renewed(row.data)
            except credentials.CannotRead:
                unreadable.append(number)
                continue
            row.save(update_fields=["data"])
            rotated += 1
    return credentials.Rotation(rotated, tuple(unreadable))


def _renewed(data: dict[str, Any]) -> dict[str, Any]:
    return data | {
        name: credentials.encrypt_text(credentials.decrypt_text(data[name]))
        for name in KEPT_SECRETS
        if name in data
    }
