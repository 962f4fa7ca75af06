"""What every source of prices has in common: the question, the answer, and how it is asked.

A provider answers in parts (one pressing, one search), each short enough for one step of a job,
so that prices appear one by one and an interrupted question goes on where it stopped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from vinyl.money import Money
from vinyl.upstreams.door import Lane
from vinyl.upstreams.registry import upstream


@dataclass(frozen=True, slots=True)
class Pressing:
    """The facts of a release that sources are asked by."""

    id: int
    discogs_id: int | None
    barcode: str = ""
    catalogue_number: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What an album, or one pressing of it, costs delivered to a territory.

    `pressings` are the album's, most collected and wanted first; `release` is set when only that
    one is meant. `postcode` is empty where the country says enough.
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


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """A price as its source gave it, in the source's own currency.

    `key` names it within the source, `shipping` None is unknown (never zero), `kind` is "lowest"
    or "offer", `ends_at` is when the offer ends by itself.
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
    url: str = ""
    for_sale: int | None = None
    is_auction: bool = False
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an answer.

    `about` are the releases (None: the album as a whole) that the part tells all about: what was
    quoted for them before and is not in `found` is gone. `left_out` counts by reason.
    """

    found: tuple[FoundQuote, ...]
    about: tuple[int | None, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


class Provider(ABC):
    """A source of prices. `by_territory`: its prices hold for the asked territory only."""

    name: ClassVar[str]
    by_territory: ClassVar[bool]

    @property
    def label(self) -> str:
        return upstream(self.name).label

    @property
    def configured(self) -> bool:
        return upstream(self.name).configured

    def scope(self, territory: str) -> str:
        """The territory that its quotes are stored under: "" where they hold everywhere."""
        return territory if self.by_territory else ""

    @abstractmethod
    def plan(self, question: Question) -> list[int | None]:
        """The releases to ask about one after the other; None asks about the album at once."""

    @abstractmethod
    def answer(self, question: Question, about: int | None) -> Part:
        """Ask one part. Raises UpstreamError; NotFound is an answer and does not get out."""
