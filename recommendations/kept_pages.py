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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone, translation

from recommendations import drawn_cards
from recommendations.drawn_cards import program, unfilled_token
from recommendations.queries import Look
from recommendations.queries.version import Version, version_of_list
from vinyl.upstreams import valkey

log = logging.getLogger(__name__)

PREFIX = "recs:page"
# Each page ends by itself after LONGEST; all of a list's, from its first page on, after this.
KEPT_FOR = timedelta(hours=1)
# Nobody needs so many filters; what is longer is drawn and not kept.
LONGEST_QUERY = 300
# Of one set, frames among them; one more, and all of them are drawn again.
MOST_PAGES = 60
_TIME = struct.Struct(">q")
# Stand in a frame for its cards and for what they were made from: private signs, no text has them.
CARDS, SAID = "\ue000cards\ue001", "\ue000said\ue001"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of this state belongs. `body` is the page, None where it has to be drawn;
    `frame` the digest of what stands round its cards."""

    name: str
    frame: str
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
    told = (program(), translation.get_language(), timezone.get_current_timezone_name(), query)
    frame = _digest(version.frame, *told)
    name = _digest(version.digest, *told)
    return Place(name, frame, version, *_found(version.set_id, name))


def _digest(*told: object) -> str:
    return hashlib.sha256("|".join(map(str, told)).encode()).hexdigest()


def frame_name(place: Place) -> str:
    """Of what stands round the cards."""
    return _digest("frame", place.frame)


def said_name(place: Place, kept: Sequence[bool]) -> str:
    """Of what these cards were made from: how many they are, and whether all are kept, is told."""
    return _digest("said", place.frame, len(kept), all(kept))


def parts_for(place: Place, *names: str) -> list[bytes | None]:
    """What is kept under these names."""
    return _found(place.version.set_id, *names)


def _found(set_id: int, *names: str) -> list[bytes | None]:
    try:
        found: Any = valkey.connection().hmget(_key(set_id), names)
    except valkey.Trouble:
        log.info("A kept page was not found for lack of its server", exc_info=True)
        return [None] * len(names)
    return [_unpacked(one) for one in found]


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


def keep(place: Place, bodies: Mapping[str, bytes], until: datetime | None = None) -> None:
    """Keep pages or frames that were drawn with `unfilled_token`, by their names, until then, and
    no longer than all of it stays true."""
    end = min(place.version.until, until or place.version.until)
    if end <= timezone.now() or not bodies:
        return
    packed: dict[Any, Any] = {
        name: _TIME.pack(int(end.timestamp() * 1000)) + zlib.compress(body, 1)
        for name, body in bodies.items()
    }
    key = _key(place.version.set_id)
    try:
        server = valkey.connection()
        with server.pipeline(transaction=False) as batch:
            batch.hset(key, mapping=packed)
            batch.expire(key, KEPT_FOR, nx=True)
            batch.hlen(key)
            pages: Any = batch.execute()[-1]
        if pages > MOST_PAGES:
            server.delete(key)
    except valkey.Trouble:
        log.info("A page was not kept", exc_info=True)


def forget(set_ids: Iterable[int]) -> None:
    """Throw away what is kept of these sets: what it tells of may be known here no longer."""
    keys = [key(one) for one in set_ids for key in (_key, drawn_cards.key_of)]
    try:
        if keys:
            valkey.connection().delete(*keys)
    except valkey.Trouble:
        log.info("Kept pages were not thrown away; they end by themselves", exc_info=True)
