"""Pages of the list as they were drawn, kept beside the list for as long as they stay true.

Drawing twenty cards costs fifty times as much as finding out that nothing changed. A page is kept
in Valkey under the digest of all that it was drawn from (queries.version): what changes anything
makes another digest, so that nothing has to be thrown away and nothing old can be found. It is kept
without the token against forged forms, which each answer gets of its own.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from recommendations.queries import Look
from recommendations.queries.version import LONGEST, Version, version_of_list
from vinyl.look import Card
from vinyl.upstreams import valkey

log = logging.getLogger(__name__)

PREFIX = "recs:page"
# A card that tells how long ago something was is drawn again after this.
TELLS_AGE = timedelta(minutes=1)
AGELESS = frozenset({"known", "under_median", "no_shipping", "not_asked"})
# Nobody needs so many filters; what is longer is drawn and not kept.
LONGEST_QUERY = 300
# Of one set; one more, and all of them are drawn again.
MOST_PAGES = 40
_TIME = struct.Struct(">q")
# Settings with which a page of the same list looks otherwise.
_TOLD_BY = (
    "UPSTREAMS", "SANDBOX", "SANDBOX_URL", "UPSTREAM_URLS", "EBAY_CONSENT",
    "DISCOGS_KEEP_PRICE_HISTORY", "ALLOW_PREVIEW_ANALYSIS", "STATIC_URL", "MEDIA_URL",
)  # fmt: skip
_CODE = frozenset({".html", ".py", ".mo", ".css", ".js"})
_ROOMS = ("templates", "locale", "static", "vinyl", "catalog", "accounts", "pricing",
          "recommendations")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of this state belongs. `body` is the page, None where it has to be drawn."""

    name: str
    version: Version
    body: bytes | None = None


def place_for(request: HttpRequest, user: Any, look: Look, names: Sequence[str]) -> Place | None:
    """The kept page, or where the page that is drawn now goes; None for what is never kept: other
    parameters than `names`, a message to be read once, a list being made or started from an album.
    """
    query = request.META.get("QUERY_STRING", "")
    if settings.DEBUG or look.start or len(query) > LONGEST_QUERY or request.GET.keys() - {*names}:
        return None
    if len(get_messages(request)):
        return None
    version = version_of_list(user, look)
    if version is None or not version.keep:
        return None
    told = (_program(), translation.get_language(), timezone.get_current_timezone_name(), query)
    text = "|".join((version.digest, *map(str, told)))
    name = hashlib.sha256(text.encode()).hexdigest()
    try:
        found: Any = valkey.connection().hget(_key(version.set_id), name)
    except valkey.Trouble:
        log.info("A kept page was not found for lack of its server", exc_info=True)
        return None
    return Place(name, version, _unpacked(found))


def _key(set_id: int) -> str:
    return f"{PREFIX}:{set_id}"


def _unpacked(found: bytes | None) -> bytes | None:
    """The page, unless its time is over; a time in milliseconds stands before it."""
    if not found or _TIME.unpack_from(found)[0] <= timezone.now().timestamp() * 1000:
        return None
    return zlib.decompress(found[_TIME.size :])


def answer(request: HttpRequest, body: bytes) -> HttpResponse:
    """A kept page with this visitor's own token."""
    return HttpResponse(body.replace(unfilled_token().encode(), get_token(request).encode()))


def keep(place: Place, body: bytes, cards: Sequence[Card]) -> None:
    """Keep a page that was drawn with `unfilled_token`, as long as its cards stay true."""
    until = place.version.until
    if any(card.tag is not None and card.tag.state not in AGELESS for card in cards):
        until = min(until, timezone.now() + TELLS_AGE)
    if until <= timezone.now() or not cards:
        return
    packed = _TIME.pack(int(until.timestamp() * 1000)) + zlib.compress(body, 1)
    key = _key(place.version.set_id)
    try:
        server = valkey.connection()
        with server.pipeline(transaction=False) as batch:
            batch.hset(key, place.name, packed)
            batch.expire(key, LONGEST)
            batch.hlen(key)
            pages: Any = batch.execute()[-1]
        if pages > MOST_PAGES:
            server.delete(key)
    except valkey.Trouble:
        log.info("A page was not kept", exc_info=True)


def forget(set_ids: Iterable[int]) -> None:
    """Throw the pages of these sets away: what they tell of may be known here no longer."""
    keys = [_key(one) for one in set_ids]
    try:
        if keys:
            valkey.connection().delete(*keys)
    except valkey.Trouble:
        log.info("Kept pages were not thrown away; they end by themselves", exc_info=True)


@lru_cache(maxsize=1)
def unfilled_token() -> str:
    """What stands in a kept page for the token: nobody can write it into a title."""
    return salted_hmac("recommendations.kept_pages", "token", algorithm="sha256").hexdigest()


@lru_cache(maxsize=1)
def _program() -> str:
    """Another program, or other settings, other pages: told by the files' times. Once a process."""
    told: list[object] = [getattr(settings, name, None) for name in _TOLD_BY]
    for room in _ROOMS:
        for one in sorted((Path(settings.BASE_DIR) / room).rglob("*.*")):
            if one.suffix in _CODE:
                told.append((str(one), one.stat().st_mtime_ns))
    return hashlib.sha256(repr(told).encode()).hexdigest()
