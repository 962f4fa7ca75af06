"""A person's list as data, for programs and files: without what its sources keep in this site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from accounts.models import Snapshot, User
from recommendations.queries import Look, cards
from recommendations.reasons import bare
from recommendations.starting import cards_from
from vinyl.look import Card, ScorePart
from vinyl.upstreams.terms import may_leave, terms_for

# Parts whose sentences tell what somebody listens to.
_HEARD = frozenset({"listening", "taste"})
MOST_ROWS = 100


def told_rows(user: User, query: Mapping[str, str], *, limit: int = MOST_ROWS) -> list[Any]:
    """The tab and filters that the query names, best first, at most `limit` albums; of a list that
    starts from one album its page."""
    told, look = heard_may_leave(user), Look.from_query(query)
    started = cards_from(user, look) if look.start else None
    found = started or cards(user, look=look, limit=limit)
    return [told_card(card, heard=told) for card in found.cards[:limit]]


def heard_may_leave(user: User) -> bool:
    """Whether every source of the person's listening lets what it says be sent out."""
    sources = Snapshot.objects.filter(user=user).values_list("source", flat=True).distinct()
    return all(may_leave(source) for source in sources)


def told_card(card: Card, *, heard: bool) -> dict[str, Any]:
    """One album. `heard`: sentences about listening may be told."""
    album: Any = card.album
    return {
        "album": album.pk,
        "title": album.title,
        "artist": album.artist_line,
        "year": album.year,
        "kept": card.kept,
        "wanted": card.wanted,
        "score": card.score.total if card.score else 0,
        "parts": [
            told_part(part, card, heard=heard) for part in (card.score.parts if card.score else ())
        ],
        "reasons": [bare(cause) for cause in card.causes] if heard else [],
        "url": card.urls.album,
    }


def told_part(part: ScorePart, card: Card, *, heard: bool) -> dict[str, Any]:
    """A part without its sentence where that would send out what a source keeps in this site:
    the points are ours, what Last.fm counted or eBay asks is not."""
    told = asdict(part)
    source = str(getattr(card.tag, "source", "") or "").partition(":")[0]
    if part.key in _HEARD and not heard:
        told["sentence"] = ""
    if part.key == "price" and source and not terms_for(source).via_api:
        told |= {"sentence": "", "points": None}
    return told
