"""The curators' test panel: every client method, syncs and lists, with the requests they made."""

import inspect
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from tests.factories import make_person
from vinyl.desk import calls, panel, services
from vinyl.desk.typed import rows_of
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import breaker
from vinyl.upstreams.registry import UPSTREAMS

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator():
    return make_person(is_staff=True, is_superuser=True)


@pytest.fixture
def browser(curator):
    client = Client()
    client.force_login(curator)
    return client


def run(browser, what, **values):
    """Press Run and let the workers work; the page with the result."""
    answer = browser.post("/admin/panel/", {"run": what, **values})
    assert answer.status_code == 302, answer.context["form"].errors
    run_pending_jobs([services.CALL])
    return browser.get(answer["Location"])


def test_every_method_of_every_client_can_be_chosen(browser):
    text = browser.get("/admin/panel/").text
    for service in UPSTREAMS:
        client = calls.client_class(service)
        assert client is not None, service
        for name, _function in inspect.getmembers(client, inspect.isfunction):
            if not name.startswith("_"):
                assert f'value="{service}.{name}"' in text


@pytest.mark.parametrize("key", sorted(calls.methods()))
def test_every_method_has_a_form_with_its_parameters(key):
    form = panel.form_for(key, None)
    assert list(form.fields) == [*(one.name for one in calls.methods()[key].params), "person"]


@pytest.mark.parametrize("service", sorted(UPSTREAMS))
def test_the_form_of_a_chosen_method_stands_on_the_page(service, browser):
    key = next(key for key in sorted(calls.methods()) if key.startswith(f"{service}."))
    page = browser.get("/admin/panel/", {"run": key})
    assert type(page.context["form"]) is type(panel.form_for(key, None))
    for name in page.context["form"].fields:
        assert f'name="{name}"' in page.text


def test_a_call_shows_typed_fields_and_its_request(browser, sandbox):
    page = run(browser, "discogs.artist", id="45")
    assert page.status_code == 200
    names = {row["name"]: row for row in page.context["result"]["rows"]}
    assert names["id"] == {"name": "id", "type": "int", "value": "45"}
    assert names["name"]["type"] == "str"
    assert [line.path for line in page.context["requests"]] == ["/artists/45"]
    assert "/artists/45" in page.text
    assert 'value="45"' in page.text  # what was typed stays, to be changed
    assert sandbox.asked("discogs", "/artists/45") == 1


def test_a_method_that_pages_by_itself_is_read(browser, sandbox):
    mbid = "dc641431-61ee-574a-8485-b152b3824076"
    page = run(browser, "musicbrainz.all_artist_release_groups", mbid=mbid)
    result = page.context["result"]
    assert result["error"] == ""
    assert result["rows"][0]["type"] == "list"
    assert "[0].title" in {row["name"] for row in result["rows"]}
    assert page.context["requests"]


def test_times_in_an_error_are_those_of_the_curators_clock(browser, curator, sandbox, settings):
    settings.BUDGET_SPEED = 1  # the pause lasts longer than a slow machine takes
    type(curator).objects.filter(pk=curator.pk).update(time_zone="Asia/Tokyo")
    for _ in range(breaker.OPENS_AT):
        opened = breaker.failed("discogs")
    page = run(browser, "discogs.artist", id="45")
    there = opened.astimezone(ZoneInfo("Asia/Tokyo"))
    assert page.context["result"]["says"].endswith(f"at {there:%H:%M}.")


def test_an_error_of_the_service_is_a_result(browser, sandbox):
    sandbox.fault("discogs", "403", "/artists")
    page = run(browser, "discogs.artist", id="45")
    assert page.context["result"]["error"] == "Forbidden"
    assert page.context["requests"][0].status == 403
    assert Job.objects.get(kind=services.CALL).state == "done"


def test_wrong_arguments_are_said_at_the_form_and_nothing_is_queued(browser):
    answer = browser.post("/admin/panel/", {"run": "discogs.artist", "id": "forty-five"})
    assert "id must be of the type int" in answer.text
    answer = browser.post("/admin/panel/", {"run": "discogs.artist"})
    assert answer.context["form"].errors["id"]
    assert not Job.objects.exists()


def test_results_do_not_stay_in_the_jobs_row(browser, sandbox):
    page = run(browser, "discogs.artist", id="45")
    assert page.context["result"]["rows"]
    row = Job.objects.values().get(kind=services.CALL)
    assert set(row["result"]) == {"fields", "error"}


def test_only_people_of_the_house_can_be_asked_for(browser, curator):
    stranger = make_person()
    form = browser.get("/admin/panel/", {"run": "sync.lastfm"}).context["form"]
    assert list(form.fields["person"].queryset) == [curator]
    answer = browser.post(
        "/admin/panel/", {"run": "sync.lastfm", "person": stranger.pk, "username": "rj"}
    )
    assert answer.context["form"].errors["person"]
    job = Job.objects.create(kind="accounts.sync_listening", owner=stranger)
    assert "job" not in browser.get("/admin/panel/", {"job": job.pk}).context


def test_a_sync_of_a_test_person_shows_every_request(browser, curator, sandbox):
    answer = browser.post(
        "/admin/panel/", {"run": "sync.lastfm", "person": curator.pk, "username": "mara_lastfm"}
    )
    job = Job.objects.get(kind="accounts.sync_listening")
    assert job.owner_id == curator.pk
    assert browser.get(answer["Location"])["Refresh"]
    run_pending_jobs(["accounts.sync_listening"])
    page = browser.get(answer["Location"])
    assert len(page.context["requests"]) == sandbox.asked("lastfm")
    assert page.context["requests"]


def test_a_list_is_made_for_a_test_person(browser, curator):
    browser.post("/admin/panel/", {"run": "recommendations", "person": curator.pk})
    assert Job.objects.get(kind="recommendations.make_set").owner_id == curator.pk


def test_a_sync_that_cannot_be_says_why(browser, curator):
    answer = browser.post("/admin/panel/", {"run": "sync.spotify", "person": curator.pk})
    assert "Link your Spotify account first" in answer.text


def test_secrets_of_a_result_are_not_shown():
    @dataclass(frozen=True)
    class Grant:
        scope: str
        access_token: str = field(repr=False)
        price: Decimal = Decimal("12.50")
        parts: tuple = ({"a": b"123"},)

    rows, more = rows_of(Grant("read", "marker-secret"))
    assert more == 0
    assert "marker-secret" not in str(rows)
    assert {"name": "price", "type": "Decimal", "value": "12.50"} in rows
    assert {"name": "parts[0][a]", "type": "bytes", "value": "3 B"} in rows
