"""Pooled connections: one that the database has closed is not given again, and nobody asks; the
one used last is given first, and who waits for something else has none."""

import socket
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler
from psycopg_pool import ConnectionPool

from vinyl import pooling
from vinyl.pooling import give_back, give_last_first, still_there


@pytest.mark.django_db
def test_connection_that_the_database_ended_is_not_given_again():
    given = {**connection.get_connection_params(), "autocommit": True}
    with ConnectionPool(kwargs=given, min_size=1, max_size=2, check=still_there, timeout=5) as pool:
        with pool.connection() as one:
            gone = one.info.backend_pid
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [gone])
        with pool.connection() as another:
            assert another.info.backend_pid != gone
            assert another.execute("SELECT 1").fetchone() == (1,)


def test_database_is_asked_only_where_it_sent_something_or_hung_up():
    ours, theirs = socket.socketpair()
    asked = []
    given = SimpleNamespace(fileno=ours.fileno, autocommit=True, execute=asked.append)
    with ours, theirs:
        still_there(given)
        assert not asked
        theirs.close()
        still_there(given)
    assert asked == [""]


def test_pool_calls_its_parts_as_pool_connections_thinks():
    pool = ConnectionPool(open=False, min_size=1, check=still_there)
    assert pool._check is still_there
    assert callable(pool._shrink_pool) and list(pool._pool) == []


@pytest.mark.django_db
def test_the_connection_used_last_is_given_first_and_the_idlest_is_closed():
    given = {**connection.get_connection_params(), "autocommit": True}
    with ConnectionPool(kwargs=given, min_size=1, max_size=3, max_idle=600, timeout=5) as pool:
        give_last_first(pool)
        pool.resize(3, 3)
        pool.wait(5)
        first, second, third = (pool.getconn() for _ in range(3))
        for one in (first, third, second):
            pool.putconn(one)
        for _ in range(3):
            with pool.connection() as again:
                assert again is second
        pool.resize(1, 3)
        pool._shrink_pool()  # what it does every `max_idle` seconds; first it only looks
        pool._shrink_pool()
        assert (first.closed, second.closed, third.closed) == (True, False, False)


@pytest.mark.django_db
def test_who_waits_for_something_else_gives_its_connection_back(monkeypatch):
    """Not in a transaction, which would end with it."""
    told = connection.settings_dict
    pool = {"min_size": 1, "max_size": 1, "timeout": 5}
    with_pool = told | {"CONN_MAX_AGE": 0, "OPTIONS": told["OPTIONS"] | {"pool": pool}}
    own = ConnectionHandler({"default": with_pool})["default"]
    monkeypatch.setattr(own, "_connection_pools", {})
    monkeypatch.setattr(pooling, "connection", own)
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT 1")
        assert own.connection is not None
        own.in_atomic_block = True
        give_back()
        assert own.connection is not None
        own.in_atomic_block = False
        give_back()
        assert own.connection is None
        assert own.pool.get_stats()["pool_available"] == 1
        give_back()  # nothing to give
    finally:
        own.close()
        own.close_pool()
