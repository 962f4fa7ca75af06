"""docker-compose.yml and Dockerfile: read, and what they start is started outside Docker.

Nothing here proves that the containers run; it proves that they would start things that exist,
with settings that the product accepts.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml
from cryptography.fernet import Fernet

from tests.embedded.test_site import answers
from tests.prepared import MIGRATED
from vinyl import env
from vinyl.embedded import processes, site
from vinyl.embedded.runfile import READY_FILE_VARIABLE

BASE = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((BASE / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
WORKERS = ["worker-interactive", "worker-sync", "worker-bulk"]
CELERY_PARTS = [*WORKERS, "beat"]


def docker_command() -> list[str]:
    text = (BASE / "Dockerfile").read_text().replace("\\\n", " ")
    return yaml.safe_load(re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)[1])


def outside_docker(command: list[str]) -> list[str]:
    """The same command with this Python in place of the image's programs."""
    program, *rest = command
    return [sys.executable, *(rest if program == "python" else ["-m", program, *rest])]


@pytest.fixture(scope="module")
def fresh_database() -> Iterator[str]:
    """The address of a new database on the test run's server, migrated where such a one is kept:
    the site that these tests start migrates from nothing."""
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        kept = "SELECT 1 FROM pg_database WHERE datname = %s"
        template = MIGRATED if connection.execute(kept, [MIGRATED]).fetchone() else "template1"
        connection.execute(f"CREATE DATABASE containers TEMPLATE {template}")
        yield server.replace("/vinilogy?", "/containers?")
        connection.execute("DROP DATABASE containers WITH (FORCE)")


@pytest.fixture(scope="module")
def environment(fresh_database: str) -> dict[str, str]:
    """What compose would pass, with secrets of our own and the test run's servers."""
    given = {
        "SECRET_KEY": "k" * 50,
        "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
        "PUBLIC_URL": "https://records.example",
        "ALLOWED_HOSTS": "records.example,127.0.0.1",
        "CONTACT_ADDRESS": "curator@records.example",
        "DATABASE_PASSWORD": "unused",
    }
    filled = {
        name: re.sub(
            r"\$\{(\w+)(?::([-?])([^}]*))?\}",
            lambda found: given.get(found[1], found[3] if found[2] == "-" else ""),
            str(value),
        )
        for name, value in SERVICES["web"]["environment"].items()
    }
    ours = {"DATABASE_URL", "REDIS_URL", "UPSTREAMS", "DJANGO_SETTINGS_MODULE"}
    shell = {name: value for name, value in os.environ.items() if name not in ours}
    # The servers of this test run, and a proxy that nobody serves: nothing gets out.
    return (
        shell
        | filled
        | {
            "DATABASE_URL": fresh_database,
            "REDIS_URL": os.environ["REDIS_URL"],
            "HTTP_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }
    )


def start(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen:
    with log.open("wb") as output:
        return subprocess.Popen(
            outside_docker(command),
            cwd=BASE,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=15)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def test_everything_that_depends_names_a_service():
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name


def test_database_and_broker_are_images_and_the_rest_is_ours():
    assert SERVICES["database"]["image"].startswith("pgvector/pgvector:pg18")
    assert SERVICES["valkey"]["image"].startswith("valkey/valkey:9")
    assert set(OURS) == {"prepare", "web", *CELERY_PARTS}


def test_containers_serve_the_real_services_in_production():
    for name, service in OURS.items():
        assert service["environment"]["PRODUCTION"] == "1", name
        assert service["environment"]["UPSTREAMS"] == "real", name


def test_every_setting_that_compose_passes_is_one_that_we_read():
    known = {variable.name for variable in env.documented()}
    for service in OURS.values():
        assert set(service["environment"]) <= known


def test_every_volume_is_declared():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert used == set(COMPOSE["volumes"])


def test_the_image_copies_nothing_that_is_not_there():
    for line in (BASE / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY"):
            sources = [part for part in shlex.split(line)[1:-1] if not part.startswith("--")]
            assert all((BASE / source).exists() for source in sources), line


def test_the_image_collects_the_static_files(environment, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare_static"],
        cwd=BASE,
        env=environment
        | {"PRODUCTION": "0", "UPSTREAMS": "sandbox", "STATIC_ROOT": str(tmp_path / "static")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "static" / "staticfiles.json").exists()


@pytest.fixture(scope="module")
def prepared_database(environment, tmp_path_factory) -> str:
    """The database after the service `prepare`; what that printed."""
    log = tmp_path_factory.mktemp("prepare") / "log"
    process = start(SERVICES["prepare"]["command"], environment, log)
    assert process.wait(timeout=120) == 0, log.read_text()
    return log.read_text()


def test_the_database_is_prepared_without_demo_data(prepared_database):
    assert "The database is ready." in prepared_database
    assert "demo" not in prepared_database


def without(words: list[str], *options: str) -> list[str]:
    """A command without these options and their values."""
    gone = {place + step for place, word in enumerate(words) if word in options for step in (0, 1)}
    return [word for place, word in enumerate(words) if place not in gone]


def test_the_workers_differ_in_name_queues_and_threads_only_and_serve_all_queues():
    commands = [SERVICES[part]["command"] for part in WORKERS]
    assert len({tuple(without(words, "-Q", "-n", "-c")) for words in commands}) == 1
    served = [queue for words in commands for queue in words[words.index("-Q") + 1].split(",")]
    bundled = {queue for _name, queues, _threads in site.WORKERS for queue in queues.split(",")}
    assert len(served) == len(bundled) and set(served) == bundled


def test_web_a_worker_and_beat_start(prepared_database, environment, tmp_path):
    """One worker stands for all, which differ in nothing that a start could fail at."""
    port = site.free_port(18200, taken=set(), say=lambda _: None, what="the site")
    web = [str(port) if word == "8000" else word for word in docker_command()]
    web[web.index("--host") + 1] = "127.0.0.1"
    commands = {"web": web} | {part: SERVICES[part]["command"] for part in ("worker-bulk", "beat")}
    running = {
        name: start(
            command,
            environment | {READY_FILE_VARIABLE: str(tmp_path / f"{name}.ready")},
            tmp_path / f"{name}.log",
        )
        for name, command in commands.items()
    }

    def ready(name: str) -> bool:
        if name == "web":
            return answers(f"http://127.0.0.1:{port}/readyz")
        return (tmp_path / f"{name}.ready").exists()

    try:
        for name in commands:
            assert processes.wait_until(
                lambda name=name: ready(name) or running[name].poll() is not None,
                seconds=60,
                step=0.1,
            ) and ready(name), (tmp_path / f"{name}.log").read_text()
    finally:
        for process in running.values():
            end(process)
