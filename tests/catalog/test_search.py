"""The search box and its page; the button that reads an album's pressings."""

import re
import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.urls import reverse

from catalog import search_sql, spelling
from catalog.matching import normalise_name, normalise_title
from catalog.models import Album, Artist, ArtistName, SearchEntry
from catalog.queries import search, search_page
from catalog.services import get_or_create_album, get_or_create_artist
from catalog.services.index import index_albums, index_artists, renew_popular
from catalog.views import FIRST, LISTED, marked
from tests.factories import (
    make_album,
    make_artist,
    make_best_price,
    make_person,
    make_quote,
    make_release,
)
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def byrjun():
    artist = get_or_create_artist(name="Sigur Rós")
    return get_or_create_album(artist=artist, title="Ágætis byrjun", year=1999)


@pytest.mark.parametrize(
    "words",
    [
        "agaet",
        "ÁGÆTIS",
        "byrjun",
        "sigur ros agaetis",
        "byrjun sigur",
        "agaetis by sigur ro",
        "agetis byrjun",
        "sygur rós byrjn",
        "bryjun",
        "gyrjun",
    ],  # fmt: skip
)
def test_an_album_is_found_by_its_start_its_inside_and_despite_mistakes(byrjun, words):
    assert [one.id for one in search(words).albums] == [byrjun.pk]


@pytest.mark.parametrize(
    "typed",
    ["beatels", "beatls", "baetles", "beatlles", "veatles", "beatel", "the beetles", "btls"],
)
def test_a_letter_wrong_missing_doubled_or_changed_round_is_forgiven(typed):
    for name in ("The Beatles", "The Beat", "Beach House"):
        get_or_create_artist(name=name)
    names = [one.name for one in search(typed).artists]
    assert names[:1] == ([] if typed == "btls" else ["The Beatles"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cuer", "The Cure"), ("the cuer", "The Cure"), ("abab", "ABBA"), ("abbba", "ABBA"),
        ("bulr", "Blur"), ("quen", "Queen"), ("lou rede", "Lou Reed"),
        ("jon coltrane", "John Coltrane"), ("jhon coltrane", "John Coltrane"),
        ("teh cure", "The Cure"),
    ],
)  # fmt: skip
def test_a_mistake_in_four_letters_is_forgiven_also_where_much_begins_so(typed, meant):
    names = ("The Cure", "ABBA", "Blur", "Queen", "Lou Reed", "John Coltrane")
    known = [make_artist(name, normalised=normalise_name(name), popularity=900) for name in names]
    begun = [
        make_artist(f"{start}{end}", popularity=3)
        for start in ("Cuer", "Abab", "Bulr", "Quen", "Rede", "Jonas")
        for end in ("po", "da", "ti", "nel", "mos", "vas")
    ]
    index_artists([*known, *begun])
    assert search(typed, limit=8).artists[0].name == meant


def test_a_word_that_names_something_is_no_mistake_for_its_neighbour():
    index_artists([make_artist("Tsar", popularity=99)])
    assert [one.name for one in search("star").artists] == ["Tsar"]
    index_artists([make_artist(f"Star{end}") for end in ("", "dust", "gazers", "key", "ship")])
    assert "Tsar" not in [one.name for one in search("star").artists]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("sing o the times", "Sign o' the Times"),
        ("dark side of teh moon", "The Dark Side of the Moon"),
        ("drak side moon", "The Dark Side of the Moon"),
    ],
)
def test_a_short_word_with_a_mistake_does_not_empty_the_answer(typed, title):
    artist = get_or_create_artist(name="Somebody")
    titles = ["Sign o' the Times", "The Dark Side of the Moon"]
    titles += [f"Sing{end}" for end in ("er", "ing", "apore", "le", "les", "along", "s", "song")]
    for one in titles:
        get_or_create_album(artist=artist, title=one)
    assert search(typed).albums[0].title == title


def test_a_line_of_nonsense_costs_no_more_than_half_of_it(django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        assert not search(" ".join(f"qwxyz{letter}" for letter in "abcdefghijkl")).count


def test_a_name_typed_without_its_blanks_finds_the_albums_too():
    artist = get_or_create_artist(name="AC/DC")
    album = get_or_create_album(artist=artist, title="Back in Black")
    found = search("acdc")
    assert ([one.id for one in found.artists], [one.id for one in found.albums]) == (
        [artist.pk],
        [album.pk],
    )


def test_names_of_three_letters_and_numbers_are_not_mistaken_for_others():
    for name in ("ABC", "Can", "U2"):
        get_or_create_artist(name=name)
    get_or_create_album(artist=get_or_create_artist(name="Van Halen"), title="1984")
    assert not search("cam").artists
    assert not search("1985").albums


def test_an_artist_is_found_by_another_name_and_in_latin_letters():
    kino = get_or_create_artist(name="Кино")
    prince = make_artist("Prince")
    ArtistName.objects.create(artist=prince, name="Camille", normalised="camille")
    index_artists([prince])
    assert [one.id for one in search("kino").artists] == [kino.pk]
    assert [one.id for one in search("кин").artists] == [kino.pk]
    assert [one.id for one in search("camile").artists] == [prince.pk]
    joined = get_or_create_artist(name="Sigur Rós")
    assert [one.id for one in search("sigurros").artists] == [joined.pk]
    assert [one.id for one in search("ki no").artists] == [kino.pk]


def test_a_short_word_is_found_inside_of_a_title_after_those_that_begin_so():
    titles = ("Talking Heads: 77", "Led Zeppelin II", "II and More", "Iiro")
    index_albums([make_album(one, normalised=normalise_title(one)) for one in titles])
    index_artists([make_artist("Boyz II Men", normalised="boyz ii men")])
    assert [one.title for one in search("77").albums] == ["Talking Heads: 77"]
    begun_first = ["II and More", "Iiro", "Led Zeppelin II"]
    assert [one.title for one in search("II").albums] == begun_first
    assert [one.name for one in search("ii").artists] == ["Boyz II Men"]
    SearchEntry.objects.update(popular=False)
    assert {one.title for one in search("ii").albums} == set(titles[1:])


def test_the_better_known_comes_before_the_one_that_only_begins_so():
    for name, popularity in (("Floyd Cramer", 1), ("Pink Floyd", 5000), ("Floyd", 0)):
        index_artists([make_artist(name, popularity=popularity)])
    assert [one.name for one in search("floyd").artists] == ["Floyd", "Pink Floyd", "Floyd Cramer"]


def test_what_is_not_popular_is_found_after_what_is_but_not_with_mistakes(monkeypatch):
    monkeypatch.setattr(search_sql, "POPULAR", {"artist": 1, "album": 1})
    albums = [
        make_album(f"Harvest Moon {number}", artist="Neil Young", popularity=number)
        for number in range(4)
    ]
    index_albums(albums)
    assert renew_popular()["album"] == 3
    assert list(SearchEntry.objects.filter(popular=True).values_list("entity_id", flat=True)) == [
        albums[3].pk
    ]
    for typed in ("harvest", "moon neil", "neil young harvest"):
        hits = [one.id for one in search(typed).albums]
        assert hits[0] == albums[3].pk and set(hits) == {one.pk for one in albums}, typed
    assert [one.id for one in search("harvesr moon").albums] == [albums[3].pk]
    assert renew_popular()["album"] == 0, "a second time nothing changes"


def test_new_albums_of_a_large_catalogue_are_not_popular_from_the_start(monkeypatch):
    monkeypatch.setattr(search_sql, "POPULAR", {"artist": 1, "album": 1})
    index_albums([make_album("Tusk", popularity=9)])
    renew_popular()
    index_albums([make_album("Mirage", popularity=9), make_album("Rumours", popularity=10)])
    popular = SearchEntry.objects.filter(popular=True)
    assert set(popular.values_list("text", flat=True)) == {"Tusk", "Rumours"}


@pytest.mark.parametrize(
    ("typed", "word", "number"),
    [
        ("beatles", "beatles", 0), ("beat", "beatles", 0), ("beatels", "beatles", 1),
        ("baetles", "beatles", 1), ("betles", "beatles", 1), ("beaatles", "beatles", 1),
        ("xeatlex", "beatles", 2), ("abba", "xyz", 4),
    ],
)  # fmt: skip
def test_mistakes_are_counted(typed, word, number):
    assert spelling.mistakes(typed, word) == number


def test_merged_artists_are_found_under_their_old_name():
    here = get_or_create_artist(name="Prince")
    get_or_create_artist(name="Love Symbol")
    Artist.objects.filter(name="Love Symbol").update(merged_into=here)
    assert [one.name for one in search("love symbol").artists] == ["Prince"]


@pytest.mark.parametrize("number", ["STUMM 128", "stumm-128", "stumm1", "0 5099908 36465"])
def test_a_record_is_found_by_its_numbers(number):
    album = make_album()
    release = make_release(album, catalogue_number="STUMM 128", barcode="0509990836465")
    assert [one.release_id for one in search(number).numbers] == [release.pk]


@pytest.mark.parametrize("words", ["", "   ", "\\", "%", "_", "'; drop table", "!!!", "Ω" * 300])
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
        with django_assert_num_queries(7):
            page = client.get(reverse("catalog:search"), {"q": "harmonia"})
        assert page.text.count('class="hit"') == count + 1


def test_a_record_that_has_a_price_shows_it_in_the_results_with_its_pressing(client):
    artist = get_or_create_artist(name="Harmonia")
    priced = get_or_create_album(artist=artist, title="Harmonia Deluxe")
    get_or_create_album(artist=artist, title="Harmonia Live")
    release = make_release(priced, year=1975, country="Germany")
    make_best_price(make_quote(priced, release, amount="30.00", shipping="5.00"))
    page = client.get(reverse("catalog:search"), {"q": "harmonia"}).text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "€ 35.00 1975 Germany, VG+, delivered" in text
    assert page.count('class="tag') == 1
    typed = client.get(reverse("catalog:suggest"), {"q": "harmonia"}).text
    assert "Harmonia Deluxe" in re.sub(r"<[^>]+>", "", typed) and "35.00" not in typed


def test_all_results_stand_on_pages_of_their_own_with_addresses(client):
    artist = get_or_create_artist(name="Neu!")
    index_albums([make_album(f"Krautrock {number}", artist=artist) for number in range(LISTED + 5)])
    address = reverse("catalog:search")
    page = client.get(address, {"q": "krautrock"}).text
    assert page.count('class="hit"') == FIRST
    assert "?q=krautrock&amp;kind=albums" in page and f"All {LISTED + 5}" in page
    first = client.get(address, {"q": "krautrock", "kind": "albums"}).text
    second = client.get(address, {"q": "krautrock", "kind": "albums", "page": 2}).text
    assert (first.count('class="hit"'), second.count('class="hit"')) == (LISTED, 5)
    assert "Page 2 of 2" in second and "kind=albums" in second
    for odd in ("0", "-1", "x", "99999999999", "3"):
        again = client.get(address, {"q": "krautrock", "kind": "albums", "page": odd})
        assert again.status_code == 200 and 'class="hit"' in again.text, odd
    assert client.get(address, {"q": "krautrock", "kind": "nothing"}).text.count("hit") > FIRST
    counted = search_page("krautrock", kind="albums", page=2, size=10)
    assert (counted.counts["albums"], len(counted.results.albums)) == (LISTED + 5, 10)


def test_discogs_is_asked_only_when_a_person_says_so_and_then_once(client, sandbox):
    address = reverse("catalog:search")
    page = client.get(address, {"q": "Pink Floyd Animals"}).text
    assert "Ask Discogs, 1 call" in page and not Job.objects.exists()
    stranger = client.post(reverse("catalog:ask"), {"q": "Pink Floyd Animals"})
    assert stranger["Location"].startswith("/account/login/") and not Job.objects.exists()
    person = make_person()
    client.force_login(person)
    there = client.post(reverse("catalog:ask"), {"q": "Pink Floyd Animals"})["Location"]
    job = Job.objects.get()
    assert job.owner_id == person.pk, "the call is seen as theirs"
    assert there == f"{address}?q=Pink+Floyd+Animals&asked={job.pk}"
    assert client.post(reverse("catalog:ask"), {"q": "pink floyd  ANIMALS"})["Location"] and (
        Job.objects.count() == 1
    )
    assert re.search(rf'id="[^"]*{job.pk}', client.get(there).text)
    run_pending_jobs()
    job.refresh_from_db()
    assert (job.state, sandbox.asked("discogs", "/database/search")) == (Job.State.DONE, 1)
    album = Album.objects.get(pk=job.result["albums"][0])
    assert (album.title, album.artist_line) == ("Animals", "Pink Floyd")
    assert "Animals" in client.get(there).text
    assert [one.id for one in search("animals pink").albums] == [album.pk]
    assert client.get(reverse("catalog:ask")).status_code == 405


def test_the_button_queues_one_job_and_this_browser_may_watch_it(client):
    album = make_album()
    where = reverse("catalog:sync_album", args=[album.pk])
    asked = client.post(where)["Location"]
    assert asked.startswith("/account/login/") and not Job.objects.exists()
    person = make_person()
    client.force_login(person)
    answer = client.post(where, {"next": "/search/"})
    assert (answer.status_code, answer.url) == (302, "/search/")
    assert client.post(where, {"next": "https://elsewhere.test/"}).url == album.get_absolute_url()
    job = Job.objects.get()
    assert (job.payload, job.queue) == ({"album_id": album.pk}, "interactive")
    assert job.owner_id == person.pk, "it stands among their work"
    strip = client.post(where, headers={"hx-request": "true"})
    assert re.search(rf'id="[^"]*{job.pk}', strip.text)
    assert client.get(reverse("jobs:job", args=[job.pk])).status_code == 200
    assert client.get(where).status_code == 405
    assert client.post(reverse("catalog:sync_album", args=[10**9])).status_code == 404


def test_commands_bring_artists_and_say_what_is_wrong(sandbox, capsys):
    call_command("seed_artists", name=["Pink Floyd"])
    assert "Artists: 1 brought, 0 known already, 0 failed." in capsys.readouterr().out
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
