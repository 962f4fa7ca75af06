"""The one way out. `call` makes a call to an outside service, or says in one typed error why not.

In this order: may this process call at all (guard)? does memory know the answer? is somebody
asking the same already? Then attempts (attempt.py): is the breaker open, is there budget in this
lane and in time; the request itself (transport), the client's judgement of the answer, up to two
more tries where that can help. And always one line in the request log, before the answer is handed
on or, inside `answer_first`, just after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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
    "ATTEMPTS", "Answer", "Ask", "DoorClosed", "Lane", "allow_calls", "answer_first", "call",
    "forbid_calls", "forget_everything", "judge_status", "signed_in_session", "take_places",
    "this_process_serves_pages",
]  # fmt: skip
# What an answered call has left behind and has yet to write; None where that does not wait.
_behind: ContextVar[valkey.Later | None] = ContextVar("upstreams_behind", default=None)


@contextmanager
def answer_first() -> Iterator[None]:
    """For who hands an answer on to somebody who waits for it: what an answered call inside leaves
    behind (its line in the log, what the service said of its limits, what others who ask the same
    wait for) is written at the end, or when the next call begins."""
    later = valkey.Later()
    before = _behind.set(later)
    try:
        yield
    finally:
        _behind.reset(before)
        request_log.send(later)


def call(ask: Ask) -> Answer:
    """The answer, or an UpstreamError within the service's deadline."""
    guard.check()
    behind = _behind.get()
    if behind is not None:
        request_log.send(behind)
    of = upstream(ask.upstream)
    started = time.monotonic()
    seconds = ask.deadline or of.deadline
    attempts = Attempts(ask, of, started + seconds)
    later, answered = attempts.later, False
    try:
        if ask.shareable:
            found = memory.once(
                ask, attempts.make, seconds=seconds, later=later, step=attempts.first_step()
            )
        else:
            found = attempts.make()
        if found.from_cache:
            attempt.log(ask, started, later, status=found.status, from_cache=True)
        answered = True
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
        if behind is not None and answered:
            behind.take(later)
        else:
            request_log.send(later)


def forget_everything() -> None:
    """Empties budgets, breakers and memory of all services. For tests that share one Valkey."""
    valkey.forget(("budget", "breaker", "memory", "health", "token"))
