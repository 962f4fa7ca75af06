"""Waiting until a service may be asked again: for commands, which have nothing else to do.

Jobs never wait so: they hand their worker back and are taken up again (see `vinyl.jobs.runner`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import sleep
from typing import TypeVar

from django.utils import timezone

from vinyl.upstreams.errors import QuotaExceeded, RateLimited, Unavailable, UpstreamError

T = TypeVar("T")

# Budgets are counted by the minute; a service that stays busy for longer than these is in trouble.
TIMES = 10
LONGEST = timedelta(minutes=3)
_UNTOLD = timedelta(seconds=10)
# A service that failed is asked next in ten minutes at most (see `breaker`). What was asked for so
# often then has had its tries, and so many things in a row that had theirs say that the service is
# down for longer.
CLOSED_TIMES = 3
LONGEST_CLOSED = timedelta(minutes=11)
DOWN_AFTER = 2


class Patience:
    """The patience of one command, which asks for many things. `tell` is told of each pause."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._in_vain = 0

    @property
    def is_over(self) -> bool:
        """Whether a service stayed away for too long to ask for anything else."""
        return self._in_vain >= DOWN_AFTER

    def ask(self, ask: Callable[[], T]) -> T:
        """As `patiently`; remembers whether it was in vain."""
        try:
            found = patiently(ask, tell=self._tell)
        except UpstreamError as error:
            self._in_vain = self._in_vain + 1 if _is_closed(error) else 0
            raise
        self._in_vain = 0
        return found


def patiently(ask: Callable[[], T], *, tell: Callable[[str], object]) -> T:
    """What `ask` gives, asked again as soon as the budget allows, and when a service that failed
    is asked next. `tell` is told of each pause.

    Raises RateLimited when the service is busy for minutes or has no quota left today, Unavailable
    when it is not back after CLOSED_TIMES tries, and all that `ask` raises for other reasons.
    """
    closed = 0
    for _ in range(TIMES - 1):
        try:
            return ask()
        except (RateLimited, Unavailable) as error:
            closed += _is_closed(error)
            pause = _pause(error)
            if pause is None or closed > CLOSED_TIMES:
                raise
            tell(str(error))
            sleep(max(pause.total_seconds(), 0.0) + 0.05)
    return ask()


def _is_closed(error: UpstreamError) -> bool:
    """Whether the service is let alone for a while because it failed."""
    return isinstance(error, Unavailable) and error.retry_at is not None


def _pause(error: UpstreamError) -> timedelta | None:
    """How long to wait after this; None where waiting does not help, or for too long."""
    if isinstance(error, QuotaExceeded):
        return None
    left = None if error.retry_at is None else error.retry_at - timezone.now()
    if isinstance(error, Unavailable):
        return left if left is not None and left <= LONGEST_CLOSED else None
    left = _UNTOLD if left is None else left
    return left if left <= LONGEST else None
