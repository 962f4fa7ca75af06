"""How each service is doing, as last seen by any process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from vinyl.upstreams import breaker, budget, valkey
from vinyl.upstreams.registry import upstream

SLOW_MS = 4_000
# A minute's limit is ordinary; who asks us to stay away for longer is not there for anybody.
LONG_PAUSE = timedelta(minutes=2)


class State(StrEnum):
    NOT_CONFIGURED = "not configured"
    NOT_ASKED = "not asked yet"
    WELL = "well"
    SLOW = "slow"
    FAILING = "failing"
    OPEN = "open"


@dataclass(frozen=True)
class Health:
    """`retry_at` only while nobody asks: the breaker is open, or the service wants us to stay away
    for long; `last_error` is the typed error's name."""

    upstream: str
    label: str
    state: State
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str = ""
    last_ms: int | None = None
    retry_at: datetime | None = None

    @property
    def unwell(self) -> bool:
        return self.state in (State.FAILING, State.OPEN)


def note(*, ms: float, error: str) -> Mapping[str, Any]:
    """The fields to store after a call that reached, or tried to reach, the service."""
    now = f"{datetime.now(UTC).timestamp():.3f}"
    if error:
        return {"failure": now, "error": error}
    return {"success": now, "ms": round(ms)}


def health(name: str) -> Health:
    """One service's state."""
    of = upstream(name)
    if not of.configured:
        return Health(name, of.label, State.NOT_CONFIGURED)
    stored = cast("dict[bytes, bytes]", valkey.connection().hgetall(valkey.key("health", name)))
    success, failure = _time(stored.get(b"success")), _time(stored.get(b"failure"))
    ms = int(stored[b"ms"]) if b"ms" in stored else None
    # A service with several hosts is as unwell as its worst.
    opened = [breaker.open_until(of.bucket(key)) for key in {"", *of.budgets}]
    paused = budget.paused_until(name)
    if paused is not None and paused - datetime.now(UTC) > LONG_PAUSE / budget.speed():
        opened.append(paused)
    retry_at = max((until for until in opened if until), default=None)
    return Health(
        upstream=name,
        label=of.label,
        state=_state(success, failure, ms, retry_at),
        last_success_at=success,
        last_failure_at=failure,
        last_error=stored.get(b"error", b"").decode(),
        last_ms=ms,
        retry_at=retry_at,
    )


def _state(
    success: datetime | None, failure: datetime | None, ms: int | None, retry_at: datetime | None
) -> State:
    if retry_at is not None:
        return State.OPEN
    if failure is not None and (success is None or failure > success):
        return State.FAILING
    if success is None:
        return State.NOT_ASKED
    return State.SLOW if ms is not None and ms > SLOW_MS else State.WELL


def _time(stored: bytes | None) -> datetime | None:
    return datetime.fromtimestamp(float(stored), UTC) if stored else None
