"""More like this, less of this, and taking it back: nothing of it stays."""

import pytest
from rest_framework.test import APIClient

from accounts.tokens import make_token
from recommendations import queries, services
from recommendations.models import Lean, Seed
from tests.factories import make_album, make_artist, make_listening, make_similar

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/records/?tab=discover"}


@pytest.fixture
def found(nuria):
    """Four artists near to one whom she plays, an album of each on Discover."""
    can = make_artist("Can")
    make_listening(nuria, can, plays=400)
    make_album("Of Can", can)
    albums = []
    for number in range(4):
        near = make_artist(f"Near {number}")
        make_similar(can, near, f"0.{9 - number}")
        albums.append(make_album(f"Album {number}", near))
    services.make_set(nuria)
    return albums


def told(person, tab="discover"):
    """What the page says: albums in their order with points and reasons."""
    cards = queries.cards(person, look=queries.Look(tab=tab)).cards
    return [(card.title, card.score.total, card.causes) for card in cards]


@pytest.mark.parametrize("way", ["more", "less"])
@pytest.mark.parametrize("remade", [False, True])
def test_undo_brings_back_the_list_as_it_was(nuria, sign_in, found, way, remade):
    before, client = told(nuria), sign_in(nuria)
    album = found[2]
    client.post(f"/records/{album.pk}/{way}/", headers=HTMX)
    assert told(nuria) != before
    if remade:
        services.make_set(nuria)
    client.post(f"/records/{album.pk}/undo/", {"what": "lean"}, headers=HTMX)
    assert told(nuria) == before, "at once"
    assert not Lean.objects.exists() and not Seed.objects.exists()
    services.make_set(nuria)
    assert told(nuria) == before, "and in the next list"


def test_undo_by_a_program(nuria, found):
    before, client = told(nuria), APIClient()
    secret = make_token(nuria, name="script", can_write=True).secret
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    address = f"/api/v1/recs/{found[3].pk}/lean"
    assert client.put(address, {"direction": 1}).status_code == 204
    assert Seed.objects.filter(user=nuria).exists()
    assert client.delete(address).status_code == 204
    assert not Seed.objects.exists() and told(nuria) == before


def test_a_name_that_was_there_before_stays(nuria, found):
    artist = found[1].credits.get().artist
    services.add_seed(nuria, artist)
    services.lean(nuria, artist, 1)
    services.undo_lean(nuria, artist)
    assert Seed.objects.filter(user=nuria, artist=artist).exists()


def test_an_artist_whom_somebody_names_by_hand_after_more_stays(nuria, found):
    artist = found[1].credits.get().artist
    services.lean(nuria, artist, 1)
    services.add_seeds(nuria, [artist.pk])
    services.undo_lean(nuria, artist)
    assert Seed.objects.filter(user=nuria, artist=artist).exists()


def test_more_twice_counts_once_and_less_after_more_takes_the_name_away(nuria, found):
    artist, before = found[2].credits.get().artist, told(nuria)
    services.lean(nuria, artist, 1)
    once = told(nuria)
    services.lean(nuria, artist, 1)
    assert told(nuria) == once and Seed.objects.count() == 1
    services.lean(nuria, artist, -1)
    assert not Seed.objects.exists()
    services.undo_lean(nuria, artist)
    assert told(nuria) == before


def test_two_words_are_taken_back_one_by_one(nuria, found):
    before = told(nuria)
    first, second = (album.credits.get().artist for album in found[1:3])
    services.lean(nuria, first, 1)
    services.lean(nuria, second, -1)
    services.undo_lean(nuria, first)
    services.undo_lean(nuria, second)
    assert told(nuria) == before
