"""How many calls may go out, over all processes and threads, on Valkey's clock.

One script decides and counts in one step, so no two processes can both take the last place, and
a process whose clock is wrong does no harm. It returns how long to wait instead of making
callers poll. Lanes: see budget.lua.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from vinyl.upstreams import valkey
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.registry import DAY, Upstream, Window, upstream

_HERE = Path(__file__).parent
TAKE = (_HERE / "budget.lua").read_text(encoding="utf-8")
_CORRECT = (_HERE / "correct.lua").read_text(encoding="utf-8")
# How long a waiting person's claim outlives the wait that was announced.
CLAIM_MS = 1_500


@dataclass(frozen=True)
class Verdict:
    """`wait` seconds until it is worth asking again, 0 when the call may go out; `left` calls
    that a person could make at once; `closed` seconds that the breaker still leaves the service
    alone; `on_record`: it has failures to forget."""

    wait: float
    left: int
    closed: float = 0.0
    on_record: bool = False


@dataclass(frozen=True)
class Use:
    """One window of one service now: calls let through, per lane, and `others` that the service
    counted without us (somebody else behind our address). `paused` seconds it asked us to stop."""

    bucket: str
    limit: int
    seconds: float
    people: int
    background: int
    others: int
    paused: float

    @property
    def used(self) -> int:
        return self.people + self.background + self.others

    @property
    def left(self) -> int:
        return 0 if self.paused > 0 else max(0, self.limit - self.used)


def speed() -> float:
    """How many times faster budgets run; only ever more than 1 against a fast sandbox."""
    return float(getattr(settings, "BUDGET_SPEED", 1) or 1)


def take(
    of: Upstream,
    url_key: str,
    *,
    lane: Lane,
    call: str,
    keyless: bool = False,
    breaker: str = "",
    probe_seconds: float = 0.0,
) -> Verdict:
    """Asks for one call. When it is granted it is counted already.

    With `probe_seconds`, the breaker of that name is asked in the same step: while it is open
    nothing is counted, and afterwards one call at a time goes out to try.
    """
    keys, arguments = question(
        of, url_key, lane=lane, call=call, keyless=keyless, breaker=breaker,
        probe_seconds=probe_seconds,
    )  # fmt: skip
    return ask(keys, arguments)


def ask(keys: list[str], arguments: list[Any]) -> Verdict:
    """Asks what `question` gave."""
    return verdict(_run(TAKE, keys, arguments))


def question(
    of: Upstream,
    url_key: str,
    *,
    lane: Lane,
    call: str,
    keyless: bool,
    breaker: str,
    probe_seconds: float,
) -> tuple[list[str], list[Any]]:
    """What `take` asks: keys and arguments of the script TAKE, for who runs it within another."""
    windows = of.windows_for(url_key, keyless=keyless)
    bucket = of.bucket(url_key)
    guarded = valkey.key("breaker", breaker)
    keys = [_waiting(bucket), _paused(bucket), guarded, *_window_keys(bucket, windows)]
    numbers: list[float] = []
    for one in windows:
        numbers += [one.calls, one.seconds * 1000 / speed(), one.reserve, one.share, one.pace]
    in_lane = "i" if lane is Lane.INTERACTIVE else "b"
    return keys, [call, in_lane, CLAIM_MS, int(probe_seconds * 1000), *numbers]


def verdict(answer: Any) -> Verdict:
    """What TAKE answered."""
    wait, left, closed, on_record = cast("list[int]", answer)
    return Verdict(wait / 1000, max(0, left), closed / 1000, bool(on_record))


def give_up(of: Upstream, url_key: str, *, call: str) -> None:
    """A waiting person's call is not made after all: its claim must not hold up others."""
    valkey.connection().zrem(_waiting(of.bucket(url_key)), call)


def pause(
    of: Upstream,
    url_key: str,
    seconds: float,
    later: valkey.Later | None = None,
    *,
    quota: bool = False,
) -> None:
    """The service told us to stop for so long (in its own time). A shorter stop never shortens
    a longer one. `later`: together with other writes; `quota`: it said that one over a day is
    used up."""
    stop = min(seconds, DAY) / speed()
    _correct(of, url_key, stop, None, keyless=False, later=later)
    if quota:
        name, until = _without_quota(of.bucket(url_key)), max(1, int(stop * 1000))
        if later is None:
            valkey.connection().set(name, 1, px=until)
        else:
            later.add(lambda pipe: pipe.set(name, 1, px=until))


def is_quota_gone(of: Upstream, url_key: str, *, keyless: bool = False) -> bool:
    """Whether it is a quota over a day that lets no call out: the service said so, or we have
    counted as many. For who was refused and has to say why."""
    bucket, server = of.bucket(url_key), valkey.connection()
    if server.exists(_without_quota(bucket)):
        return True
    windows = of.windows_for(url_key, keyless=keyless)
    return any(
        window.seconds >= DAY and server.zcard(key) >= window.calls
        for window, key in zip(windows, _window_keys(bucket, windows), strict=True)
    )


def agree(
    of: Upstream, url_key: str, *, left: int, keyless: bool, later: valkey.Later | None = None
) -> None:
    """The service says that so many calls are left; ours must not be more."""
    _correct(of, url_key, 0, left, keyless=keyless, later=later)


def usage(name: str) -> tuple[Use, ...]:
    """All windows of all buckets of a service, for the status page. One round trip each."""
    of = upstream(name)
    found: list[Use] = []
    for url_key in of.budgets:
        found += _usage(of, url_key, of.windows_for(url_key))
    return tuple(found)


def paused_until(name: str) -> datetime | None:
    """Until when a service asked us to stop, through whichever of its budgets; None: it did not."""
    of = upstream(name)
    keys = [_paused(of.bucket(url_key)) for url_key in of.budgets]
    stored = cast("list[bytes | None]", valkey.connection().mget(keys))
    ends = [float(one) for one in stored if one]
    if not ends:
        return None
    wait = max(ends) - valkey.now_ms()
    return datetime.now(UTC) + timedelta(milliseconds=wait) if wait > 0 else None


def left(name: str) -> int:
    """Calls that a person could make at once through the service's main budget."""
    of = upstream(name)
    return min(one.left for one in _usage(of, "", of.windows_for("")))


def forget(name: str) -> None:
    """Empties a service's budget. For tests and for a curator whose address changed."""
    of = upstream(name)
    keys: list[str] = []
    for url_key, windows in of.budgets.items():
        bucket = of.bucket(url_key)
        keys += [_waiting(bucket), _paused(bucket), _without_quota(bucket)]
        keys += _window_keys(bucket, windows)
    valkey.connection().delete(*keys)


def _usage(of: Upstream, url_key: str, windows: tuple[Window, ...]) -> list[Use]:
    server, bucket = valkey.connection(), of.bucket(url_key)
    now = valkey.now_ms()
    stopped = cast("bytes | None", server.get(_paused(bucket)))
    paused = max(0.0, (float(stopped) - now) / 1000) if stopped else 0.0
    found = []
    for window, key in zip(windows, _window_keys(bucket, windows), strict=True):
        since = now - window.seconds * 1000 / speed()
        members = cast("list[bytes]", server.zrangebyscore(key, since, "+inf"))
        lanes = [member[:1] for member in members]
        found.append(
            Use(
                bucket=bucket,
                limit=window.calls,
                seconds=window.seconds,
                people=lanes.count(b"i"),
                background=lanes.count(b"b"),
                others=lanes.count(b"x"),
                paused=paused,
            )
        )
    return found


def _correct(
    of: Upstream,
    url_key: str,
    stop: float,
    left: int | None,
    *,
    keyless: bool,
    later: valkey.Later | None,
) -> None:
    bucket = of.bucket(url_key)
    window = of.windows_for(url_key, keyless=keyless)[0]
    keys = [_paused(bucket), _window_keys(bucket, (window,))[0]]
    length = window.seconds * 1000 / speed()
    arguments: list[Any] = [stop * 1000, "" if left is None else left, window.calls, length]
    arguments.append(uuid.uuid4().hex[:12] + ":")
    if later is None:
        _run(_CORRECT, keys, arguments)
    else:
        later.run(_CORRECT, keys, arguments)


def _run(script: str, keys: list[str], arguments: list[Any]) -> Any:
    return valkey.script(script)(keys=keys, args=arguments)


def _waiting(bucket: str) -> str:
    return valkey.key("budget", bucket, "waiting")


def _paused(bucket: str) -> str:
    return valkey.key("budget", bucket, "paused")


def _without_quota(bucket: str) -> str:
    return valkey.key("budget", bucket, "quota")


def _window_keys(bucket: str, windows: tuple[Window, ...]) -> list[str]:
    """By length: with and without a key Discogs counts in the same minute."""
    return [valkey.key("budget", bucket, f"{one.seconds:g}s") for one in windows]
