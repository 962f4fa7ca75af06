"""Connections that end at a moment, however slowly the other side sends.

A read timeout bounds the silence between two bytes. Whoever drips a byte a second stays below it
for ever, and in the headers nobody but the socket notices. So every read of a socket looks at the
clock first and waits no longer than until the moment.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

# Kept open to one host: as many as threads of a process may call it at once.
KEPT_OPEN = 40
_thread = threading.local()


@contextmanager
def ends_at(moment: float) -> Iterator[None]:
    """Reads in this thread end with TimeoutError at `moment`, on time.monotonic()'s clock."""
    before = getattr(_thread, "moment", None)
    _thread.moment = moment
    try:
        yield
    finally:
        _thread.moment = before


class _Reader(io.RawIOBase):
    """A socket's raw stream that knows the moment."""

    def __init__(self, raw: Any, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        moment = getattr(_thread, "moment", None)
        if moment is not None:
            left = moment - time.monotonic()
            if left <= 0:
                raise TimeoutError("the deadline has passed")
            patience = self._sock.gettimeout()
            if patience is None or patience > left:
                self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response


class _SafeConnection(HTTPSConnection):
    response_class = _Response


class Pool(HTTPConnectionPool):
    """urllib3's pool of plain connections, timed."""

    ConnectionCls = _Connection


class SafePool(HTTPSConnectionPool):
    """urllib3's pool of TLS connections, timed."""

    ConnectionCls = _SafeConnection


class Adapter(HTTPAdapter):
    """requests' adapter, timed, without retries of its own."""

    def __init__(self) -> None:
        super().__init__(pool_connections=4, pool_maxsize=KEPT_OPEN, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": SafePool}
