"""The connection to the Valkey that all processes share: budgets, memory, breaker, log."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from vinyl.patience import Server

PREFIX = "upstreams:"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
_connections: dict[tuple[int, str], redis.Redis] = {}

_scripts: dict[tuple[int, str], Any] = {}

# Everything that goes wrong between us and Valkey, for `except`.
Trouble = redis.RedisError
ANSWERS_WITHIN_S = 5


def connection() -> redis.Redis:
    """A pooled client of settings.CACHE_URL for this process. A forked child gets its own: two
    processes on one socket would read each other's answers."""
    place = (os.getpid(), settings.CACHE_URL)
    found = _connections.get(place)
    if found is None:
        found = Server.from_url(
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

    def take(self, other: Later) -> None:
        """The writes of another one, after those that are here."""
        self._writes += other._writes
        other._writes = []

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
