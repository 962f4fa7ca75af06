"""Statements that are sent one after the other without waiting for each other's answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def together() -> Iterator[None]:
    """Statements that are executed inside go to the database in one round trip, in their order.

    Who reads an answer inside ends the trip there; cursors that are read later must stay open. An
    error of one comes out at the end at the latest, and what follows it was not done. Outside a
    transaction PostgreSQL makes one trip one transaction: what went before the error was not done
    either, and no message is spent on beginning and ending one.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
