"""Messages, the sweeper and the schedule."""

from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu import Queue

from tests.jobs import kinds  # noqa: F401 - registers the kinds of these tests
from vinyl import celery
from vinyl.jobs import services, tasks, vitals
from vinyl.jobs.models import Job
from vinyl.jobs.registry import kind_of

NOBODY_HOME = "unix:///nowhere/valkey.sock"


@pytest.mark.django_db(transaction=True)
def test_message_leaves_after_the_commit_and_not_before():
    with transaction.atomic():
        services.enqueue("tests.count", payload={"to": 1})
        assert vitals.queue_messages("interactive") == 0
    assert vitals.queue_messages("interactive") == 1


@pytest.mark.django_db(transaction=True)
def test_job_whose_message_was_lost_gets_another_one():
    job = services.enqueue("tests.count", payload={"to": 1})
    assert services.sweep()["dispatched"] == 0, "the message is still on its way"
    vitals.client(settings.BROKER_URL).flushdb()
    assert services.sweep()["dispatched"] == 0, "too soon to call it lost"
    Job.objects.filter(pk=job.pk).update(dispatched_at=timezone.now() - timedelta(seconds=31))
    assert services.sweep()["dispatched"] == 1
    assert vitals.queue_messages("interactive") == 1


@pytest.mark.django_db(transaction=True)
def test_long_queue_is_slow_and_not_lost_so_it_does_not_grow():
    services.enqueue("tests.count", payload={"to": 1})
    Job.objects.update(dispatched_at=timezone.now() - timedelta(hours=1))
    assert services.sweep()["dispatched"] == 0
    assert vitals.queue_messages("interactive") == 1


@pytest.mark.django_db(transaction=True)
def test_waiting_job_is_dispatched_when_its_time_has_come():
    job = services.enqueue("tests.wait")
    services.run_pending_jobs()
    assert services.sweep()["dispatched"] == 0
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert services.sweep()["dispatched"] == 1
    assert services.sweep()["dispatched"] == 0, "one message is enough"


@pytest.mark.django_db(transaction=True)
def test_broker_that_is_down_delays_a_job_and_breaks_nothing(monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError("broker is down")

    with monkeypatch.context() as patched:
        patched.setattr(type(current_app._get_current_object()), "send_task", refuse)
        job = services.enqueue("tests.count", payload={"to": 1})
    job.refresh_from_db()
    assert (job.state, job.dispatched_at) == (Job.State.QUEUED, None)
    assert services.sweep()["dispatched"] == 1


def next_in(queue):
    """The job that a worker of this queue takes next, as the broker hands messages out."""
    with current_app.connection_for_read() as connection, connection.channel() as channel:
        message = Queue(queue).bind(channel).get(no_ack=True)
    [job_id], _named, _about = message.payload
    return Job.objects.get(pk=job_id).kind


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("queue", "crowd", "prompt"),
    [
        ("sync", "pricing.ask", "pricing.daily_rates"),
        ("sync", "catalog.sync_album_releases", "pricing.promote"),
        ("sync", "pricing.ask", "pricing.check_alerts"),
        ("bulk", "catalog.refresh_due", "accounts.trim_lastfm"),
    ],
)
def test_what_is_short_and_dated_does_not_wait_behind_a_crowd_of_bulk_work(
    make_user, queue, crowd, prompt
):
    for number in range(30):
        payload = {"album_id": number, "provider": "discogs"}
        services.enqueue(crowd, payload=payload, dedupe_key=f"{number}", lane=queue)
    services.enqueue(crowd, payload=payload, owner=make_user("nora"), lane=queue)
    services.enqueue(prompt, payload={"album_id": 1}, dedupe_key="beat")

    assert next_in(queue) == prompt
    assert [next_in(queue) for _ in range(31)] == [crowd] * 31


@pytest.mark.django_db(transaction=True)
def test_beat_queues_a_kind_once_and_survives_an_unknown_one():
    first = tasks.enqueue_kind("jobs.clean_up")
    assert first is not None and tasks.enqueue_kind("jobs.clean_up") == first
    assert tasks.enqueue_kind("no.such_kind") is None


def test_sweep_is_a_sign_of_life_of_beat(transactional_db):
    assert not vitals.beat_alive()
    tasks.sweep()
    assert vitals.beat_alive()


def test_scheduled_kinds_exist():
    """Beat knows kinds by name only: a renamed kind would end its work in silence."""
    named = [entry["args"][0] for entry in celery.beat_schedule().values() if "args" in entry]
    assert {name for name in named if kind_of(name) is None} == set()
    assert {"catalog.sync_stale", "pricing.refresh_stale", "pricing.daily_rates"} <= set(named)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("unix:///run/v.sock?db=1", "redis+socket:///run/v.sock?virtual_host=1"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock?virtual_host=0"),
        ("redis://:secret@host:6379/1", "redis://:secret@host:6379/1"),
    ],
)
def test_broker_address_is_written_as_celery_wants_it(given, wanted):
    assert celery.broker_url(given) == wanted


def test_queues_are_safe_against_lost_workers():
    conf = celery.app.conf
    assert conf.task_acks_late and conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    # It is the rows that bring lost work back.
    assert conf.broker_transport_options["ack_emulation"] is False
    assert conf.timezone == "UTC" and conf.result_backend is None
    assert conf.beat_scheduler == "django_celery_beat.schedulers:DatabaseScheduler"
