"""Linking Discogs and Spotify over the sandbox's real consent pages; tokens in rest and in use."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.credentials import Credential, load_token
from accounts.linking import (
    Proof,
    discogs_token,
    link_account,
    mark_link_again,
    name_account,
    spotify_access_token,
)
from accounts.models import LinkedService, Snapshot
from tests.accounts.linking_help import NO, YES, come_back, consent_address, link, say
from tests.factories import make_person
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import discogs, spotify
from vinyl.upstreams.door import allow_calls
from vinyl.upstreams.errors import CredentialsRejected, TokenExpired, Unavailable

pytestmark = pytest.mark.django_db
SERVICES = ["discogs", "spotify"]


@pytest.fixture
def nora(client, sandbox, real_mail):
    person = make_person()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.force_login(person)
    return SimpleNamespace(person=person, browser=client)


def the_link(nora):
    return LinkedService.objects.get(user=nora.person)


@pytest.mark.parametrize("service", SERVICES)
def test_a_person_links_an_account_and_its_token_works(nora, service):
    answer = link(nora.browser, service, "nuria_bcn")
    assert answer["Location"] == f"/start/#{service}"
    kept = the_link(nora)
    assert (kept.service, kept.state, bool(kept.username)) == (service, "ok", True)
    with allow_calls():
        if service == "discogs":
            token = discogs_token(nora.person)
            assert discogs.Client(token=token).identity().username == "nuria_bcn"
        else:
            me = spotify.Client(access_token=spotify_access_token(nora.person)).me()
            assert me.account_id == kept.external_id != me.id
            assert "user-top-read" in kept.scope


@pytest.mark.parametrize(("service", "kind"), [
    ("discogs", "accounts.sync_shelf"), ("spotify", "accounts.sync_listening"),
])  # fmt: skip
def test_what_was_linked_is_read_at_once_and_seen_on_the_page(nora, service, kind):
    landed = link(nora.browser, service, "nuria_bcn")["Location"]
    (job,) = Job.objects.filter(owner=nora.person)
    assert (job.kind, job.state) == (kind, Job.State.QUEUED)
    page = nora.browser.get(landed.partition("#")[0]).content.decode()
    assert f"?topics=job:{job.pk}" in page
    run_pending_jobs({kind})
    job.refresh_from_db()
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    assert the_link(nora).synced_at is not None


def test_linking_stops_reading_the_shelf_of_another_name(nora):
    typed = services.start_shelf_sync(nora.person, username="somebody_else")
    link(nora.browser, "discogs", "nuria_bcn")
    typed.refresh_from_db()
    assert typed.state == Job.State.CANCELLED
    (job,) = Job.objects.filter(state=Job.State.QUEUED)
    assert job.payload == {"username": "nuria_bcn"}


@pytest.mark.parametrize("service", SERVICES)
def test_tokens_are_readable_nowhere(nora, service):
    link(nora.browser, service, "nuria_bcn")
    kept = the_link(nora)
    token = load_token(kept)
    sessions = "".join(str(session.get_decoded()) for session in Session.objects.all())
    for secret in (token.key, token.secret):
        assert len(secret) > 20
        assert secret.encode() not in bytes(kept.token)
        assert secret not in sessions
        assert secret not in repr(token)
    assert not SocialAccount.objects.exists()
    assert not SocialToken.objects.exists()


@pytest.mark.parametrize("service", SERVICES)
def test_an_account_that_somebody_else_linked_is_refused(nora, service):
    link(nora.browser, service, "nuria_bcn")
    other, browser = make_person(), Client()
    browser.force_login(other)
    link(browser, service, "nuria_bcn")
    assert not LinkedService.objects.filter(user=other).exists()
    assert the_link(nora).state == "ok"
    assert "another person" in browser.get("/settings/").content.decode()


@pytest.mark.parametrize("service", SERVICES)
def test_saying_no_there_links_nothing(nora, service):
    back = say(consent_address(nora.browser, service), person="nuria_bcn", decision=NO[service])
    answer = come_back(nora.browser, back)
    assert "cancel" in answer["Location"]
    assert not LinkedService.objects.exists()


@pytest.mark.parametrize("service", SERVICES)
def test_an_answer_counts_once_and_for_the_session_that_asked(nora, service):
    back = say(consent_address(nora.browser, service), person="nuria_bcn", decision=YES[service])
    stranger = Client()
    stranger.force_login(make_person())
    assert come_back(stranger, back).status_code == 401
    assert come_back(Client(), back)["Location"].startswith("/account/login/")
    assert come_back(nora.browser, back)["Location"].startswith("/start/")
    assert come_back(nora.browser, back).status_code == 401
    assert LinkedService.objects.count() == 1


def test_spotify_is_asked_with_pkce_and_a_state(nora):
    address = consent_address(nora.browser, "spotify")
    assert "code_challenge_method=S256" in address
    assert "&state=" in address


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_down_gives_a_page_and_links_nothing(nora, sandbox, service):
    where = {"discogs": "discogs", "spotify": "spotify-accounts"}[service]
    back = say(consent_address(nora.browser, service), person="nuria_bcn", decision=YES[service])
    sandbox.fault(where, "500html")
    assert come_back(nora.browser, back).status_code == 503
    assert not LinkedService.objects.exists()


def test_who_is_not_on_spotifys_list_is_told_what_works_instead(nora):
    answer = link(nora.browser, "spotify", "curtains_drawn")
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "five people" in text
    assert "Trying again does not help" in text
    for instead in ("spotify_file", "listenbrainz", "lastfm"):
        assert f'href="/start/#{instead}"' in text
    assert ">Try again<" not in text
    assert not LinkedService.objects.exists()


def test_only_the_buttons_of_signed_in_people_start_a_link(nora):
    assert nora.browser.get(reverse("discogs_login"))["Location"] == "/settings/#services"
    assert nora.browser.get("/account/3rdparty/")["Location"] == "/settings/"
    answer = Client().post(reverse("discogs_login"))
    assert answer["Location"].startswith("/account/login/")


def test_nothing_is_offered_where_the_site_has_no_key(nora, settings):
    settings.SPOTIFY_CLIENT_ID = ""
    assert nora.browser.post(reverse("spotify_login")).status_code == 404
    assert reverse("spotify_login") not in nora.browser.get("/settings/").content.decode()


# --- in use ---------------------------------------------------------------------------------


def test_an_old_access_token_is_renewed(nora, sandbox):
    link(nora.browser, "spotify", "nuria_bcn")
    with allow_calls():
        first = spotify_access_token(nora.person)
        assert spotify_access_token(nora.person) == first
        sandbox.expire_spotify()
        with pytest.raises(TokenExpired):
            spotify.Client(access_token=first).me()
        second = spotify_access_token(nora.person, rejected=first)
        assert second != first
        assert spotify.Client(access_token=second).me().account_id
    LinkedService.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with allow_calls():
        assert spotify_access_token(nora.person) != second


def test_a_revoked_link_is_marked_and_its_owner_told_once(
    nora, sandbox, django_capture_on_commit_callbacks
):
    link(nora.browser, "spotify", "nuria_bcn")
    sandbox.revoke("spotify", "nuria_bcn")
    LinkedService.objects.update(expires_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True), allow_calls():
        for _ in range(2):
            with pytest.raises(CredentialsRejected):
                spotify_access_token(nora.person)
        mark_link_again(nora.person, "spotify")
    assert the_link(nora).state == "link_again"
    assert [mail["to"] for mail in sandbox.mails()] == [[nora.person.email]]
    assert "Link again" in nora.browser.get("/settings/").content.decode()
    link(nora.browser, "spotify", "nuria_bcn")
    assert the_link(nora).state == "ok"


@pytest.mark.parametrize("kind", ["500html", "403", "429", "malformed"])
def test_errors_that_pass_never_unlink_anybody(nora, sandbox, kind):
    link(nora.browser, "spotify", "nuria_bcn")
    LinkedService.objects.update(expires_at=timezone.now())
    sandbox.fault("spotify-accounts", kind)
    with allow_calls(), pytest.raises(Exception) as failed:
        spotify_access_token(nora.person)
    assert not isinstance(failed.value, CredentialsRejected)
    assert kind != "500html" or isinstance(failed.value, Unavailable)
    assert the_link(nora).state == "ok"
    assert load_token(the_link(nora)).secret


# --- keys -----------------------------------------------------------------------------------


def stored(person, key="access", secret="refresh"):
    return link_account(person, "discogs", Proof("77", "nora", Credential(key, secret)))


def test_tokens_move_to_a_new_key(settings):
    kept, old = stored(make_person()), settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *old]
    call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    kept.refresh_from_db()
    assert load_token(kept) == Credential("access", "refresh")
    settings.CREDENTIAL_KEYS = old
    assert discogs_token(kept.user) is None  # the old key no longer opens it
    with pytest.raises(CommandError, match=str(kept.pk)):
        call_command("rotate_credentials")


def test_a_token_copied_to_another_row_is_of_no_use():
    mine, other = stored(make_person()), make_person()
    copied = LinkedService.objects.create(user=other, service="discogs", token=bytes(mine.token))
    assert discogs_token(copied.user) is None
    assert discogs_token(mine.user) is not None


def test_typing_another_name_gives_up_the_token_of_the_old_one():
    person = make_person()
    stored(person)
    assert name_account(person, "discogs", "NORA").external_id == "77"
    assert discogs_token(person) is not None
    assert name_account(person, "discogs", "somebody").external_id == ""
    assert discogs_token(person) is None


# --- unlinking --------------------------------------------------------------------------------


def test_unlinking_takes_the_keys_and_the_listening(nora):
    link(nora.browser, "spotify", "nuria_bcn")
    for source in ("spotify", "spotify~new", "lastfm"):
        Snapshot.objects.create(user=nora.person, source=source, taken_at=timezone.now())
    answer = nora.browser.post("/settings/services/spotify/unlink/")
    assert answer["Location"] == "/settings/#services"
    assert not LinkedService.objects.exists()
    assert [snapshot.source for snapshot in Snapshot.objects.all()] == ["lastfm"]
    assert nora.browser.post("/settings/services/spotify/unlink/").status_code == 404
