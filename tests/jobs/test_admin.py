"""Jobs, dead letters and the schedule, as curators see them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from tests.jobs import kinds  # noqa: F401 - registers the kinds of these tests
from tests.jobs.conftest import signed_in
from vinyl import celery
from vinyl.jobs import schedule, services
from vinyl.jobs.models import Job


def dead_job():
    dead = services.enqueue("tests.poison")
    services.run_pending_jobs(ignore_waits=True)
    dead.refresh_from_db()
    assert dead.dead
    return dead


def beat_starts():
    """As the library's scheduler does with the schedule of the code."""
    for name, fields in celery.beat_schedule().items():
        ModelEntry.from_entry(name, app=celery.app, **fields)


@pytest.fixture
def beats_table(db):
    """What beat writes when it starts."""
    beat_starts()


def test_curator_runs_a_dead_job_again_from_the_admin(staff, monkeypatch):
    dead = dead_job()
    client = signed_in(staff)
    listing = reverse("admin:jobs_job_changelist")
    page = client.get(listing + "?dead__exact=1").content.decode()
    assert "tests.poison" in page and "KeyError" in page
    client.post(listing, {"action": "run_again", "_selected_action": [dead.pk]})
    dead.refresh_from_db()
    assert (dead.state, dead.dead) == (Job.State.QUEUED, False)
    client.post(listing, {"action": "stop", "_selected_action": [dead.pk]})
    dead.refresh_from_db()
    assert dead.state == Job.State.CANCELLED
    assert client.get(reverse("admin:jobs_job_change", args=[dead.pk])).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_admin_list_costs_the_same_queries_with_one_job_and_three(
    staff, rows, django_assert_max_num_queries
):
    for _ in range(rows):
        services.enqueue("tests.count", owner=staff, payload={"to": 1})
    client = signed_in(staff)
    with django_assert_max_num_queries(7):
        assert client.get(reverse("admin:jobs_job_changelist")).status_code == 200


def test_dead_letters_are_a_list_of_their_own_and_run_again_together(staff):
    dead = [dead_job(), dead_job()]
    services.enqueue("tests.count", payload={"to": 1})
    client = signed_in(staff)
    listing = reverse("admin:jobs_deadletter_changelist")
    page = client.get(listing).content.decode()
    assert page.count("tests.poison") >= 2 and "tests.count</td>" not in page
    client.post(listing, {"action": "run_again", "_selected_action": [job.pk for job in dead]})
    states = Job.objects.filter(pk__in=[job.pk for job in dead]).values_list("state", "dead")
    assert set(states) == {(Job.State.QUEUED, False)}


def test_one_dead_job_is_run_again_from_its_own_page(staff):
    dead = dead_job()
    client = signed_in(staff)
    page = client.get(reverse("admin:jobs_deadletter_change", args=[dead.pk])).content.decode()
    again = reverse("admin:jobs_job_again", args=[dead.pk])
    assert f'action="{again}"' in page
    assert client.get(again).status_code == 405
    assert client.post(again).status_code == 302
    dead.refresh_from_db()
    assert (dead.state, dead.dead) == (Job.State.QUEUED, False)
    client.post(reverse("admin:jobs_job_stop", args=[dead.pk]))
    dead.refresh_from_db()
    assert dead.state == Job.State.CANCELLED


def test_a_jobs_page_has_nothing_to_save_and_writes_nothing_back(staff):
    job = services.enqueue("tests.count", payload={"to": 1})
    entry = reverse("admin:jobs_job_change", args=[job.pk])
    client = signed_in(staff)
    page = client.get(entry).text
    assert 'name="_save"' not in page and 'name="_continue"' not in page
    assert reverse("admin:jobs_job_stop", args=[job.pk]) in page
    assert client.post(entry, {"_save": "Save"}).status_code == 403


def test_buttons_of_the_admin_are_for_staff(owner):
    dead = dead_job()
    answer = signed_in(owner).post(reverse("admin:jobs_job_again", args=[dead.pk]))
    assert answer.status_code == 302 and "/login/" in answer["Location"]
    dead.refresh_from_db()
    assert dead.dead


def test_schedule_is_listed_in_words_and_switched_off_and_on(staff, beats_table):
    client = signed_in(staff)
    listing = reverse("admin:django_celery_beat_periodictask_changelist")
    page = client.get(listing).content.decode()
    assert "Best prices" in page and "every 60" in page.lower()
    prices = PeriodicTask.objects.get(name="promote-best-prices")
    sweep = PeriodicTask.objects.get(name="sweep-jobs")
    chosen = {"_selected_action": [prices.pk, sweep.pk]}
    answer = client.post(listing, {"action": "switch_off", **chosen}, follow=True)
    assert "stays on" in answer.content.decode()
    enabled = dict(PeriodicTask.objects.values_list("name", "enabled"))
    assert (enabled["promote-best-prices"], enabled["sweep-jobs"]) == (False, True)
    assert (
        client.get(
            reverse("admin:django_celery_beat_periodictask_change", args=[prices.pk])
        ).status_code
        == 200
    )
    client.post(listing, {"action": "switch_on", **chosen})
    assert PeriodicTask.objects.get(pk=prices.pk).enabled


def test_an_entrys_page_has_nothing_to_save(staff, beats_table):
    entry = PeriodicTask.objects.first()
    page = signed_in(staff).get(
        reverse("admin:django_celery_beat_periodictask_change", args=[entry.pk])
    )
    assert entry.name in page.text and 'name="_save"' not in page.text


def test_what_is_switched_off_stays_off_when_beat_starts_again(beats_table):
    entry = PeriodicTask.objects.get(name="promote-best-prices")
    assert schedule.switch([entry], on=False) == 1
    beat_starts()
    entry.refresh_from_db()
    assert not entry.enabled


def test_entries_that_the_schedule_no_longer_names_go_and_an_operators_own_stay(beats_table):
    known = PeriodicTask.objects.get(name="sweep-jobs")
    for name, task in (("old", "jobs.enqueue_kind"), ("own", "somebody.elses")):
        PeriodicTask.objects.create(name=name, task=task, interval=known.interval)
    assert schedule.forget_unknown(celery.beat_schedule()) == 1
    names = set(PeriodicTask.objects.values_list("name", flat=True))
    assert "own" in names and "old" not in names and set(celery.beat_schedule()) <= names


def test_daily_entry_of_a_site_that_is_restarted_every_day_runs(beats_table):
    planned = timezone.now() - timedelta(hours=25)
    PeriodicTask.objects.filter(name="fetch-exchange-rates").update(date_changed=planned)
    schedule.keep_counting()
    beat_starts()
    entry = PeriodicTask.objects.get(name="fetch-exchange-rates")
    due, _again_in = ModelEntry(entry, app=celery.app).is_due()
    assert due
