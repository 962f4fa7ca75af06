"""Strips, a person's own work, stopping and going on, health."""

import json
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.jobs import kinds  # noqa: F401 - registers the kinds of these tests
from tests.jobs.conftest import NOBODY_HOME, signed_in
from vinyl.jobs import access, services
from vinyl.jobs.models import Job

HTMX = {"HTTP_HX_REQUEST": "true"}


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


# --- a person's own work ------------------------------------------------------------------


def test_own_work_is_listed_newest_first_and_listens_to_all_of_it(owner, stranger, job):
    failed = services.enqueue("tests.fail", owner=owner)
    services.run_pending_jobs(kinds=["tests.fail"])
    services.enqueue("tests.owner_sees", owner=stranger)
    page = signed_in(owner).get(reverse("jobs:own")).content.decode()
    assert page.index(f'id="job-{failed.pk}"') < page.index(f'id="job-{job.pk}"')
    assert f"topics=work:{owner.pk},user:{owner.pk}" in page
    assert f'action="/jobs/{failed.pk}/again/"' in page
    assert f'action="/jobs/{job.pk}/cancel/"' in page
    assert "Asking in their language" not in page, "somebody else's work"


def test_a_strip_in_the_list_takes_its_own_answer_whole(owner, job):
    """The list picks itself out of a page with hx-select; a strip that inherits it vanishes."""
    page = signed_in(owner).get(reverse("jobs:own")).content.decode()
    strip = re.search(rf'<div class="job" id="job-{job.pk}"[^>]*>', page)[0]
    assert 'hx-target="this" hx-select="unset"' in strip


def test_own_work_is_narrowed_by_its_address(owner, job):
    services.enqueue("tests.fail", owner=owner)
    services.run_pending_jobs(kinds=["tests.fail"])
    client = signed_in(owner)
    shown = {
        show: [name for name in ("Counting", "Failing") if name in page]
        for show in ("", "active", "failed", "done", "nonsense")
        for page in [client.get(reverse("jobs:own"), {"show": show}).content.decode()]
    }
    assert shown == {
        "": ["Counting", "Failing"],
        "active": ["Counting"],
        "failed": ["Failing"],
        "done": [],
        "nonsense": ["Counting", "Failing"],
    }


def test_own_work_has_pages(owner):
    for _number in range(21):
        services.enqueue("tests.count", owner=owner, payload={"to": 1})
    client = signed_in(owner)
    assert client.get(reverse("jobs:own")).content.decode().count('class="job"') == 20
    assert client.get(reverse("jobs:own") + "?page=2").content.decode().count('class="job"') == 1


def test_own_work_is_for_the_signed_in(client, db):
    answer = client.get(reverse("jobs:own"))
    assert answer.status_code == 302 and "/account/login/" in answer["Location"]


@pytest.mark.parametrize("rows", [1, 3])
def test_own_work_costs_the_same_queries_with_one_job_and_three(
    owner, rows, django_assert_num_queries
):
    for _number in range(rows):
        services.enqueue("tests.count", owner=owner, payload={"to": 1})
    client = signed_in(owner)
    with django_assert_num_queries(5):  # session, person, counts of the header, count, jobs
        client.get(reverse("jobs:own"))


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


def test_a_job_says_what_it_is_about(owner):
    services.enqueue("tests.count", owner=owner, payload={"to": 1, "subject": "Tago Mago · eBay"})
    page = signed_in(owner).get("/jobs/").content.decode()
    assert "Counting: Tago Mago · eBay" in page
