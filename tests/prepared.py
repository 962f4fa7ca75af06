"""A PostgreSQL data folder with the tests' database in it, migrated from nothing, kept for later.

Django works seconds on the migrations, and every run would do that again. So the first run
of a checkout keeps a stopped server's folder, named by a digest of what stands in the migrations,
and later ones start from a copy. They still migrate: that finds nothing to do, or what is new.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from vinyl.embedded.paths import service_account

BASE = Path(__file__).resolve().parent.parent
KEPT = BASE / ".pytest_cache" / "prepared-databases"
# A second one beside the tests' own, which nobody is connected to: a template for more of them.
MIGRATED = "migrated"
ROOMS = ("vinyl", "catalog", "accounts", "pricing", "recommendations")
# A migration that imports one of our modules changes with it, and with the data beside it.
OURS = re.compile(rf"^from ((?:{'|'.join(ROOMS)})[\w.]*) import", re.MULTILINE)


def fill(data: Path) -> bool:
    """Put a prepared data folder there, which must not exist, making one if there is none.

    False where that is impossible: the run then prepares its database by itself, and tells what
    is wrong with a migration in its own words.
    """
    try:
        with _alone():
            kept = KEPT / digest()
            if not kept.is_dir() and not _make(kept):
                return False
            copy_cluster(kept, data)
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(data, ignore_errors=True)
        return False
    return True


def digest() -> str:
    """A name for all that decides what a migrated database looks like."""
    files = [
        BASE / "requirements.txt",  # other people's migrations, and the server
        BASE / "vinyl/embedded/postgres.py",
        Path(__file__),
        BASE / "tests/quick_states.py",
    ]
    for room in ROOMS:
        for migration in (BASE / room).rglob("migrations/*.py"):
            files.append(migration)
            for module in OURS.findall(migration.read_text()):
                own = BASE / f"{module.replace('.', '/')}.py"
                files += [own, *(own.parent / "data").glob("*.csv")]
    seen = hashlib.sha256(f"{platform.machine()} {sys.version}".encode())
    for file in sorted(set(files)):
        seen.update(f"{file.relative_to(BASE)}\0".encode())
        seen.update(file.read_bytes() if file.exists() else b"")
    return seen.hexdigest()[:20]


@contextmanager
def _alone() -> Iterator[None]:
    """Runs that start side by side wait for the first to have made it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(kept: Path) -> bool:
    """Have another process migrate an empty database, and keep only its folder."""
    for older in KEPT.iterdir():
        if older.is_dir():
            shutil.rmtree(older, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as scratch:
        made = Path(scratch) / "cluster"
        done = subprocess.run(
            [sys.executable, "-m", "tests.prepared", str(made)],
            cwd=BASE,
            env={k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        if done.returncode == 0:
            made.rename(kept)
    return done.returncode == 0


def copy_cluster(kept: Path, data: Path) -> None:
    """Copy the data folder of a server that does not run, for a server with our account."""
    account = service_account()
    data.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    # Two thousand files: a tenth of the time that Python's own copying takes.
    subprocess.run(["cp", "-R", str(kept), str(data)], check=True, stdin=subprocess.DEVNULL)
    if account is not None:
        for place, folders, files in os.walk(data):
            for name in (".", *folders, *files):
                os.chown(Path(place) / name, account.uid, account.gid)


def main(made: Path) -> None:
    """Migrate as the tests do, stop the server, and leave its folder at `made`."""
    from tests import throwaway

    data = throwaway.start(prepared=False)
    try:
        os.environ["DJANGO_SETTINGS_MODULE"] = "vinyl.settings"
        import django
        from django.db import connection

        from tests.quick_states import quick_states

        django.setup()
        with quick_states():
            name = connection.creation.create_test_db(
                verbosity=0, autoclobber=True, serialize=False
            )
        connection.close()
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(f"CREATE DATABASE {MIGRATED} TEMPLATE {name}")
        throwaway.stop_servers()
        shutil.copytree(data, made)
    finally:
        throwaway.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
