"""Database connections that the threads of one process share."""

from __future__ import annotations

import select
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg_pool import ConnectionPool


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
        # Django lets nobody choose how the pool checks, so this is the pool's own name for it. A
        # pool that calls it otherwise asks the database each time, as it does by itself.
        pool: Any = connection.pool  # type: ignore[attr-defined]  # PostgreSQL's backend has it
        pool._check = still_there


def still_there(given: Any) -> None:
    """psycopg.OperationalError where the database has closed this idle connection.

    A database that ends, or ends a connection, says so or hangs up: there is something to read
    where nothing was asked. Only then it is asked whether it still answers; asking for each page
    is a round trip of which nearly all bring nothing.
    """
    waiting = select.poll()
    waiting.register(given.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(given)
