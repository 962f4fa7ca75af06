"""People with listening, and the albums that speak to them."""

import pytest

from tests.upstreams.conftest import outside

__all__ = ["outside"]  # a fixture, here too

# Models are imported by the fixtures: this file is read before Django is set up.


@pytest.fixture
def nuria(db):
    from tests.factories import make_person

    return make_person("nuria@vinilogy.test")


@pytest.fixture
def sign_in(client):
    def sign(person):
        client.force_login(person)
        return client

    return sign


@pytest.fixture
def played():
    """Give a person plays of so many albums, two by each artist, the first most played."""
    from tests.factories import make_album, make_artist, make_listening

    def play(person, count=3, plays=400):
        albums = []
        for number in range(count):
            if number % 2 == 0:
                artist = make_artist(f"Artist {number // 2}")
                make_listening(person, artist, plays=plays * 2 - number)
            album = make_album(
                f"Album {number}",
                artist,
                year=1970 + number,
                genres=["Rock" if number % 2 else "Jazz"],
                popularity=1000 - number,
            )
            make_listening(person, artist, album, plays=plays - 5 * number)
            make_listening(person, artist, album, plays=plays // 4 - number, period="12m")
            albums.append(album)
        return albums

    return play


@pytest.fixture
def with_list(nuria, played):
    """A person with a list of so many albums."""
    from recommendations import services

    def make(count=3):
        albums = played(nuria, count)
        services.make_set(nuria)
        return albums

    return make


@pytest.fixture
def shelf(db):
    """Albums of three kinds, four each by an artist of its own."""
    from tests.factories import make_album

    kinds = {
        "Kraut": (["Rock"], ["Krautrock"], 1973),
        "Kosmische": (["Electronic"], ["Krautrock", "Kosmische"], 1974),
        "Soul": (["Funk / Soul"], ["Soul"], 1966),
    }
    return {
        kind: [
            make_album(
                f"{kind} {number}",
                f"{kind} artist {number}",
                genres=genres,
                styles=styles,
                year=year,
                popularity=100 - number,
                demand=1,
            )
            for number in range(4)
        ]
        for kind, (genres, styles, year) in kinds.items()
    }
