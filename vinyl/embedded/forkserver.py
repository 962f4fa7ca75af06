"""A process that loads the site's code once and forks the site's parts from it.

The supervisor talks to it over a socket: one message for each part that is to start, with the log
that it writes to, answered by the number of the new process. A part is forked twice, so that it
becomes a child of the supervisor itself (which is the reaper of its descendants): the fork server
may end, and its parts go on and are watched as if the supervisor had started them.

Linux only; elsewhere, and when the code does not load, parts are started one by one.
"""

import ctypes
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from setproctitle import setproctitle

from vinyl.embedded import processes

LOAD_SECONDS = 60.0  # a cold disk and two busy cores included
ANSWER_SECONDS = 10.0  # a fork takes milliseconds
_PR_SET_CHILD_SUBREAPER = 36
_MESSAGE = 256 * 1024  # bytes; an environment is a few thousand


class Forked:
    """A part that the fork server started: a child of ours, as `subprocess.Popen` has them."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status (negative: the signal), None while it runs. Reaps it."""
        if self.returncode is None:
            try:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else reaped it, and its status is lost
                self.returncode = 0
            else:
                if ended:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


class ForkServer:
    """The supervisor's end. `start` returns at once; `ready` waits until the code is loaded."""

    def __init__(
        self, load: str, *, log_file: Path, cwd: Path, environment: Mapping[str, str]
    ) -> None:
        """`load` names the module whose function `load` loads the code."""
        self._load = load
        self._log_file = log_file
        self._cwd = cwd
        self._environment = environment
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to load the code. Does nothing where processes are not forked."""
        if sys.platform != "linux":
            return
        _become_reaper()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = processes.spawn(
                [sys.executable, "-m", "vinyl.embedded.forkserver", self._load],
                log_file=self._log_file,
                cwd=self._cwd,
                env=self._environment,
                stdin=theirs.fileno(),
                when_parent_dies=signal.SIGTERM,
            )
        self._channel = ours

    def ready(self, *, cancelled: Callable[[], bool]) -> bool:
        """Wait until parts can be forked; False when they never can, and then it is stopped."""
        end = time.monotonic() + LOAD_SECONDS
        while self._channel is not None:
            self._channel.settimeout(0.1)
            try:
                if self._channel.recv(_MESSAGE) == b"loaded":
                    return True
                break
            except TimeoutError:
                if cancelled() or time.monotonic() > end:
                    break
        self.stop()
        return False

    def fork(
        self, command: Sequence[str], *, log_file: Path, env: Mapping[str, str]
    ) -> Forked | None:
        """Start `python -m MODULE ...`, its output appended to `log_file`, in a session of its
        own that ends with ours. None when this must be done without the fork server."""
        if self._channel is None or list(command[:2]) != [sys.executable, "-m"]:
            return None
        message = json.dumps(
            {"parent": os.getpid(), "command": list(command), "environment": dict(env)}
        )
        try:
            self._channel.settimeout(ANSWER_SECONDS)
            with processes.open_log(log_file) as log:
                socket.send_fds(self._channel, [message.encode()], [log.fileno()])
                answer = self._channel.recv(_MESSAGE)
            return Forked(int(answer))
        except (OSError, ValueError):
            self.stop()
            return None

    def stop(self) -> None:
        """End it; its parts go on. Safe to repeat."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            self._process.kill()  # it holds nothing that needs an orderly end
            self._process.wait()
            self._process = None


def _become_reaper() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)


# --- the fork server itself, and what it forks ----------------------------------------------


def serve(load: str) -> list[str]:
    """Load the code, then fork for as long as the supervisor asks. Returns only in a new part:
    the words of its command after `python -m`."""
    setproctitle(f"vinilogy fork server of {load}")  # also: the first call needs all of environ
    channel = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    import_module(load).load()
    gc.collect()
    gc.freeze()  # the collector leaves alone what is loaded: it stays shared memory, and is quick
    channel.send(b"loaded")
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, _MESSAGE, 1)
        if not message:
            os._exit(0)
        asked = json.loads(message)
        reading, writing = os.pipe()
        middle = os.fork()
        if middle == 0:
            part = os.fork()
            if part == 0:
                channel.close()
                os.close(reading)
                os.close(writing)
                return _become(log=descriptors[0], **asked)
            os.write(writing, str(part).encode())
            os._exit(0)
        os.close(writing)
        os.close(descriptors[0])
        # Not told before the one between has ended: only then is the part the supervisor's child,
        # and who is asked for another's knows nothing of it.
        os.waitpid(middle, 0)
        with open(reading, "rb") as number:
            channel.send(number.read())


def _become(*, parent: int, command: list[str], environment: dict[str, str], log: int) -> list[str]:
    """Make this fork what `processes.spawn` would have made."""
    os.setsid()
    for output in (1, 2):
        os.dup2(log, output)
    os.close(log)
    processes.wait_until(lambda: os.getppid() == parent, seconds=5, step=0.001)
    processes.end_with_parent(signal.SIGTERM, parent)
    os.environ.clear()
    os.environ.update(environment)
    setproctitle(" ".join(command))
    return command[2:]


if __name__ == "__main__":
    words = serve(sys.argv[1])
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)
