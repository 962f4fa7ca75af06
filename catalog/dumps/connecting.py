"""The importer's connections: one import at a time, and none that outlives its process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

# PostgreSQL's advisory lock of imports: any number that nobody else takes, which is made of names.
_LOCK = 0x64756D70
# Whoever was killed a moment ago is given this long to be gone.
PATIENCE = "10s"
_WITH_MEMORY = (
    # Making indexes of millions of rows wants memory for sorting.
    "SET maintenance_work_mem = '256MB'",
    "SET work_mem = '128MB'",
    "SET synchronous_commit = off",
    # Each of two connections is one of the two things that are done at a time.
    "SET max_parallel_maintenance_workers = 0",
)
# Sockets of connections that hold the lock.
_holding: set[int] = set()


class AnotherRuns(Exception):
    """Another import is running; the message names its file."""


def dsn() -> str:
    """Where the database is. Django's connection would say it, too, but loading it takes as long as
    8,000 records."""
    known = connections.settings[DEFAULT_DB_ALIAS]
    told = {word: known[word.upper()] for word in ("host", "port", "user", "password")}
    told["dbname"] = known["NAME"]
    return psycopg.conninfo.make_conninfo(**{word: value for word, value in told.items() if value})


@contextlib.contextmanager
def connected() -> Iterator[psycopg.Connection]:
    """A connection that commits each statement, with memory for indexes of millions of rows."""
    with psycopg.connect(dsn(), autocommit=True) as db:
        for statement in _WITH_MEMORY:
            db.execute(statement)
        # Without a client a statement of minutes would run to its end. Some systems cannot tell.
        with contextlib.suppress(psycopg.Error):
            db.execute("SET client_connection_check_interval = '1s'")
        yield db


@contextlib.contextmanager
def alone() -> Iterator[psycopg.Connection]:
    """The same as long as no other import runs: two at once would spoil each other's notes and
    indexes. Raises AnotherRuns."""
    with connected() as db:
        try:
            db.execute(f"SET lock_timeout = '{PATIENCE}'")
            db.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            db.execute("RESET lock_timeout")
        except psycopg.errors.LockNotAvailable:
            raise AnotherRuns(_who(db)) from None
        socket = db.fileno()
        _holding.add(socket)
        try:
            yield db
        finally:
            _holding.discard(socket)


def _let_go() -> None:
    """In a process that was forked: with its copy of the socket PostgreSQL would not see that the
    importing process is gone, and would keep the lock."""
    for socket in _holding:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, socket)
        os.close(nowhere)
    _holding.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def _who(db: psycopg.Connection) -> str:
    row = db.execute(
        "SELECT file_name, to_char(started_at, 'HH24:MI') FROM catalog_dumpimport "
        "WHERE state = 'running' ORDER BY started_at DESC, id DESC LIMIT 1"
    ).fetchone()
    which = f" (of {row[0]}, begun at {row[1]} UTC)" if row else ""
    return (
        f"Another import is running{which}. Nothing was changed. Run this again when it has ended."
    )
