"""Statements that a connection keeps ready: they give what they would give anew."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from vinyl import standing

pytestmark = pytest.mark.django_db

ECHO = (
    "SELECT %(number)s::bigint, %(words)s::text[], %(price)s::numeric, %(at)s::timestamptz"
    " /* of this test */"
)
_KEPT = "SELECT count(*), sum(generic_plans + custom_plans) FROM pg_prepared_statements" + (
    " WHERE statement LIKE '%%of this test%%' AND statement NOT LIKE '%%pg_prepared%%'"
)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def echo(number, words, price):
    with standing.cursor() as cursor:
        cursor.execute(ECHO, {"number": number, "words": words, "price": price, "at": NOON})
        return cursor.fetchone()


def test_it_is_read_once_and_done_with_the_values_of_the_moment():
    assert echo(7, ["a", None], Decimal("9.90")) == (7, ["a", None], Decimal("9.90"), NOON)
    assert echo(8, ["it's"], Decimal(1)) == (8, ["it's"], Decimal(1), NOON)
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [])
        assert cursor.fetchone() == (1, 2)


def test_nothing_is_kept_of_what_is_planned_anew():
    with standing.planned_anew():
        assert echo(7, ["a", None], Decimal("9.90")) == (7, ["a", None], Decimal("9.90"), NOON)
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [])
        assert cursor.fetchone() == (0, None)
    echo(8, [], None)
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [])
        assert cursor.fetchone() == (1, 1)


def test_it_is_counted_among_the_queries():
    with CaptureQueriesContext(connection) as seen:
        echo(7, [], None)
        echo(8, [], None)
    assert len(seen) == 2
    assert all("of this test" in one["sql"] for one in seen)


def test_an_error_is_djangos_and_leaves_the_connection_well():
    with pytest.raises(DatabaseError), transaction.atomic(), standing.cursor() as cursor:
        cursor.execute("SELECT 1 / %(by)s::int", {"by": 0})
    assert echo(9, [], None)[0] == 9
