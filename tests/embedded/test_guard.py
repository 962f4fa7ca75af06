"""The tests' own safety net."""

import socket

import pytest

from tests.network_guard import OutsideWorldReached


def test_another_machine_cannot_be_reached():
    with socket.socket() as line, pytest.raises(OutsideWorldReached):
        line.connect(("192.0.2.1", 80))


def test_another_machines_name_is_not_even_looked_up():
    with pytest.raises(OutsideWorldReached):
        socket.getaddrinfo("records.example", 443)


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=2).close()
