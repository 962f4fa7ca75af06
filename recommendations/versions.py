"""Which version of the score a person gets: by a stable hash, so that two can run side by side."""

from __future__ import annotations

import hashlib

from django.conf import settings

from recommendations import scoring, scoring2

KNOWN = (scoring.VERSION, scoring2.VERSION)


def shares() -> dict[str, int]:
    """The versions in use with their share of people in percent, as SCORE_VERSIONS says: "2", or
    "1=20 2=80". The setting makes sure that shares add up to 100."""
    found: dict[str, int] = {}
    for part in settings.SCORE_VERSIONS:
        name, _, share = part.partition("=")
        if name in KNOWN and (not share or share.isdecimal()):
            found[name] = int(share or 100)
    return {name: share for name, share in found.items() if share} or {scoring2.VERSION: 100}


def version_of(user_id: int) -> str:
    """The version of this person, the same for as long as the setting stays."""
    every = sorted(shares().items())
    whole = sum(share for _name, share in every)
    digest = hashlib.sha256(f"score:{user_id}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64 * whole
    for name, share in every:
        place -= share
        if place < 0:
            return name
    return every[-1][0]
