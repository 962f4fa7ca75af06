"""Pooled connections: one that the database has closed is not given again, and nobody asks."""

import socket
from types import SimpleNamespace

import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from vinyl.pooling import still_there


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


def test_pool_calls_its_check_as_pool_connections_thinks():
    pool = ConnectionPool(open=False, min_size=1, check=still_there)
    assert pool._check is still_there
