"""People's tokens, encrypted. Nothing else in the project reads or writes `LinkedService.token`.

Secrets of the second factor are encrypted here too (`encrypt_text`, `decrypt_text`).

Fernet keys come from CREDENTIAL_KEYS, newest first: the first encrypts, all decrypt. Changing a
key: put the new one first, run `rotate_credentials`, take the old one out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from accounts.models import LinkedService


class CannotRead(Exception):
    """The stored token was written with a key that is gone, or belongs to another row."""


@dataclass(frozen=True)
class Credential:
    """What a service gave us. `key` is an access token; `secret` the token secret of OAuth 1.0a
    or the refresh token of OAuth 2."""

    key: str = field(repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Rotation:
    """How many tokens were written anew, and the rows that no key can read."""

    rotated: int
    unreadable: tuple[int, ...]


def store_token(link: LinkedService, credential: Credential) -> None:
    """Puts the token into the row, encrypted; the caller saves the row.

    The owner and the service are inside, so that a token copied to another row is of no use.
    """
    content = {
        "user": link.user_id,
        "service": link.service,
        "key": credential.key,
        "secret": credential.secret,
    }
    link.token = _keys().encrypt(json.dumps(content).encode())


def load_token(link: LinkedService) -> Credential | None:
    """The token of the row, None where it has none. CannotRead when no key opens it."""
    if not link.token:
        return None
    try:
        content = json.loads(_keys().decrypt(bytes(link.token)))
    except (InvalidToken, ValueError) as error:
        raise CannotRead(f"link {link.pk}") from error
    if (content.get("user"), content.get("service")) != (link.user_id, link.service):
        raise CannotRead(f"link {link.pk}")
    return Credential(key=content["key"], secret=content["secret"])


def encrypt_text(text: str) -> str:
    """Ciphertext, in letters, under the newest key."""
    return _keys().encrypt(text.encode()).decode()


def decrypt_text(encrypted: str, *, seconds: int | None = None) -> str:
    """What `encrypt_text` was given. CannotRead when no key opens it, or when it is older than
    `seconds`."""
    try:
        return _keys().decrypt(encrypted.encode(), ttl=seconds).decode()
    except (InvalidToken, ValueError) as error:
        raise CannotRead("a text") from error


def rotate() -> Rotation:
    """Writes every token anew with the newest key, row by row, each under its lock."""
    keys = _keys()
    rotated, unreadable = 0, []
    numbers = LinkedService.objects.exclude(token=None).order_by("pk").values_list("pk", flat=True)
    for number in list(numbers):
        with transaction.atomic():
            link = LinkedService.objects.select_for_update().filter(pk=number).first()
            if link is None or not link.token:
                continue
            try:
                link.token = keys.rotate(bytes(link.token))
            except InvalidToken:
                unreadable.append(number)
                continue
            link.save(update_fields=["token"])
            rotated += 1
    return Rotation(rotated, tuple(unreadable))


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])
