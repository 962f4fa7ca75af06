"""Cards of the list as they were drawn, kept beside the list for as long as they tell the same.

What somebody does to one album changes a card or two; the other eighteen of the page are the same
again, and drawing them is most of what the page costs. A card is kept in Valkey under the digest of
all that it tells (vinyl.look.Card.told) in this language and zone, so what is old can never be
found. It is kept without the token against forged forms, which each answer gets of its own.
"""

from __future__ import annotations

import copy
import hashlib
import logging
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
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
# From the first card of a list on, whatever is added: then all of it goes at once, so that nothing
# stays longer beside the list because somebody comes back often.
KEPT_FOR = timedelta(hours=1)
# Of one list, about a kilobyte each; more, and all of them are drawn again.
MOST_CARDS = 800
LARGE, SMALL = "components/_first_card.html", "components/_card.html"
# Settings with which a page of the same list looks otherwise.
_TOLD_BY = (
    "UPSTREAMS", "SANDBOX", "SANDBOX_URL", "UPSTREAM_URLS", "EBAY_CONSENT",
    "DISCOGS_KEEP_PRICE_HISTORY", "ALLOW_PREVIEW_ANALYSIS", "STATIC_URL", "MEDIA_URL",
)  # fmt: skip
_CODE = frozenset({".html", ".py", ".mo", ".css", ".js"})
_ROOMS = ("templates", "locale", "static", "vinyl", "catalog", "accounts", "pricing",
          "recommendations")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cut:
    """How a card is drawn on a page: `large` as the first, `marked` with one of its stickers."""

    large: bool
    marked: bool

    def name(self, card: str) -> str:
        """Under which that cut of a card of this name is kept."""
        return f"{card}{'l' if self.large else ''}{'m' if self.marked else ''}"


def drawn(
    user: Any, cards: Sequence[Card], token: str, set_id: int | None, *, first: int = 0
) -> list[SafeString]:
    """Cards of a signed-in person's list in their order, that at place `first` large, with this
    token in their forms. Those that were drawn before come from beside the list `set_id`."""
    cuts = [
        Cut(place == first, card.tag is not None and card.tag.lowest)
        for place, card in enumerate(cards)
    ]
    keep = set_id is not None and not settings.DEBUG
    names = [cut.name(name_of(card)) for card, cut in zip(cards, cuts, strict=True)]
    known = found(set_id, names) if keep else {}
    texts, fresh = [], {}
    for name, card, cut in zip(names, cards, cuts, strict=True):
        packed = known.get(name)
        if packed is None:
            text = draw(user, card, cut)
            if is_ageless(card):
                fresh[name] = pack(text)
        else:
            text = unpack(packed)
        texts.append(text)
    if keep:
        keep_beside(set_id, fresh)
    return with_token(texts, token)


def with_token(texts: Iterable[str], token: str) -> list[SafeString]:
    """Drawn cards with a visitor's own token in their forms."""
    # Drawn by a template, which escapes; a token is letters and figures.
    return [mark_safe(text.replace(unfilled_token(), token)) for text in texts]  # noqa: S308


def draw(user: Any, card: Card, cut: Cut) -> str:
    """A card of this person's list in that cut, with `unfilled_token` in its forms."""
    # Of the request a card shows nothing; its price tag wants to know who may ask.
    given = {
        "card": _in_cut(card, cut),
        "csrf_token": unfilled_token(),
        "request": SimpleNamespace(user=user),
    }
    return str(engines["django"].get_template(LARGE if cut.large else SMALL).render(given))


def is_ageless(card: Card) -> bool:
    """Whether time alone changes nothing of the card."""
    return card.tag is None or (card.tag.state in AGELESS and not card.tag.asked)


def name_of(card: Card) -> str:
    """Under which a card's drawings are kept: the digest of all that it tells, in whatever cut."""
    return digest_of(_in_cut(card, Cut(large=False, marked=False)).told)


def _in_cut(card: Card, cut: Cut) -> Card:
    """The same with the picture and the sticker of that cut."""
    album = copy.copy(card.album)
    before, after = ("-small.", "-large.") if cut.large else ("-large.", "-small.")
    album.cover_url = getattr(album, "cover_url", "").replace(before, after)
    tag = card.tag and replace(card.tag, lowest=cut.marked, spent=not cut.marked)
    return replace(card, album=album, tag=tag)


def digest_of(told: str) -> str:
    """The digest of something that this program shows, in this language and zone."""
    zone = timezone.get_current_timezone_name()
    text = "|".join((program(), translation.get_language() or "", zone, told))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# --- beside the list --------------------------------------------------------------------------


def key_of(set_id: int | None) -> str:
    """Where the cards of a list are kept."""
    return f"{PREFIX}:{set_id}"


def pack(text: str) -> bytes:
    return zlib.compress(text.encode(), 1)


def unpack(packed: bytes) -> str:
    return zlib.decompress(packed).decode()


def found(set_id: int | None, names: Sequence[str]) -> dict[str, bytes]:
    """What is kept beside the list under these names. One round trip, none for no name."""
    if not names:
        return {}
    try:
        packed: Any = valkey.connection().hmget(key_of(set_id), names)
    except valkey.Trouble:
        log.info("Kept cards were not found for lack of their server", exc_info=True)
        return {}
    return {name: one for name, one in zip(names, packed, strict=True) if one is not None}


def keep_beside(set_id: int | None, fresh: Mapping[str, bytes]) -> None:
    """Keep this beside the list, under its names."""
    if not fresh:
        return
    # The client's stub wants a mapping whose keys may be anything.
    given: dict[Any, Any] = dict(fresh)
    try:
        server = valkey.connection()
        with server.pipeline(transaction=False) as batch:
            batch.hset(key_of(set_id), mapping=given)
            batch.expire(key_of(set_id), KEPT_FOR, nx=True)
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
