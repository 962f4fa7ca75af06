"""Clients of Valkey that wait for a silent server once, not for each question.

A page asks Valkey a dozen things. A server that has stopped (not ended: that is refused at once)
would let each of them wait; so one that gave no answer is not asked again for SILENT_FOR_S by any
client of this process, and each question fails at once instead.
"""

from __future__ import annotations

import time
from typing import Any

import redis
from redis.client import Pipeline

SILENT_FOR_S = 3


class _Silence:
    """Until when one server is not asked."""

    def __init__(self) -> None:
        self._until = 0.0

    def __enter__(self) -> None:
        if time.monotonic() < self._until:
            raise redis.TimeoutError("Valkey did not answer a moment ago")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, redis.TimeoutError):
            self._until = time.monotonic() + SILENT_FOR_S


_silences: dict[tuple[object, ...], _Silence] = {}


def _silence_of(pool: redis.ConnectionPool) -> _Silence:
    """That of the pool's server, whichever of its databases the pool is for."""
    where = pool.connection_kwargs
    place = tuple(where.get(name) for name in ("path", "host", "port"))
    return _silences.setdefault(place, _Silence())


class _Pipeline(Pipeline):
    def execute(self, raise_on_error: bool = True) -> list[Any]:
        with _silence_of(self.connection_pool):
            return super().execute(raise_on_error)


class Server(redis.Redis):
    """As redis.Redis; redis.TimeoutError at once while its server is known to be silent."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        with _silence_of(self.connection_pool):
            return super().execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
