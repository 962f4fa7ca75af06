"""Backups of the database: written with the number of rows of every table, checked when restored.

PostgreSQL's own pg_dump and pg_restore do the work. Pictures of albums and waiting uploads are
files below MEDIA_ROOT and are copied beside it: see docs/operations.md.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from vinyl.embedded.folders import postgres_binaries
from vinyl.embedded.paths import ServiceError

Counts = dict[str, int]


class BackupFailed(Exception):
    """In words for whoever runs the command; never holds the database's password."""


def counts_file(backup: Path) -> Path:
    """Where the numbers of rows stand: beside the backup."""
    return backup.with_name(backup.name + ".counts.json")


def count_rows(connection: psycopg.Connection[tuple[object, ...]]) -> Counts:
    """Rows by table of the schema `public`."""
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    found: Counts = {}
    for (table,) in tables:
        asked = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", str(table)))
        row = connection.execute(asked).fetchone()
        found[str(table)] = int(str(row[0])) if row else 0
    return found


def back_up(url: str, backup: Path) -> Counts:
    """Writes the database at `url` into a file, and its counts beside it, as of one moment.

    The site may run meanwhile. BackupFailed when it cannot; a file that is there is not touched.
    """
    if backup.exists():
        raise BackupFailed(f"{backup} is there already")
    part = backup.with_name(backup.name + ".part")
    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        snapshot = str(row[0]) if row else ""
        try:
            _run("pg_dump", url, "--format=custom", f"--snapshot={snapshot}", f"--file={part}")
            counts = count_rows(connection)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    counts_file(backup).write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    part.replace(backup)
    return counts


def restore(url: str, backup: Path) -> Counts:
    """Reads a backup into the empty database at `url`: all of it or nothing.

    BackupFailed when the database holds tables, and when what came out is not what was counted.
    Without the file of counts nothing is compared (`outcome` says so).
    """
    if not backup.is_file():
        raise BackupFailed(f"{backup} is not there")
    with psycopg.connect(url, autocommit=True) as connection:
        if count_rows(connection):
            raise BackupFailed("the database is not empty: a backup is restored into a new one")
        _run("pg_restore", url, "--single-transaction", "--exit-on-error", str(backup))
        counts = count_rows(connection)
        connection.execute("ANALYZE")
    kept = counts_file(backup)
    expected: Counts = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else counts
    wrong = sorted(name for name in expected | counts if expected.get(name) != counts.get(name))
    if wrong:
        raise BackupFailed(f"other numbers of rows than were backed up: {', '.join(wrong)}")
    return counts


def outcome(backup: Path, counts: Counts) -> str:
    """What a restore may say: nothing is as it was where nobody had counted that."""
    rows = f"{sum(counts.values())} rows of {len(counts)} tables are back"
    if counts_file(backup).is_file():
        return f"{rows} as they were."
    return f"{rows}. {counts_file(backup).name} is not beside the backup: nothing was compared."


def _run(program: str, url: str, *arguments: str) -> None:
    told = psycopg.conninfo.conninfo_to_dict(url)
    password = str(told.get("password") or "")
    parts = {name: str(value) for name, value in told.items() if name != "password"}
    where = psycopg.conninfo.make_conninfo("", **parts)
    done = subprocess.run(  # noqa: S603 - a program of ours with arguments of ours
        [_program(program), f"--dbname={where}", "--no-owner", "--no-privileges", *arguments],
        env={"PGPASSWORD": password} if password else {},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        says = done.stderr.strip().splitlines() or ["no reason given"]
        raise BackupFailed(f"{program}: {says[-1]}")


def _program(name: str) -> str:
    """The bundled one, else the machine's own."""
    try:
        bundled = postgres_binaries(None) / name
    except ServiceError:
        bundled = None
    if bundled is not None and bundled.is_file():
        return str(bundled)
    if own := shutil.which(name):
        return own
    raise BackupFailed(f"{name} is not installed")
