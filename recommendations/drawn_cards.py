"""Cards of the list as they were drawn, kept beside the list for as long as they tell the same.

What somebody does to one album changes a card or two; the other eighteen of the page are the same
again, and drawing them is most of what the page costs. A card is kept in Valkey under the digest of
all that it tells (vinyl.look.Card.told) in this language and zone, so what is old can never be
found. It is kept without the token against forged forms, which each answer gets of its own.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template import engines
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe

from vinyl.look import Card
from vinyl.upstreams import valkey

log = logging.getLogger(__name__)

PREFIX = "recs:cards"
# What these states of a price tag say does not change with time; the others tell how long ago.
AGELESS = frozenset({"known", "under_median", "no_shipping", "not_asked"})
KEPT_FOR = timedelta(hours=1)
# Of one list, about a kilobyte each; one more, and all of them are drawn again.
MOST_CARDS = 400
LARGE, SMALL = "components/_first_card.html", "components/_card.html"
# Settings with which a page of the same list looks otherwise.
_TOLD_BY = (
    "UPSTREAMS", "SANDBOX", "SANDBOX_URL", "UPSTREAM_URLS", "EBAY_CONSENT",
    "DISCOGS_KEEP_PRICE_HISTORY", "ALLOW_PREVIEW_ANALYSIS", "STATIC_URL", "MEDIA_URL",
)  # fmt: skip
_CODE = frozenset({".html", ".py", ".mo", ".css", ".js"})
_ROOMS = ("templates", "locale", "static", "vinyl", "catalog", "accounts", "pricing",
          "recommendations")  # fmt: skip


def drawn(
    request: HttpRequest, cards: Sequence[Card], token: str, set_id: int | None, *, first: int = 0
) -> list[SafeString]:
    """Cards of a signed-in person's list in their order, that at place `first` large, with this
    token in their forms. Those that were drawn before come from beside the list `set_id`."""
    parts = [LARGE if place == first else SMALL for place in range(len(cards))]
    names: list[str] = []
    known: Mapping[str, str] = {}
    keep = set_id is not None and not settings.DEBUG
    if keep:
        names = [_name(part, card) for part, card in zip(parts, cards, strict=True)]
        known = _found(set_id, names)
    texts, fresh = [], {}
    for place, (part, card) in enumerate(zip(parts, cards, strict=True)):
        text = known.get(names[place]) if keep else None
        if text is None:
            given = {"card": card, "csrf_token": unfilled_token()}
            text = str(engines["django"].get_template(part).render(given, request))
            if keep and is_ageless(card):
                fresh[names[place]] = text
        texts.append(text.replace(unfilled_token(), token))
    if fresh:
        _keep(set_id, fresh)
    # Drawn by a template, which escapes; a token is letters and figures.
    return [mark_safe(text) for text in texts]  # noqa: S308


def is_ageless(card: Card) -> bool:
    """Whether time alone changes nothing of the card."""
    return card.tag is None or card.tag.state in AGELESS


def key_of(set_id: int | None) -> str:
    """Where the cards of a list are kept."""
    return f"{PREFIX}:{set_id}"


def _name(part: str, card: Card) -> str:
    zone = timezone.get_current_timezone_name()
    text = "|".join((part, program(), translation.get_language() or "", zone, card.told))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _found(set_id: int | None, names: Sequence[str]) -> dict[str, str]:
    if not names:
        return {}
    try:
        packed: Any = valkey.connection().hmget(key_of(set_id), names)
    except valkey.Trouble:
        log.info("Kept cards were not found for lack of their server", exc_info=True)
        return {}
    return {
        name: zlib.decompress(one).decode()
        for name, one in zip(names, packed, strict=True)
        if one is not None
    }


def _keep(set_id: int | None, texts: Mapping[str, str]) -> None:
    # The client's stub wants a mapping whose keys may be anything.
    packed: dict[Any, Any] = {
        name: zlib.compress(text.encode(), 1) for name, text in texts.items()
    }  # fmt: skip
    try:
        server = valkey.connection()
        with server.pipeline(transaction=False) as batch:
            batch.hset(key_of(set_id), mapping=packed)
            batch.expire(key_of(set_id), KEPT_FOR)
            batch.hlen(key_of(set_id))
            cards: Any = batch.execute()[-1]
        if cards > MOST_CARDS:
            server.delete(key_of(set_id))
    except valkey.Trouble:
        log.info("Cards were not kept", exc_info=True)


@lru_cache(maxsize=1)
def unfilled_token() -> str:
    """What stands in a kept card or page for the token: nobody can write it into a title."""
    return salted_hmac("recommendations.kept_pages", "token", algorithm="sha256").hexdigest()


@lru_cache(maxsize=1)
def program() -> str:
    """Another program, or other settings, other pages: told by the files' times. Once a process."""
    told: list[object] = [getattr(settings, name, None) for name in _TOLD_BY]
    for room in _ROOMS:
        for one in sorted((Path(settings.BASE_DIR) / room).rglob("*.*")):
            if one.suffix in _CODE:
                told.append((str(one), one.stat().st_mtime_ns))
    return hashlib.sha256(repr(told).encode()).hexdigest()
