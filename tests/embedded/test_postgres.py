"""The bundled PostgreSQL."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from vinyl.embedded import paths, processes
from vinyl.embedded.paths import ServiceError
from vinyl.embedded.postgres import Postgres


def rows(server: Postgres) -> int:
    with psycopg.connect(server.url) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def kill(server: Postgres) -> None:
    os.kill(server.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: not server.alive(), seconds=5)


def test_the_database_is_made_and_speaks_unicode(postgres):
    with psycopg.connect(postgres.url) as connection:
        encoding, collation, version = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datlocale, current_setting('server_version_num')"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert (encoding, collation) == ("UTF8", "C.UTF-8")
    assert int(version) >= 180000


def test_it_listens_on_no_network_port(postgres):
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_extensions_that_the_product_needs_are_there(postgres):
    with psycopg.connect(postgres.url) as connection:
        for extension in ("pg_trgm", "unaccent", "vector"):
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")


def test_a_killed_server_comes_back_with_every_committed_row(postgres):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept (number int)")
    stop = threading.Event()
    committed = []

    def write() -> None:
        try:
            with psycopg.connect(postgres.url) as connection:
                while not stop.is_set():
                    connection.execute("INSERT INTO kept VALUES (1)")
                    connection.commit()
                    committed.append(1)
        except psycopg.Error:
            pass  # the kill comes in the middle of this

    writer = threading.Thread(target=write)
    writer.start()
    assert processes.wait_until(lambda: len(committed) >= 300, seconds=20)
    kill(postgres)
    stop.set()
    writer.join()

    postgres.start()

    # One more may be there: committed, but killed before it could say so.
    assert rows(postgres) - len(committed) in (0, 1)


def test_locks_of_a_dead_server_are_cleared(postgres):
    kill(postgres)
    # A process number that now belongs to somebody else proves nothing.
    lock = postgres.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    postgres.start()

    assert postgres.answers()


def test_an_unreaped_zombie_is_not_taken_for_a_server(cluster, places):
    starter = Postgres.of(places)
    starter.start()
    os.kill(starter.pid, signal.SIGKILL)  # and nobody asks for its status: a zombie

    second = Postgres.of(places)
    second.start()

    assert second.answers()
    second.stop()


def test_a_running_server_is_taken_over_and_not_started_twice(postgres):
    second = Postgres(postgres.data, postgres.sockets, log_file=postgres.log_file)
    second.start()

    assert second.pid == postgres.pid
    second.stop()
    assert not postgres.alive()


def test_a_killed_start_leaves_no_half_made_folder(places):
    half = places.postgres_data.with_name("postgres.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")

    server = Postgres.of(places, durable=False)
    server.start()

    assert server.answers()
    server.stop()
    assert not half.exists()


def test_a_folder_with_other_content_is_left_alone(places):
    places.postgres_data.mkdir(parents=True)
    (places.postgres_data / "precious.txt").write_text("mine")

    with pytest.raises(ServiceError, match="move it away|belongs to"):
        Postgres.of(places).start()

    assert (places.postgres_data / "precious.txt").read_text() == "mine"


def test_the_reason_is_told_when_it_cannot_start(cluster, places):
    (places.postgres_data / "postgresql.auto.conf").write_text("shared_buffers = 'nonsense'\n")

    with pytest.raises(ServiceError, match="auto.conf|nonsense"):
        Postgres.of(places).start()


def test_the_server_ends_with_a_killed_parent(cluster, places):
    if sys.platform != "linux":
        pytest.skip("only Linux tells children that their parent is gone")
    program = (
        "import os, signal, sys; from vinyl.embedded import paths;"
        "from vinyl.embedded.postgres import Postgres;"
        "server = Postgres.of(paths.for_home(sys.argv[1])); server.start();"
        "print(server.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(places.home)], stdout=subprocess.PIPE, text=True
    )
    pid = int(done.stdout)
    assert processes.wait_until(lambda: not processes.running(pid), seconds=10)


def test_a_very_long_data_folder_works(home):
    places = paths.for_home(home / ("long" * 30))
    server = Postgres.of(places, durable=False)
    server.start()
    try:
        assert server.answers()
        assert places.sockets.stat().st_mode & 0o077 == 0
    finally:
        server.stop()
        places.sockets.rmdir()


def test_a_long_recovery_is_waited_for_and_not_begun_again(cluster):
    server = Postgres.of(cluster, durable=False, ends_with_us=False, patience=0.4)
    # A standby without readers refuses everybody until it is promoted: a recovery as long as
    # the test wants it.
    signal_file = server.data / "standby.signal"
    signal_file.touch()
    with (server.data / "postgresql.auto.conf").open("a") as settings:
        settings.write("hot_standby = off\n")
    account = paths.service_account()
    if account:
        os.chown(signal_file, account.uid, account.gid)
    try:
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(server.start)
            assert processes.wait_until(server.recovers, seconds=20)
            first = server.pid
            assert not processes.wait_until(starting.done, seconds=4 * server.patience)
            (server.data / "promote").touch()
            os.kill(first, signal.SIGUSR1)
            starting.result(timeout=30)
        assert server.answers()
        assert server.pid == first
        assert not server.recovers()
    finally:
        server.stop()


def test_a_server_of_somebody_else_on_this_machine_is_none_of_ours(tmp_path):
    """Its folder is hidden from other people: it must be neither signalled nor taken over."""
    program = (
        "import os, sys, psutil; from pathlib import Path; from vinyl.embedded import processes\n"
        "if os.geteuid() == 0: os.setresuid(65533, 65533, 65533)\n"
        "name = psutil.Process(1).name()\n"
        "assert processes.is_server(1, name=name, folder=Path(sys.argv[1]))\n"
        "print(processes.servers_in(Path(sys.argv[1]), name=name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True
    )
    assert done.stdout == "[]\n", done.stderr
