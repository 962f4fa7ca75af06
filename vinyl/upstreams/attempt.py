"""A call that has to be made: breaker and budget, request, judgement, log; again if that helps."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from django.conf import settings

from vinyl.upstreams import budget, health, request_log, transport, valkey
from vinyl.upstreams.asking import Answer, Ask, Lane
from vinyl.upstreams.errors import (
    BadAnswer,
    Forbidden,
    NotConfigured,
    QuotaExceeded,
    RateLimited,
    Unavailable,
    UpstreamError,
)
from vinyl.upstreams.judging import judge_status
from vinyl.upstreams.registry import Upstream
from vinyl.upstreams.step import Step, in_seconds

ATTEMPTS = 3
FIRST_PAUSE, SPREAD = 0.2, 0.4
# A person would rather hear "busy until" than stare; a worker has other work.
LONGEST_WAIT = {Lane.INTERACTIVE: 8.0, Lane.BACKGROUND: 10.0}


@dataclass
class Attempts:
    """The attempts of one call. `until` is its deadline on time.monotonic()'s clock; what they
    leave behind is added to `later`, which whoever made this sends."""

    ask: Ask
    of: Upstream
    until: float
    later: valkey.Later = field(default_factory=valkey.Later)
    _first: Step | None = None

    def first_step(self) -> Step:
        """That of the first attempt, whose budget may be asked ahead of it."""
        self._first = self._step()
        return self._first

    def _step(self) -> Step:
        ask = self.ask
        return Step(
            self.of, ask.url_key, ask.lane, budget_key=ask.budget_key, keyless=ask.keyless,
            personal=ask.personal, later=self.later,
        )  # fmt: skip

    def make(self) -> Answer:
        """The answer, asked for again where that can help and the time allows it."""
        for number in range(1, ATTEMPTS):
            try:
                return self._once()
            except UpstreamError as error:
                pause = (FIRST_PAUSE * 2**number + random.uniform(0, SPREAD)) / budget.speed()
                if not self._can_pass(error) or time.monotonic() + pause > self.until:
                    raise
                request_log.send(self.later)
                time.sleep(pause)
        return self._once()

    def _can_pass(self, error: UpstreamError) -> bool:
        """Dropped connections, 5xx, bodies cut short, and "come back in a moment"; not what the
        breaker or our own budget said, and no long wait."""
        if self.ask.method != "GET" and not self.ask.repeatable:
            return False
        if isinstance(error, Unavailable):
            return error.retry_at is None
        if isinstance(error, RateLimited):
            if isinstance(error, QuotaExceeded) or error.status is None or error.retry_at is None:
                return False
            return error.retry_at < in_seconds(LONGEST_WAIT[self.ask.lane])
        return isinstance(error, BadAnswer) and error.passing

    def _once(self) -> Answer:
        ask = self.ask
        step, self._first = self._first or self._step(), None
        started = time.monotonic()
        left: int | None = None
        status: int | None = None
        try:
            patience = min(self.until, time.monotonic() + LONGEST_WAIT[ask.lane])
            place = step.take_place(patience=patience)
            left, started = place.left, time.monotonic()
            answer = self._send()
            status = answer.status
            error = (ask.judge or judge_status)(ask, answer)
            if error is None and status != 204:
                _read(ask, answer)
            step.heed(answer.headers, error)
            if error is not None:
                raise error
            step.well(place)
        except UpstreamError as error:
            step.blame(error)
            if error.status is None:
                error.status = status
            log(ask, started, self.later, status=status or error.status, left=left, error=error)
            raise
        log(ask, started, self.later, status=status, left=left)
        return answer

    def _send(self) -> Answer:
        ask = self.ask
        base = settings.UPSTREAM_URLS[ask.url_key].rstrip("/")
        headers = {"Accept": "application/json"} if ask.expects == "json" else {}
        response, body = transport.send(
            self.of,
            ask.method,
            ask.address or base + ask.path,
            params=ask.params,
            form=ask.form if ask.body is None else ask.body,
            headers={**headers, **ask.headers},
            auth=ask.auth,
            until=self.until,
            max_bytes=ask.max_bytes or self.of.max_bytes,
        )
        return Answer(
            upstream=ask.upstream,
            status=response.status_code,
            body=body,
            headers=response.headers,
            url=response.url.partition("?")[0],
        )


def log(
    ask: Ask,
    started: float,
    later: valkey.Later,
    *,
    status: int | None,
    left: int | None = None,
    from_cache: bool = False,
    error: UpstreamError | None = None,
) -> None:
    """The call's line in the request log, and how the service is doing, with `later`."""
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
        later=later,
    )


def _read(ask: Ask, answer: Answer) -> None:
    """BadAnswer for what cannot be the service's own words: no JSON where it was asked for, or a
    gateway's page with status 200, which would pass for "done" where nothing is read."""
    if ask.expects == "json":
        answer.json()
    elif answer.headers.get("Content-Type", "").startswith("text/html"):
        bad = BadAnswer(answer.upstream, status=answer.status, detail="an HTML page")
        bad.passing = True
        raise bad


def _speaks_of_illness(ask: Ask, error: UpstreamError | None) -> bool:
    """Whether the status page should call the service failing because of this error."""
    if isinstance(error, Forbidden):
        return not ask.personal
    if isinstance(error, BadAnswer):
        return error.status is None or error.status < 400
    return isinstance(error, Unavailable | NotConfigured)
