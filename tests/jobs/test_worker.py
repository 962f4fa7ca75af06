"""A real Celery worker: what happens when it is killed in the middle of a job."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.jobs import kinds  # noqa: F401 - registers the kinds of these tests
from vinyl.jobs import services, vitals
from vinyl.jobs.models import Job
from vinyl.live import CHANNEL

ROOT = Path(__file__).resolve().parents[2]


def until(condition: Callable[[], Any], what: str, seconds: float = 40) -> Any:
    """Look again whenever the workers publish something (a first sign of life is not published:
    for that at least five times a second)."""
    deadline = time.monotonic() + seconds
    with redis.Redis.from_url(settings.LIVE_URL) as client, client.pubsub() as live:
        live.subscribe(CHANNEL)
        while time.monotonic() < deadline:
            if found := condition():
                return found
            live.get_message(timeout=0.2)
    raise AssertionError(f"not within {seconds} s: {what}")


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start `celery worker` on this run's test database and broker."""
    parts = urlsplit(settings.DATABASE_URL)
    database = urlunsplit(parts._replace(path="/" + connection.settings_dict["NAME"]))
    environment = os.environ | {"DATABASE_URL": database, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = []

    def start(pool: str = "threads") -> subprocess.Popen[bytes]:
        number = len(started)
        log = open(tmp_path / f"worker-{number}.log", "wb")  # noqa: SIM115 - outlives this call
        command = [
            sys.executable, "-m", "celery", "-A", "vinyl", "worker", "-Q", "interactive,bulk",
            "-P", pool, "-c", "2", "-n", f"test{number}@%h", "-I", "tests.jobs.kinds",
            "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO",
        ]  # fmt: skip
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        started.append((worker, log))
        until(
            lambda: vitals.worker_alive("interactive"),
            (tmp_path / f"worker-{number}.log").read_text,
        )
        return worker

    yield start
    for worker, log in started:
        worker.kill()
        worker.wait(20)
        log.close()


def test_killed_worker_costs_a_restart_and_the_next_one_goes_on_at_its_checkpoint(
    start_worker, tmp_path
):
    died = tmp_path / "died"
    first = start_worker()
    job = services.enqueue("tests.die", payload={"died": str(died)})
    assert first.wait(40) == -9
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.RUNNING, 0)
    assert timezone.now() < job.lease_until < timezone.now() + timedelta(seconds=21)
    assert job.checkpoint["first_by"] == first.pid
    [dead] = vitals.workers()
    vitals.forget_worker(dead.who)  # its last sign, faded at once

    second = start_worker()
    # Starting, it takes up the work of a process that is gone from this machine; nobody waits for
    # the lease to run out.
    until(lambda: Job.objects.get(pk=job.pk).is_finished, "the job's end")
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.DONE, 0)
    assert job.result == {"first_by": first.pid, "second_by": second.pid}

    runs_what_is_queued_and_tells_when_it_goes(second)


def runs_what_is_queued_and_tells_when_it_goes(worker):
    """Of the second worker of that test: a third would need its seconds to start."""
    assert vitals.worker_alive("interactive") and vitals.worker_alive("bulk")
    jobs = [services.enqueue("tests.count", payload={"to": 3}) for _ in range(3)]
    until(
        lambda: Job.objects.filter(pk__in=[job.pk for job in jobs], state="done").count() == 3,
        "three jobs done",
    )
    worker.terminate()
    assert worker.wait(30) == 0
    assert not vitals.worker_alive("interactive")
