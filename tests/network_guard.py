"""Tests may talk to this machine only: anything further fails the test that tried."""

import ipaddress
import socket
from typing import Any

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo


class OutsideWorldReached(Exception):
    """A test tried to reach another machine.

    Not an OSError, so that no "the service is down" handling in the product swallows it.
    """


def is_local(host: object) -> bool:
    if host in (None, "", "localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False


def _check(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
        raise OutsideWorldReached(f"a test tried to connect to {address[0]} port {address[1]}")


def install() -> None:
    def connect(self: socket.socket, address: Any) -> None:
        _check(self.family, address)
        return _connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _check(self.family, address)
        return _connect_ex(self, address)

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_local(host) and not _is_address(host):
            raise OutsideWorldReached(f"a test tried to look up {host}")
        return _getaddrinfo(host, *args, **kwargs)

    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]


def _is_address(host: Any) -> bool:
    # Reading a written address asks nobody; connecting to it is what `connect` refuses.
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return True
