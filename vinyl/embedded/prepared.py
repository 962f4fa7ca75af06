"""What was last done to prepare a database and the static files, so that it is not done again.

Asking Django costs every start some seconds of imports. Instead the database itself remembers
(in the comment on its migrations table) for which migrations, packages and mode it was prepared,
and the folder of collected files for which sources.
"""

import hashlib
import json
import os
import sysconfig
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg import sql

MIGRATIONS_TABLE = "django_migrations"


@dataclass(frozen=True)
class Prepared:
    """`migrations` is a fingerprint of them and of the installed packages; `applied` is how many
    rows the migrations table had, so that undoing one by hand is noticed."""

    migrations: str
    applied: int
    upstreams: str
    demo: bool


def stored(database_url: str) -> Prepared | None:
    """What the database remembers; None for an empty one, or when migrations were undone."""
    with psycopg.connect(database_url, connect_timeout=10, autocommit=True) as connection:
        row = connection.execute(
            "SELECT obj_description(to_regclass(%s), 'pg_class')", [MIGRATIONS_TABLE]
        ).fetchone()
        if row is None or row[0] is None:
            return None
        try:
            prepared = Prepared(**json.loads(row[0]))
        except (ValueError, TypeError):
            return None
        return prepared if prepared.applied == _applied(connection) else None


def store(database_url: str, *, migrations: str, upstreams: str, demo: bool) -> None:
    """Let the database remember that it is prepared."""
    with psycopg.connect(database_url, connect_timeout=10) as connection:
        prepared = Prepared(
            migrations=migrations, applied=_applied(connection), upstreams=upstreams, demo=demo
        )
        connection.execute(
            sql.SQL("COMMENT ON TABLE {} IS {}").format(
                sql.Identifier(MIGRATIONS_TABLE), json.dumps(asdict(prepared))
            )
        )


def _applied(connection: "psycopg.Connection[tuple[object, ...]]") -> int:
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(MIGRATIONS_TABLE))
    ).fetchone()
    return int(str(row[0])) if row else 0


def migrations_fingerprint(base: Path) -> str:
    """Changes with every migration of ours and with every installed package."""
    files = sorted(
        path
        for pattern in ("*/migrations/*.py", "*/*/migrations/*.py")
        for path in base.glob(pattern)
    )
    parts = [f"{path.relative_to(base)}:{path.read_bytes()!r}" for path in files]
    return _digest([*parts, *_installed()])


def static_fingerprint(sources: Iterable[Path]) -> str:
    """Changes with every static file of ours (name, size, time) and every installed package."""
    parts = []
    for source in sources:
        for folder, _, names in os.walk(source):
            for name in names:
                found = os.stat(os.path.join(folder, name))
                parts.append(f"{folder}/{name}:{found.st_size}:{found.st_mtime_ns}")
    return _digest([*sorted(parts), *_installed()])


def stored_static(static_root: Path) -> str | None:
    """The fingerprint that the collected files were made from; None when there are none."""
    try:
        return _static_note(static_root).read_text(encoding="ascii")
    except OSError:
        return None


def store_static(static_root: Path, fingerprint: str) -> None:
    """Remember what the collected files were made from."""
    _static_note(static_root).write_text(fingerprint, encoding="ascii")


def _static_note(static_root: Path) -> Path:
    # Beside the folder: whatever is in it is served.
    return static_root.with_name(f"{static_root.name}.fingerprint")


def _installed() -> list[str]:
    packages = sysconfig.get_paths()["purelib"]
    return sorted(name for name in os.listdir(packages) if name.endswith(".dist-info"))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
