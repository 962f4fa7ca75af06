"""Pages of the frame: landing, texts of the law, language, colours, errors."""

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse

from vinyl import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def nuria():
    return get_user_model().objects.create_user(
        email="nuria@vinilogy.test", password="a-long-enough-one"
    )


@pytest.mark.parametrize("name", ["home", "legal", "catalog:search", "catalog:find"])
def test_who_asks_for_the_head_alone_is_answered(client, name):
    """Monitors and link checkers do; 405 would tell them that the page is broken."""
    response = client.head(reverse(name))
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "name", ["home", "privacy", "legal", "terms", "account_login", "account_signup"]
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_open_pages_answer_in_both_languages(client, name, language):
    response = client.get(reverse(name), headers={"accept-language": language})
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.text


def test_open_pages_ask_the_database_nothing(client, django_assert_num_queries):
    client.get(reverse("home"))
    with django_assert_num_queries(0):
        client.get(reverse("home"))


def test_who_is_signed_in_goes_on_to_the_records(client, nuria):
    client.force_login(nuria)
    response = client.get(reverse("home"))
    assert (response.status_code, response.url) == (302, reverse("recommendations:records"))


def test_the_policy_allows_nothing_inline(client):
    policy = client.get(reverse("home"))["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy


def test_htmx_may_neither_evaluate_nor_leave(client):
    text = client.get(reverse("home")).text
    for setting in (
        '"allowEval":false',
        '"selfRequestsOnly":true',
        '"includeIndicatorStyles":false',
    ):
        assert setting in text


def test_the_sandbox_says_so_on_every_page(client):
    for name in ("home", "privacy", "account_login"):
        assert "Sandbox: invented offers, no shop is asked." in client.get(reverse(name)).text


def test_the_frame_names_its_sources_and_can_be_skipped(client):
    text = client.get(reverse("privacy")).text
    assert "not affiliated with, sponsored or endorsed by Discogs" in text
    assert '<a class="skip" href="#main">' in text and 'id="main"' in text
    assert re.search(r'id="toasts" role="status" aria-live="polite"', text)


def test_search_is_a_form_that_works_without_script(client):
    text = client.get(reverse("privacy")).text
    form = re.search(r'<form class="find"[^>]*>', text).group(0)
    assert f'action="{reverse("catalog:search")}"' in form and 'method="get"' in form


def test_choosing_a_language_is_remembered(client):
    response = client.post(reverse("language"), {"language": "es", "next": reverse("terms")})
    assert (response.status_code, response.url) == (302, reverse("terms"))
    assert "Condiciones" in client.get(reverse("terms"), headers={"accept-language": "en"}).text


def test_choosing_a_language_is_remembered_in_the_account(client, nuria):
    client.force_login(nuria)
    client.post(reverse("language"), {"language": "es"})
    nuria.refresh_from_db()
    assert nuria.language == "es"


def test_the_switch_stands_in_the_head_of_the_page_signed_in_or_not(client, nuria):
    def head():
        return client.get(reverse("privacy")).text.split("<header")[1].split("</header>")[0]

    assert f'action="{reverse("language")}"' in head()
    client.force_login(nuria)
    assert f'action="{reverse("language")}"' in head()


def test_a_language_we_do_not_have_changes_nothing(client):
    response = client.post(reverse("language"), {"language": "tlh"})
    assert response.status_code == 302
    assert not response.cookies


@pytest.mark.parametrize(
    "there", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", "evil"]
)
def test_nobody_is_sent_to_another_site(client, there):
    assert client.post(reverse("language"), {"language": "es", "next": there}).url == "/"


@pytest.mark.parametrize("name", ["language", "theme"])
def test_reading_changes_nothing(client, name):
    assert client.get(reverse(name), {"language": "es", "theme": "dark"}).status_code == 405


def test_unsafe_forms_need_their_token():
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(reverse("language"), {"language": "es"})
    assert response.status_code == 403
    assert "This form was out of date" in response.text


def test_choosing_colours_is_remembered(client):
    client.post(reverse("theme"), {"theme": "dark"})
    assert '<html lang="en" data-theme="dark">' in client.get(reverse("terms")).text
    client.post(reverse("theme"), {"theme": "system"})
    assert "data-theme" not in client.get(reverse("terms")).text


def test_an_address_with_nothing_says_what_to_do(client):
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text


def test_a_broken_page_is_a_500_and_a_missing_database_a_503():
    request = RequestFactory().get("/")
    try:
        raise ValueError
    except ValueError:
        broken = pages.server_error(request)
    try:
        raise OperationalError
    except OperationalError:
        away = pages.server_error(request)
    assert (broken.status_code, away.status_code) == (500, 503)
    assert away["Retry-After"] == "5"
    assert "restarted" in away.text


def test_the_page_of_parts_shows_every_component(client):
    text = client.get(reverse("parts")).text
    for name in (
        "tag stale",
        "tag err",
        "prov",
        "job",
        "lights",
        "toast still",
        "empty",
        'class="bar"',
        'class="first"',
    ):
        assert name in text


def test_the_page_of_parts_is_not_for_the_public(client, settings):
    settings.SANDBOX = settings.DEBUG = False
    assert client.get(reverse("parts")).status_code == 404


def test_the_demo_login_is_told_in_the_sandbox_only(client, settings):
    assert settings.DEMO_PASSWORD in client.get(reverse("account_login")).text
    settings.SANDBOX = False
    assert settings.DEMO_PASSWORD not in client.get(reverse("account_login")).text


@pytest.mark.parametrize(
    "name",
    ["account_email", "account_change_password", "account_logout", "socialaccount_connections"],
)
def test_account_pages_stand_in_our_frame(client, nuria, name):
    client.force_login(nuria)
    response = client.get(reverse(name), follow=True)
    assert response.status_code == 200
    assert 'class="tabbar"' in response.text


def test_a_wrong_password_is_told_at_the_form(client, nuria):
    response = client.post(reverse("account_login"), {"login": nuria.email, "password": "wrong"})
    assert response.status_code == 200
    assert 'role="alert"' in response.text


def test_programs_get_an_error_of_ours_in_the_apis_shape(rf):
    request = rf.get("/api/v1/me")
    try:
        raise OperationalError("away")
    except OperationalError:
        away = pages.server_error(request)
    broken = pages.server_error(request)
    assert (away.status_code, broken.status_code) == (503, 500)
    assert json.loads(broken.content) == {"error": {"code": "error", "message": "Something broke"}}
