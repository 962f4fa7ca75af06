"""What stands around one request to a service: breaker and budget before it, what the service says
about its limits and how it is doing after it.

Calls of the door (attempt.py) and of sign-ins (sign_in.py) take the same step.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from vinyl.upstreams import breaker, budget, valkey
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.errors import (
    BadAnswer,
    Forbidden,
    QuotaExceeded,
    RateLimited,
    Unavailable,
    UpstreamError,
)
from vinyl.upstreams.judging import reported_limit, retry_at
from vinyl.upstreams.registry import Upstream

# Spotify's long quota: it opens again somewhere within the day.
QUOTA_PAUSE = 3_600.0


@dataclass
class Step:
    """One service's breaker and budget for one call. `url_key` names the breaker, `budget_key` the
    windows that it counts against; what may be written together goes to `later`."""

    of: Upstream
    url_key: str
    lane: Lane
    budget_key: str = ""
    keyless: bool = False
    personal: bool = False
    later: valkey.Later = field(default_factory=valkey.Later)
    _call: str = field(default_factory=lambda: uuid.uuid4().hex)
    _told: budget.Verdict | None = None

    @property
    def _bucket(self) -> str:
        return self.of.bucket(self.url_key)

    @property
    def _counts_as(self) -> str:
        return self.budget_key or self.url_key

    def question(self) -> tuple[list[str], list[Any]]:
        """What the budget is asked: keys and arguments of budget.TAKE."""
        return budget.question(
            self.of, self._counts_as, lane=self.lane, call=self._call, keyless=self.keyless,
            breaker=self._bucket, probe_seconds=self.of.deadline,
        )  # fmt: skip

    def hear(self, answer: Any) -> None:
        """The budget has been asked already, in the step of something else, and said this."""
        self._told = budget.verdict(answer)

    def take_place(self, *, patience: float) -> budget.Verdict:
        """Waits for a place in the budget, until `patience` on time.monotonic()'s clock.
        RateLimited when that takes too long, as QuotaExceeded where a quota over a day is the
        reason; Unavailable while the breaker is open."""
        claimed = False
        try:
            while True:
                verdict = self._told or budget.ask(*self.question())
                self._told = None
                if verdict.closed > 0:
                    again = in_seconds(verdict.closed)
                    raise Unavailable(self.of.name, retry_at=again, detail="breaker open")
                if verdict.wait <= 0:
                    claimed = False
                    return verdict
                claimed = self.lane is Lane.INTERACTIVE
                if time.monotonic() + verdict.wait > patience:
                    raise self._held_back(verdict.wait)
                time.sleep(verdict.wait)
        finally:
            if claimed:
                budget.give_up(self.of, self._counts_as, call=self._call)

    def _held_back(self, wait: float) -> RateLimited:
        """Why no call goes out for so many seconds."""
        name, keyless = self._counts_as, self.keyless
        gone = budget.is_quota_gone(self.of, name, keyless=keyless)
        kind = QuotaExceeded if gone else RateLimited
        return kind(self.of.name, retry_at=in_seconds(wait), detail=f"budget: {wait:.1f} s")

    def well(self, place: budget.Verdict) -> None:
        """The service answered properly: its failures are forgotten, where there are any."""
        if place.on_record:
            breaker.well(self._bucket, self.later)

    def heed(self, headers: Mapping[str, str], error: UpstreamError | None) -> None:
        """What the service says about its limits goes into the shared budget; a RateLimited gets
        its time."""
        of, name = self.of, self._counts_as
        if isinstance(error, RateLimited):
            if error.retry_at is None:
                longer = isinstance(error, QuotaExceeded)
                usual = retry_at(of.name, headers)
                error.retry_at = in_seconds(QUOTA_PAUSE / budget.speed()) if longer else usual
            seconds = (error.retry_at - datetime.now(UTC)).total_seconds()
            quota = isinstance(error, QuotaExceeded)
            budget.pause(of, name, seconds * budget.speed(), self.later, quota=quota)
            return
        reported = reported_limit(headers)
        if reported is None:
            return
        if reported.resets_in is None:
            budget.agree(of, name, left=reported.left, keyless=self.keyless, later=self.later)
        elif reported.left == 0:
            budget.pause(of, name, min(reported.resets_in, 120.0), self.later)

    def blame(self, error: UpstreamError) -> None:
        """Counts for or against the service; only an answer of its own can speak for it."""
        bucket = self._bucket
        if isinstance(error, Unavailable):
            if error.retry_at is None:
                error.retry_at = breaker.failed(bucket)
        elif isinstance(error, Forbidden):
            breaker.forbidden(bucket, personal=self.personal)
        elif isinstance(error, BadAnswer) and error.passing:
            breaker.failed(bucket)
        elif error.status is not None and not isinstance(error, RateLimited):
            breaker.well(bucket, self.later)


def in_seconds(seconds: float) -> datetime:
    """That moment, aware and in UTC."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
