"""The site's keys: encrypted, write-only, tested, followed by every process."""

import json

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client

from tests.factories import make_person
from vinyl import logs
from vinyl.desk import services
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import lastfm, valkey
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.credentials.models import ServiceKeys
from vinyl.upstreams.errors import NotConfigured
from vinyl.upstreams.registry import UPSTREAMS, upstream

pytestmark = pytest.mark.django_db
MARKER = "marker-7f3a9c-of-a-key"


@pytest.fixture(autouse=True)
def _keys_in_admin(settings):
    settings.KEYS_IN_ADMIN = True
    keys.forget()
    yield
    keys.forget()


@pytest.fixture
def no_own_keys(settings):
    """As in real mode before anybody typed a key."""
    for one in UPSTREAMS.values():
        for name in one.key_names:
            setattr(settings, name, "")


@pytest.fixture
def curator():
    return make_person(is_staff=True, is_superuser=True)


@pytest.fixture
def browser(curator):
    client = Client()
    client.force_login(curator)
    return client


def page_of(name):
    row = ServiceKeys.objects.get(upstream=name)
    return row, f"/admin/credentials/servicekeys/{row.pk}/change/"


def type_in(browser, name, **values):
    row, page = page_of(name)
    answer = browser.post(page, values)
    assert answer.status_code == 302, answer.context["errors"]
    return row, page


def test_every_service_with_keys_has_its_row():
    assert set(ServiceKeys.objects.values_list("upstream", flat=True)) == {
        name for name, one in UPSTREAMS.items() if one.keys
    }


def test_not_configured_is_a_state_that_says_what_to_do(no_own_keys, client):
    of = upstream("lastfm")
    assert not of.configured
    assert "LASTFM_API_KEY" in of.how_to_configure
    assert "Keys of the services" in of.how_to_configure
    with pytest.raises(NotConfigured):
        lastfm.Client().artist_info("Can")
    text = client.get("/status/").text
    assert "Not configured" in text
    assert "Get a key at last.fm" in text


def test_a_typed_key_configures_the_service_and_goes_out_with_calls(no_own_keys, browser, sandbox):
    type_in(browser, "lastfm", LASTFM_API_KEY="sandbox-lastfm-key")
    assert upstream("lastfm").configured
    run_pending_jobs()
    services.start_key_test(make_person(is_staff=True), page_of("lastfm")[0])
    run_pending_jobs([services.TEST_KEYS])
    assert sandbox.asked("lastfm") == 1
    assert "It answered; the keys are good." in browser.get(page_of("lastfm")[1]).text


def test_a_key_is_never_seen_again(no_own_keys, browser, sandbox, caplog):
    row, page = type_in(browser, "lastfm", LASTFM_API_KEY=MARKER)
    browser.post(f"/admin/credentials/servicekeys/{row.pk}/test/")
    run_pending_jobs(ignore_waits=True)
    assert keys.value("LASTFM_API_KEY") == MARKER
    changed = browser.get(page)
    assert "does not accept this site&#x27;s key" in changed.text
    shown = [
        changed.text,
        browser.get("/admin/credentials/servicekeys/").text,
        browser.get(f"/admin/credentials/servicekeys/{row.pk}/history/").text,
        browser.get("/status/").text,
        repr(row), str(row), repr(keys), caplog.text,
        json.dumps([str(line) for line in services.requests_of(services.Job.objects.latest("pk"))]),
    ]  # fmt: skip
    assert not [text for text in shown if MARKER in text]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s',  # noqa: S608
                           [f"%{MARKER}%"])  # fmt: skip
            assert cursor.fetchone() == (0,), table
    row.refresh_from_db()
    assert MARKER.encode() not in bytes(row.sealed)


def test_what_the_environment_gives_wins_and_cannot_be_typed_over(browser, settings):
    settings.LASTFM_API_KEY = "from-the-environment"
    settings.KEYS_FROM_ENVIRONMENT = {"LASTFM_API_KEY"}
    _row, page = type_in(browser, "lastfm", LASTFM_API_KEY=MARKER)
    assert keys.value("LASTFM_API_KEY") == "from-the-environment"
    text = browser.get(page).text
    assert "Set by the environment, which wins" in text
    assert "from-the-environment" not in text


def test_one_key_changes_and_the_others_stay(no_own_keys, browser):
    type_in(browser, "discogs", DISCOGS_TOKEN="t-1", DISCOGS_CONSUMER_KEY="k-1")
    type_in(browser, "discogs", DISCOGS_TOKEN="t-2")
    assert (keys.value("DISCOGS_TOKEN"), keys.value("DISCOGS_CONSUMER_KEY")) == ("t-2", "k-1")
    type_in(browser, "discogs", clear_DISCOGS_TOKEN="on")
    assert (keys.value("DISCOGS_TOKEN"), keys.value("DISCOGS_CONSUMER_KEY")) == ("", "k-1")


def test_a_key_with_blanks_is_refused_with_its_name(no_own_keys, browser):
    answer = browser.post(page_of("lastfm")[1], {"LASTFM_API_KEY": "two words"})
    assert "LASTFM_API_KEY has blanks" in answer.text
    assert "two words" not in answer.text


def test_another_process_follows_within_a_second(
    no_own_keys, monkeypatch, django_capture_on_commit_callbacks
):
    keys.store("lastfm", {"LASTFM_API_KEY": "old"})
    assert keys.value("LASTFM_API_KEY") == "old"
    seen = valkey.connection().get(valkey.key("keys", "version"))
    # The change happens elsewhere: here only the row and the counter in Valkey tell of it.
    monkeypatch.setattr(keys, "forget", lambda: None)
    with django_capture_on_commit_callbacks(execute=True):
        keys.store("lastfm", {"LASTFM_API_KEY": "new"})
    assert valkey.connection().get(valkey.key("keys", "version")) != seen
    assert keys.value("LASTFM_API_KEY") == "old"
    monkeypatch.setattr(keys, "LOOK_EVERY_S", 0.0)  # the second is over
    assert keys.value("LASTFM_API_KEY") == "new"


def test_keys_move_to_a_new_encryption_key(no_own_keys, settings):
    keys.store("lastfm", {"LASTFM_API_KEY": MARKER})
    old = settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *old]
    call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    keys.forget()
    assert keys.value("LASTFM_API_KEY") == MARKER
    settings.CREDENTIAL_KEYS = old
    keys.forget()
    assert keys.value("LASTFM_API_KEY") == ""
    with pytest.raises(CommandError, match="lastfm"):
        call_command("rotate_credentials")


def test_a_row_copied_onto_another_service_opens_nothing(no_own_keys):
    keys.store("lastfm", {"LASTFM_API_KEY": MARKER})
    sealed = bytes(ServiceKeys.objects.get(upstream="lastfm").sealed)
    ServiceKeys.objects.filter(upstream="lastfm").update(sealed=None)
    ServiceKeys.objects.filter(upstream="ebay").update(sealed=sealed)
    keys.forget()
    assert keys.value("LASTFM_API_KEY") == ""


@pytest.mark.parametrize("name", sorted(name for name, one in UPSTREAMS.items() if one.keys))
def test_the_test_button_tells_good_keys_from_bad(name, browser, sandbox, settings):
    row, page = page_of(name)
    assert browser.get(f"/admin/credentials/servicekeys/{row.pk}/test/").status_code == 302
    browser.post(f"/admin/credentials/servicekeys/{row.pk}/test/")
    assert "Refresh" in browser.get(page)
    run_pending_jobs([services.TEST_KEYS])
    good = browser.get(page)
    assert "the keys are good" in good.text
    assert "Refresh" not in good
    for key in upstream(name).key_names:
        setattr(settings, key, "wrong")
    valkey.forget(("memory", "token"))
    browser.post(f"/admin/credentials/servicekeys/{row.pk}/test/")
    run_pending_jobs([services.TEST_KEYS])
    text = browser.get(page).text
    assert "the keys are good" not in text
    assert "NotConfigured" in text or "CredentialsRejected" in text


def test_only_curators_see_the_desk():
    row, page = page_of("lastfm")
    for person in (make_person(), make_person(is_staff=True)):
        client = Client()
        client.force_login(person)
        for address in (page, "/admin/credentials/servicekeys/", "/admin/panel/"):
            assert client.get(address).status_code in (302, 403)
        client.post(f"/admin/credentials/servicekeys/{row.pk}/test/")
    row.refresh_from_db()
    assert row.test_job_id is None


def test_the_sign_in_librarys_plain_text_tables_are_not_in_the_admin(browser):
    assert "socialaccount" not in browser.get("/admin/").text


def test_an_answer_to_the_old_key_is_not_shared_with_the_new_one(
    no_own_keys, browser, sandbox, django_capture_on_commit_callbacks
):
    def test_it(key):
        with django_capture_on_commit_callbacks(execute=True):
            row, page = type_in(browser, "discogs", DISCOGS_TOKEN=key)
            browser.post(f"/admin/credentials/servicekeys/{row.pk}/test/")
        run_pending_jobs([services.TEST_KEYS])
        return browser.get(page).text

    assert "the keys are good" in test_it("sandbox-discogs-token")
    assert "the keys are good" not in test_it("wrong")  # at once, within the shared three seconds
    assert "the keys are good" in test_it("sandbox-discogs-token")


def test_a_key_that_was_typed_in_is_hidden_in_log_lines_wherever_it_stands(no_own_keys):
    other = f"{MARKER}-of-before"
    keys.store("lastfm", {"LASTFM_API_KEY": other})
    keys.store("lastfm", {"LASTFM_API_KEY": MARKER})
    assert keys.value("LASTFM_API_KEY") == MARKER
    told = f"Last.fm did not like {MARKER}, nor x{other}x"
    assert logs.without_secrets(told) == "Last.fm did not like ***, nor x***x"


def test_a_process_that_only_reads_a_key_hides_it_too(no_own_keys, monkeypatch):
    keys.store("lastfm", {"LASTFM_API_KEY": MARKER})
    monkeypatch.setattr(keys, "_memory", keys._Memory())
    assert keys.value("LASTFM_API_KEY") == MARKER
    assert logs.without_secrets(f"no {MARKER}") == "no ***"
