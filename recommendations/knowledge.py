"""What is known of an album when it is scored: plain values, read by queries.albums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Standing:
    """How an album stands: people here who play it, and collectors.

    `collectors` is have plus want of its pressings, as far as their source lets it count now.
    """

    listeners: int = 0
    collectors: int = 0


@dataclass(frozen=True, slots=True)
class Editions:
    """Which official pressings of an album there are."""

    countries: tuple[str, ...] = ()
    originals: bool = False
    reissues: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """As a stored recommendation tells them to filters."""
        return {"c": list(self.countries), "o": self.originals, "r": self.reissues}


@dataclass(frozen=True, slots=True)
class NewPressing:
    """The newest official pressing of an album, of this year or the last."""

    year: int
    country: str
    label: str


@dataclass(frozen=True, slots=True)
class OnShelves:
    """An album on shelves like the person's: how alike they are together (cosine, summed), how
    many people hold it, and how many of the person's records they share at most."""

    album_id: int
    likeness: float
    people: int
    shared: int


@dataclass(frozen=True, slots=True)
class Found:
    """An album that a source proposes: `score` 0 to 1, causes strongest first."""

    album_id: int
    score: float
    causes: tuple[Mapping[str, Any], ...] = ()
