"""Statements that a connection keeps ready: the database reads and plans them once.

Django writes the values into each statement's text, so PostgreSQL reads and plans it anew every
time, and of a large one that takes longer than doing it. What is executed through a cursor of this
module is prepared on its connection when it first comes along, and afterwards only its values are
sent. For statements that are written out, always the same but for their values, and find their
rows by an index whatever these are. Say the type of a value where nothing beside it does:
``%(release)s::bigint``.

A statement is planned once for the tables as they are then, and again only after the database has
counted them anew. For much at once, where planning costs nothing beside the doing and a table may
have grown since, there is `planned_anew`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper

# psycopg forgets the one that was not used for longest; all of ours have room.
KEPT = 100
# With values that it has not seen PostgreSQL would plan the first five times, and go on doing so
# where it takes the values for telling. Ours never are.
_ONCE = "SET plan_cache_mode = force_generic_plan"


_here = threading.local()


@contextmanager
def planned_anew(anew: bool = True) -> Iterator[None]:
    """In this thread cursors are plain ones meanwhile, where `anew` is true."""
    before = getattr(_here, "anew", False)
    _here.anew = anew
    try:
        yield
    finally:
        _here.anew = before


class _Cursor(psycopg.Cursor[Any]):
    """Sends values beside the statement, which is prepared."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> _Cursor:
        return super().execute(query, params, **{"prepare": True, **more})

    def _convert_query(self, *arguments: Any) -> Any:
        # Where Django looks for the text that was sent; psycopg notes only what is not prepared.
        self._query = super()._convert_query(*arguments)
        return self._query


def cursor() -> CursorWrapper:
    """As ``connection.cursor()``, to be used with ``with``; seen in ``connection.queries`` too."""
    if getattr(_here, "anew", False):
        return connection.cursor()
    backend: Any = connection
    backend.close_if_health_check_failed()
    backend.ensure_connection()
    raw = backend.connection
    if raw.prepare_threshold is None:  # as Django leaves it: nothing is ever prepared
        raw.prepare_threshold, raw.prepared_max = 5, KEPT
        raw.execute(_ONCE)
    wrapped: CursorWrapper = backend._prepare_cursor(_Cursor(raw))
    return wrapped
