"""The one way out. `call` makes a call to an outside service, or says in one typed error why not.

In this order: may this process call at all (guard)? does memory know the answer? is somebody
asking the same already? Then attempts (attempt.py): is the breaker open, is there budget in this
lane and in time; the request itself (transport), the client's judgement of the answer, up to two
more tries where that can help. And always one line in the request log.
"""

from __future__ import annotations

import time

from vinyl.upstreams import attempt, budget, guard, memory, request_log, transport, valkey
from vinyl.upstreams.asking import Answer, Ask, Lane
from vinyl.upstreams.attempt import ATTEMPTS, Attempts
from vinyl.upstreams.errors import Unavailable, UpstreamError
from vinyl.upstreams.guard import allow_calls, forbid_calls, this_process_serves_pages
from vinyl.upstreams.judging import judge_status
from vinyl.upstreams.registry import upstream
from vinyl.upstreams.sign_in import DoorClosed, signed_in_session, take_places
from vinyl.upstreams.step import in_seconds

__all__ = [
    "ATTEMPTS", "Answer", "Ask", "DoorClosed", "Lane", "allow_calls", "call", "forbid_calls",
    "forget_everything", "judge_status", "signed_in_session", "take_places",
    "this_process_serves_pages",
]  # fmt: skip


def call(ask: Ask) -> Answer:
    """The answer, or an UpstreamError within the service's deadline."""
    guard.check()
    of = upstream(ask.upstream)
    started = time.monotonic()
    seconds = ask.deadline or of.deadline
    attempts = Attempts(ask, of, started + seconds)
    later = attempts.later
    try:
        if not ask.shareable:
            return attempts.make()
        found = memory.once(
            ask, attempts.make, seconds=seconds, later=later, step=attempts.first_step()
        )
        if found.from_cache:
            attempt.log(ask, started, later, status=found.status, from_cache=True)
        return found
    except UpstreamError as error:
        if error.detail == memory.REMEMBERED:
            attempt.log(ask, started, later, status=404, from_cache=True, error=error)
        if isinstance(error, Unavailable) and error.retry_at is None:
            error.retry_at = in_seconds(30 / budget.speed())
        raise
    except valkey.Trouble as error:
        # Without the shared counters no limit can be kept: better not to ask at all.
        raise Unavailable(
            ask.upstream, retry_at=in_seconds(5), detail=f"valkey: {transport.kind_of(error)}"
        ) from None
    finally:
        request_log.send(later)


def forget_everything() -> None:
    """Empties budgets, breakers and memory of all services. For tests that share one Valkey."""
    valkey.forget(("budget", "breaker", "memory", "health", "token"))
