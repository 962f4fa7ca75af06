"""The page that brings listening in, and the buttons for wants and copies."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from accounts import queries, services
from accounts.models import Owned, Snapshot, Want
from accounts.services.listening import SYNC
from tests.factories import make_album, make_copy, make_listening, make_person, make_release
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs

pytestmark = pytest.mark.django_db
START = "/start/"
PART = {"HX-Request": "true"}


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def browser(client, person):
    client.force_login(person)
    return client


def test_newcomer_sees_every_source_and_what_to_do(browser):
    page = browser.get(START)
    assert page.status_code == 200
    text = page.content.decode()
    for words in ("Last.fm", "Discogs", "ListenBrainz", "Spotify history file", "Nothing yet"):
        assert words in text
    assert reverse("recommendations:seeds") in text
    assert "<script" not in text.split("<main", 1)[1].split("</main", 1)[0]


def test_bringing_lastfm_shows_its_progress_and_then_what_came(sandbox, browser, person):
    make_album("Ege Bamyasi", "Can", year=1972)
    answer = browser.post("/start/lastfm/", {"username": "nuria_bcn"}, headers=PART)
    job = Job.objects.get(kind=SYNC)
    assert f'sse-connect="/live/?topics=job:{job.pk}"' in answer.content.decode()
    assert answer["HX-Trigger"] == "job-started"
    run_pending_jobs({SYNC})
    section = browser.get(START, {"part": "lastfm"}, headers=PART).content.decode()
    assert "nuria_bcn" in section
    assert "31,400 plays" in section
    heard = browser.get(START, {"part": "heard"}, headers=PART).content.decode()
    assert "Ege Bamyasi" in heard
    assert "<svg" in heard
    # Last.fm's name is kept: the next time it needs no typing.
    assert "Read again" in browser.get(START).content.decode()


def test_without_script_forms_post_and_come_back(sandbox, browser):
    answer = browser.post("/start/lastfm/", {"username": "nobody_zz"})
    assert answer["Location"] == "/start/#lastfm"
    run_pending_jobs({SYNC})
    assert "Last.fm knows nobody called" in browser.get(START).content.decode()


def test_an_unknown_name_can_be_mended_put_away_and_is_forgotten_after_a_good_read(
    sandbox, browser, person
):
    def bring(name):
        browser.post("/start/lastfm/", {"username": name}, headers=PART)
        run_pending_jobs({SYNC})
        return browser.get(START, {"part": "lastfm"}, headers=PART).content.decode()

    text = bring("nobody_zz")
    assert 'name="username" value="nobody_zz"' in text
    assert "Go on from there" not in text
    # Beside good data as well, until it is put away.
    good = bring("nuria_bcn")
    assert "knows nobody" not in good
    text = bring("nobody_yy")
    assert "31,400 plays" in text
    assert 'name="username" value="nobody_yy"' in text
    assert "What was read before stays" in text
    away = browser.post("/start/put-away/lastfm/", headers=PART).content.decode()
    assert "knows nobody" not in away
    assert "31,400 plays" in away
    assert "knows nobody" in bring("nobody_xx")
    make_listening(person, make_album().artists.get(), source="lastfm")
    Snapshot.objects.filter(user=person).update(taken_at=timezone.now())
    assert "knows nobody" not in browser.get(START).content.decode()
    assert browser.post("/start/put-away/elsewhere/").status_code == 404


def test_an_empty_history_file_is_called_empty(browser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("my_spotify_data.zip", b"")
    answer = browser.post("/start/history/", {"file": file}, headers=PART)
    assert answer.status_code == 422
    assert "The file is empty" in answer.content.decode()
    assert not Job.objects.exists()


def test_refusals_stand_beside_their_field(browser):
    answer = browser.post("/start/lastfm/", {"username": "  "}, headers=PART)
    assert answer.status_code == 422
    assert "Type the name of your account" in answer.content.decode()
    answer = browser.post("/start/history/", {}, headers=PART)
    assert (answer.status_code, b"Choose the zip" in answer.content) == (422, True)
    assert not Job.objects.exists()


def test_upload_from_the_page_is_queued(browser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("holiday.jpg", b"\xff\xd8\xff no history")
    assert browser.post("/start/history/", {"file": file}).status_code == 302
    run_pending_jobs({"accounts.import_history"})
    text = browser.get(START).content.decode()
    assert "This is no listening history" in text


def test_delivery_is_saved_and_nonsense_refused(browser, person):
    assert browser.post(START, {"country": "DE", "currency": "EUR"}).status_code == 302
    person.refresh_from_db()
    assert person.country == "DE"
    assert browser.post(START, {"country": "ZZ", "currency": "EUR"}).status_code == 422


def test_forgetting_is_for_what_was_brought(browser, person):
    album = make_album()
    make_listening(person, album.artists.get(), album)
    assert browser.post("/start/forget/lastfm/").status_code == 302
    assert not queries.listening_of(person).albums
    for source in ("lastfm", "elsewhere"):
        assert browser.post(f"/start/forget/{source}/").status_code == 404


def test_page_asks_as_much_with_one_source_as_with_three(browser, person):
    counts = []
    for sources in (("lastfm",), ("lastfm", "listenbrainz", "spotify_file")):
        for source in sources:
            album = make_album(f"Album of {source}", f"Artist of {source}")
            make_listening(person, album.artists.get(), source=source)
            make_listening(person, album.artists.get(), album, source=source)
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(START).status_code == 200
        counts.append(len(counted))
    assert counts == [9, 9]


def test_want_and_own_by_button_with_undo(browser, person):
    album = make_album()
    answer = browser.post("/shelf/want/", {"album_id": album.pk}, headers=PART)
    assert "on your want list" in answer.content.decode()
    assert reverse("accounts:unwant") in answer.content.decode()
    assert answer["HX-Reswap"] == "none"
    assert Want.objects.get().album == album
    browser.post("/shelf/want/", {"album_id": album.pk, "remove": "1", "next": "/wants/"})
    assert not Want.objects.exists()

    release = make_release(album)
    answer = browser.post("/shelf/own/", {"release_id": release.pk, "next": "/wants/"})
    assert answer["Location"] == "/wants/"
    assert Owned.objects.get().release == release
    browser.post("/shelf/disown/", {"album_id": album.pk, "next": "https://evil.example/"})
    assert not Owned.objects.exists()


def test_without_script_what_was_taken_off_comes_back_as_it_was(browser, person):
    album = make_album("Halcyon Digest")
    for note in ("signed", "for parties"):
        make_copy(person, album, make_release(album), notes=note)
    page = browser.post("/shelf/disown/", {"album_id": album.pk, "next": "/wants/"}, follow=True)
    (note,) = html.fromstring(page.content).find_class("notes")
    assert "“Halcyon Digest” is off your shelf." in note.text_content()
    assert not Owned.objects.exists()

    (undo,) = note.iter("form")
    fields = {one.get("name"): one.get("value") for one in undo.iter("input")}
    assert fields["csrfmiddlewaretoken"]
    back = browser.post(undo.get("action"), fields, headers={"Referer": "http://testserver/wants/"})
    assert back["Location"] == "http://testserver/wants/"
    assert set(Owned.objects.values_list("notes", flat=True)) == {"signed", "for parties"}


def test_odd_or_unknown_things_are_404_and_others_are_safe(browser, client, person):
    stranger = make_person()
    album = make_album()
    services.add_want(stranger, album_id=album.pk)
    for data in (
        {},
        {"album_id": "9" * 30},
        {"album_id": "404404"},
        {"album_id": album.pk, "release_id": 1},
    ):
        assert browser.post("/shelf/want/", data).status_code == 404
    browser.post("/shelf/unwant/", {"album_id": album.pk})
    assert Want.objects.filter(user=stranger).exists()


def test_anonymous_people_are_sent_to_sign_in(client):
    album = make_album()
    for address in (START, "/start/lastfm/", "/shelf/want/"):
        answer = client.post(address, {"album_id": album.pk})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/login/")
