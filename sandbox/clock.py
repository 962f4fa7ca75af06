"""The sandbox's own clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Two readings of time.

    ``now`` is the wall clock plus what ``advance`` added: tokens and codes expire by it.
    ``ticks`` runs ``speed`` times faster: rate-limit windows are measured by it, so that tests
    wait milliseconds for a minute to pass while every code path stays the same.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._offset = 0.0
        self._ticks = 0.0
        self._read_at = time.monotonic()
        self._speed = speed

    @property
    def speed(self) -> float:
        return self._speed

    def set_speed(self, speed: float) -> None:
        if speed <= 0:
            raise ValueError("speed must be above zero")
        self.ticks()
        self._speed = speed

    def advance(self, seconds: float) -> None:
        self._offset += seconds
        self._ticks += seconds

    def set_right(self) -> None:
        """Take back what `advance` added to the time of day; the fast clock never goes back."""
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._offset

    def today(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def ticks(self) -> float:
        """Seconds on the fast clock, from an arbitrary start."""
        read_at = time.monotonic()
        self._ticks += (read_at - self._read_at) * self._speed
        self._read_at = read_at
        return self._ticks
