"""The demo catalogue comes in once, quickly, and again without harm."""

import time

import pytest

from catalog.models import Album, AlbumArtist, Artist, ExternalId, SearchEntry
from catalog.services import load_catalogue

pytestmark = pytest.mark.django_db
MODELS = (Artist, Album, AlbumArtist, ExternalId, SearchEntry)


def test_the_catalogue_is_loaded_once():
    begun = time.process_time()
    told = []
    new = load_catalogue(progress=lambda done, total: told.append((done, total)))
    assert time.process_time() - begun < 5  # of this process: the machine may be busy
    assert new == Artist.objects.count() + Album.objects.count() == 3482
    assert told[-1] == (new, new)
    before = [model.objects.count() for model in MODELS]
    assert load_catalogue() == 0
    assert [model.objects.count() for model in MODELS] == before


def test_what_a_loaded_album_knows():
    load_catalogue()
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
