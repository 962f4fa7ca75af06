"""Linking while a service cannot be asked: when to try again, and nothing is lost."""

import re
from types import SimpleNamespace

import pytest

from accounts.models import LinkedService
from tests.accounts.linking_help import YES, come_back, consent_address, link, say
from tests.factories import make_person
from vinyl.upstreams import budget
from vinyl.upstreams.registry import upstream

pytestmark = pytest.mark.django_db
SERVICES = ["discogs", "spotify"]
# The host that exchanges the answer for a token.
EXCHANGE = {"discogs": ("discogs", "/oauth"), "spotify": ("spotify-accounts", "/api/token")}
IDENTITY = {"discogs": ("discogs", "/oauth/identity"), "spotify": ("spotify", "/v1/me")}


@pytest.fixture
def nora(client, sandbox):
    person = make_person()
    client.force_login(person)
    return SimpleNamespace(person=person, browser=client)


def spend(service, settings):
    """Nobody may ask the service for the next minute."""
    settings.BUDGET_SPEED = 1
    budget.pause(upstream(service), service, 60)


def again_at(page):
    """The address of the button that tries again."""
    found = re.search(r'<a class="btn btn-main" href="([^"]+)"', page.content.decode())
    assert found, page.content.decode()
    return found.group(1).replace("&amp;", "&")


def assert_says_when(page, label, *, busy=True):
    text = page.content.decode()
    assert page.status_code == 503
    assert f"{label} is {'busy' if busy else 'not answering'}" in text
    assert re.search(r'Try again at\s+<time [^>]*datetime="[^"]+">\d\d:\d\d:\d\d</time>', text)
    assert int(page["Retry-After"]) >= 1


def test_a_spent_budget_says_when_and_its_button_starts_the_link(nora, settings):
    spend("discogs", settings)
    page = nora.browser.post("/account/discogs/login/")
    assert_says_when(page, "Discogs")
    assert 50 <= int(page["Retry-After"]) <= 60
    assert 'action="/account/discogs/login/"' in page.content.decode()
    budget.forget("discogs")
    assert "/oauth/authorize" in consent_address(nora.browser, "discogs")


@pytest.mark.parametrize("service", SERVICES)
def test_a_budget_spent_during_consent_costs_no_second_consent(nora, sandbox, settings, service):
    back = say(consent_address(nora.browser, service), person="nuria_bcn", decision=YES[service])
    spend(service, settings)
    page = come_back(nora.browser, back)
    assert_says_when(page, LinkedService.Service(service).label)
    assert sandbox.asked(*EXCHANGE[service]) == (1 if service == "discogs" else 0)
    assert not LinkedService.objects.exists()
    assert_says_when(nora.browser.get(again_at(page)), LinkedService.Service(service).label)
    budget.forget(service)
    assert nora.browser.get(again_at(page))["Location"].startswith("/start/")
    assert LinkedService.objects.get().state == "ok"


@pytest.mark.parametrize(("kind", "busy"), [("429", True), ("500html", False)])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_says_later_keeps_the_answer_too(nora, sandbox, service, kind, busy):
    back = say(consent_address(nora.browser, service), person="nuria_bcn", decision=YES[service])
    sandbox.fault(EXCHANGE[service][0], kind, EXCHANGE[service][1])
    page = come_back(nora.browser, back)
    assert_says_when(page, LinkedService.Service(service).label, busy=busy)
    sandbox.clear()
    budget.forget(service)
    assert nora.browser.get(again_at(page))["Location"].startswith("/start/")
    assert come_back(nora.browser, back).status_code == 401  # used up now


@pytest.mark.parametrize("service", SERVICES)
def test_trouble_after_the_exchange_starts_the_way_anew(nora, sandbox, service):
    back = say(consent_address(nora.browser, service), person="nuria_bcn", decision=YES[service])
    sandbox.fault(IDENTITY[service][0], "500html", IDENTITY[service][1])
    page = come_back(nora.browser, back)
    assert_says_when(page, LinkedService.Service(service).label, busy=False)
    assert f'action="/account/{service}/login/"' in page.content.decode()
    assert not LinkedService.objects.exists()
    sandbox.clear()
    assert link(nora.browser, service, "nuria_bcn")["Location"].startswith("/start/")


def test_guessed_answers_use_up_nobodys_calls(nora, sandbox):
    before = budget.left("discogs")
    for number in range(3):
        come_back(nora.browser, f"/account/discogs/login/callback/?oauth_token={number}")
    assert budget.left("discogs") == before
