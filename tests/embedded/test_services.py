"""Bundled services shared by commands in several terminals."""

import os
import signal
import subprocess
import sys

from vinyl.embedded import paths, processes, runfile
from vinyl.embedded.postgres import Postgres
from vinyl.embedded.services import Services

USE = (
    "import sys; from vinyl.embedded import paths; from vinyl.embedded.services import Services;"
    "home = sys.argv[1];"
    "services = Services(home, database_url=paths.default_database_url(home),"
    " redis_url=paths.default_redis_url(home));"
    "services.acquire(); print('using', flush=True); sys.stdin.read(); services.release()"
)


def services(home) -> Services:
    return Services(
        home,
        database_url=paths.default_database_url(home),
        redis_url=paths.default_redis_url(home),
    )


def test_the_last_user_stops_them_and_not_the_first(home, cluster, places):
    other = subprocess.Popen(
        [sys.executable, "-c", USE, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout.readline() == "using\n"
    ours = services(home)
    ours.acquire()
    other.communicate()  # the one who started them leaves

    assert ours.postgres.answers()
    assert ours.valkey.answers()

    ours.release()
    assert not Postgres.of(places).answers()


def test_addresses_of_other_servers_start_nothing(home, places):
    with Services(
        home, database_url="postgresql://db.example/records", redis_url="redis://cache.example"
    ) as given:
        assert (given.postgres, given.valkey) == (None, None)
    assert not places.state.joinpath("postgres").exists()


def test_what_a_killed_user_left_is_stopped(home, cluster, places):
    killed = subprocess.Popen(
        [sys.executable, "-c", USE, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout.readline() == "using\n"
    killed.kill()
    killed.communicate()
    assert Postgres.of(places).answers()

    assert services(home).end_unused() == ["Valkey", "Postgres"]
    assert not Postgres.of(places).answers()


def test_a_killed_one_is_brought_back_only_while_nobody_else_starts_or_stops(home, cluster, places):
    with services(home) as ours:
        pid = ours.valkey.pid
        os.kill(pid, signal.SIGKILL)
        assert processes.wait_until(lambda: not ours.valkey.alive(), seconds=10)
        with runfile.locked(places.services_lock.with_suffix(".turn")):
            assert not ours.bring_back(ours.valkey)
            assert not ours.valkey.answers()
        assert ours.bring_back(ours.valkey)
        assert ours.valkey.answers() and ours.valkey.pid != pid
