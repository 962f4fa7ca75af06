"""What runs now and where: `run.json` in the data folder, and the locks beside it.

The supervisor writes the file; the settings, `manage.py stop` and the next start read it. A file
proves nothing by itself (its writer may have been killed): whether a supervisor lives is told by
its lock, which the kernel gives back when the process ends, however it ends.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

# Names the file into which a worker writes its process number once it consumes.
READY_FILE_VARIABLE = "VINILOGY_READY_FILE"


@dataclass(frozen=True)
class Child:
    """One process of the site. `started` (seconds since 1970) tells it from a later namesake."""

    name: str
    pid: int
    started: float


@dataclass(frozen=True)
class RunFile:
    """The addresses and processes of a running site. `ready` when every part answers."""

    pid: int
    url: str
    sandbox_url: str = ""
    smtp_port: int = 0
    ready: bool = False
    children: tuple[Child, ...] = field(default=())

    def write(self, path: Path) -> None:
        """Replace the file in one step, so that a reader never sees half of it."""
        scratch = path.with_name(f"{path.name}.{os.getpid()}")
        scratch.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        scratch.replace(path)


def read(path: Path) -> RunFile | None:
    """The run file, or None when there is none that can be read."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        children = tuple(Child(**child) for child in content.pop("children", ()))
        return RunFile(**content, children=children)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def take(path: Path, *, shared: bool = False, wait: bool = False) -> IO[bytes] | None:
    """Lock a file until the returned object is closed; None when somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("ab")
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def make_only_user(handle: IO[bytes]) -> bool:
    """Turn a shared lock into the only one; False when others still hold theirs."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock for the length of a block, waiting for it as long as it takes."""
    handle = take(path, wait=True)
    assert handle is not None
    with handle:
        yield
