"""Ports that somebody else holds."""

import socket
from contextlib import ExitStack

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


def test_two_sites_that_start_at_once_choose_different_ports():
    def choose(claims=None):
        return site.free_port(18500, taken=set(), say=lambda _: None, what="", claims=claims)

    with ExitStack() as first, ExitStack() as second:
        mine = choose(first)
        theirs = choose(second)
        assert mine != theirs, "nobody listens yet on either"
        with socket.create_server(("127.0.0.1", mine)):
            assert choose() not in (mine, theirs)
        first.close()
        assert choose() == mine, "and it is free again afterwards"


def test_no_port_left_is_told():
    with pytest.raises(ServiceError, match="no free port"):
        site.free_port(65535, taken={65535}, say=lambda _: None, what="the site")
