"""The second factor: switched on, asked for, used up, taken away."""

import base64
import hashlib
import hmac
import re
import struct
from datetime import datetime
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.second_factor import second_factor_of
from tests.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
SECRET = re.compile(r'<code class="secret">([A-Z2-7]{32})</code>')
SEALED = re.compile(r'name="sealed" value="([^"]+)"')
MISSING = "not in this row"
CODES = re.compile(r"<li><code>(\d{8})</code></li>")


class Phone:
    """An authenticator app, after RFC 4226 and 6238. Its code counts when it is asked for, and the
    next one too, even when a half minute ends in between."""

    def __init__(self, secret):
        self.key = base64.b32decode(secret)
        self.steps = int(datetime.now().timestamp()) // 30

    def code(self, ahead=0):
        digest = hmac.new(self.key, struct.pack(">Q", self.steps + ahead), hashlib.sha1).digest()
        where = digest[-1] & 15
        number = struct.unpack(">I", digest[where : where + 4])[0] & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"


def confirm(browser, then, **answer):
    """Answer the page that asks again; where it leads."""
    asked = browser.get(then)["Location"]
    answered = browser.post(asked, {**answer, "next": then})
    assert answered.status_code == 302, answered.content.decode()
    return answered["Location"]


@pytest.fixture
def nora(client):
    person = make_person("nora@vinilogy.test")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.force_login(person)
    return SimpleNamespace(person=person, browser=client)


@pytest.fixture
def protected(nora):
    """Nora, with the second factor on."""
    confirm(nora.browser, "/account/2fa/totp/activate/", password=PASSWORD)
    page = nora.browser.get("/account/2fa/totp/activate/").content.decode()
    nora.phone = Phone(SECRET.search(page)[1])
    answer = nora.browser.post(
        "/account/2fa/totp/activate/",
        {"sealed": SEALED.search(page)[1], "code": nora.phone.code()},
    )
    nora.made = answer.content.decode()
    nora.codes = CODES.findall(nora.made)
    return nora


def sign_in(email="nora@vinilogy.test"):
    browser = Client()
    answer = browser.post("/account/login/", {"login": email, "password": PASSWORD})
    return browser, answer["Location"]


def is_in(browser):
    return browser.get("/settings/").status_code == 200


def test_signing_in_asks_for_a_code_after_the_password(protected):
    browser, asked = sign_in()
    assert asked == "/account/2fa/authenticate/"
    assert not is_in(browser)
    assert "Your code" in browser.get(asked).content.decode()
    wrong = browser.post(asked, {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    assert not is_in(browser)
    assert browser.post(asked, {"code": protected.phone.code(1)}).status_code == 302
    assert is_in(browser)


def test_a_code_signs_in_once_for_as_long_as_it_counts(protected):
    code = protected.phone.code(1)
    first, asked = sign_in()
    first.post(asked, {"code": code})
    second, asked = sign_in()
    second.post(asked, {"code": code[:3] + " " + code[3:]})
    assert (is_in(first), is_in(second)) == (True, False)
    # The code that switched it on was seen too.
    second.post(asked, {"code": protected.phone.code()})
    assert not is_in(second)


def test_a_recovery_code_signs_in_once(protected):
    assert len(set(protected.codes)) == 10
    for signed_in in (True, False):
        browser, asked = sign_in()
        browser.post(asked, {"code": protected.codes[3]})
        assert is_in(browser) is signed_in
    assert second_factor_of(protected.person).codes_left == 9
    page = protected.browser.get("/account/2fa/").content.decode()
    assert "9 codes left" in page


def test_guessing_codes_is_ended(protected):
    browser, asked = sign_in()
    pages = [browser.post(asked, {"code": "000000"}).content.decode() for _ in range(6)]
    assert "Too many" in pages[-1]
    # From another address too: the limit is the account's.
    other = Client(REMOTE_ADDR="203.0.113.7")
    answer = other.post("/account/login/", {"login": "nora@vinilogy.test", "password": PASSWORD})
    other.post(answer["Location"], {"code": protected.phone.code(1)})
    assert not is_in(other)


def test_recovery_codes_are_shown_once_and_as_a_file(protected):
    found = re.search(r'href="data:text/plain;base64,([^"]+)" download=', protected.made)
    file = base64.b64decode(found[1]).decode()
    assert all(code in file for code in protected.codes)
    for address in ("", "recovery-codes/", "recovery-codes/download/"):
        page = protected.browser.get(f"/account/2fa/{address}", follow=True).content.decode()
        assert not any(code in page for code in protected.codes)


def test_new_recovery_codes_end_the_old_ones(protected):
    address = "/account/2fa/recovery-codes/generate/"
    elsewhere = Client()
    elsewhere.force_login(protected.person)
    confirm(elsewhere, address, code=protected.phone.code(1))
    assert "stop working" in elsewhere.get(address).content.decode()
    page = elsewhere.post(address).content.decode()
    fresh = CODES.findall(page)
    assert len(fresh) == 10 and not set(fresh) & set(protected.codes)
    browser, asked = sign_in()
    browser.post(asked, {"code": protected.codes[0]})
    assert not is_in(browser)
    browser.post(asked, {"code": fresh[0]})
    assert is_in(browser)


def test_switching_off_wants_a_code_not_only_the_password(protected):
    address = "/account/2fa/totp/deactivate/"
    browser = Client()
    browser.force_login(protected.person)
    refused = browser.post(address)
    assert refused["Location"] == address, "the page asks; nothing is repeated by itself"
    asked = browser.get(address)["Location"]
    assert asked.startswith("/account/2fa/reauthenticate/")
    by_password = browser.post("/account/reauthenticate/", {"password": PASSWORD, "next": address})
    assert by_password["Location"].startswith("/account/2fa/reauthenticate/")
    browser.post(asked, {"code": protected.phone.code(1), "next": address})
    assert browser.post(address)["Location"] == "/account/2fa/"
    assert not Authenticator.objects.exists()
    assert sign_in()[1] == "/records/"
    told = mail.outbox[-1]
    assert told.to == [protected.person.email]
    assert "Deactivated" in told.subject and "/account/password/reset/" in told.body


def test_secrets_are_readable_nowhere(protected):
    secret = base64.b32encode(protected.phone.key).decode()
    kept = str([row.data for row in Authenticator.objects.all()])
    kept += str([session.get_decoded() for session in Session.objects.all()])
    staff = make_person("staff@vinilogy.test", is_staff=True, is_superuser=True)
    curator = Client()
    curator.force_login(staff)
    for row in Authenticator.objects.all():
        page = curator.get(f"/admin/mfa/authenticator/{row.pk}/change/")
        assert page.status_code == 200
        assert not any(row.data.get(name, MISSING) in page.text for name in ("secret", "seed"))
        kept += page.text
    assert not any(word in kept for word in (secret, *protected.codes))


def test_secrets_move_to_a_new_key(protected, settings):
    old, new = django_settings.CREDENTIAL_KEYS, [Fernet.generate_key().decode()]
    settings.CREDENTIAL_KEYS = new + old
    call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = new
    browser, asked = sign_in()
    browser.post(asked, {"code": protected.codes[0]})
    assert is_in(browser)


def test_a_lost_key_lets_nobody_in_and_is_named(protected, settings):
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    browser, asked = sign_in()
    assert browser.post(asked, {"code": protected.phone.code(1)}).status_code == 200
    assert not is_in(browser)
    with pytest.raises(CommandError, match="second factors"):
        call_command("rotate_credentials")


@pytest.mark.parametrize("sealed", ["", "x", "gAAAA" * 900])
def test_an_invented_secret_is_refused_with_a_new_one(nora, sealed):
    address = "/account/2fa/totp/activate/"
    confirm(nora.browser, address, password=PASSWORD)
    answer = nora.browser.post(address, {"sealed": sealed, "code": "123456"})
    assert answer.status_code == 422
    assert SECRET.search(answer.content.decode())
    assert not Authenticator.objects.exists()


def test_another_persons_sealed_secret_is_refused(nora):
    address = "/account/2fa/totp/activate/"
    confirm(nora.browser, address, password=PASSWORD)
    page = nora.browser.get(address).content.decode()
    other = make_person("other@vinilogy.test")
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    browser = Client()
    browser.force_login(other)
    confirm(browser, address, password=PASSWORD)
    theirs = {"sealed": SEALED.search(page)[1], "code": Phone(SECRET.search(page)[1]).code()}
    assert browser.post(address, theirs).status_code == 422
    assert not Authenticator.objects.exists()


def test_an_unconfirmed_address_comes_first(nora):
    EmailAddress.objects.update(verified=False)
    page = nora.browser.get("/account/2fa/").content.decode()
    assert "Confirm your e-mail address first" in page
    confirm(nora.browser, "/account/2fa/totp/activate/", password=PASSWORD)
    assert nora.browser.get("/account/2fa/totp/activate/")["Location"] == "/account/2fa/"


def test_staff_enter_the_admin_with_a_second_factor_only(protected, settings):
    settings.ADMIN_SECOND_FACTOR = True
    protected.person.is_staff = protected.person.is_superuser = True
    protected.person.save()
    assert protected.browser.get("/admin/").status_code == 200
    other = make_person("other@vinilogy.test", is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(other)
    for address in ("/admin/", "/admin/panel/", "/admin/accounts/user/"):
        assert browser.get(address)["Location"] == "/account/2fa/"
    page = browser.get("/account/2fa/").content.decode()
    assert "opens with a second factor only" in page
    settings.ADMIN_SECOND_FACTOR = False
    assert "no second factor" in browser.get("/admin/").content.decode()
    assert "no second factor" not in protected.browser.get("/admin/").content.decode()


def test_the_terminal_takes_it_away_from_who_has_lost_everything(protected, capsys):
    call_command("second_factor_off", user="nora@vinilogy.test")
    assert sign_in()[1] == "/records/"
    with pytest.raises(CommandError, match="no second factor"):
        call_command("second_factor_off", user="nora@vinilogy.test")


def test_a_protected_account_changes_its_address_after_a_code(protected):
    browser = Client()
    browser.force_login(protected.person)
    new = {"action_add": "", "email": "nora@example.test"}
    asked = browser.post("/account/email/", new)["Location"]
    assert asked.startswith("/account/2fa/reauthenticate/")
    assert EmailAddress.objects.count() == 1
    browser.post(asked, {"code": protected.phone.code(1)})
    assert EmailAddress.objects.filter(email="nora@example.test", verified=False).exists()


@pytest.mark.parametrize("everything", [True, False])
def test_the_admin_says_of_an_account_only_what_it_can_do(client, everything):
    client.force_login(make_person(is_staff=True, is_superuser=everything))
    page = client.get("/admin/").content.decode()
    assert "no second factor" in page
    assert ("can change everything here" in page) == everything
