"""A call that has to be made: breaker and budget, request, judgement, log; again if that helps."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings

from vinyl.upstreams import breaker, budget, health, request_log, transport, valkey
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
from vinyl.upstreams.judging import judge_status, reported_limit, retry_at
from vinyl.upstreams.registry import Upstream

ATTEMPTS = 3
FIRST_PAUSE, SPREAD = 0.2, 0.4
# A person would rather hear "busy until" than stare; a worker has other work.
LONGEST_WAIT = {Lane.INTERACTIVE: 8.0, Lane.BACKGROUND: 10.0}
# Spotify's long quota: it opens again somewhere within the day.
QUOTA_PAUSE = 3_600.0


@dataclass
class Attempts:
    """The attempts of one call. `until` is its deadline on time.monotonic()'s clock; what they
    leave behind is added to `later`, which whoever made this sends."""

    ask: Ask
    of: Upstream
    until: float
    later: valkey.Later = field(default_factory=valkey.Later)

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
        started = time.monotonic()
        left: int | None = None
        status: int | None = None
        try:
            place = self._take_place()
            left, started = place.left, time.monotonic()
            answer = self._send()
            status = answer.status
            error = (ask.judge or judge_status)(ask, answer)
            if error is None and status != 204:
                _read(ask, answer)
            self._heed(answer.headers, error)
            if error is not None:
                raise error
            if place.on_record:
                breaker.well(self._bucket, self.later)
        except UpstreamError as error:
            self._blame(error)
            if error.status is None:
                error.status = status
            log(ask, started, self.later, status=status or error.status, left=left, error=error)
            raise
        log(ask, started, self.later, status=status, left=left)
        return answer

    @property
    def _bucket(self) -> str:
        return self.of.bucket(self.ask.url_key)

    @property
    def _budget_key(self) -> str:
        return self.ask.budget_key or self.ask.url_key

    def _take_place(self) -> budget.Verdict:
        """Waits for a place in the budget. RateLimited when that takes too long, Unavailable while
        the breaker is open."""
        ask, call_id = self.ask, uuid.uuid4().hex
        patience = min(self.until, time.monotonic() + LONGEST_WAIT[ask.lane])
        claimed = False
        try:
            while True:
                verdict = budget.take(
                    self.of, self._budget_key, lane=ask.lane, call=call_id, keyless=ask.keyless,
                    breaker=self._bucket, probe_seconds=self.of.deadline,
                )  # fmt: skip
                if verdict.closed > 0:
                    again = in_seconds(verdict.closed)
                    raise Unavailable(ask.upstream, retry_at=again, detail="breaker open")
                if verdict.wait <= 0:
                    claimed = False
                    return verdict
                claimed = ask.lane is Lane.INTERACTIVE
                if time.monotonic() + verdict.wait > patience:
                    again, detail = in_seconds(verdict.wait), f"budget: {verdict.wait:.1f} s"
                    raise RateLimited(ask.upstream, retry_at=again, detail=detail)
                time.sleep(verdict.wait)
        finally:
            if claimed:
                budget.give_up(self.of, self._budget_key, call=call_id)

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

    def _heed(self, headers: Mapping[str, str], error: UpstreamError | None) -> None:
        """What the service says about its limits goes into the shared budget."""
        of, name = self.of, self._budget_key
        if isinstance(error, RateLimited):
            if error.retry_at is None:
                longer = isinstance(error, QuotaExceeded)
                usual = retry_at(of.name, headers)
                error.retry_at = in_seconds(QUOTA_PAUSE / budget.speed()) if longer else usual
            seconds = (error.retry_at - datetime.now(UTC)).total_seconds()
            budget.pause(of, name, seconds * budget.speed(), self.later)
            return
        reported = reported_limit(headers)
        if reported is None:
            return
        if reported.resets_in is None:
            budget.agree(
                of, name, left=reported.left, keyless=self.ask.keyless, later=self.later
            )  # fmt: skip
        elif reported.left == 0:
            budget.pause(of, name, min(reported.resets_in, 120.0), self.later)

    def _blame(self, error: UpstreamError) -> None:
        """Counts for or against the service; only an answer of its own can speak for it."""
        bucket = self._bucket
        if isinstance(error, Unavailable):
            if error.retry_at is None:
                error.retry_at = breaker.failed(bucket)
        elif isinstance(error, Forbidden):
            breaker.forbidden(bucket, personal=self.ask.personal)
        elif isinstance(error, BadAnswer) and error.passing:
            breaker.failed(bucket)
        elif error.status is not None and not isinstance(error, RateLimited):
            breaker.well(bucket, self.later)


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


def in_seconds(seconds: float) -> datetime:
    """That moment, aware and in UTC."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


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
