"""Database connections that the threads of one process share."""

from __future__ import annotations

from django.conf import settings


def pool_connections(*, timeout: float) -> None:
    """Have the threads of this process share a few connections, kept open and ready. A thread waits
    `timeout` seconds for one. Call it before the first query; nothing happens where DATABASE_POOL
    is 0."""
    if settings.DATABASE_POOL:
        database = settings.DATABASES["default"]
        database["CONN_MAX_AGE"] = 0  # it is the pool that keeps them
        database["OPTIONS"]["pool"] = {
            "min_size": 1, "max_size": settings.DATABASE_POOL, "timeout": timeout,
        }  # fmt: skip
