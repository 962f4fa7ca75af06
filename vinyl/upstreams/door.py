"""The one way out. `call` makes a call to an outside service, or says in one typed error why not.

In this order: may this process call at all (guard)? does memory know the answer? is somebody
asking the same already? is the breaker open? is there budget, in this lane, in time? Then the
request itself (transport), the client's judgement of the answer, up to two more tries where that
can help, and always one line in the request log.
"""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

import stamina
from django.conf import settings

from vinyl.upstreams import breaker, budget, guard, health, memory, request_log, transport, valkey
from vinyl.upstreams.asking import Answer, Ask, Lane
from vinyl.upstreams.errors import (
    BadAnswer,
    Forbidden,
    NotConfigured,
    NotFound,
    QuotaExceeded,
    RateLimited,
    Unavailable,
    UpstreamError,
)
from vinyl.upstreams.guard import allow_calls, forbid_calls, this_process_serves_pages
from vinyl.upstreams.judging import judge_status, reported_limit, retry_at
from vinyl.upstreams.registry import Upstream, upstream
from vinyl.upstreams.sign_in import DoorClosed, signed_in_session, take_places

__all__ = [
    "Answer", "Ask", "DoorClosed", "Lane", "allow_calls", "call", "forbid_calls",
    "forget_everything", "judge_status", "signed_in_session", "take_places",
    "this_process_serves_pages",
]  # fmt: skip

ATTEMPTS = 3
# A person would rather hear "busy until" than stare; a worker has other work.
LONGEST_WAIT = {Lane.INTERACTIVE: 8.0, Lane.BACKGROUND: 10.0}
# Spotify's long quota: it opens again somewhere within the day.
QUOTA_PAUSE = 3_600.0


def call(ask: Ask) -> Answer:
    """The answer, or an UpstreamError within the service's deadline."""
    guard.check()
    of = upstream(ask.upstream)
    started = time.monotonic()
    until = started + (ask.deadline or of.deadline)
    try:
        if not ask.shareable:
            return _tries(ask, of, until)
        make = partial(_make, ask, of, until)
        found = memory.once(ask, make, seconds=ask.deadline or of.deadline)
        if found.from_cache:
            _log(ask, started, status=found.status, from_cache=True)
        return found
    except UpstreamError as error:
        if error.detail == memory.REMEMBERED:
            _log(ask, started, status=404, from_cache=True, error=error)
        if isinstance(error, Unavailable) and error.retry_at is None:
            error.retry_at = _in(30 / budget.speed())
        raise
    except valkey.Trouble as error:
        # Without the shared counters no limit can be kept: better not to ask at all.
        raise Unavailable(
            ask.upstream, retry_at=_in(5), detail=f"valkey: {transport.kind_of(error)}"
        ) from None


def forget_everything() -> None:
    """Empties budgets, breakers and memory of all services. For tests that share one Valkey."""
    valkey.forget(("budget", "breaker", "memory", "health", "token"))


def _make(ask: Ask, of: Upstream, until: float) -> Answer:
    """The call, and "there is none" remembered before those who wait for it look again."""
    try:
        return _tries(ask, of, until)
    except NotFound:
        memory.remember_missing(ask)
        raise


def _tries(ask: Ask, of: Upstream, until: float) -> Answer:
    """The call, sent again where that can help and the time allows it."""
    again = ask.method == "GET" or ask.repeatable

    def can_pass(error: Exception) -> bool:
        return again and time.monotonic() < until and _can_pass(ask, error)

    for attempt in stamina.retry_context(
        on=can_pass,
        attempts=ATTEMPTS,
        timeout=max(0.1, until - time.monotonic()),
        wait_initial=0.2 / budget.speed(),
        wait_max=3.0 / budget.speed(),
        wait_jitter=0.4 / budget.speed(),
    ):
        with attempt:
            return _try(ask, of, until)
    raise Unavailable(ask.upstream, retry_at=_in(30))  # pragma: no cover - stamina raises itself


def _can_pass(ask: Ask, error: Exception) -> bool:
    """Dropped connections, 5xx, bodies cut short, and "come back in a moment"; not what the
    breaker or our own budget said, and no long wait."""
    if isinstance(error, Unavailable):
        return error.retry_at is None
    if isinstance(error, RateLimited):
        if isinstance(error, QuotaExceeded) or error.status is None or error.retry_at is None:
            return False
        return error.retry_at < _in(LONGEST_WAIT[ask.lane])
    return isinstance(error, BadAnswer) and error.passing


def _try(ask: Ask, of: Upstream, until: float) -> Answer:
    """One attempt: breaker, budget, request, judgement, log."""
    bucket = of.bucket(ask.url_key)
    started = time.monotonic()
    left: int | None = None
    status: int | None = None
    try:
        permit = breaker.may_call(bucket, probe_seconds=of.deadline)
        if permit.retry_at is not None:
            raise Unavailable(ask.upstream, retry_at=permit.retry_at, detail="breaker open")
        left = _wait_for_budget(ask, of, until)
        started = time.monotonic()
        answer = _send(ask, of, until)
        status = answer.status
        error = (ask.judge or judge_status)(ask, answer)
        if error is None and ask.expects == "json" and status != 204:
            answer.json()
        _heed(ask, of, answer, error)
        if error is not None:
            raise error
        if permit.on_record:
            breaker.well(bucket)
    except UpstreamError as error:
        _blame(ask, bucket, error)
        if error.status is None:
            error.status = status
        _log(ask, started, status=status or error.status, left=left, error=error)
        raise
    _log(ask, started, status=status, left=left)
    return answer


def _wait_for_budget(ask: Ask, of: Upstream, until: float) -> int:
    """Waits for a place in the budget; how many are left. RateLimited when it takes too long."""
    name = ask.budget_key or ask.url_key
    call_id = uuid.uuid4().hex
    patience = min(until, time.monotonic() + LONGEST_WAIT[ask.lane])
    claimed = False
    try:
        while True:
            verdict = budget.take(of, name, lane=ask.lane, call=call_id, keyless=ask.keyless)
            if verdict.wait <= 0:
                claimed = False
                return verdict.left
            claimed = ask.lane is Lane.INTERACTIVE
            if time.monotonic() + verdict.wait > patience:
                detail = f"budget: {verdict.wait:.1f} s"
                raise RateLimited(ask.upstream, retry_at=_in(verdict.wait), detail=detail)
            time.sleep(verdict.wait)
    finally:
        if claimed:
            budget.give_up(of, name, call=call_id)


def _send(ask: Ask, of: Upstream, until: float) -> Answer:
    base = settings.UPSTREAM_URLS[ask.url_key].rstrip("/")
    headers = {"Accept": "application/json"} if ask.expects == "json" else {}
    response, body = transport.send(
        of,
        ask.method,
        base + ask.path,
        params=ask.params,
        form=ask.form,
        headers={**headers, **ask.headers},
        auth=ask.auth,
        until=until,
        max_bytes=ask.max_bytes or of.max_bytes,
    )
    return Answer(
        upstream=ask.upstream,
        status=response.status_code,
        body=body,
        headers=response.headers,
        url=response.url.partition("?")[0],
    )


def _heed(ask: Ask, of: Upstream, answer: Answer, error: UpstreamError | None) -> None:
    """What the service says about its limits goes into the shared budget."""
    name = ask.budget_key or ask.url_key
    if isinstance(error, RateLimited):
        if error.retry_at is None:
            longer = isinstance(error, QuotaExceeded)
            usual = retry_at(ask.upstream, answer.headers)
            error.retry_at = _in(QUOTA_PAUSE / budget.speed()) if longer else usual
        seconds = (error.retry_at - datetime.now(UTC)).total_seconds()
        budget.pause(of, name, seconds * budget.speed())
        return
    reported = reported_limit(answer.headers)
    if reported is None:
        return
    if reported.resets_in is None:
        budget.agree(of, name, left=reported.left, keyless=ask.keyless)
    elif reported.left == 0:
        budget.pause(of, name, min(reported.resets_in, 120.0))


def _blame(ask: Ask, bucket: str, error: UpstreamError) -> None:
    """Counts for or against the service; only an answer of its own can speak for it."""
    if isinstance(error, Unavailable):
        if error.retry_at is None:
            error.retry_at = breaker.failed(bucket)
    elif isinstance(error, Forbidden):
        breaker.forbidden(bucket, personal=ask.personal)
    elif isinstance(error, BadAnswer) and error.passing:
        breaker.failed(bucket)
    elif error.status is not None and not isinstance(error, RateLimited):
        breaker.well(bucket)


def _log(
    ask: Ask,
    started: float,
    *,
    status: int | None,
    left: int | None = None,
    from_cache: bool = False,
    error: UpstreamError | None = None,
) -> None:
    ms = (time.monotonic() - started) * 1000
    reached = not from_cache and (status is not None or isinstance(error, Unavailable))
    failing = _speaks_of_illness(ask, error)
    name = type(error).__name__ if error is not None else ""
    request_log.write(
        upstream=ask.upstream,
        method=ask.method,
        path=request_log.shown_path(ask.path, ask.params),
        status=status,
        ms=ms,
        from_cache=from_cache,
        lane=ask.lane,
        person_id=ask.person_id,
        budget_left=left,
        error=name,
        health=health.note(ms=ms, error=name if failing else "") if reached else None,
    )


def _speaks_of_illness(ask: Ask, error: UpstreamError | None) -> bool:
    """Whether the status page should call the service failing because of this error."""
    if isinstance(error, Forbidden):
        return not ask.personal
    if isinstance(error, BadAnswer):
        return error.status is None or error.status < 400
    return isinstance(error, Unavailable | NotConfigured)


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
