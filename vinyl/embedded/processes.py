"""Starting, recognising and ending the processes that the site is made of.

A child gets its own session, so that Ctrl-C reaches only the supervisor, which then stops its
children in the right order. On Linux the kernel also tells a child when its parent is gone, so a
supervisor killed with -9 leaves nothing running.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO

import psutil

from vinyl.embedded.paths import Account

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

LOG_LIMIT = 5 * 1024 * 1024  # bytes; a longer log is set aside as "<name>.log.1" at a start


def end_with_parent(number: int, parent: int) -> None:
    """Have the kernel send this process a signal when `parent`, its parent, is gone.

    To be called in the child, after it changed its user (that would clear the setting).
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def open_log(log_file: Path) -> IO[bytes]:
    """A log to append to; one that grew long is set aside first."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    if log_file.exists() and log_file.stat().st_size > LOG_LIMIT:
        log_file.replace(log_file.with_name(log_file.name + ".1"))
    return log_file.open("ab")


def spawn(
    command: Sequence[str],
    *,
    log_file: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    stdin: int = subprocess.DEVNULL,
    when_parent_dies: signal.Signals | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a child in its own session, its output appended to `log_file`.

    `when_parent_dies` is the signal that the kernel sends it when the calling *thread* ends, so
    call this from the main thread.
    """
    with open_log(log_file) as log:
        return subprocess.Popen(
            list(command),
            stdin=stdin,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=(
                partial(end_with_parent, when_parent_dies, os.getpid())
                if when_parent_dies is not None
                else None
            ),
        )


def running(pid: int) -> bool:
    """Whether a process lives. A zombie is dead: it only waits for its parent to notice."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def gone(pid: int) -> Callable[[], bool]:
    """Whether a process has ended, as a question for `end` and `wait_until`."""
    return lambda: not running(pid)


def is_server(pid: int, *, name: str, folder: Path, hidden: bool = True) -> bool:
    """Whether `pid` is a live `name` that works in `folder`; `hidden` is the answer for a `name`
    of somebody else's, whose folder we may not see.

    Process numbers are used again, after a restart of a container nearly always, so a number in
    a lock file proves nothing by itself.
    """
    if not running(pid):
        return False
    try:
        process = psutil.Process(pid)
        if name not in process.name():
            return False
        return os.path.realpath(process.cwd()) == os.path.realpath(folder)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return hidden  # a number in a lock file: never treat the lock as stale


def servers_in(folder: Path, *, name: str) -> list[int]:
    """The live processes called `name` that work in `folder`. Those of other people on this
    machine are none of ours: nobody may signal or adopt them."""
    return [
        process.pid
        for process in psutil.process_iter(["name"])
        if name in (process.info["name"] or "")
        and is_server(process.pid, name=name, folder=folder, hidden=False)
    ]


def started_at(pid: int) -> float | None:
    """When a process started (seconds since 1970), to tell it from a later one of its number."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def wait_until(condition: Callable[[], bool], *, seconds: float, step: float = 0.02) -> bool:
    """Poll until `condition` holds; False when the time is up."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(step)
    return True


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may already be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def end(
    pid: int,
    *,
    gone: Callable[[], bool],
    steps: Sequence[tuple[signal.Signals, float]],
) -> bool:
    """Ask a process to end with growing insistence: (signal, seconds to wait) one after another."""
    for number, seconds in steps:
        if gone():
            return True
        send(pid, number)
        if wait_until(gone, seconds=seconds):
            return True
    return gone()


def tail(log_file: Path, *, since: int = 0, lines: int = 12) -> str:
    """The last lines of a log, of what was written after byte `since`."""
    try:
        with log_file.open("rb") as log:
            log.seek(since)
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def log_size(log_file: Path) -> int:
    """The length of a log in bytes, 0 when there is none yet."""
    return log_file.stat().st_size if log_file.exists() else 0
