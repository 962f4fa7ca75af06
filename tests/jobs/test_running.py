"""A job from its row to its end: steps, checkpoints, failures, waits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.jobs import kinds
from vinyl.jobs import registry, runner, services
from vinyl.jobs.models import Job
from vinyl.jobs.registry import on_done

State = Job.State


@pytest.fixture(autouse=True)
def _fresh_record():
    kinds.done.clear()


@pytest.mark.django_db
def test_job_runs_its_steps_from_checkpoint_to_checkpoint():
    job = services.enqueue("tests.count", payload={"to": 3})
    assert (job.state, job.queue) == (State.QUEUED, "interactive")
    [ran] = services.run_pending_jobs()
    assert (ran.pk, ran.state, ran.result) == (job.pk, State.DONE, {"counted": 3})
    assert [at for _job, at in kinds.done] == [0, 1, 2]
    assert (ran.progress_done, ran.progress_total) == (3, 3)
    assert ran.lease_token is None and ran.finished_at is not None


@pytest.mark.django_db
def test_message_delivered_twice_runs_the_job_once():
    job = services.enqueue("tests.count", payload={"to": 2})
    assert runner.run_job(job.pk).state == State.DONE
    assert runner.run_job(job.pk) is None
    assert len(kinds.done) == 2


@pytest.mark.django_db
def test_message_for_a_job_that_is_gone_does_nothing():
    assert runner.run_job(987654321) is None


@pytest.mark.django_db
def test_failed_attempt_waits_longer_each_time():
    job = services.enqueue("tests.poison")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.QUEUED, 1)
    assert timezone.now() < job.not_before < timezone.now() + timedelta(seconds=3)
    assert services.run_pending_jobs() == [], "it ran before its time"
    assert runner.backoff(1) < runner.backoff(4) < runner.backoff(7)
    assert runner.backoff(40) <= timedelta(seconds=375)


@pytest.mark.django_db
def test_good_step_forgets_earlier_failed_attempts():
    job = services.enqueue("tests.count", payload={"to": 2})
    Job.objects.filter(pk=job.pk).update(attempts=4)
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.DONE, 0)


@pytest.mark.django_db
def test_wait_is_a_time_in_the_row_and_the_checkpoint_stays():
    job = services.enqueue("tests.wait")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.checkpoint) == (State.QUEUED, {"waited": True})
    assert job.not_before > timezone.now() + timedelta(minutes=4)
    assert services.sweep()["dispatched"] == 0
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    services.run_pending_jobs()
    job.refresh_from_db()
    assert job.state == State.DONE


@pytest.mark.django_db
def test_upstream_down_is_asked_again_after_half_a_minute_and_given_up_after_a_day():
    job = services.enqueue("tests.upstream", payload={"error": "down"})
    services.run_pending_jobs()
    job.refresh_from_db()
    left = job.not_before - timezone.now()
    assert timedelta(seconds=25) < left <= timedelta(seconds=30)
    Job.objects.filter(pk=job.pk).update(stalled_since=timezone.now() - timedelta(hours=25))
    services.run_pending_jobs(ignore_waits=True)
    job.refresh_from_db()
    assert (job.state, job.dead, job.error_code) == (State.FAILED, True, "upstream_silent")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "code"), [("unknown", "not_found"), ("rejected", "credentials_rejected")]
)
def test_upstream_that_says_no_for_good_ends_the_job_after_one_try(error, code):
    job = services.enqueue("tests.upstream", payload={"error": error})
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.dead, job.error_code) == (State.FAILED, False, code)


@pytest.mark.django_db
def test_step_may_ask_for_another_try_until_its_last():
    job = services.enqueue("tests.retry")
    services.run_pending_jobs(ignore_waits=True)
    job.refresh_from_db()
    assert (job.state, job.dead, job.attempts) == (State.FAILED, True, 2)


@pytest.mark.django_db
def test_what_follows_on_a_job_is_queued_with_its_end_and_cannot_undo_it():
    told = []
    on_done("tests.count", lambda job: told.append(job.pk))

    def broken(job: Job) -> None:
        Job.objects.create(kind="tests.half")
        raise RuntimeError("broken chain")

    on_done("tests.count", broken)
    try:
        job = services.enqueue("tests.count", payload={"to": 1})
        services.run_pending_jobs(kinds=["tests.count"])
    finally:
        registry._hooks.pop("tests.count")
    job.refresh_from_db()
    assert (job.state, told) == (State.DONE, [job.pk])
    assert not Job.objects.filter(kind="tests.half").exists()


@pytest.mark.django_db(transaction=True)
def test_job_survives_a_database_that_is_restarted_under_it():
    job = services.enqueue("tests.cut")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.QUEUED, 1)
    services.run_pending_jobs(ignore_waits=True)
    job.refresh_from_db()
    assert (job.state, job.attempts, len(kinds.done)) == (State.DONE, 0, 2)
