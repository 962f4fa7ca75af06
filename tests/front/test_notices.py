"""The notices that sources ask for stand beside their data, with links that may be followed."""

import re

import pytest
from django.test import Client

from accounts.models import LinkedService
from catalog.models import ExternalId
from catalog.services.index import index_albums
from tests.factories import (
    make_album,
    make_artist,
    make_copy,
    make_listening,
    make_person,
    make_quote,
    make_want,
)
from vinyl.upstreams.terms import DISCOGS_NOTICE, DISCOGS_SITE_NOTICE

pytestmark = pytest.mark.django_db
BESIDE = re.compile(r'<ul class="attr attrs">(.*?)</ul>', re.S)
LINK = re.compile(r"<a [^>]*>")


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def browser(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def album(person):
    artist = make_artist()
    found = make_album(artist=artist)
    ExternalId.objects.create(kind="album", source="discogs", value="39357", entity_id=found.pk)
    ExternalId.objects.create(kind="artist", source="discogs", value="1546", entity_id=artist.pk)
    index_albums([found])
    make_quote(found)
    make_want(person, found)
    make_copy(person, found)
    for source in ("lastfm", "spotify", "listenbrainz", "spotify_file"):
        make_listening(person, artist, found, source=source)
        if source in LinkedService.Service.values:
            LinkedService.objects.create(user=person, service=source, username="x")
    return found


def pages(album):
    artist = album.artists.get()
    return {
        f"/albums/{album.pk}/": ("Discogs", "MusicBrainz", "listening"),
        f"/artists/{artist.pk}/": ("Discogs", "MusicBrainz", "listening"),
        "/wants/": ("Discogs",),
        "/shelf/": ("Discogs",),
        "/records/": ("Discogs", "listening"),
        "/start/": ("listening",),
        f"/search/?q={album.title}": ("Discogs", "MusicBrainz"),
    }


SENTENCES = {
    "Discogs": (DISCOGS_NOTICE,),
    "MusicBrainz": ("Data from MusicBrainz.",),
    "listening": ("powered by AudioScrobbler", ">Spotify<", "Data from ListenBrainz."),
}


def test_each_page_names_the_sources_of_what_it_shows(browser, album):
    for address, sources in pages(album).items():
        answer = browser.get(address)
        assert answer.status_code == 200, address
        for source in sources:
            for sentence in SENTENCES[source]:
                assert sentence in answer.text, (address, sentence)


def test_no_source_says_its_sentence_twice_beside_the_data(browser, album):
    for address in pages(album):
        said = BESIDE.findall(browser.get(address).text)
        notices = [notice for part in said for notice in re.findall(r"<li>(.*?)</li>", part)]
        words = [re.sub(r"<[^>]+>", "", notice) for notice in notices]
        assert words, address
        assert len(words) == len(set(words)), (address, words)


def test_a_person_without_that_source_sees_no_notice_of_it(album):
    client = Client()
    client.force_login(make_person())
    text = client.get(f"/albums/{album.pk}/").text
    assert ">Spotify<" not in text


def test_discogs_links_lead_to_the_thing_and_may_be_followed(browser, album):
    for address, where in ((f"/albums/{album.pk}/", "/master/39357"),
                           (f"/artists/{album.artists.get().pk}/", "/artist/1546")):  # fmt: skip
        text = browser.get(address).text
        links = [link for link in LINK.findall(text) if "/discogs-www/" in link]
        assert any(where in link for link in links), address
        assert not [link for link in links if "nofollow" in link], address


@pytest.mark.parametrize("language", ["en", "es"])
def test_discogs_words_are_never_translated(client, language):
    text = client.get("/", headers={"accept-language": language}).text
    assert DISCOGS_SITE_NOTICE.replace("'", "&#x27;") in text
