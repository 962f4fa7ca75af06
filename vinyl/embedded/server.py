"""What the two bundled servers have in common: a data folder, one process, and its end."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, TypedDict

from vinyl.embedded import processes
from vinyl.embedded.paths import ServiceError

# After a kill -9 in the middle of a bulk load, PostgreSQL's recovery took up to 7.4 s on two
# cores; a slow disk may need many times that.
START_SECONDS = 60.0


class How(TypedDict, total=False):
    """How a server is run: `durable=False` for data that may be lost (tests), which waits for no
    disk; `ends_with_us=False` leaves it running when this process is killed; `cancelled` says that
    nobody waits for its start any more; `patience` is how many seconds a start may say nothing."""

    durable: bool
    ends_with_us: bool
    cancelled: Callable[[], bool]
    patience: float


def nobody_cancels() -> bool:
    """For starts that are waited for to the end."""
    return False


class Server:
    """One server on its own data folder, started here or found running. Safe to stop twice."""

    LABEL: ClassVar[str]
    # Signals from the politest on, with the seconds that each is given.
    STOP_STEPS: ClassVar[Sequence[tuple[signal.Signals, float]]]

    def __init__(
        self,
        data: Path,
        *,
        log_file: Path,
        durable: bool = True,
        ends_with_us: bool = True,
        cancelled: Callable[[], bool] = nobody_cancels,
        patience: float = START_SECONDS,
    ) -> None:
        """The keywords are those of `How`."""
        self.data = data
        self.log_file = log_file
        self.durable = durable
        self.ends_with_us = ends_with_us
        self.cancelled = cancelled
        self.patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._adopted: int | None = None

    @property
    def pid(self) -> int | None:
        """The number of the running server's first process."""
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        if self._adopted is not None and processes.running(self._adopted):
            return self._adopted
        return None

    def alive(self) -> bool:
        """Whether the process runs (reaps it when it died)."""
        return self.pid is not None

    def answers(self) -> bool:
        """Whether it serves now."""
        raise NotImplementedError

    def recovers(self) -> bool:
        """Whether it says that it will serve, only not yet."""
        return False

    def stop(self) -> None:
        """End the server with growing insistence."""
        pid = self.pid
        if pid is None:
            return
        processes.end(pid, gone=lambda: not self.alive(), steps=self.STOP_STEPS)
        self._process = self._adopted = None

    def _wait_for_start(self, since: int) -> None:
        """Until it answers; ServiceError with the end of its log, from `since` on, if it never
        does. One that is still recovering is waited for: ended half-way it would begin again."""
        while True:
            processes.wait_until(
                lambda: not self.alive() or self.cancelled() or self.answers(),
                seconds=self.patience,
            )
            # Asked first: one that becomes ready between the two questions has said either.
            recovering = self.recovers()
            if self.answers():
                return
            if not self.alive() or self.cancelled() or not recovering:
                break
        reason = processes.tail(self.log_file, since=since)
        self.stop()
        raise ServiceError(f"{self.LABEL} did not start; its log {self.log_file} ends:\n{reason}")
