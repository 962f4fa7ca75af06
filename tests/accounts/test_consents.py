"""Spotify's consent ends six months after it was given: announced twice, and then the link asks
to be made again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.utils import timezone

from accounts.consents import ending_of
from accounts.credentials import Credential, load_token, store_token
from accounts.linking import spotify_access_token
from accounts.models import LinkedService, Snapshot
from accounts.services import forget_source
from accounts.services.consents import announce, near_their_end
from tests.accounts.linking_help import link as walk
from tests.factories import make_artist, make_listening, make_person
from vinyl.embedded.site import free_port
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.upstreams.door import allow_calls
from vinyl.upstreams.errors import CredentialsRejected

GIVEN = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
ENDS = datetime(2026, 9, 10, 9, 30, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
HALF_A_YEAR = timedelta(days=184)  # at least six months, whatever the date


@pytest.fixture
def nora(db, client, sandbox, real_mail):
    return listener(client)


def listener(browser):
    person = make_person()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    browser.force_login(person)
    return SimpleNamespace(person=person, browser=browser)


def linked(person, *, given=GIVEN, service="spotify", **fields):
    link = LinkedService(user=person, service=service, external_id="me", username="nora")
    link.consent_at = given
    for name, value in fields.items():
        setattr(link, name, value)
    store_token(link, Credential("access", "refresh"))
    link.save()
    return link


def age(days):
    LinkedService.objects.update(consent_at=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize(
    ("before", "stage"),
    [
        (30 * DAY + SECOND, None),
        (30 * DAY, "month"),
        (7 * DAY + SECOND, "month"),
        (7 * DAY, "week"),
        (SECOND, "week"),
        (0 * DAY, "over"),
        (-400 * DAY, "over"),
    ],
)
def test_what_is_due_at_which_moment(before, stage):
    link = LinkedService(service="spotify", consent_at=GIVEN)
    found = ending_of(link, ENDS - before)
    assert (found and found.stage) == stage
    assert found is None or found.ends == ENDS


@pytest.mark.parametrize(
    "link",
    [
        LinkedService(service="discogs", consent_at=GIVEN),
        LinkedService(service="spotify", consent_at=None),
        LinkedService(service="spotify", consent_at=GIVEN, state="link_again"),
    ],
    ids=["another service", "no consent known", "ended already"],
)
def test_other_links_have_nothing_to_be_told(link):
    assert ending_of(link, ENDS) is None


def test_it_is_told_a_month_and_a_week_before_once_each(nora, sandbox):
    link = linked(nora.person)
    said = [
        announce(link.pk, now=ENDS - before)
        for before in (31 * DAY, 30 * DAY, 29 * DAY, 8 * DAY, 7 * DAY, 6 * DAY, SECOND)
    ]
    assert said == [None, "month", None, None, "week", None, None]
    first, second = sandbox.mails()
    assert first["to"] == second["to"] == [nora.person.email]
    assert "Sept. 10, 2026" in first["text"]
    assert "/settings/#services" in first["text"]
    assert "one more mail, a week before" in first["text"]
    assert "the last mail" in second["text"]


def test_whoever_was_not_told_in_time_gets_the_nearer_warning_only(nora, sandbox):
    link = linked(nora.person)
    assert announce(link.pk, now=ENDS - 2 * DAY) == "week"
    assert announce(link.pk, now=ENDS - DAY) is None
    assert len(sandbox.mails()) == 1


def test_the_mail_speaks_its_readers_language_and_zone(nora, sandbox):
    type(nora.person).objects.update(language="es", time_zone="Pacific/Auckland")
    link = linked(nora.person, given=datetime(2026, 3, 10, 20, tzinfo=UTC))
    announce(link.pk, now=ENDS)
    (mail,) = sandbox.mails()
    assert "11 de septiembre de 2026" in mail["text"]  # it is the 11th there already


def test_an_address_that_nobody_confirmed_gets_no_mail_until_it_is(nora, sandbox):
    EmailAddress.objects.update(verified=False)
    link = linked(nora.person)
    assert announce(link.pk, now=ENDS - 20 * DAY) is None
    assert sandbox.mails() == []
    EmailAddress.objects.update(verified=True)
    assert announce(link.pk, now=ENDS - 19 * DAY) == "month"
    assert len(sandbox.mails()) == 1


def test_a_mail_that_could_not_leave_is_due_again(nora, sandbox, settings):
    link, port = linked(nora.person), settings.EMAIL_PORT
    settings.EMAIL_PORT = free_port(19_000, taken=set(), say=lambda _: None, what="nobody")
    assert announce(link.pk, now=ENDS - 20 * DAY) is None
    settings.EMAIL_PORT = port
    assert announce(link.pk, now=ENDS - 20 * DAY) == "month"
    assert len(sandbox.mails()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail(client, sandbox, real_mail):
    link = linked(listener(client).person)

    def work(_number):
        try:
            return announce(link.pk, now=ENDS - DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(work, range(4)))
    assert sorted(said, key=str) == [None, None, None, "week"]
    assert len(sandbox.mails()) == 1


def test_only_consents_of_five_months_are_looked_at_and_all_of_them(nora):
    young = linked(nora.person, given=ENDS)
    assert near_their_end(now=ENDS + 150 * DAY) == []
    assert near_their_end(now=ENDS + 151 * DAY) == [young.pk]
    for _ in range(7):
        linked(make_person(), given=ENDS - DAY, external_id="")
    numbers, found = set(), near_their_end(now=ENDS + 200 * DAY)
    while found:
        numbers.update(found)
        found = near_their_end(found[-1], now=ENDS + 200 * DAY)
    assert len(numbers) == 8


def test_the_hourly_job_tells_everybody_and_ends_what_is_over(
    nora, sandbox, django_capture_on_commit_callbacks
):
    linked(nora.person, given=timezone.now() - HALF_A_YEAR)
    make_listening(nora.person, make_artist(), source="spotify")
    for number in range(6):
        other = make_person()
        EmailAddress.objects.create(user=other, email=other.email, verified=True)
        linked(other, given=timezone.now() - 170 * DAY, external_id=str(number))
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue("accounts.announce_consents")
        run_pending_jobs(["accounts.announce_consents"])
    job.refresh_from_db()
    assert job.state == "done", job.error_detail
    assert job.result == {"over": 1, "month": 6}
    assert len(sandbox.mails()) == 7
    mine = LinkedService.objects.get(user=nora.person)
    assert (mine.state, mine.token, mine.expires_at) == ("link_again", None, None)


def test_after_the_end_what_was_read_stays_its_owners_until_unlinked(nora):
    link = linked(nora.person)
    make_listening(nora.person, make_artist(), source="spotify")
    assert announce(link.pk, now=ENDS) == "over"
    assert announce(link.pk, now=ENDS) is None
    for address in ("/settings/", "/start/"):
        page = nora.browser.get(address).content.decode()
        assert "Link again" in page
        assert "What we read before stays." in page
    assert Snapshot.objects.filter(user=nora.person, source="spotify").exists()
    with allow_calls(), pytest.raises(CredentialsRejected):
        spotify_access_token(nora.person)
    assert forget_source(nora.person, "spotify")
    assert not Snapshot.objects.filter(user=nora.person).exists()


def test_pages_do_not_wait_for_the_job_to_say_that_it_is_over(nora):
    linked(nora.person, given=timezone.now() - HALF_A_YEAR)
    for address in ("/settings/", "/start/"):
        assert "Link again" in nora.browser.get(address).content.decode()


@pytest.mark.parametrize("address", ["/settings/", "/start/"])
def test_a_page_offers_to_renew_a_month_before_and_not_sooner(nora, address):
    linked(nora.person, given=timezone.now() - 150 * DAY)
    page = nora.browser.get(address).content.decode()
    assert "Your consent ends on" not in page
    age(days=170)
    page = nora.browser.get(address).content.decode()
    assert "Your consent ends on" in page
    assert "Renew<" in page


def test_renewing_keeps_what_was_read_and_counts_from_today(nora, sandbox):
    walk(nora.browser, "spotify", "nuria_bcn")
    kept = make_listening(nora.person, make_artist(), source="spotify").snapshot
    LinkedService.objects.update(consent_told="week")
    age(days=178)
    old = load_token(LinkedService.objects.get())
    walk(nora.browser, "spotify", "nuria_bcn")
    link = LinkedService.objects.get()
    assert link.consent_told == ""
    assert timezone.now() - link.consent_at < timedelta(minutes=1)
    assert load_token(link).secret != old.secret
    assert Snapshot.objects.get(pk=kept.pk).items.exists()
    page = nora.browser.get("/settings/").content.decode()
    assert "Your consent ends on" not in page


def test_spotify_itself_ends_the_consent_and_the_link_says_so(nora, sandbox):
    walk(nora.browser, "spotify", "nuria_bcn")
    sandbox.advance(HALF_A_YEAR.total_seconds())
    LinkedService.objects.update(expires_at=timezone.now())
    with allow_calls(), pytest.raises(CredentialsRejected):
        spotify_access_token(nora.person)
    assert LinkedService.objects.get().state == "link_again"
    walk(nora.browser, "spotify", "nuria_bcn")
    with allow_calls():
        assert spotify_access_token(nora.person)
