"""Running the sandbox: in the foreground, or in a thread of a test run."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from sandbox.app import Sandbox
from sandbox.faults import ConnectionCut, Fault
from sandbox.mail import Mailbox


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class _WithoutCuts(logging.Filter):
    """Connections cut on request are no errors to report."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], ConnectionCut))


def _config(app: Sandbox, host: str, port: int) -> uvicorn.Config:
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, lifespan="off",
        timeout_graceful_shutdown=2, server_header=False, timeout_keep_alive=15,
    )  # fmt: skip
    logging.getLogger("uvicorn.error").addFilter(_WithoutCuts())
    return config


def serve(
    *, host: str, port: int, smtp_port: int, speed: float = 1.0, state_path: Path | None = None,
    limits: bool = True, faults: Sequence[Fault] = (),
) -> None:  # fmt: skip
    """Serve until SIGINT or SIGTERM. ``smtp_port`` 0 leaves the mailbox listener out."""
    app = Sandbox(speed=speed, state_path=state_path, limits=limits)
    for fault in faults:
        app.state.faults.add(fault)
    mailbox = Mailbox(app.state, host=host, port=smtp_port) if smtp_port else None
    if mailbox:
        mailbox.start()
    try:
        uvicorn.Server(_config(app, host, port)).run()
    finally:
        if mailbox:
            mailbox.stop()


class ThreadedServer:
    """The same server in a thread; for tests. ``with ThreadedServer() as server: server.url``."""

    def __init__(self, *, speed: float = 1.0, smtp: bool = True) -> None:
        self.app = Sandbox(speed=speed)
        self.port, self.smtp_port = free_port(), free_port() if smtp else 0
        self.url = f"http://127.0.0.1:{self.port}"
        self._mailbox = (
            Mailbox(self.app.state, host="127.0.0.1", port=self.smtp_port) if smtp else None
        )
        self._server = uvicorn.Server(_config(self.app, "127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._server.run, name="sandbox", daemon=True)

    def __enter__(self) -> ThreadedServer:
        if self._mailbox:
            self._mailbox.start()
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)
        if self._mailbox:
            self._mailbox.stop()
