"""The settings page, API tokens, and the end of an account."""

from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIRequestFactory

from accounts.api_auth import TokenAuthentication
from accounts.credentials import Credential
from accounts.linking import Proof, link_account
from accounts.models import ApiToken, LinkedService, Snapshot, User
from accounts.places import POSTCODES, postcode_example
from accounts.services import update_profile
from accounts.tokens import find_token, make_token
from tests.factories import PASSWORD, make_person
from vinyl.jobs import access
from vinyl.jobs.models import Job
from vinyl.upstreams import request_log
from vinyl.upstreams.asking import Lane

pytestmark = pytest.mark.django_db

PROFILE = {
    "country": "SE", "postcode": "114 55", "currency": "SEK", "least_grade": "NM",
    "language": "es", "theme": "dark", "time_zone": "Atlantic/Canary",
}  # fmt: skip


@pytest.fixture
def nora(client):
    person = make_person()
    client.force_login(person)
    return SimpleNamespace(person=person, browser=client)


def confirm_password(nora, then):
    """Answer the page that asks for the password again; where it leads."""
    asked = nora.browser.get(then)
    assert asked["Location"].startswith("/account/reauthenticate/")
    answer = nora.browser.post(asked["Location"], {"password": PASSWORD, "next": then})
    assert answer.status_code == 302
    return answer["Location"]


def test_the_profile_is_saved_and_used(nora):
    answer = nora.browser.post("/settings/", PROFILE)
    assert answer["Location"] == "/settings/"
    nora.person.refresh_from_db()
    assert {name: getattr(nora.person, name) for name in PROFILE} == PROFILE
    page = nora.browser.get("/settings/").content.decode()
    assert '<html lang="es" data-theme="dark">' in page
    assert "Suecia" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "XX"},
        {"country": "EU"},
        {"country": "ES", "postcode": "8001"},
        {"country": "ES", "postcode": "99999"},
        {"country": "ES", "postcode": "00123"},
        {"country": "GB", "postcode": "12345"},
        {"postcode": "<b>"},
        {"currency": "XBT"},
        {"least_grade": "EX"},
        {"language": "de"},
        {"theme": "pink"},
        {"time_zone": "Etc/GMT+3"},
    ],
)
def test_a_wrong_profile_is_refused_with_a_reason(nora, wrong):
    answer = nora.browser.post("/settings/", PROFILE | wrong)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    nora.person.refresh_from_db()
    assert (nora.person.country, nora.person.theme) == ("ES", "")


@pytest.mark.parametrize("country", POSTCODES)
def test_a_wrong_postcode_is_told_with_one_that_is_right(country):
    example = POSTCODES[country][1]
    assert postcode_example(country, example) is None
    assert postcode_example(country, "0O0") == example
    assert postcode_example("ZA", "0O0") is None


def test_the_page_says_what_a_postcode_there_looks_like(nora):
    page = nora.browser.post("/settings/", PROFILE | {"country": "ES", "postcode": "99999"})
    assert "One there looks like this: 28013." in page.content.decode()


@pytest.mark.parametrize("more", [0, 2])
def test_the_page_asks_the_database_as_often_with_three_rows_as_with_one(
    nora, more, django_assert_num_queries
):
    for service in ("lastfm", "listenbrainz", "discogs")[: 1 + more]:
        LinkedService.objects.create(user=nora.person, service=service, username="nora")
        make_token(nora.person, name=service)
    with django_assert_num_queries(7):
        page = nora.browser.get("/settings/").content.decode()
    assert page.count("vinilogy_") == 1 + more


def test_the_colours_chosen_in_the_foot_are_kept_with_the_account(nora):
    for chosen, stored in (("dark", "dark"), ("light", "light"), ("system", "")):
        nora.browser.post("/theme/", {"theme": chosen, "next": "/settings/"})
        elsewhere = Client()
        elsewhere.force_login(nora.person)
        nora.person.refresh_from_db()
        assert nora.person.theme == stored
        page = elsewhere.get("/settings/").content.decode()
        assert (f'data-theme="{chosen}"' in page) is bool(stored)


def test_an_accounts_colours_win_over_the_browsers_cookie(nora):
    nora.browser.cookies["theme"] = "dark"
    assert "data-theme" not in nora.browser.get("/settings/").content.decode()


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Asia/Kathmandu", "America/St_Johns"])
def test_times_are_shown_in_the_persons_own_zone(nora, zone):
    User.objects.update(time_zone=zone)
    now = timezone.now()
    Snapshot.objects.create(user=nora.person, source="lastfm", username="nora", taken_at=now)
    page = nora.browser.get("/start/").content.decode()
    there = now.astimezone(ZoneInfo(zone))
    assert f"today at {there.hour}:{there.minute:02}" in page


def test_a_stranger_sees_times_in_the_browsers_zone():
    done = timezone.now()
    job = Job.objects.create(kind="accounts.trim_lastfm", state=Job.State.DONE, finished_at=done)
    browser = Client()
    session = browser.session
    session[access.SESSION_KEY] = [job.pk]  # of work that this browser asked for
    session.save()
    for told, zone in (("Asia/Tokyo", "Asia/Tokyo"), ("No/Where", "Europe/Madrid")):
        browser.cookies["time_zone"] = told
        there = done.astimezone(ZoneInfo(zone))
        page = browser.get(f"/jobs/{job.pk}/").content.decode()
        assert f"Done, {there.hour}:{there.minute:02}" in page


def test_a_zone_that_nobody_chose_moves_with_the_person(nora):
    update_profile(nora.person, country="PT", currency="EUR")
    assert nora.person.time_zone == "Europe/Lisbon"
    update_profile(nora.person, time_zone="Asia/Tokyo")
    update_profile(nora.person, country="ES")
    nora.person.refresh_from_db()
    assert nora.person.time_zone == "Asia/Tokyo"


def test_anonymous_people_are_sent_to_sign_in():
    for address in ("", "tokens/new/", "delete/"):
        answer = Client().get(f"/settings/{address}")
        assert answer["Location"].startswith("/account/login/")
    for address in ("services/discogs/unlink/", "tokens/create/", "tokens/1/revoke/"):
        assert Client().post(f"/settings/{address}")["Location"].startswith("/account/login/")


def test_strangers_and_the_address_bar_change_nothing(nora):
    other = make_person()
    token = make_token(other, name="theirs").token
    LinkedService.objects.create(user=other, service="discogs", username="x")
    assert nora.browser.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert nora.browser.post("/settings/services/discogs/unlink/").status_code == 404
    assert nora.browser.get("/settings/services/discogs/unlink/").status_code == 405
    assert (ApiToken.objects.count(), LinkedService.objects.count()) == (1, 1)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(other)
    assert strict.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 403


def test_a_new_password_ends_all_other_sessions(nora):
    elsewhere = Client()
    elsewhere.force_login(nora.person)
    new = dict.fromkeys(("password1", "password2"), "quite another crate")
    nora.browser.post("/account/password/change/", {"oldpassword": PASSWORD, **new})
    nora.person.refresh_from_db()
    assert nora.person.check_password("quite another crate")
    assert elsewhere.get("/settings/")["Location"].startswith("/account/login/")


def test_staff_see_people_and_links_but_no_secret(client):
    staff = make_person(is_staff=True, is_superuser=True)
    link = link_account(staff, "discogs", Proof("1", "nora", Credential("s3cr3t", "s3cr3t")))
    token = make_token(staff, name="x").token
    assert client.get("/admin/login/?next=/admin/")["Location"].startswith("/account/login/")
    client.force_login(staff)
    pages = [f"user/{staff.pk}/change/", "user/add/", "user/", f"linkedservice/{link.pk}/change/"]
    for page in [*pages, "linkedservice/", f"apitoken/{token.pk}/change/", "apitoken/"]:
        answer = client.get(f"/admin/accounts/{page}")
        assert answer.status_code == 200, page
        shown = answer.content.decode()
        assert bytes(link.token).decode() not in shown
        assert token.digest not in shown
    form = {"email": "new@example.org", "usable_password": "true"}
    form |= dict.fromkeys(("password1", "password2"), "quite another crate")
    assert client.post("/admin/accounts/user/add/", form).status_code == 302
    assert User.objects.get(email="new@example.org").check_password("quite another crate")


# --- API tokens -----------------------------------------------------------------------------


def test_a_token_is_shown_once_and_stored_as_a_hash(nora):
    assert nora.browser.post("/settings/tokens/create/", {"name": "x"}).status_code == 302
    assert not ApiToken.objects.exists()
    assert confirm_password(nora, "/settings/tokens/new/") == "/settings/tokens/new/"
    form = {"name": "My script", "days": "30", "can_write": "on"}
    answer = nora.browser.post("/settings/tokens/create/", form)
    secret = answer.context["made"].secret
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    kept = ApiToken.objects.get()
    assert secret.partition(f"{kept.prefix}_")[2] not in str(vars(kept))
    assert secret not in nora.browser.get("/settings/").content.decode()
    assert find_token(secret) == kept
    assert nora.browser.post(f"/settings/tokens/{kept.pk}/revoke/").status_code == 302
    assert find_token(secret) is None


def asked(method, header):
    request = getattr(APIRequestFactory(), method)("/api/v1/")
    request.META["HTTP_AUTHORIZATION"] = header
    return TokenAuthentication().authenticate(request)


def test_a_token_says_who_asks_and_what_they_may(nora):
    reads = make_token(nora.person, name="reads").secret
    writes = make_token(nora.person, name="writes", can_write=True).secret
    assert asked("get", f"Bearer {reads}")[0] == nora.person
    assert asked("delete", f"bearer {writes}")[0] == nora.person
    with pytest.raises(Exception, match="only read"):
        asked("post", f"Bearer {reads}")
    assert asked("get", "Basic bm9yYTpub3Jh") is None


def test_wrong_expired_and_ownerless_tokens_are_refused(nora):
    good = make_token(nora.person, name="good").secret
    old = make_token(nora.person, name="old", lifetime=timedelta(seconds=-1)).secret
    wrong = ["", "x", good[:-1], good + "x", good.upper(), old, "vinilogy__", "\x00", "ñ" * 40]
    assert [find_token(one) for one in wrong] == [None] * len(wrong)
    assert find_token(good)
    with pytest.raises(Exception, match="not valid"):
        asked("get", "Bearer a b")
    User.objects.update(is_active=False)
    assert find_token(good) is None


# --- the end --------------------------------------------------------------------------------


def test_an_account_is_deleted_with_everything(
    nora, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    upload = tmp_path / "history.zip"
    upload.write_text("plays")
    person = nora.person
    link_account(person, "discogs", Proof("1", "nora", Credential("a", "b")))
    Snapshot.objects.create(user=person, source="lastfm", taken_at=timezone.now())
    Job.objects.create(kind="x", owner=person, payload={"path": str(upload)})
    make_token(person, name="x")
    for person_id in (person.pk, person.pk + 1):
        request_log.write(
            upstream="discogs", method="GET", path="/", status=200, ms=1, from_cache=False,
            lane=Lane.BACKGROUND, person_id=person_id,
        )  # fmt: skip
    elsewhere = Client()
    elsewhere.force_login(person)
    other = make_person()

    assert nora.browser.post("/settings/delete/").status_code == 302
    assert User.objects.filter(pk=person.pk).exists()
    assert confirm_password(nora, "/settings/delete/") == "/settings/delete/"
    assert nora.browser.get("/settings/delete/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert nora.browser.post("/settings/delete/")["Location"] == "/"

    assert list(User.objects.all()) == [other]
    for model in (LinkedService, Snapshot, Job, ApiToken):
        assert not model.objects.exists(), model
    assert not any("_auth_user_id" in one.get_decoded() for one in Session.objects.all())
    assert elsewhere.get("/settings/")["Location"].startswith("/account/login/")
    assert not upload.exists()
    assert [line.person_id for line in request_log.latest(10)] == [person.pk + 1]


def test_an_address_is_changed_after_the_password_only(nora):
    new = {"action_add": "", "email": "nora@example.test"}
    asked = nora.browser.post("/account/email/", new)["Location"]
    assert asked.startswith("/account/reauthenticate/")
    assert not EmailAddress.objects.filter(email="nora@example.test").exists()
    answer = nora.browser.post(asked, {"password": PASSWORD})
    assert answer.status_code == 302 and answer["X-Request-ID"]
    assert EmailAddress.objects.filter(email="nora@example.test", verified=False).exists()
