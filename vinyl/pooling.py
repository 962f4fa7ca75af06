"""Database connections that the threads of one process share."""

from __future__ import annotations

import select
from collections import deque
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
        # Django lets nobody choose how the pool checks, and the pool nobody which one it gives, so
        # these are the pool's own names. A pool that calls them otherwise asks the database each
        # time and gives the one that waited for longest, as it does by itself.
        pool: Any = connection.pool  # type: ignore[attr-defined]  # PostgreSQL's backend has it
        pool._check = still_there
        give_last_first(pool)


def give_back() -> None:
    """Let others use this thread's connection: it waits for something that is no database, and
    takes another one when it asks again. Nothing happens without a pool or in a transaction."""
    pooled = getattr(connection, "pool", None) is not None
    if pooled and connection.connection is not None and not connection.in_atomic_block:
        connection.close()


class _LastFirst(deque[Any]):
    """Idle connections, those given back last in front, where the pool takes them."""

    def append(self, one: Any) -> None:
        self.appendleft(one)


def give_last_first(pool: Any) -> None:
    """Have a pool give the connection that was used last, and close the one that was not used for
    longest.

    What a connection does for the first time, it reads from the database's catalogue and plans,
    which is tens of milliseconds for a page. A pool gives its connections in turn: after one moment
    at which many were needed, each of them would be slow once for each statement of the site.
    """
    pool._pool = _LastFirst(pool._pool)
    usual = pool._shrink_pool

    def shrink() -> None:
        idle, many = pool._pool, len(pool._pool)
        idle.rotate(1)  # it closes the one in front, if any
        usual()
        if len(idle) == many:
            idle.rotate(-1)

    pool._shrink_pool = shrink


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
