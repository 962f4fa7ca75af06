"""Who may run a job, and what happens when its runner goes silent."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.jobs import kinds
from vinyl.embedded import holders
from vinyl.jobs import leases, runner, services
from vinyl.jobs.models import Job

State = Job.State


@pytest.fixture(autouse=True)
def _fresh_record():
    kinds.done.clear()


def expire_lease(job: Job) -> None:
    """The time that a dead worker's lease takes to run out, passed at once."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_two_runners_at_once_only_one_gets_the_lease():
    job = services.enqueue("tests.count", payload={"to": 1})
    start, got = threading.Barrier(2), []

    def run():
        try:
            start.wait(5)
            got.append(leases.take(job.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(got) == 2
    assert sorted(lease is None for lease in got) == [False, True]


@pytest.mark.django_db
def test_silent_job_is_taken_back_counts_an_attempt_and_goes_on_at_its_checkpoint():
    job = services.enqueue("tests.count", payload={"to": 3})
    assert leases.take(job.pk)
    Job.objects.filter(pk=job.pk).update(checkpoint={"at": 2})
    assert services.sweep()["taken_back"] == 0, "a lease that still holds was taken"
    expire_lease(job)
    assert services.sweep()["taken_back"] == 1
    job.refresh_from_db()
    assert (job.state, job.losses, job.lease_token) == (State.QUEUED, 1, None)
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, [at for _job, at in kinds.done]) == (State.DONE, [2])


@pytest.mark.django_db
def test_runner_that_lost_its_lease_writes_nothing_any_more():
    job = services.enqueue("tests.count", payload={"to": 1})
    old = leases.take(job.pk)
    expire_lease(job)
    services.sweep()
    new = leases.take(job.pk)
    assert new is not None and new.token != old.token
    stale = Job.objects.get(pk=job.pk)
    assert runner._let_go(stale, old.token, runner.Outcome(State.DONE)) is None
    job.refresh_from_db()
    assert (job.state, job.lease_token) == (State.RUNNING, new.token)
    leases.renew([old, new])
    assert (old.lost, new.lost) == (True, False)


@pytest.mark.django_db
def test_job_that_keeps_killing_its_worker_ends_among_the_dead():
    job = services.enqueue("tests.count", payload={"to": 1})
    for _death in range(runner.MAX_LOSSES):
        assert leases.take(job.pk)
        expire_lease(job)
        services.sweep()
    job.refresh_from_db()
    assert (job.state, job.dead, job.error_code) == (State.FAILED, True, "lease_lost")


@pytest.mark.django_db(transaction=True)
def test_heartbeat_keeps_the_lease_and_hears_of_stop(monkeypatch):
    monkeypatch.setattr(leases, "HEARTBEAT_S", 0.02)
    job = services.enqueue("tests.count", payload={"to": 1})
    lease = leases.take(job.pk)
    beating = leases.Heartbeat()
    almost_over = timezone.now() + timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_until=almost_over)
    beating.keep(lease)
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not lease.cancelled:
            job.refresh_from_db()
            if job.lease_until > almost_over and not job.cancel_requested:
                services.cancel(job)
    finally:
        beating.drop(lease)
        beating._thread.join(5)
    assert job.lease_until > almost_over + timedelta(seconds=15)
    assert (lease.cancelled, lease.lost) == (True, False)


@pytest.mark.django_db
def test_step_that_hangs_in_silence_is_not_renewed_for_ever():
    job = services.enqueue("tests.count", payload={"to": 1})
    lease = leases.take(job.pk)
    expire_lease(job)
    lease.touched_at -= leases.SILENT_STEP_LIMIT_S
    leases.renew([lease])
    assert services.sweep()["taken_back"] == 1


@pytest.mark.django_db
def test_job_of_another_machine_is_taken_back_only_when_its_lease_runs_out():
    job = services.enqueue("tests.count", payload={"to": 1})
    assert leases.take(job.pk)
    for holder in ("", "another-boot-4026531836:1:0", "unknown:1:0", holders.this_process()):
        Job.objects.filter(pk=job.pk).update(lease_holder=holder)
        assert services.sweep()["taken_back"] == 0, holder
    expire_lease(job)
    assert services.sweep()["taken_back"] == 1


@pytest.mark.django_db
def test_job_of_a_process_that_is_gone_from_this_machine_is_taken_back_at_once():
    job = services.enqueue("tests.count", payload={"to": 1})
    assert leases.take(job.pk)
    # This process's number, but of a process that began at another time.
    reused = holders.this_process().rpartition(":")[0] + ":1000"
    Job.objects.filter(pk=job.pk).update(lease_holder=reused)
    assert services.sweep()["taken_back"] == 1
