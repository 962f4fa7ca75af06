"""The connection to the Valkey that all processes share: budgets, memory, breaker, log."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

PREFIX = "upstreams:"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
_connections: dict[tuple[int, str], redis.Redis] = {}

_scripts: dict[tuple[int, str], Any] = {}

# Everything that goes wrong between us and Valkey, for `except`.
Trouble = redis.RedisError
# A page asks many things: a server that let one wait so long is not asked again for a while, or
# the page would wait for each.
ANSWERS_WITHIN_S = 5
SILENT_FOR_S = 3


class _Server(redis.Redis):
    """A client that remembers for SILENT_FOR_S that the server gave no answer: until then each
    question fails at once, with the same TimeoutError."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._silence = _Silence()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with self._silence:
            return super().execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        made = _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        made.silence = self._silence
        return made


class _Pipeline(Pipeline):
    silence: _Silence

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with self.silence:
            return super().execute(raise_on_error)


class _Silence:
    def __init__(self) -> None:
        self._until = 0.0

    def __enter__(self) -> None:
        if time.monotonic() < self._until:
            raise redis.TimeoutError("Valkey did not answer a moment ago")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, redis.TimeoutError):
            self._until = time.monotonic() + SILENT_FOR_S


def connection() -> redis.Redis:
    """A pooled client of settings.CACHE_URL for this process. A forked child gets its own: two
    processes on one socket would read each other's answers."""
    place = (os.getpid(), settings.CACHE_URL)
    found = _connections.get(place)
    if found is None:
        found = _Server.from_url(
            settings.CACHE_URL,
            socket_timeout=ANSWERS_WITHIN_S,
            socket_connect_timeout=2,
            decode_responses=False,
            # Once more on a connection that had broken; never after silence, for what was asked
            # may be done all the same, and the wait would double.
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )
        _connections[place] = found
    return found


def key(*parts: object) -> str:
    return PREFIX + ":".join(str(part) for part in parts)


def forget(kinds: Iterable[str]) -> int:
    """Deletes all keys of these kinds ("budget", "memory", "breaker", ...); how many there were."""
    server = connection()
    found: list[Any] = []
    for kind in kinds:
        found.extend(server.scan_iter(match=f"{PREFIX}{kind}:*", count=500))
    return int(server.delete(*found)) if found else 0


def script(text: str) -> Any:
    """A callable Lua script on this process's connection (sent by its hash after first use)."""
    server = connection()
    found = _scripts.get((id(server), text))
    if found is None:
        found = _scripts[id(server), text] = server.register_script(text)
    return found


class Later:
    """Writes of one call that can wait for each other: one round trip for all of them."""

    def __init__(self) -> None:
        self._writes: list[Callable[[Any], object]] = []

    def add(self, write: Callable[[Any], object]) -> None:
        """`write` is given a pipeline: ``later.add(lambda pipe: pipe.set(name, value))``."""
        self._writes.append(write)

    def run(self, text: str, keys: list[str], arguments: list[Any]) -> None:
        """A Lua script. Sent whole: by its hash it would need a round trip of its own."""
        self.add(lambda pipe: pipe.eval(text, len(keys), *keys, *arguments))

    def send(self) -> None:
        """Do them, in their order; Trouble when the server cannot be reached."""
        writes, self._writes = self._writes, []
        if writes:
            pipe = connection().pipeline(transaction=False)
            for write in writes:
                write(pipe)
            pipe.execute()


def now_ms() -> int:
    """The server's clock, which all budgets and breakers go by: milliseconds since the epoch."""
    seconds, micro = connection().time()
    return int(seconds) * 1000 + int(micro) // 1000


def try_lock(name: str, owner: str, *, seconds: float) -> bool:
    """Takes a lock that ends by itself, so that a killed owner holds up nobody for long."""
    return bool(connection().set(name, owner, nx=True, px=int(seconds * 1000)))


def unlock(name: str, owner: str) -> None:
    """Gives a lock back; nothing happens when it ended and belongs to somebody else by now."""
    connection().eval(_RELEASE, 1, name, owner)
