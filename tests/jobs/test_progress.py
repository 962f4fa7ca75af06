"""What people hear and read of a job."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from tests.jobs import kinds
from vinyl.jobs import queries, registry, services
from vinyl.jobs.context import JobContext
from vinyl.jobs.models import Job
from vinyl.jobs.registry import Done, StepResult, job_kind

State = Job.State


@pytest.fixture(autouse=True)
def _fresh_record():
    kinds.done.clear()


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
def test_step_that_fails_says_why_in_the_readers_words():
    job = services.enqueue("tests.fail")
    services.run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, job.dead, job.error_code) == (State.FAILED, False, "no_listens")
    assert queries.strip(job).cause == "nuria has no listens."


@pytest.mark.django_db(transaction=True)
def test_progress_and_changes_of_state_are_published(heard, owner):
    job = services.enqueue("tests.count", owner=owner, payload={"to": 1})
    services.run_pending_jobs()
    events = heard()
    mine = [one for one in events if one["topic"] == f"job:{job.pk}"]
    assert {one["event"] for one in mine} == {f"job-{job.pk}"}
    assert [one["data"]["state"] for one in mine] == ["queued", "running", "running", "done"]
    assert mine[2]["data"]["done"] == 1
    assert f"user-{owner.pk}" in {one["event"] for one in events}
    # Who waits for what it brings hears of its end alone: it brought nothing meanwhile.
    assert [one for one in events if one["topic"] == f"news:{job.pk}"] == [
        {"topic": f"news:{job.pk}", "event": f"news-{job.pk}", "data": {"id": job.pk}}
    ]


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
    running = [one for one in heard() if one["data"].get("state") == "running"]
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
