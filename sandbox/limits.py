"""Rate limits per source address."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

from sandbox.clock import Clock


@dataclass(frozen=True)
class Reading:
    """What a limiter says about one request: ``used`` includes it when it was admitted."""

    admitted: bool
    limit: int
    used: int
    reset_in: float

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


class Limits:
    """Moving windows, one per name and source address.

    ``on`` False admits everything and goes on counting: for benchmarks, and labelled on every
    answer by the header ``X-Sandbox-Limits: off``.
    """

    def __init__(self, clock: Clock, *, on: bool = True) -> None:
        self._clock = clock
        self.on = on
        self._windows: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def take(
        self, name: str, address: str, *, limit: int, seconds: float, count_refused: bool = False
    ) -> Reading:
        """Ask for one request. ``count_refused``: refused ones keep the window full as well."""
        now = self._clock.ticks()
        window = self._windows[(name, address)]
        while window and window[0] <= now - seconds:
            window.popleft()
        admitted = len(window) < limit or not self.on
        if admitted or count_refused:
            window.append(now)
        if len(window) > limit * 3:
            window.popleft()
        reset_in = max(0.0, window[0] + seconds - now) if window else 0.0
        return Reading(admitted, limit, min(len(window), limit), reset_in)

    def fill(self, name: str, address: str, *, count: int) -> None:
        """Pretend that ``count`` requests were just made (control endpoint)."""
        now = self._clock.ticks()
        self._windows[(name, address)].extend([now] * count)

    def clear(self) -> None:
        self._windows.clear()
