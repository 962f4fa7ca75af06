"""Django's cache in Valkey, which pages can do without."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

from vinyl.patience import Server

log = logging.getLogger(__name__)


class _Client(RedisCacheClient):
    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, **options)
        self._client = Server


class Cache(RedisCache):
    """Where Valkey does not answer, nothing is found and nothing is kept, so that a page is made
    anew. What counts or locks (add, incr) fails with redis.RedisError: there a guess is wrong."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as trouble:
            log.warning("the cache is not read: %s", trouble)
            return default

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        try:
            return super().get_many(keys, version)
        except RedisError as trouble:
            log.warning("the cache is not read: %s", trouble)
            return {}

    def set(
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        try:
            super().set(key, value, timeout, version)
        except RedisError as trouble:
            log.warning("the cache is not written: %s", trouble)
