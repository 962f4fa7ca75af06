"""Making an account, signing in and out, a forgotten password."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.management.people import the_person
from accounts.models import User
from accounts.places import currency_of, guess_country, zone_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _by_smtp(real_mail):
    """Mails go to the sandbox's mailbox."""


PASSWORD = "a crate of old jazz"


def sign_up(browser, email="nora@example.org", password=PASSWORD, **headers):
    fields = {"email": email, "password1": password}
    return browser.post("/account/signup/", fields, headers=headers)


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


def has_account(email, *, confirmed):
    """Somebody who signed up with this address some time ago."""
    person = User.objects.create_user(email, PASSWORD)
    EmailAddress.objects.create(user=person, email=email, primary=True, verified=confirmed)
    return person


def seen(answer):
    """What an answer tells, without what differs every time."""
    text = answer.content.decode()
    for changing in (r'name="csrfmiddlewaretoken" value="[^"]*"', r'"X-CSRFToken": "[^"]*"'):
        text = re.sub(changing, "", text)
    return answer.status_code, answer.get("Location"), re.sub(r"(?i)\w+@example.org", "", text)


@pytest.mark.parametrize("confirmed", [True, False])
def test_signing_up_tells_nobody_that_an_address_is_taken(sandbox, confirmed):
    has_account("taken@example.org", confirmed=confirmed)
    stories = []
    for email in ("Taken@EXAMPLE.org", "fresh@example.org"):
        browser, mine = Client(), "quite another crate"
        story = [seen(sign_up(browser, email=email, password=mine))]
        for page in ("/settings/", "/account/email/", "/start/"):
            story.append(seen(browser.get(page)))
        browser.post("/account/logout/")
        for password in (mine, "wrong wrong wrong"):
            signed_in = {"login": email, "password": password}
            story.append(seen(browser.post("/account/login/", signed_in)))
            browser.post("/account/logout/")
        stories.append(story)
    assert stories[0] == stories[1]
    assert stories[0][0][:2] == (302, "/start/")
    assert [mail["to"] for mail in sandbox.mails()] == [
        ["taken@example.org"],
        ["fresh@example.org"],
    ]


def test_a_taken_address_stays_with_who_confirmed_it(client, sandbox):
    nora = has_account("nora@example.org", confirmed=True)
    sign_up(client, password="quite another crate")
    other = User.objects.get(pk=client.session["_auth_user_id"])
    assert other != nora
    [mail] = sandbox.mails()
    assert "You have had an account here" in mail["text"]
    assert "/account/login/" in mail["text"]
    assert "/account/password/reset/" in mail["text"]
    assert "/account/confirm-email/" not in mail["text"]
    again = Client()
    again.post("/account/login/", {"login": "nora@example.org", "password": PASSWORD})
    assert again.session["_auth_user_id"] == str(nora.pk)
    Client().post("/account/password/reset/", {"email": "nora@example.org"})
    assert len(sandbox.mails()) == 2  # for the account that confirmed, and no other
    assert User.objects.get_by_natural_key("NORA@example.org") == nora
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailAddress.objects.filter(user=other).update(verified=True)


def test_a_forgotten_account_is_told_of_once_an_hour_in_its_own_language(sandbox, settings):
    # Without the library's own limit of three minutes.
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "100/m/key"}
    nora = has_account("nora@example.org", confirmed=True)
    User.objects.filter(pk=nora.pk).update(
        language="es", date_joined=datetime(2025, 3, 9, 12, tzinfo=UTC)
    )
    for _ in range(3):
        sign_up(Client(), password="quite another crate")
    [mail] = sandbox.mails()
    assert "9 de marzo de 2025" in mail["text"]


def test_a_forgotten_account_that_confirmed_nothing_is_told_of_with_the_link(sandbox):
    has_account("nora@example.org", confirmed=False)
    sign_up(Client(), password="quite another crate")
    [mail] = sandbox.mails()
    assert "You have had an account here with nora@example.org since" in mail["text"]
    assert "/account/confirm-email/" in mail["text"]
    sign_up(Client(), email="fresh@example.org")
    assert "You have had" not in sandbox.mails()[-1]["text"]


def test_commands_take_the_account_that_confirmed_and_refuse_to_guess(capsys):
    def made_for(who):
        call_command("recommend", user=who)

    older, newer = (has_account("two@example.org", confirmed=False) for _ in range(2))
    with pytest.raises(CommandError) as refused:
        made_for("two@example.org")
    assert f"{older.pk}, {newer.pk}" in str(refused.value)
    made_for(str(older.pk))
    EmailAddress.objects.filter(user=newer).update(verified=True)
    assert the_person("Two@example.org") == newer
    for nobody in ("nobody@example.org", "999999999", "9" * 40):
        with pytest.raises(CommandError, match="there is no account"):
            made_for(nobody)


def test_confirming_an_address_that_nobody_had_confirmed_makes_it_yours(client, sandbox):
    squatter = has_account("nora@example.org", confirmed=False)
    sign_up(client, password="quite another crate")
    [mail] = sandbox.mails()
    [address] = [word for word in re.findall(r"http\S+", mail["text"]) if "confirm" in word]
    client.post(urlsplit(address).path)
    found = User.objects.get_by_natural_key("nora@example.org")
    assert found != squatter
    assert str(found.pk) == client.session["_auth_user_id"]


def test_one_address_cannot_be_signed_up_again_and_again(client, sandbox):
    has_account("taken@example.org", confirmed=True)
    for email in ("taken@example.org", "fresh@example.org"):
        answers = [sign_up(Client(), email=email) for _ in range(6)]
        assert [one.status_code for one in answers] == [302] * 5 + [200]
        assert "Too many tries with this address" in answers[-1].content.decode()


@pytest.mark.parametrize(("address", "most"), [
    ("/account/signup/", 20), ("/account/login/", 30), ("/account/password/reset/", 20),
])  # fmt: skip
def test_one_place_cannot_try_forever(client, sandbox, address, most):
    def post(browser, number):
        email = f"n{number}@example.org"
        return browser.post(address, {"email": email, "login": email, "password1": "short"})

    for number in range(most):
        assert post(client, number).status_code in (200, 302)
    answer = post(client, most)
    assert answer.status_code == 429
    assert "Too many tries" in answer.content.decode()
    assert post(Client(REMOTE_ADDR="192.0.2.7"), most).status_code in (200, 302)


def test_a_forgotten_password_is_mailed_five_times_a_minute_at_most(client, sandbox):
    has_account("nora@example.org", confirmed=True)
    for place in range(7):
        browser = Client(REMOTE_ADDR=f"192.0.2.{place}")
        browser.post("/account/password/reset/", {"email": "nora@example.org"})
    assert len(sandbox.mails()) == 5


def test_the_time_zone_is_the_browsers_else_the_countrys(client, sandbox):
    client.cookies["time_zone"] = "America/Lima"
    sign_up(client)
    sign_up(Client(), email="a@example.org", **{"Accept-Language": "de-AT"})
    liar = Client()
    liar.cookies["time_zone"] = "../../etc/passwd"
    sign_up(liar, email="b@example.org")
    zones = User.objects.order_by("pk").values_list("time_zone", flat=True)
    assert list(zones) == ["America/Lima", "Europe/Vienna", "Europe/Madrid"]


@pytest.mark.parametrize(
    ("country", "postcode", "zone"),
    [
        ("ES", "", "Europe/Madrid"),
        ("ES", "28013", "Europe/Madrid"),
        ("ES", "35001", "Atlantic/Canary"),
        ("ES", "51001", "Africa/Ceuta"),
        ("FR", "35000", "Europe/Paris"),
        ("US", "", "America/New_York"),
        ("JP", "", "Asia/Tokyo"),
        ("??", "", "Europe/Madrid"),
    ],
)
def test_most_people_of_a_country_live_in_one_zone(country, postcode, zone):
    assert zone_of(country, postcode) == zone


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
