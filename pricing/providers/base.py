"""What every source of prices has in common: the question, the answer, and how it is asked.

A provider answers in pieces (one pressing, one search, one shop), so that prices appear one by one
and an interrupted question goes on where it stopped. docs/providers.md shows how to add one.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings

from vinyl.money import Money
from vinyl.upstreams.door import Lane
from vinyl.upstreams.registry import UPSTREAMS, Upstream, Window
from vinyl.upstreams.terms import Terms, careful

_SINGLE = re.compile(r"7\"|\bSingle\b|\bEP\b|\bMaxi\b")
# So many calls, where a service tells no number.
COURTESY = (Window(10, 60.0),)
# Small JSON: what one piece of a question is about, as its provider wrote it.
Piece = Any


@dataclass(frozen=True, slots=True)
class Pressing:
    """The facts of a release that sources are asked by. `seen_eur` is the lowest item price that
    was last seen for it and may still be used, None where there is none. Of the source that is
    asked: `is_best`, its price stands as the album's best or as an edition's; `is_fresh`, it was
    seen only minutes ago."""

    id: int
    discogs_id: int | None
    barcode: str = ""
    catalogue_number: str = ""
    year: int | None = None
    country: str = ""
    format: str = ""
    have: int | None = None
    want: int | None = None
    wanted: bool = False
    seen_eur: Decimal | None = None
    is_best: bool = False
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What an album, or one pressing of it, costs delivered to a territory.

    `pressings` are the album's official ones on vinyl, in no order; `release` is set when only
    that one is meant. `postcode` is empty where the country says enough. `year` is the album's.
    """

    album_id: int
    artist: str
    title: str
    pressings: tuple[Pressing, ...]
    release: Pressing | None
    territory: str
    country: str
    postcode: str = ""
    person_id: int | None = None
    lane: Lane = Lane.INTERACTIVE
    year: int | None = None

    @property
    def is_single(self) -> bool:
        """Whether it came out as a single or an EP, and no listing may be left out for that."""
        asked = (self.release,) if self.release is not None else self.pressings
        return any(_SINGLE.search(one.format) for one in asked if one is not None)


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """A price as its source gave it, in the source's own currency.

    `key` names it within the source, `shipping` None is unknown (never zero), `kind` is "lowest"
    or "offer", `is_auction`: the price is the present bid, `ends_at` is when the offer ends by
    itself, `seller_territory` a part of the seller's country with a border of its own ("ES-CN").
    """

    key: str
    kind: str
    item: Money
    shipping: Money | None = None
    release_id: int | None = None
    grade: str = ""
    title: str = ""
    seller: str = ""
    seller_country: str = ""
    seller_territory: str = ""
    url: str = ""
    for_sale: int | None = None
    is_auction: bool = False
    ends_at: datetime | None = None

    @property
    def origin(self) -> str:
        """Where it is sent from, as far as import rules tell places apart; "" for unknown."""
        return self.seller_territory or self.seller_country


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that a source offered and that is no offer of this record, and why."""

    reason: str
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece's answer.

    `about` are the releases (None: the album as a whole) that the part tells all about: what was
    quoted for them before and is not in `found` is gone. `left_out` counts by reason; `examples`
    are those that can be named. `source` is set by providers that ask several sources.
    """

    found: tuple[FoundQuote, ...]
    about: tuple[int | None, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[LeftOut, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The pieces to ask for, the most telling first, and how many pressings are not asked about
    because the calls do not reach that far."""

    pieces: tuple[Piece, ...]
    not_asked: int = 0


def counted(left_out: Iterable[LeftOut]) -> dict[str, int]:
    """How many by reason."""
    return dict(Counter(one.reason for one in left_out))


class Provider(ABC):
    """A source of prices. Only `name` and the two methods must be given: what else a source needs
    has a default here, from its rows in vinyl/upstreams where it has some.

    `by_territory`: its prices hold for the asked territory only. `at_once`: how many of its pieces
    may be under way at the same time. `title` is its name for people, `home` the address of its
    site, `terms` what it allows to be done with its content, where vinyl/upstreams does not say.
    """

    name: ClassVar[str]
    by_territory: ClassVar[bool] = False
    at_once: ClassVar[int] = 1
    title: ClassVar[str] = ""
    home: ClassVar[str] = ""
    terms: ClassVar[Terms | None] = None

    @property
    def service(self) -> Upstream | None:
        """Its row among the services with keys and limits; None for one without."""
        return UPSTREAMS.get(self.name)

    @property
    def label(self) -> str:
        """Its name for people."""
        title = self.title or self.name.replace("-", " ").title()
        return title if self.service is None else self.service.label

    @property
    def configured(self) -> bool:
        """Whether this installation can ask it."""
        return self.service is None or self.service.configured

    @property
    def windows(self) -> tuple[Window, ...]:
        """The limits that background rounds keep a share of: courtesy where nobody tells them."""
        return COURTESY if self.service is None else self.service.budget

    @property
    def base_url(self) -> str:
        """Where `home` is asked: in the sandbox at the sandbox's shop of the provider's name."""
        return f"{settings.SANDBOX_URL}/shops/{self.name}" if settings.SANDBOX else self.home

    @cached_property
    def declared(self) -> Terms:
        """The terms to enter for it; careful ones where the provider brings none."""
        found = self.terms or careful(self.name, self.label)
        return replace(found, home=found.home or self.home)

    def scope(self, territory: str) -> str:
        """The territory that its quotes are stored under: "" where they hold everywhere."""
        return territory if self.by_territory else ""

    @abstractmethod
    def plan(self, question: Question) -> Plan:
        """What to ask. May read the database, asks nobody."""

    @abstractmethod
    def answer(self, question: Question, piece: Piece) -> Part:
        """Ask one piece. Raises UpstreamError; NotFound is an answer and does not get out. Runs in
        a thread of its own beside others: it does not touch the database."""
