"""The search box and its page; the button that reads an album's pressings."""

import re
import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.urls import reverse

from catalog.models import Artist
from catalog.queries import search
from catalog.services import get_or_create_album, get_or_create_artist, load_catalogue
from catalog.views import marked
from tests.factories import make_album, make_person, make_release
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def byrjun():
    artist = get_or_create_artist(name="Sigur Rós")
    return get_or_create_album(artist=artist, title="Ágætis byrjun", year=1999)


@pytest.mark.parametrize(
    "words", ["agaet", "ÁGÆTIS", "byrjun", "sigur ros agaetis", "agetis byrjun"]
)
def test_an_album_is_found_by_its_start_its_inside_and_despite_mistakes(byrjun, words):
    assert [one.id for one in search(words).albums] == [byrjun.pk]


def test_an_exact_name_comes_first_then_the_better_known():
    load_catalogue()
    pinks = [one.name for one in search("pink floyd").artists]
    assert pinks[0] == "Pink Floyd"
    assert search("dark side of the").albums[0].title == "The Dark Side of the Moon"
    assert "Various" not in [one.name for one in search("various").artists]


@pytest.mark.parametrize("number", ["STUMM 128", "stumm-128", "stumm1", "0 5099908 36465"])
def test_a_record_is_found_by_its_numbers(number):
    album = make_album()
    release = make_release(album, catalogue_number="STUMM 128", barcode="0509990836465")
    assert [one.release_id for one in search(number).numbers] == [release.pk]


@pytest.mark.parametrize("words", ["", "   ", "\x00", "%", "_", "'; drop table", "!!!", "Ω" * 300])
def test_no_words_break_the_search(client, words):
    assert client.get(reverse("catalog:search"), {"q": words}).status_code == 200
    assert client.get(reverse("catalog:suggest"), {"q": words}).status_code == 200


def test_the_list_under_the_field(client, byrjun):
    page = client.get(reverse("catalog:suggest"), {"q": "aga"}).text
    assert page.count('role="option"') == 2, "the album and the way to all results"
    assert "<mark>Ága</mark>" not in page and "Ágætis byrjun" in page
    assert "1 result<" in page
    assert byrjun.get_absolute_url() in page


def test_a_match_is_marked_and_the_rest_escaped():
    assert marked("Sigur Rós", "ros") == "Sigur <mark>Rós</mark>"
    assert marked("<b>Rós", "ros") == "&lt;b&gt;<mark>Rós</mark>"
    assert marked("<b>", "x") == "&lt;b&gt;"


def test_the_page_of_results_costs_the_same_with_one_row_and_with_three(
    client, django_assert_num_queries
):
    artist = get_or_create_artist(name="Harmonia")
    for count in (1, 3):
        while artist.albums.count() < count:
            get_or_create_album(artist=artist, title=f"Harmonia {artist.albums.count()}")
        with django_assert_num_queries(6):
            page = client.get(reverse("catalog:search"), {"q": "harmonia"})
        assert page.text.count('class="hit"') == count + 1


def test_the_button_queues_one_job_and_this_browser_may_watch_it(client):
    album = make_album()
    where = reverse("catalog:sync_album", args=[album.pk])
    asked = client.post(where)["Location"]
    assert asked.startswith("/account/login/") and not Job.objects.exists()
    client.force_login(make_person())
    answer = client.post(where, {"next": "/search/"})
    assert (answer.status_code, answer.url) == (302, "/search/")
    assert client.post(where, {"next": "https://elsewhere.test/"}).url == album.get_absolute_url()
    job = Job.objects.get()
    assert (job.payload, job.queue) == ({"album_id": album.pk}, "interactive")
    strip = client.post(where, headers={"hx-request": "true"})
    assert re.search(rf'id="[^"]*{job.pk}', strip.text)
    assert client.get(reverse("jobs:job", args=[job.pk])).status_code == 200
    assert client.get(where).status_code == 405
    assert client.post(reverse("catalog:sync_album", args=[10**9])).status_code == 404


def test_commands_bring_artists_and_say_what_is_wrong(sandbox, capsys):
    call_command("seed_artists", name=["Pink Floyd"])
    assert "1 artists brought, 0 failed." in capsys.readouterr().out
    assert Artist.objects.get(name="Pink Floyd").albums.count() > 3
    with pytest.raises(CommandError, match="there is no album 99"):
        call_command("sync_releases", album=99)


@pytest.mark.django_db(transaction=True)
def test_people_who_bring_one_name_at_once_make_one_artist():
    start = threading.Barrier(4)

    def bring():
        start.wait()
        try:
            get_or_create_artist(name="Broadcast", mbid="b0ad")
        finally:
            connection.close()

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Artist.objects.filter(name="Broadcast").count() == 1
