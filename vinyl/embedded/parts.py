"""One process of the site under the supervisor: how to start it, when it is ready, how it ends."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vinyl.embedded import processes
from vinyl.embedded.forkserver import Forked, ForkServer
from vinyl.embedded.runfile import READY_FILE_VARIABLE, Child

# How long a part waits before it is started again: doubles with every death, and starts over
# after a quiet minute.
FIRST_PAUSE, LONGEST_PAUSE, QUIET = 0.5, 30.0, 60.0  # seconds

# Parts are on this machine: a proxy that the environment names must not be asked for them.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

StopSteps = Sequence[tuple[signal.Signals, float]]


@dataclass
class Part:
    """A process and what the supervisor knows about it. All times are of the monotonic clock."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    answers: Callable[["Part"], bool]
    cwd: Path
    stop_steps: StopSteps = ((signal.SIGTERM, 8.0), (signal.SIGKILL, 3.0))
    ready_file: Path | None = None
    shares_code: bool = False  # runs what the fork server has loaded
    process: "subprocess.Popen[bytes] | Forked | None" = None
    ready: bool = False
    deaths: int = 0
    start_after: float = 0.0
    started: float = 0.0
    log_since: int = 0

    def start(self, forks: ForkServer | None = None) -> None:
        """Start the process, from the loaded code where there is some; `check` says later whether
        it is ready."""
        environment = dict(self.environment)
        if self.ready_file is not None:
            self.ready_file.parent.mkdir(parents=True, exist_ok=True)
            self.ready_file.unlink(missing_ok=True)
            environment[READY_FILE_VARIABLE] = str(self.ready_file)
        self.ready = False
        self.started = time.monotonic()
        self.log_since = processes.log_size(self.log_file)
        if self.shares_code and forks is not None:
            self.process = forks.fork(self.command, log_file=self.log_file, env=environment)
            if self.process is not None:
                return
        self.process = processes.spawn(
            self.command,
            log_file=self.log_file,
            cwd=self.cwd,
            env=environment,
            when_parent_dies=signal.SIGTERM,
        )

    def alive(self) -> bool:
        """Whether the process runs (reaps it when it died)."""
        return self.process is not None and self.process.poll() is None

    def check(self) -> bool:
        """Whether the part answers; remembered once it does."""
        if not self.ready and self.alive():
            self.ready = self.answers(self)
        return self.ready

    def note_death(self) -> float:
        """Count a death; returns the seconds to wait before the next start."""
        now = time.monotonic()
        self.deaths = 1 if now - self.started > QUIET else self.deaths + 1
        pause: float = min(FIRST_PAUSE * 2 ** (self.deaths - 1), LONGEST_PAUSE)
        self.start_after = now + pause
        self.sweep()
        self.process = None
        self.ready = False
        return pause

    def sweep(self) -> None:
        """End what a dead process left in its session (the children of a worker)."""
        if self.process is not None:
            end_group(self.process.pid)

    def child(self) -> Child | None:
        """The record of this process for the run file."""
        if self.process is None:
            return None
        started = processes.started_at(self.process.pid)
        return Child(name=self.name, pid=self.process.pid, started=started) if started else None

    def why(self) -> str:
        """The last lines that the part wrote since its start."""
        return processes.tail(self.log_file, since=self.log_since)


def stop_together(parts: Sequence[Part]) -> None:
    """Stop several parts at once, each with its own growing insistence."""
    waiting = [part for part in parts if part.process is not None]
    begun = time.monotonic()
    step = {part.name: -1 for part in waiting}
    until = {part.name: begun for part in waiting}
    while waiting:
        now = time.monotonic()
        for part in list(waiting):
            if not part.alive():
                part.sweep()
                part.process = None
                waiting.remove(part)
            elif now >= until[part.name] and step[part.name] + 1 < len(part.stop_steps):
                step[part.name] += 1
                number, seconds = part.stop_steps[step[part.name]]
                assert part.process is not None
                processes.send(part.process.pid, number)
                until[part.name] = now + seconds
        time.sleep(0.02)


def end_group(group: int) -> None:
    """Kill every process of a session that its leader left behind."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end_leftovers(children: Sequence[Child]) -> list[str]:
    """End what a killed supervisor left running; returns the names. Numbers that now belong to
    other processes are left alone."""
    ended = []
    for child in children:
        if not processes.running(child.pid):
            continue
        started = processes.started_at(child.pid)
        if started is None or abs(started - child.started) > 1.0:
            continue
        ended.append(child.name)
        processes.end(
            child.pid,
            gone=processes.gone(child.pid),
            steps=[(signal.SIGTERM, 5.0), (signal.SIGKILL, 3.0)],
        )
        end_group(child.pid)
    return ended


def answers_at(url: str, *, below: int = 400) -> Callable[..., bool]:
    """A readiness check by HTTP: the address answers with a status under `below`."""

    def answers(_: Part | None = None) -> bool:
        try:
            with _opener.open(url, timeout=5) as response:
                return bool(response.status < below)
        except urllib.error.HTTPError as error:
            return error.code < below
        except (OSError, ValueError):
            return False

    return answers


def announced(part: Part) -> bool:
    """A readiness check by the file that workers write once they consume."""
    if part.ready_file is None or part.process is None:
        return False
    try:
        return int(part.ready_file.read_text(encoding="ascii")) == part.process.pid
    except (OSError, ValueError):
        return False
