"""Where the bundled services keep their files, computed from the data folder alone.

Everything here is a pure function of the data folder, the user and the modes of the folders
above it, so that the settings, the supervisor and a command started in another terminal all
arrive at the same sockets without asking one another.
"""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE_NAME = "vinilogy"
DATABASE_USER = "app"
POSTGRES_PORT = 5432  # only names the socket file; nothing listens on TCP

# sockaddr_un holds 108 bytes with the closing zero. PostgreSQL also makes "<socket>.lock", but
# that is an ordinary file.
LONGEST_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = f".s.PGSQL.{POSTGRES_PORT}"

# PostgreSQL refuses to run as root, so root runs it as this account.
UNPRIVILEGED_ACCOUNT = "nobody"
ROOT_STATE = Path("/var/lib/vinilogy")


@dataclass(frozen=True)
class Account:
    """The user and group that the bundled servers run as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Places:
    """The folders and files that belong to one data folder."""

    home: Path
    state: Path
    sockets: Path

    @property
    def postgres_data(self) -> Path:
        return self.state / "postgres"

    @property
    def valkey_data(self) -> Path:
        return self.state / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run_file(self) -> Path:
        """What runs now and where: written by the supervisor, read by the settings."""
        return self.home / "run.json"

    @property
    def supervisor_lock(self) -> Path:
        return self.home / "supervisor.lock"

    @property
    def services_lock(self) -> Path:
        """Held shared by everyone who uses the bundled services."""
        return self.home / "services.lock"


class ServiceError(RuntimeError):
    """A service cannot be started or does not answer; the message is for people."""


class AccountMissing(ServiceError):
    """Root has no unprivileged account to run the servers as."""


def service_account() -> Account | None:
    """The account to run the servers as, or None for an ordinary user (they run as itself).

    Raises AccountMissing when root has no `nobody`: a user id without an entry in the password
    file makes initdb fail with a much darker message.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED_ACCOUNT)
    except KeyError:
        raise AccountMissing(
            f'PostgreSQL does not run as root, and there is no account "{UNPRIVILEGED_ACCOUNT}" '
            "to run it as: start as an ordinary user, or set DATABASE_URL and REDIS_URL"
        ) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def reachable(path: Path, account: Account | None) -> bool:
    """Whether the account can walk down to `path`; folders that do not exist yet count as open."""
    if account is None:
        return True
    for folder in (path, *path.parents):
        try:
            found = folder.stat()
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(found.st_mode):
            continue
        if found.st_uid == account.uid:
            allowed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            allowed = stat.S_IXGRP
        else:
            allowed = stat.S_IXOTH
        if not found.st_mode & allowed:
            return False
    return True


def for_home(home: Path | str) -> Places:
    """The places of a data folder.

    The state (databases, sockets) lies in the data folder itself, with two exceptions: root with
    a data folder that `nobody` cannot reach (root's own home, mode 700) keeps it under
    /var/lib/vinilogy, and sockets move to a short folder under /tmp when their path would not
    fit into a socket address.
    """
    home = Path(os.path.abspath(home))
    key = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    try:
        account = service_account()
    except AccountMissing:
        account = None  # said when a server is to be started; an address can be told anyway
    state = home if reachable(home, account) else ROOT_STATE / key
    sockets = state / "run"
    too_long = len(os.fsencode(sockets / LONGEST_SOCKET_NAME)) > LONGEST_SOCKET_PATH
    # PostgreSQL reads its socket folder as a list: commas and quotes have a meaning there.
    if too_long or set(str(sockets)) & {",", '"'}:
        sockets = Path("/tmp") / f"vinilogy-{os.geteuid()}-{key}"
    return Places(home=home, state=state, sockets=sockets)


def database_url(sockets: Path, *, database: str = DATABASE_NAME) -> str:
    """The address of a bundled PostgreSQL whose socket lies in `sockets`."""
    return f"postgresql://{DATABASE_USER}@/{database}?host={quote(str(sockets), safe='')}"


def redis_url(socket: Path) -> str:
    """The address of a bundled Valkey that listens on `socket`, without a database number."""
    return f"unix://{quote(str(socket))}"


def default_database_url(home: Path | str) -> str:
    """The address that the bundled PostgreSQL of a data folder has once it runs."""
    return database_url(for_home(home).sockets)


def default_redis_url(home: Path | str) -> str:
    """The address that the bundled Valkey of a data folder has once it runs."""
    return redis_url(for_home(home).valkey_socket)
