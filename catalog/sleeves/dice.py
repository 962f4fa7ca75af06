"""Chance that is the same everywhere: a small generator seeded by a text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_MASK = 0xFFFFFFFFFFFFFFFF


class Dice:
    """SplitMix64, written out so that no Python version can change the drawings."""

    def __init__(self, text: str) -> None:
        # Lone surrogates come from broken file names and old tags; they must not stop a page.
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        self.state = int.from_bytes(digest[:8], "big")

    def next(self) -> float:
        """A number from 0 up to, never including, 1."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) / 2**64

    def span(self, low: float, high: float) -> float:
        """A number between two bounds."""
        return low + (high - low) * self.next()

    def whole(self, low: int, high: int) -> int:
        """A whole number, both bounds included."""
        return low + int(self.next() * (high - low + 1))

    def one(self, items: Sequence[T]) -> T:
        """One of the items, all equally likely."""
        return items[int(self.next() * len(items))]
