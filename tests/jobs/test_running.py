"""A job from its row to its end: steps, checkpoints, failures, waits, stopping."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation

from tests.jobs import kinds
from vinyl.jobs import leases, queries, registry, runner, services
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, More, StepResult, job_kind, on_done

State = Job.State


@pytest.fixture(autouse=True)
def _fresh_record():
    kinds.done.clear()


def expire_lease(job: Job) -> None:
    """The time that a dead worker's lease takes to run out, passed at once."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_job_runs_its_steps_from_checkpoint_to_checkpoint():
    job = services.enqueue("tests.count", payload={"to": 3})
    assert (job.state, job.queue) == (State.QUEUED, "interactive")
    [ran] = services.run_pending_jobs()
    assert (ran.pk, ran.state, ran.result) == (job.pk, State.DONE, {"counted": 3})
    assert [at for _job, at in kinds.done] == [0, 1, 2]
    assert (ran.progress_done, ran.progress_total) == (3, 3)
    assert ran.lease_token is None and ran.finished_at is not None


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
def test_message_delivered_twice_runs_the_job_once():
    job = services.enqueue("tests.count", payload={"to": 2})
    assert runner.run_job(job.pk).state == State.DONE
    assert runner.run_job(job.pk) is None
    assert len(kinds.done) == 2


@pytest.mark.django_db
def test_message_for_a_job_that_is_gone_does_nothing():
    assert runner.run_job(987654321) is None


@pytest.mark.django_db
def test_silent_job_is_taken_back_counts_an_attempt_and_goes_on_at_its_checkpoint():
    job = services.enqueue("tests.count", payload={"to": 3})
    assert leases.take(job.pk)
    Job.objects.filter(pk=job.pk).update(checkpoint={"at": 2})
    assert services.sweep()["taken_back"] == 0, "a lease that still holds was taken"
    expire_lease(job)
    assert services.sweep()["taken_back"] == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_token) == (State.QUEUED, 1, None)
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
    for _death in range(registry.MAX_ATTEMPTS):
        assert leases.take(job.pk)
        expire_lease(job)
        services.sweep()
    job.refresh_from_db()
    assert (job.state, job.dead, job.error_code) == (State.FAILED, True, "lease_lost")


@pytest.mark.django_db
def test_poisonous_job_ends_among_the_dead_and_can_be_run_again(monkeypatch):
    job = services.enqueue("tests.poison")
    services.run_pending_jobs(ignore_waits=True)
    job.refresh_from_db()
    assert (job.state, job.dead, job.attempts) == (State.FAILED, True, 3)
    assert len(kinds.done) == 3
    assert "KeyError" in job.error_detail and "abc123" not in job.error_detail
    assert "KeyError" not in queries.strip(job).cause
    assert queries.dead_count() == 1
    monkeypatch.setenv("TESTS_POISON_CURED", "1")
    services.run_again(job)
    assert (job.state, job.dead, job.attempts, job.error_code) == (State.QUEUED, False, 0, "")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, queries.dead_count()) == (State.DONE, 0)


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
def test_busy_upstream_is_waited_for_until_it_says():
    job = services.enqueue("tests.upstream", payload={"error": "rate"})
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.QUEUED, 0)
    left = job.not_before - timezone.now()
    assert timedelta(seconds=80) < left <= timedelta(seconds=90)
    shown = queries.strip(job)
    assert shown.cause.startswith("Discogs is busy")
    assert shown.status.startswith("Next try at")


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
def test_step_that_fails_says_why_in_the_readers_words():
    job = services.enqueue("tests.fail")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.dead, job.error_code) == (State.FAILED, False, "no_listens")
    assert queries.strip(job).cause == "nuria has no listens."


@pytest.mark.django_db
def test_step_may_ask_for_another_try_until_its_last():
    job = services.enqueue("tests.retry")
    services.run_pending_jobs(ignore_waits=True)
    job.refresh_from_db()
    assert (job.state, job.dead, job.attempts) == (State.FAILED, True, 2)


@pytest.mark.django_db
def test_unknown_kind_is_refused_when_queued_and_fails_clearly_when_found():
    with pytest.raises(ValueError, match=r"tests\.nothing"):
        services.enqueue("tests.nothing")
    job = Job.objects.create(kind="tests.gone")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.dead, job.error_code) == (State.FAILED, True, "unknown_kind")


@pytest.mark.django_db
def test_same_key_while_active_is_the_same_job_and_a_new_one_afterwards():
    first = services.enqueue("tests.count", payload={"to": 1}, dedupe_key="refresh:7")
    assert services.enqueue("tests.count", payload={"to": 1}, dedupe_key="refresh:7") == first
    assert services.enqueue("tests.count", payload={"to": 1}, dedupe_key="refresh:8") != first
    services.run_pending_jobs()
    assert services.enqueue("tests.count", payload={"to": 1}, dedupe_key="refresh:7") != first


@pytest.mark.django_db(transaction=True)
def test_two_tabs_pressing_refresh_at_once_get_one_job():
    start, got = threading.Barrier(4), []

    def press():
        try:
            start.wait(5)
            got.append(services.enqueue("tests.count", payload={"to": 1}, dedupe_key="k").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(got) == 4 and len(set(got)) == 1
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_queued_job_stops_at_once_and_goes_on_when_asked():
    job = services.enqueue("tests.count", payload={"to": 1})
    services.cancel(job)
    assert (job.state, services.run_pending_jobs()) == (State.CANCELLED, [])
    services.run_again(job)
    services.run_pending_jobs()
    job.refresh_from_db()
    assert job.state == State.DONE


@pytest.mark.django_db
def test_running_job_stops_at_its_next_progress_and_keeps_its_checkpoint():
    reached = []

    @job_kind("tests.stopped", label="Stopped in the middle")
    def step(ctx: JobContext) -> StepResult:
        if not ctx.checkpoint:
            return More({"page": 2})
        services.cancel(Job.objects.get(pk=ctx.job.pk))
        try:
            ctx.progress(1, 2)
        except Exception:  # noqa: BLE001 - a step that swallows errors must not swallow Stop
            reached.append("swallowed")
        reached.append("after")
        return Done()

    try:
        job = services.enqueue("tests.stopped", dedupe_key="one")
        services.run_pending_jobs()
    finally:
        registry.forget_kind("tests.stopped")
    job.refresh_from_db()
    assert (job.state, job.checkpoint, reached) == (State.CANCELLED, {"page": 2}, [])


@pytest.mark.django_db
def test_job_told_to_stop_between_two_steps_does_not_go_on():
    @job_kind("tests.between", label="Between")
    def step(ctx: JobContext) -> StepResult:
        services.cancel(Job.objects.get(pk=ctx.job.pk))
        ctx.lease.cancelled = True  # what the heartbeat would have seen by now
        return More({"page": 2})

    try:
        job = services.enqueue("tests.between")
        services.run_pending_jobs()
    finally:
        registry.forget_kind("tests.between")
    job.refresh_from_db()
    assert (job.state, job.checkpoint) == (State.CANCELLED, {"page": 2})


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
def test_progress_and_changes_of_state_are_published(heard, owner):
    job = services.enqueue("tests.count", owner=owner, payload={"to": 1})
    services.run_pending_jobs()
    events = heard()
    mine = [one for one in events if one["topic"] == f"job:{job.pk}"]
    assert {one["event"] for one in mine} == {f"job-{job.pk}"}
    assert [one["data"]["state"] for one in mine] == ["running", "running", "done"]
    assert mine[1]["data"]["done"] == 1
    assert f"user-{owner.pk}" in {one["event"] for one in events}


@pytest.mark.django_db(transaction=True)
def test_many_progress_calls_publish_at_most_five_a_second(heard):
    @job_kind("tests.chatty", label="Chatty")
    def step(ctx: JobContext) -> StepResult:
        for number in range(2000):
            ctx.progress(number, 2000)
        return Done()

    try:
        services.enqueue("tests.chatty")
        services.run_pending_jobs()
    finally:
        registry.forget_kind("tests.chatty")
    running = [one for one in heard() if one["data"]["state"] == "running"]
    assert 2 <= len(running) <= 7


@pytest.mark.django_db
def test_strip_is_written_in_the_readers_language():
    job = services.enqueue("tests.owner_sees")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert queries.strip(job).steps == (("12 months", "9,871 plays", "done"),)
    with translation.override("es"):
        assert queries.strip(job).steps[0][1].startswith("9871")


@pytest.mark.django_db
def test_time_left_follows_the_pace():
    job = Job(
        pk=1, kind="tests.count", state=State.RUNNING, progress_done=50, progress_total=100,
        started_at=timezone.now() - timedelta(seconds=20),
    )  # fmt: skip
    assert queries.time_left(job) == "about 20 seconds left"
    job.progress_done = 2
    assert queries.time_left(job) == ""


@pytest.mark.django_db
def test_old_finished_jobs_are_cleaned_up_and_others_stay():
    def finished(days: int, **fields):
        ended = timezone.now() - timedelta(days=days)
        return Job.objects.create(kind="tests.count", finished_at=ended, **fields)

    old = finished(15, state=State.DONE)
    kept = [
        finished(13, state=State.DONE),
        finished(15, state=State.FAILED, dead=True),
        services.enqueue("tests.count", payload={"to": 1}),
    ]
    cleaning = services.enqueue("jobs.clean_up")
    services.run_pending_jobs(kinds=["jobs.clean_up"])
    cleaning.refresh_from_db()
    assert cleaning.result == {"deleted": 1}
    assert not Job.objects.filter(pk=old.pk).exists()
    assert Job.objects.filter(pk__in=[job.pk for job in kept]).count() == 3


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


@pytest.mark.django_db(transaction=True)
def test_job_survives_a_database_that_is_restarted_under_it():
    job = services.enqueue("tests.cut")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.QUEUED, 1)
    services.run_pending_jobs(ignore_waits=True)
    job.refresh_from_db()
    assert (job.state, job.attempts, len(kinds.done)) == (State.DONE, 0, 2)
