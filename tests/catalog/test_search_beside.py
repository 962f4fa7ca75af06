"""Years, the medium and words of an edition beside what is looked for."""

import pytest
from django.urls import reverse

from catalog.matching.beside import part
from catalog.queries import album_ids, search
from catalog.services.index import index_albums, index_artists
from tests.factories import make_album, make_artist, make_release

pytestmark = pytest.mark.django_db

SHELF = (
    ("The Beatles", "Abbey Road", 1969),
    ("Talking Heads", "Remain in Light", 1980),
    ("David Bowie", "Low", 1977),
    ("Joy Division", "Unknown Pleasures", 1979),
    ("Prince", "1999", 1982),
    ("Ash", "1977", 1996),
    ("Jen Cloher", "Vinyl", 2001),
    ("Weezer", "Weezer", 2001),
)


@pytest.fixture
def shelf():
    names = {artist: make_artist(artist) for artist, _title, _year in SHELF}
    albums = {
        title: make_album(
            title, names[artist], year=year, normalised=title.lower().replace(":", "")
        )
        for artist, title, year in SHELF
    }
    index_artists(list(names.values()))
    index_albums(list(albums.values()))
    make_release(albums["Unknown Pleasures"], year=2007)
    return albums


def titles(typed, limit=8):
    return [one.title for one in search(typed, limit).albums]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("abbey road 1969", "Abbey Road"),
        ("1969 abbey road", "Abbey Road"),
        ("beatles abbey road 1970", "Abbey Road"),
        ("abbey raod 1969", "Abbey Road"),
        ("low 1977", "Low"),
        ("remain in light vinyl", "Remain in Light"),
        ("remain in light lp 180 gram", "Remain in Light"),
        ("remain in light 40th anniversary", "Remain in Light"),
        ("remain in light (vinilo)", "Remain in Light"),
        ("unknown pleasures 2007 remaster", "Unknown Pleasures"),
        ("abbey road 19", "Abbey Road"),
        ("abbey road viny", "Abbey Road"),
        ("unknown pleasures 2007 remas", "Unknown Pleasures"),
    ],
)
def test_a_year_or_the_medium_beside_a_title_does_not_hide_the_album(shelf, typed, title):
    assert titles(typed)[:1] == [title]
    assert album_ids(typed)[:1] == [shelf[title].pk]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("1999", "1999"), ("prince 1999", "1999"), ("1999 1982", "1999"), ("1999 vinyl", "1999"),
        ("ash 1977", "1977"), ("vinyl", "Vinyl"), ("jen cloher vinyl", "Vinyl"),
    ],
)  # fmt: skip
def test_a_title_that_is_a_year_or_such_a_word_is_found_first_as_a_title(shelf, typed, title):
    assert titles(typed)[:1] == [title]


def test_the_album_of_the_year_comes_first_and_one_with_a_pressing_of_it_next():
    artist = make_artist("Weezer")
    best = [
        make_album("Greatest Hits", artist, year=year, normalised="greatest hits", popularity=known)
        for year, known in ((1990, 900), (1992, 700), (1981, 5), (1985, 0))
    ]
    index_albums(best)
    make_release(best[3], year=1981)
    assert titles("greatest hits 1981", 2) == ["Greatest Hits"] * 2
    ids = [best[2].pk, best[3].pk, best[0].pk, best[1].pk]
    assert [one.id for one in search("greatest hits 1981").albums] == ids


def test_a_record_that_has_all_words_does_not_hide_the_one_that_is_called_so(shelf):
    artist = make_artist("Lowell")
    many = [
        make_album(f"{name} Vinyl 1977", artist, normalised=f"{name} vinyl 1977", popularity=9)
        for name in ("days", "nights", "weeks", "years", "hours", "moons", "suns", "tides", "ends")
    ]
    index_albums(many)
    assert titles("low vinyl")[0] == "Low"
    assert titles("low 1977")[0] == "Low"
    assert titles("days vinyl 1977")[0] == "days Vinyl 1977"


def test_an_artist_with_the_medium_beside_the_name_is_found(shelf):
    assert [one.name for one in search("talking heads vinyl").artists] == ["Talking Heads"]
    assert titles("talking heads 1980")[0] == "Remain in Light"


def test_a_name_that_holds_such_a_word_brings_no_others(shelf):
    leaf = make_artist("The Album Leaf", normalised="album leaf")
    other = make_artist("Leaf")
    own = make_album("Seal Beach", leaf)
    index_artists([leaf, other])
    index_albums([own, make_album("The Leaf", other)])
    found = search("the album leaf")
    assert [one.name for one in found.artists] == ["The Album Leaf"]
    assert [one.id for one in found.albums] == [own.pk]


def test_discogs_is_offered_only_for_what_is_not_here(client, shelf):
    page = client.get(reverse("catalog:suggest"), {"q": "abbey road 1969"}).text
    assert "Abbey Road" in page and "Ask Discogs" not in page
    page = client.get(reverse("catalog:search"), {"q": "remain in light vinyl"}).text
    assert "1 result for" in page


def test_a_year_costs_the_same_number_of_queries_with_one_album_and_with_many(
    shelf, django_assert_max_num_queries, django_assert_num_queries
):
    artist = make_artist("Neu!")
    for count in (6, 30):
        index_albums([make_album(f"Krautrock {number}", artist) for number in range(count)])
        with django_assert_num_queries(7):
            assert titles("krautrock 1980", 4)
    with django_assert_max_num_queries(20):
        assert not titles("qwxyza qwxyzb qwxyzc qwxyzd 1980")


@pytest.mark.parametrize(
    ("typed", "name", "years", "behind"),
    [
        ("Low 1977", "low", (1977,), True),
        ("1977 Low", "low", (1977,), False),
        ("The Wall (2LP)", "the wall", (), True),
        ("Blue 7 inch", "blue", (), True),
        ("OK Computer", "ok computer", (), False),
        ("1999", "", (), False),
        ("Mono Vinyl", "", (), False),
        ("1984 LP", "1984", (), True),
        ("3000", "3000", (), False),
        ("!!!", "", (), False),
    ],
)  # fmt: skip
def test_what_stands_beside_a_name_is_set_apart(typed, name, years, behind):
    found = part(typed)
    assert (found.name, found.years, found.behind) == (name, years, behind)
