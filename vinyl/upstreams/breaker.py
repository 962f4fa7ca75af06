"""Stops asking a service that keeps failing, so that nobody waits for it.

Five failed attempts in a row (5xx, timeouts, dropped connections) open it, and so do five 403s
to calls with the site's own credentials: a service that bans us must not be hammered. 403s to
calls with a person's credentials weigh a third, since they may concern that person alone. Opened
for 30 s first, then twice as long each time, at most ten minutes; then one probe goes ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from vinyl.upstreams import valkey
from vinyl.upstreams.budget import speed

_SCRIPT = (Path(__file__).parent / "breaker.lua").read_text(encoding="utf-8")
OPENS_AT = 5
FORBIDDEN_OPENS_AT = 15
FIRST_PAUSE_MS = 30_000
LONGEST_PAUSE_MS = 600_000


@dataclass(frozen=True)
class Permit:
    """`retry_at` is None when the call may go out. `on_record`: there are failures to forget."""

    retry_at: datetime | None
    on_record: bool


def may_call(bucket: str, *, probe_seconds: float) -> Permit:
    """Whether to call now. At most one caller per pause gets to try a service that was open."""
    wait, _probe, record = cast("list[int]", _run(bucket, "may", int(probe_seconds * 1000)))
    return Permit(_in(wait) if wait else None, bool(record))


def failed(bucket: str) -> datetime | None:
    """Counts a failed attempt; when it opens (or is open), until when."""
    return _count(bucket, "failures", 1, OPENS_AT)


def forbidden(bucket: str, *, personal: bool) -> datetime | None:
    """Counts a 403; when it opens (or is open), until when."""
    return _count(bucket, "forbidden", 1 if personal else 3, FORBIDDEN_OPENS_AT)


def well(bucket: str, later: valkey.Later | None = None) -> None:
    """The service answered properly: forget its failures. `later`: with other writes."""
    if later is None:
        valkey.connection().delete(_key(bucket))
    else:
        later.add(lambda pipe: pipe.delete(_key(bucket)))


def open_until(bucket: str) -> datetime | None:
    """Until when nobody calls, or None."""
    stored = cast("bytes | None", valkey.connection().hget(_key(bucket), "open_until"))
    if not stored:
        return None
    wait = int(stored) - valkey.now_ms()
    return _in(wait) if wait > 0 else None


def _count(bucket: str, field: str, weight: int, opens_at: int) -> datetime | None:
    pauses = (FIRST_PAUSE_MS / speed(), LONGEST_PAUSE_MS / speed())
    wait = cast("list[int]", _run(bucket, "fail", field, weight, opens_at, *pauses))[0]
    return _in(wait) if wait else None


def _run(bucket: str, *arguments: Any) -> Any:
    return valkey.script(_SCRIPT)(keys=[_key(bucket)], args=list(arguments))


def _key(bucket: str) -> str:
    return valkey.key("breaker", bucket)


def _in(milliseconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(milliseconds=milliseconds)
