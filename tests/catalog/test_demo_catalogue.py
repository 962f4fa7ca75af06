"""The demo catalogue: it comes in once, quickly, and again without harm; what it knows is found.

Loaded once for all of these, each of which takes its own changes back.
"""

import time
from collections.abc import Iterator
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse

from catalog import spelling
from catalog.models import (
    Album,
    AlbumArtist,
    Artist,
    ExternalId,
    Release,
    SearchEntry,
    SearchWord,
)
from catalog.queries import search
from catalog.services import load_catalogue
from tests.factories import make_person
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import discogs

pytestmark = pytest.mark.django_db
MODELS = (Artist, Album, AlbumArtist, ExternalId, SearchEntry)


@pytest.fixture(scope="module", autouse=True)
def loading(django_db_setup, django_db_blocker) -> Iterator[SimpleNamespace]:
    """The catalogue in a transaction around all tests of this file, and how its loading went."""
    told = []
    with django_db_blocker.unblock(), transaction.atomic():
        begun = time.process_time()
        new = load_catalogue(progress=lambda done, total: told.append((done, total)))
        spent = time.process_time() - begun
        connection.check_constraints()  # now, not at the end of the first test
        yield SimpleNamespace(new=new, told=told, spent=spent)
        transaction.set_rollback(True)


def test_the_catalogue_is_loaded_once(loading):
    assert loading.spent < 5  # of this process: the machine may be busy
    assert loading.new == Artist.objects.count() + Album.objects.count() == 3482
    assert loading.told[-1] == (loading.new, loading.new)
    before = [model.objects.count() for model in MODELS]
    assert load_catalogue() == 0
    assert [model.objects.count() for model in MODELS] == before


def test_what_a_loaded_album_knows():
    found = ExternalId.objects.get(kind="album", source="discogs", value="3100000037")
    album = Album.objects.get(pk=found.entity_id)
    assert (album.title, album.artist_line, album.year) == (
        "The Dark Side of the Moon",
        "Pink Floyd",
        1973,
    )
    assert album.credits.get().artist.name == "Pink Floyd"
    assert Artist.objects.get(name="Lone").disambiguation == "2"
    assert Artist.objects.get(name="Various").is_placeholder


def test_the_demo_catalogue_is_whole():
    said = StringIO()
    call_command("check_catalogue", stdout=said)
    assert "nothing is wrong" in said.getvalue()


def test_an_exact_name_comes_first_then_the_better_known():
    pinks = [one.name for one in search("pink floyd").artists]
    assert pinks[0] == "Pink Floyd"
    assert search("dark side of the").albums[0].title == "The Dark Side of the Moon"
    assert "Various" not in [one.name for one in search("various").artists]


def test_the_database_makes_the_same_keys_as_the_product():
    words = dict(SearchWord.objects.values_list("word", "keys"))
    assert len(words) > 300 and all(len(word) >= spelling.SHORTEST for word in words)
    assert {word: set(keys) for word, keys in words.items()} == {
        word: spelling.keys(word) for word in words
    }


def test_a_number_that_discogs_knows_brings_its_pressing(client, sandbox):
    client.force_login(make_person())
    hit = discogs.Client().search(type="release", q="Pink Floyd", format="Vinyl").items[0]
    client.post(reverse("catalog:ask"), {"q": hit.catno})
    run_pending_jobs()
    assert Release.objects.filter(discogs_id=hit.id).exists()
    assert hit.id in {
        Release.objects.get(pk=one.release_id).discogs_id for one in search(hit.catno).numbers
    }
