"""Asking for work, stopping it, running it again, forgetting it."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from tests.jobs import kinds
from vinyl import standing
from vinyl.jobs import queries, registry, services, vitals
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, More, StepResult, job_kind

State = Job.State


@pytest.fixture(autouse=True)
def _fresh_record():
    kinds.done.clear()


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
def test_several_jobs_queued_at_once_leave_an_active_one_of_their_key_alone():
    first = services.enqueue("tests.count", payload={"to": 1}, dedupe_key="a")
    wishes = [services.Wish("tests.count", key, {"to": 2}) for key in ("a", "b", "c")]
    shared, *new = services.enqueue_all(wishes)
    assert shared is None
    assert len({first.pk, *(one.pk for one in new)}) == 3
    assert vitals.queue_messages("interactive") == 3
    for job in new:
        stored = Job.objects.get(pk=job.pk)
        assert (stored.state, stored.queue, stored.payload) == ("queued", "interactive", {"to": 2})
        assert stored.dispatched_at is not None
    services.run_pending_jobs()
    assert {job.state for job in Job.objects.all()} == {State.DONE}
    with pytest.raises(ValueError):
        services.enqueue_all([services.Wish("tests.nothing", "a")])


@pytest.mark.django_db(transaction=True)
def test_jobs_are_queued_with_what_belongs_to_them_or_not_at_all():
    def fails():
        with standing.cursor() as cursor:
            cursor.execute("INSERT INTO jobs_job (id) VALUES (1)")

    with pytest.raises(IntegrityError):
        services.enqueue_all([services.Wish("tests.count", "a", {"to": 1})], beside=fails)
    assert not Job.objects.exists()
    assert vitals.queue_messages("interactive") == 0


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
