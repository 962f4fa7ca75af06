"""Making an account, signing in and out, a forgotten password."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import User
from accounts.places import currency_of, guess_country

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _by_smtp(real_mail):
    """Mails go to the sandbox's mailbox."""


PASSWORD = "a crate of old jazz"


def sign_up(browser, email="nora@example.org", password=PASSWORD, **headers):
    return browser.post(
        "/account/signup/", {"email": email, "password1": password}, headers=headers
    )


def test_somebody_signs_up_and_is_taken_to_the_start(client, sandbox):
    answer = sign_up(client, email="Nora@Example.org", **{"Accept-Language": "de-AT,de;q=0.9"})
    assert (answer.status_code, answer["Location"]) == (302, "/start/")
    person = User.objects.get()
    assert (person.email, person.country, person.currency) == ("nora@example.org", "AT", "EUR")
    assert person.password.startswith("argon2")
    assert client.get("/settings/").status_code == 200
    [mail] = sandbox.mails()
    assert mail["to"] == ["nora@example.org"]


@pytest.mark.parametrize(
    ("header", "country", "currency"),
    [
        ("", "ES", "EUR"),
        ("en-US,en;q=0.9", "ES", "EUR"),
        ("en-US,en;q=0.9,ca-ES;q=0.5", "ES", "EUR"),
        ("en-GB,en;q=0.9", "GB", "GBP"),
        ("zh-Hans-CN", "CN", "CNY"),
        ("sv-SE,sv", "SE", "SEK"),
        ("xx-QQ,;;q=,\x00", "ES", "EUR"),
    ],
)
def test_the_country_is_guessed_from_the_browser(header, country, currency):
    assert guess_country(header) == country
    assert currency_of(country) == currency


@pytest.mark.parametrize("password", ["short-word1", "1q2w3e4r5t6y", "199019901990", ""])
def test_short_and_common_passwords_are_refused(client, sandbox, password):
    answer = sign_up(client, password=password)
    assert answer.status_code == 200
    assert answer.context["form"].errors["password1"]
    assert not User.objects.exists()


def test_signing_in_changes_the_session_and_signing_out_ends_it(client, sandbox):
    User.objects.create_user("nora@example.org", PASSWORD)
    client.get("/account/login/")
    client.session["visited"] = "x"
    before = client.session.session_key
    answer = client.post("/account/login/", {"login": "NORA@example.org", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/records/")
    assert client.session.session_key != before
    assert client.get("/settings/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/settings/")["Location"].startswith("/account/login/")


def test_a_forgotten_password_is_set_again_by_mail(client, sandbox):
    User.objects.create_user("nora@example.org", PASSWORD)
    client.post("/account/password/reset/", {"email": "nora@example.org"})
    [mail] = sandbox.mails()
    [address] = [word for word in re.findall(r"http\S+", mail["text"]) if "reset" in word]
    form = client.get(urlsplit(address).path, follow=True)
    new = dict.fromkeys(("password1", "password2"), "quite another crate")
    answer = client.post(form.request["PATH_INFO"], new)
    assert answer.status_code == 302
    assert User.objects.get().check_password("quite another crate")


def test_nobody_learns_which_addresses_have_an_account(client, sandbox):
    User.objects.create_user("nora@example.org", PASSWORD)
    answers = []
    for email in ("nora@example.org", "nobody@example.org"):
        browser = Client()
        wrong = browser.post("/account/login/", {"login": email, "password": "wrong wrong wrong"})
        reset = browser.post("/account/password/reset/", {"email": email})
        page = wrong.content.decode().replace(email, "")
        shown = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"', "", page)
        answers.append((wrong.status_code, shown, reset.status_code, reset["Location"]))
    assert answers[0] == answers[1]
    assert len(sandbox.mails()) == 2  # both get a mail; only one can set a password


def test_an_address_has_one_account_however_it_is_written(client, sandbox):
    User.objects.create_user("nora@example.org", PASSWORD)
    answer = sign_up(client, email="Nora@EXAMPLE.org", password="quite another crate")
    assert answer.context["form"].errors["email"]
    assert User.objects.get().check_password(PASSWORD)
    assert "_auth_user_id" not in client.session


def test_a_mail_server_that_is_down_does_not_break_a_sign_up(client, settings):
    settings.EMAIL_PORT = 9
    assert sign_up(client)["Location"] == "/start/"
    assert User.objects.count() == 1


def test_guessing_passwords_is_slowed_down(client, sandbox):
    User.objects.create_user("nora@example.org", PASSWORD)
    for _ in range(12):
        client.post("/account/login/", {"login": "nora@example.org", "password": "wrong"})
    answer = client.post("/account/login/", {"login": "nora@example.org", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert answer.status_code in (200, 429)
