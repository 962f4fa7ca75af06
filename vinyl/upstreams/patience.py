"""Waiting until a service may be asked again: for commands, which have nothing else to do.

Jobs never wait so: they hand their worker back and are taken up again (see `vinyl.jobs.runner`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import sleep
from typing import TypeVar

from django.utils import timezone

from vinyl.upstreams.errors import QuotaExceeded, RateLimited

T = TypeVar("T")

# Budgets are counted by the minute; a service that stays busy for longer than these is in trouble.
TIMES = 10
LONGEST = timedelta(minutes=3)
_UNTOLD = timedelta(seconds=10)


def patiently(ask: Callable[[], T], *, tell: Callable[[str], object]) -> T:
    """What `ask` gives, asked again as soon as the budget allows. `tell` is told of each pause.

    Raises RateLimited when the service is busy for minutes or has no quota left today, and all
    that `ask` raises for other reasons.
    """
    for _ in range(TIMES - 1):
        try:
            return ask()
        except QuotaExceeded:
            raise
        except RateLimited as busy:
            pause = busy.retry_at - timezone.now() if busy.retry_at else _UNTOLD
            if pause > LONGEST:
                raise
            tell(str(busy))
            sleep(max(pause.total_seconds(), 0.0) + 0.05)
    return ask()
