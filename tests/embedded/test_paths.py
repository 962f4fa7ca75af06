"""Where the bundled services keep their files."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from vinyl.embedded import paths
from vinyl.embedded.paths import Account

NOBODY = Account(uid=65534, gid=65534)


def test_the_same_data_folder_always_has_the_same_sockets(home):
    assert paths.default_database_url(home) == paths.default_database_url(str(home) + "/")


def test_two_data_folders_have_different_sockets(home):
    assert paths.default_redis_url(home / "a") != paths.default_redis_url(home / "b")


@pytest.mark.parametrize("length", [40, 100, 200])
def test_a_socket_path_always_fits_into_an_address(length):
    places = paths.for_home(Path("/tmp") / ("x" * length))
    for name in (paths.LONGEST_SOCKET_NAME, places.valkey_socket.name):
        assert len(os.fsencode(places.sockets / name)) <= 107


def test_a_folder_with_a_comma_does_not_hold_the_sockets():
    # PostgreSQL would read it as two folders.
    assert "," not in str(paths.for_home("/tmp/rock, pop").sockets)


def test_a_folder_closed_to_others_is_out_of_reach_for_the_servers_account():
    closed = Path(tempfile.mkdtemp())  # mode 700
    try:
        assert not paths.reachable(closed / "data", NOBODY)
        os.chmod(closed, 0o711)
        assert paths.reachable(closed / "data", NOBODY)
    finally:
        shutil.rmtree(closed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as somebody else")
def test_root_with_a_closed_home_keeps_the_state_elsewhere():
    closed = Path(tempfile.mkdtemp())
    try:
        assert paths.for_home(closed / "data").state.is_relative_to(paths.ROOT_STATE)
    finally:
        shutil.rmtree(closed)
