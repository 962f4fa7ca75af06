"""Strips, stopping and going on, the status page, the admin, health."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.jobs import kinds  # noqa: F401 - registers the kinds of these tests
from vinyl import health
from vinyl.jobs import access, services, status, tasks, vitals
from vinyl.jobs.models import Job
from vinyl.upstreams import request_log
from vinyl.upstreams.asking import Lane

HTMX = {"HTTP_HX_REQUEST": "true"}
NOBODY_HOME = "unix:///nowhere/valkey.sock"


def signed_in(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.fixture
def job(owner):
    return services.enqueue("tests.count", owner=owner, payload={"to": 1})


def test_owner_sees_the_strip_and_it_listens_to_its_job(client, owner, job):
    client.force_login(owner)
    answer = client.get(reverse("jobs:job", args=[job.pk]), **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'id="job-{job.pk}"' in page
    assert f'hx-trigger="sse:job-{job.pk} throttle:500ms, every 10s"' in page
    assert f'action="/jobs/{job.pk}/cancel/"' in page
    assert "Waiting for its turn" in page
    assert "no-cache" in answer["Cache-Control"]


def test_finished_strip_stops_asking_and_tells_the_page(owner, job):
    services.run_pending_jobs()
    answer = signed_in(owner).get(reverse("jobs:job", args=[job.pk]), **HTMX)
    assert answer.status_code == 286
    assert "hx-get" not in answer.content.decode()
    told = json.loads(answer["HX-Trigger"])
    assert told[f"job-finished-{job.pk}"] == {"id": job.pk, "kind": "tests.count", "state": "done"}


def test_job_is_a_page_without_script(owner, job):
    answer = signed_in(owner).get(reverse("jobs:job", args=[job.pk]))
    assert answer.status_code == 200
    assert b"<h1" in answer.content and b"Counting" in answer.content


@pytest.mark.parametrize(
    ("name", "method"), [("job", "get"), ("cancel", "post"), ("again", "post")]
)
def test_stranger_and_anonymous_get_404_for_somebodys_job(owner, stranger, job, name, method):
    address = reverse(f"jobs:{name}", args=[job.pk])
    for client in (signed_in(stranger), Client()):
        assert getattr(client, method)(address).status_code == 404
    assert (
        getattr(signed_in(owner), method)(reverse(f"jobs:{name}", args=[10**12])).status_code == 404
    )
    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == (Job.State.QUEUED, False)


def test_staff_may_watch_and_stop(staff, job):
    client = signed_in(staff)
    assert client.get(reverse("jobs:job", args=[job.pk]), **HTMX).status_code == 200
    client.post(reverse("jobs:cancel", args=[job.pk]), **HTMX)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_browser_that_started_a_job_without_account_may_watch_it(db):
    nobodys = services.enqueue("tests.count", payload={"to": 1})
    client = Client()
    session = client.session
    session[access.SESSION_KEY] = [nobodys.pk]
    session.save()
    assert client.get(reverse("jobs:job", args=[nobodys.pk]), **HTMX).status_code == 200
    assert Client().get(reverse("jobs:job", args=[nobodys.pk]), **HTMX).status_code == 404


def test_watching_somebodys_shared_job_is_not_stopping_it(stranger, job):
    client = signed_in(stranger)
    session = client.session
    session[access.SESSION_KEY] = [job.pk]
    session.save()
    assert client.get(reverse("jobs:job", args=[job.pk]), **HTMX).status_code == 200
    assert client.post(reverse("jobs:cancel", args=[job.pk])).status_code == 404


def test_stop_and_go_on_need_post_and_a_token(owner, job):
    stop = reverse("jobs:cancel", args=[job.pk])
    assert signed_in(owner).get(stop).status_code == 405
    assert signed_in(owner, enforce_csrf_checks=True).post(stop).status_code == 403
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


def test_stop_then_go_on_without_script_leads_back(owner, job):
    client = signed_in(owner)
    answer = client.post(reverse("jobs:cancel", args=[job.pk]), {"next": "/start/"})
    assert (answer.status_code, answer["Location"]) == (302, "/start/")
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    answer = client.post(reverse("jobs:again", args=[job.pk]), {"next": "https://evil.test/"})
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{job.pk}/")
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


def test_failed_strip_says_why_and_offers_to_go_on(owner):
    failed = services.enqueue("tests.fail", owner=owner)
    services.run_pending_jobs()
    page = signed_in(owner).get(reverse("jobs:job", args=[failed.pk]), **HTMX).content.decode()
    assert "nuria has no listens." in page
    assert f'action="/jobs/{failed.pk}/again/"' in page


def test_strip_costs_the_same_queries_whatever_the_job_holds(owner, job, django_assert_num_queries):
    client = signed_in(owner)
    with django_assert_num_queries(3):  # session, person, job
        client.get(reverse("jobs:job", args=[job.pk]), **HTMX)


# --- status -----------------------------------------------------------------------------


def test_status_is_public_and_says_what_is_not_well(client, db):
    page = client.get(reverse("jobs:status")).content.decode()
    assert "No sign of life" in page
    assert "Database" in page and "Discogs" in page and "not asked yet" in page.lower()


def test_status_says_that_everything_is_well_when_it_is(db):
    vitals.sign_worker(["interactive", "bulk"])
    tasks.sweep()
    lights = status.site_lights()
    assert {light for _name, light, _words in lights} == {"good"}
    assert status.overall(lights) == "Everything is well"


def test_status_shows_a_queue_that_backs_up(owner, job):
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    words = {name: (light, sentence) for name, light, sentence in status.site_lights()}
    assert words["Quick queue"] == ("late", "1 waiting, the oldest for 3 min; 0 running")


def _write_call():
    request_log.write(
        upstream="lastfm", method="GET", path="/2.0/?method=user.getinfo&user=nuria_bcn",
        status=200, ms=81, from_cache=False, lane=Lane.INTERACTIVE, person_id=77, budget_left=2,
    )  # fmt: skip
    request_log.write(
        upstream="discogs", method="GET", path="/users/nuria_bcn/collection", status=503, ms=900,
        from_cache=False, lane=Lane.BACKGROUND, person_id=None, error="Unavailable",
    )  # fmt: skip


def test_request_log_names_nobody_to_the_public(client, staff):
    _write_call()
    public = client.get(reverse("jobs:status_log")).content.decode()
    assert "/users/…/collection" in public and "a person" in public
    assert "nuria_bcn" not in public and "77" not in public
    full = signed_in(staff).get(reverse("jobs:status_log")).content.decode()
    assert "nuria_bcn" in full and "person 77" in full
    assert full.index("/users/nuria_bcn") < full.index("user=nuria_bcn"), "newest first"


def test_request_log_can_be_paused_by_its_address(client, db):
    assert 'hx-trigger="every 3s"' in client.get(reverse("jobs:status_log")).content.decode()
    paused = client.get(reverse("jobs:status_log") + "?paused=1").content.decode()
    assert "every 3s" not in paused and "Go on" in paused


@pytest.mark.parametrize("waiting", [1, 3])
def test_status_costs_the_same_queries_with_one_job_and_three(
    client, owner, waiting, django_assert_num_queries
):
    for _ in range(waiting):
        services.enqueue("tests.count", owner=owner, payload={"to": 1})
    health.migrations()
    with django_assert_num_queries(2):  # SELECT 1, the queues
        client.get(reverse("jobs:status"))


def test_status_stands_when_valkey_is_away(client, db, monkeypatch):
    monkeypatch.setattr(settings, "CACHE_URL", NOBODY_HOME)
    answer = client.get(reverse("jobs:status"))
    assert answer.status_code == 200
    assert "the log cannot be read" in answer.content.decode()


# --- health -----------------------------------------------------------------------------


def test_healthz_asks_nobody(client, db, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(settings, "CACHE_URL", NOBODY_HOME)
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_readyz_is_ready_when_database_migrations_and_valkey_are_well(client, db):
    answer = client.get("/readyz")
    parts = answer.json()["parts"]
    assert answer.status_code == 200
    assert [parts[name]["ok"] for name in ("database", "migrations", "valkey")] == [True] * 3
    assert parts["beat"] == {"ok": False, "required": False, "says": "no sign of beat"}


def test_readyz_is_not_ready_without_valkey(client, db, monkeypatch):
    monkeypatch.setattr(settings, "BROKER_URL", NOBODY_HOME)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["valkey"] == {
        "ok": False,
        "required": True,
        "says": "not answering",
    }


# --- admin ------------------------------------------------------------------------------


def test_curator_runs_a_dead_job_again_from_the_admin(staff, monkeypatch):
    dead = services.enqueue("tests.poison")
    services.run_pending_jobs(ignore_waits=True)
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
