"""Ports that somebody else holds."""

import socket

import pytest

from vinyl.embedded import site
from vinyl.embedded.paths import ServiceError


def test_a_taken_port_moves_on_and_says_so():
    said = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        wanted = server.getsockname()[1]
        found = site.free_port(wanted, taken=set(), say=said.append, what="the site")
    assert found > wanted
    assert said == [f"Port {wanted} is taken, so the site uses {found}."]


def test_a_port_is_not_given_twice_in_one_start():
    taken = set()
    first = site.free_port(18400, taken=taken, say=lambda _: None, what="the sandbox")
    second = site.free_port(first, taken=taken, say=lambda _: None, what="the mailbox")
    assert first != second


def test_no_port_left_is_told():
    with pytest.raises(ServiceError, match="no free port"):
        site.free_port(65535, taken={65535}, say=lambda _: None, what="the site")
