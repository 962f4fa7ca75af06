"""A tab of the list as drawn cards, of which only those are made that changed since then.

Two things are kept of a card beside its list (recommendations.drawn_cards): under the digest of the
state of its rows (queries.card_states) what its place and its sticker depend on, its name, and
until when that holds; under its name how it was drawn. So what somebody does to one album costs the
reading and drawing of that album and no other. What is shown comes out the same as from
queries.cards, which has no memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalog.covers.queries import with_covers
from pricing.queries import price_tags
from pricing.stickers import with_stickers
from pricing.tags import PriceTag
from pricing.viewer import Viewer
from recommendations import drawn_cards, queries
from recommendations.cards import Row, card_of
from recommendations.drawn_cards import Cut, is_ageless
from recommendations.queries.card_states import CardState, card_states
from recommendations.queries.version import DISMISSED
from recommendations.scoring import PAGE
from vinyl.look import Card
from vinyl.money import Money

# A card that tells how long ago something was is drawn again after this.
TELLS_AGE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Gist:
    """What of a card decides where it stands and whether it has a sticker: its total, and of its
    price tag what pricing.stickers compares. `name`: of its drawings."""

    name: str
    total: Decimal
    tag: PriceTag
    until: datetime

    @classmethod
    def of(cls, card: Card, until: datetime) -> Gist:
        total = card.score.total if card.score else Decimal(0)
        return cls(drawn_cards.name_of(card), total, card.tag or PriceTag(), until)

    def packed(self) -> bytes:
        money = self.tag.money
        told = (
            self.name, str(self.total), self.until.timestamp(), self.tag.state,
            None if money is None else [str(money.amount), money.currency],
            self.tag.median_percent, self.tag.delivered, self.tag.album_id,
        )  # fmt: skip
        return json.dumps(told).encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> Gist:
        name, total, until, state, money, percent, delivered, album_id = json.loads(packed)
        tag = PriceTag(
            state,
            None if money is None else Money(Decimal(money[0]), money[1]),
            percent,
            delivered=delivered,
            album_id=album_id,
        )
        end = datetime.fromtimestamp(until, tz=timezone.get_current_timezone())
        return cls(name, Decimal(total), tag, end)


@dataclass(frozen=True, slots=True)
class Listed:
    """The cards of a tab in their order: ids of their albums, which of them are kept, and how they
    are drawn, with `unfilled_token` in their forms. True until `until`, and of the version that
    has the same `said` (queries.version); `dismissed` albums the person dismissed by then."""

    albums: tuple[int, ...] = ()
    kept: tuple[bool, ...] = ()
    texts: tuple[str, ...] = ()
    until: datetime | None = None
    said: Sequence[int] = ()

    @property
    def dismissed(self) -> int:
        return self.said[DISMISSED] if self.said else 0


class ListIsGone(Exception):
    """A row of the list was deleted while it was read: another list took its place."""


def listed(user: Any, set_id: int, tab: str, viewer: Viewer, *, draw: bool = True) -> Listed:
    """The first page of a tab, unfiltered, in the order of its set. One query where all was drawn
    before, three more for what was not. `draw` False: which there are, without their drawings.
    Raises ListIsGone."""
    found, said = card_states(set_id, tab, viewer)
    states = found[:PAGE]
    if not states:
        return Listed()
    work = _Work(user, set_id, viewer, states)
    ordered = sorted(states, key=lambda one: (not one.kept, -work.gists[one.album_id].total))
    texts = work.texts(ordered) if draw else []
    work.keep()
    return Listed(
        albums=tuple(one.album_id for one in ordered),
        kept=tuple(one.kept for one in ordered),
        texts=tuple(texts),
        until=min(one.until for one in work.gists.values()),
        said=said,
    )


class _Work:
    """One page's cards: what is known of them, and what had to be made."""

    def __init__(self, user: Any, set_id: int, viewer: Viewer, states: Sequence[CardState]) -> None:
        self.user, self.set_id, self.viewer = user, set_id, viewer
        self.states = {one.album_id: one for one in states}
        self.remembers = not settings.DEBUG
        self.cards: dict[int, Card] = {}
        self.fresh: dict[str, bytes] = {}
        self.gists = self._known()
        self.make(self.states.keys() - self.gists.keys())

    def _known(self) -> dict[int, Gist]:
        if not self.remembers:
            return {}
        now = timezone.now()
        names = {album: self._name(one) for album, one in self.states.items() if not one.moving}
        found = drawn_cards.found(self.set_id, list(names.values()))
        gists = {
            album: Gist.unpacked(found[name]) for album, name in names.items() if name in found
        }
        return {album: one for album, one in gists.items() if one.until > now}

    def _name(self, state: CardState) -> str:
        """Of a card's gist: a name of its own for whatever it depends on."""
        said = (state.digest, state.kept, state.wanted, self.viewer)
        return "gist" + drawn_cards.digest_of(repr(said))

    def make(self, albums: Iterable[int]) -> None:
        """Read these albums' rows and prices and make their cards. Three queries, none for none."""
        wanted = [self.states[one] for one in albums]
        if not wanted:
            return
        rows = {one.pk: one for one in queries.rows_by_id(one.row_id for one in wanted)}
        tags = price_tags([one.album_id for one in wanted], self.viewer)
        for state in wanted:
            row = rows.get(state.row_id)
            if row is None:
                raise ListIsGone
            self.cards[state.album_id] = _card(row, state, tags, self.viewer)
        with_covers(card.album for card in self.cards.values())
        now = timezone.now()
        for state in wanted:
            self._note(state, now)

    def _note(self, state: CardState, now: datetime) -> None:
        card = self.cards[state.album_id]
        until = now if state.moving else state.until
        if not is_ageless(card):
            until = min(until, now + TELLS_AGE)
        gist = self.gists[state.album_id] = Gist.of(card, until)
        if until > now:
            self.fresh[self._name(state)] = gist.packed()

    def texts(self, ordered: Sequence[CardState]) -> list[str]:
        """How the cards are drawn in this order."""
        marked = with_stickers([self.gists[one.album_id].tag for one in ordered])
        cuts = [Cut(place == 0, tag is not None and tag.lowest) for place, tag in enumerate(marked)]
        names = [
            cut.name(self.gists[one.album_id].name) for one, cut in zip(ordered, cuts, strict=True)
        ]
        found = drawn_cards.found(self.set_id, names) if self.remembers else {}
        lacking = {
            one.album_id for one, name in zip(ordered, names, strict=True) if name not in found
        }
        self.make(lacking - self.cards.keys())
        texts = []
        for state, name, cut in zip(ordered, names, cuts, strict=True):
            if name in found:
                texts.append(drawn_cards.unpack(found[name]))
                continue
            texts.append(self._draw(state.album_id, cut))
            if cut.large and not state.kept:
                # Whatever is kept next takes its place, and it is at hand now.
                self._draw(state.album_id, replace(cut, large=False))
        return texts

    def _draw(self, album_id: int, cut: Cut) -> str:
        card = self.cards[album_id]
        text = drawn_cards.draw(self.user, card, cut)
        if is_ageless(card):
            self.fresh[cut.name(self.gists[album_id].name)] = drawn_cards.pack(text)
        return text

    def keep(self) -> None:
        """Keep what was made beside the list."""
        if self.remembers:
            drawn_cards.keep_beside(self.set_id, self.fresh)


def _card(row: Any, state: CardState, tags: Mapping[int, PriceTag], viewer: Viewer) -> Card:
    """As queries.cards makes it. What the person said is of the state: it is read once."""
    album = row.album.merged_into or row.album
    told = Row(
        album, row.listening, row.taste, row.causes, state.kept, state.wanted, state.position,
        row.facts,
    )  # fmt: skip
    return card_of(told, tags.get(state.album_id), rate=viewer.rate)
