"""A PostgreSQL of its own for one benchmark: durable as in production, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vinyl.embedded import paths
from vinyl.embedded.postgres import Postgres
from vinyl.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def own_services(kept: Path | None = None) -> Iterator[dict[str, str]]:
    """The environment that points the product's commands at services of their own, migrated:
    empty ones that are gone afterwards, or those in the folder `kept`, which stay as they are."""
    home = (kept or Path(tempfile.mkdtemp(prefix="vinilogy-bench-"))).resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.chmod(home, 0o711)  # as root the servers run as somebody else, who has to pass through
    places = paths.for_home(home / "services")
    postgres = Postgres.of(places, durable=True)
    valkey = Valkey.of(places, durable=False)
    try:
        postgres.start()
        valkey.start()
        environment = {
            **os.environ,
            "VINILOGY_HOME": str(home),
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "UPSTREAMS": "sandbox",
        }
        # A shell that keeps Python from keeping compiled code would have each command compile anew,
        # which no installation does.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        manage("migrate", "--verbosity", "0", environment=environment)
        yield environment
    finally:
        valkey.stop()
        postgres.stop()
        for folder in () if kept else {home, places.state, places.sockets}:
            shutil.rmtree(folder, ignore_errors=True)


def manage(*words: str, environment: dict[str, str]) -> str:
    """What a command of the product prints; its errors are this process's errors."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout
