"""The page of an artist: public, complete, and cheap to read."""

import re

import pytest
from django.urls import reverse

from tests.factories import (
    make_album,
    make_artist,
    make_best_price,
    make_copy,
    make_listening,
    make_quote,
    make_release,
    make_similar,
    make_want,
)
from tests.pricing.reading import words

pytestmark = pytest.mark.django_db


def artist_url(artist):
    return reverse("pricing:artist", args=[artist.pk])


def test_anybody_reads_an_artist_by_kind_and_year(client):
    artist = make_artist(genres=["Rock"])
    for title, year, kind in [
        ("Remain in Light", 1980, "album"),
        ("Talking Heads 77", 1977, "album"),
        ("Stop Making Sense", 1984, "live"),
        ("Odd Thing", None, "mystery"),
    ]:
        make_album(title, artist, year=year, kind=kind)
    text = words(client.get(artist_url(artist)))
    order = ["Albums", "Talking Heads 77", "Remain in Light", "Live", "Stop Making", "Other rec"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)


def test_a_merged_artist_leads_to_the_one_it_went_into(client):
    kept = make_artist()
    gone = make_artist("Talking Heads (2)", merged_into=kept)
    answer = client.get(f"{artist_url(gone)}?x=1")
    assert (answer.status_code, answer["Location"]) == (301, f"{artist_url(kept)}?x=1")


def test_an_artist_page_knows_what_is_yours(signed_in, person):
    artist = make_artist()
    owned, wanted, played = (make_album(t, artist) for t in ("Owned", "Wished", "Heard"))
    make_copy(person, owned)
    make_want(person, wanted)
    make_want(person, release=make_release(played))
    make_listening(person, artist, plays=312)
    make_listening(person, artist, played, plays=40)
    text = words(signed_in.get(artist_url(artist)))
    assert "Plays 312" in text
    assert "On your shelf 1 of 3" in text
    assert "Wanted 2" in text
    assert "40 plays" in text
    assert "Add to seeds" in text


def test_similar_artists_are_text_with_the_nearest_first(client):
    artist = make_artist()
    far, near = make_artist("Wire"), make_artist("Devo")
    make_similar(artist, far, "0.3")
    make_similar(artist, near, "0.9")
    make_similar(artist, make_artist("Various", is_placeholder=True))
    text = words(client.get(artist_url(artist)))
    assert re.search(r"Similar artists Devo ?, Wire", text)
    assert "Various" not in text


def test_an_artists_albums_show_their_prices_with_the_pressing(client):
    artist = make_artist()
    make_album("Unpriced", artist)
    for price in (1, 2):
        album = make_album(f"Record {price}", artist)
        release = make_release(album, year=1980, country="US")
        make_best_price(make_quote(album, release, amount=f"{price}0.00", shipping="5.00"))
    page = client.get(artist_url(artist))
    assert page.text.count('class="tag') == 2
    assert "€ 25.00 1980 US, VG+, delivered" in words(page)


def test_a_price_whose_source_tells_no_pressing_says_so(client):
    artist = make_artist()
    make_best_price(make_quote(make_album(artist=artist), source="ebay", grade="NM"))
    page = client.get(artist_url(artist))
    assert "eBay, pressing not told, NM, delivered" in words(page)


def test_various_is_never_listed_whole(client):
    various = make_artist("Various", is_placeholder=True)
    make_album("No New York", various)
    text = words(client.get(artist_url(various)))
    assert "No New York" not in text
    assert "Not one artist" in text


def test_an_artist_without_albums_says_what_to_do(client):
    assert "No albums here yet" in words(client.get(artist_url(make_artist())))


ARTIST_QUERIES = 14


@pytest.mark.parametrize("number", [1, 3])
def test_an_artist_costs_as_many_queries_with_three_rows_as_with_one(
    signed_in, person, django_assert_num_queries, number
):
    artist = make_artist()
    for at in range(number):
        album = make_album(f"Album {at}", artist)
        make_copy(person, album)
        make_want(person, album)
        make_similar(artist, make_artist(f"Other {at}"))
    with django_assert_num_queries(ARTIST_QUERIES):
        signed_in.get(artist_url(artist))


@pytest.mark.parametrize(
    ("stored", "told"),
    [("2", "Number 2 of this name at Discogs. Rock"), ("UK band", "UK band. Rock"), ("", "Rock")],
)
def test_a_namesakes_number_is_told_in_words(client, stored, told):
    artist = make_artist("Nirvana", disambiguation=stored, genres=["Rock"])
    html = client.get(reverse("pricing:artist", args=[artist.pk])).content.decode()
    assert f'<p class="lead">{told}</p>' in html
