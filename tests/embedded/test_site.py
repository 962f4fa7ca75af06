"""The whole site under its supervisor."""

import os
import signal
import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import psycopg
import pytest

from tests.fixtures_site import Site
from vinyl.embedded import processes
from vinyl.embedded.paths import database_url
from vinyl.embedded.postgres import Postgres
from vinyl.embedded.valkey import Valkey

WORKERS = {"worker-interactive", "worker-sync", "worker-sync-2", "worker-bulk"}
PARTS = {"sandbox", "web", "beat"} | WORKERS


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def answers(url: str) -> bool:
    try:
        return get(url)[0] == 200
    except OSError:
        return False


def pid_of(site: Site, part: str) -> int:
    return next(child["pid"] for child in site.run["children"] if child["name"] == part)


def everything(site: Site) -> set[int]:
    """The numbers of all processes of the site, the servers and the workers' children too."""
    found = {site.process.pid} | {child["pid"] for child in site.run["children"]}
    for server in (Postgres.of(site.places), Valkey.of(site.places)):
        assert server.find()
        found.add(server.pid)
    for pid in list(found):
        # A server's own helpers come and go.
        with suppress(psutil.NoSuchProcess):
            found |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return found


def loader_of(site: Site) -> psutil.Process | None:
    children = psutil.Process(site.process.pid).children()
    living = [one for one in children if processes.running(one.pid)]
    return next((one for one in living if "fork server" in " ".join(one.cmdline())), None)


def memory_shared(pid: int) -> int:
    return sum(part.shared_dirty for part in psutil.Process(pid).memory_maps())


def left_of(pids: set[int]) -> list[str]:
    processes.wait_until(lambda: not any(map(processes.running, pids)), seconds=10, step=0.1)
    return [" ".join(psutil.Process(pid).cmdline()) for pid in pids if processes.running(pid)]


def database(site: Site) -> psycopg.Connection:
    return psycopg.connect(database_url(site.places.sockets), autocommit=True)


def test_every_part_runs_and_answers(site):
    assert f"Vinilogy is ready at {site.url}/\n" in site.said()
    assert {child["name"] for child in site.run["children"]} == PARTS
    assert get(f"{site.url}/readyz")[0] == 200
    assert get(f"{site.sandbox_url}/mail/")[0] == 200


def test_a_crowd_waits_for_its_turn_and_nobody_is_refused(site):
    with ThreadPoolExecutor(60) as crowd:
        statuses = list(crowd.map(lambda _: get(f"{site.url}/readyz")[0], range(180)))
    assert statuses == [200] * 180


def test_a_second_start_says_where_the_first_runs(site):
    second = site.command("-m", "vinyl.embedded", "run")
    assert second.returncode != 0
    assert f"already running at {site.url}/" in second.stderr
    assert answers(f"{site.url}/healthz")


def test_a_killed_database_comes_back_under_the_running_site(site):
    with database(site) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 500)")
    server = Postgres.of(site.places)
    assert server.find()
    os.kill(server.pid, signal.SIGKILL)

    assert processes.wait_until(lambda: "PostgreSQL is back." in site.said(), seconds=60)
    assert processes.wait_until(lambda: answers(f"{site.url}/readyz"), seconds=30, step=0.1)
    with database(site) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (500,)
        connection.execute("DROP TABLE kept")


def test_a_killed_worker_and_a_killed_web_server_come_back(site):
    before = {part: pid_of(site, part) for part in ("web", "worker-bulk")}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    assert processes.wait_until(
        lambda: site.run["ready"] and all(pid_of(site, part) != before[part] for part in before),
        seconds=60,
        step=0.1,
    ), site.said()
    assert answers(f"{site.url}/readyz")


def test_the_code_is_loaded_once_and_without_its_loader_parts_come_back_all_the_same(site):
    server = loader_of(site)
    assert server is not None
    before = pid_of(site, "worker-sync-2")
    assert memory_shared(before) > 30_000_000  # bytes
    server.kill()
    assert processes.wait_until(lambda: not processes.running(server.pid), seconds=10)

    os.kill(before, signal.SIGKILL)

    assert processes.wait_until(
        lambda: site.run["ready"] and pid_of(site, "worker-sync-2") != before, seconds=60, step=0.1
    ), site.said()
    assert loader_of(site) is None
    assert answers(f"{site.url}/readyz")


def test_ctrl_c_leaves_nothing_and_the_next_start_is_quick_on_another_port(site):
    pids = everything(site)

    assert site.stop(signal.SIGINT) == 0
    assert left_of(pids) == []
    assert not site.places.run_file.exists()

    with socket.create_server(("127.0.0.1", site.port)):
        seconds = site.start()
        assert f"Port {site.port} is taken, so the site uses" in site.said()
        assert not site.url.endswith(f":{site.port}")
        assert answers(f"{site.url}/readyz")
    assert "preparing the database" not in site.said()
    assert "collecting the static files" not in site.said()
    # 10 s on two free cores; twice that here, where other tests may be running.
    assert seconds < 20


def test_a_killed_supervisor_does_not_harm_the_next_start(site):
    pids = everything(site)
    site.kill()

    site.start()

    assert answers(f"{site.url}/readyz")
    still = everything(site)
    # The servers were taken over or started anew; nobody else of the old ones is left.
    assert left_of(pids - still) == []


def test_stop_from_another_terminal(site):
    pids = everything(site)

    stopped = site.command("manage.py", "stop")

    assert (stopped.returncode, stopped.stdout) == (0, "Vinilogy has stopped.\n")
    assert left_of(pids) == []
    again = site.command("-m", "vinyl.embedded", "stop")
    assert (again.returncode, again.stdout) == (0, "Vinilogy is not running.\n")


def test_a_command_starts_the_database_for_itself_and_stops_it_again(stopped_site):
    site = stopped_site

    done = site.command("manage.py", "showmigrations", "jobs")

    assert done.returncode == 0, done.stderr
    assert "[X] 0001_initial" in done.stdout
    assert not Postgres.of(site.places).answers()
    assert not Valkey.of(site.places).answers()


@pytest.mark.last
def test_a_hang_up_stops_the_site_too(site):
    begun = time.monotonic()
    assert site.stop(signal.SIGHUP) == 0
    assert time.monotonic() - begun < 20


def test_a_port_that_is_no_port_is_refused(home):
    refused = Site(home).command("-m", "vinyl.embedded", "run", "--port", "70000")
    assert refused.returncode == 1
    assert refused.stderr == "the port must be a number from 1 to 65535, not 70000\n"


def test_the_other_mode_is_refused_until_the_demo_is_forgotten(stopped_site):
    refused = stopped_site.command(
        "manage.py",
        "prepare_database",
        UPSTREAMS="real",
        BUDGET_SPEED="1",
        CONTACT_ADDRESS="curator@records.example",
    )

    assert refused.returncode == 1
    assert "forget_demo" in refused.stderr


def test_forgetting_the_demo_waits_for_the_site_to_stop(site):
    refused = site.command("manage.py", "forget_demo")
    assert refused.returncode == 1
    assert "stop it first" in refused.stderr


def test_a_database_elsewhere_that_does_not_answer_is_named(home):
    site = Site(home)
    failed = site.command(
        "-m", "vinyl.embedded", "run", DATABASE_URL="postgresql://app:secret@127.0.0.1:9/records"
    )
    assert failed.returncode == 1
    assert "the database does not answer" in failed.stderr
    assert "secret" not in failed.stderr
    assert not site.places.postgres_data.exists()
    assert not site.places.run_file.exists()
