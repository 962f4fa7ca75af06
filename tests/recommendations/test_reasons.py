"""Reasons are true: what is named is what moved the album up, and it is told with its evidence."""

import random
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
import scipy.sparse as sp

from recommendations import queries, reasons, services
from recommendations.building import pool_for
from recommendations.candidates import AlbumRow, ArtistPlays, Listener
from recommendations.candidates2 import Scene, scored2
from recommendations.scoring import Heard
from recommendations.similarity import serving, store
from recommendations.similarity.matrix import listening
from recommendations.similarity.training import Material, Settings, fit
from tests.factories import (
    make_album,
    make_artist,
    make_best_price,
    make_copy,
    make_listening,
    make_person,
    make_quote,
    make_similar,
)

pytestmark = pytest.mark.django_db


def without(listener, artist_ids):
    """The same person as if they had never heard of these artists."""
    gone = set(artist_ids)
    return replace(
        listener,
        artists={key: one for key, one in listener.artists.items() if key not in gone},
        weights={key: one for key, one in listener.weights.items() if key not in gone},
    )


def points_of(listener, album_id):
    found = {one.album_id: one.points for one in pool_for(listener).albums}
    return found.get(album_id, Decimal(0))


@pytest.fixture
def scene():
    """Twelve artists somebody plays, ten others each near to some of them."""
    draw = random.Random(7)
    played = [make_artist(f"Played {n}") for n in range(12)]
    for number in range(10):
        other = make_artist(f"Other {number}")
        make_album(f"Album {number}", other)
        for artist in draw.sample(played, 4):
            make_similar(artist, other, f"{draw.uniform(0.1, 0.9):.4f}")
    artists = {one.pk: ArtistPlays(one.name, 400 - 20 * n) for n, one in enumerate(played)}
    weights = {key: float(one.plays) for key, one in artists.items()}
    return Listener(artists, albums={}, seeds={}, plays=3000, weights=weights)


def test_without_the_named_causes_an_album_falls_further_than_without_as_many_others(scene):
    draw = random.Random(11)
    discovered = [one for one in pool_for(scene).albums if one.tab == "discover"]
    assert len(discovered) == 10
    for one in discovered:
        [cause] = [cause for cause in one.causes if cause["kind"] == "near"]
        named = cause["ids"]
        assert named, "somebody is named"
        others = draw.sample([key for key in scene.weights if key not in named], len(named))
        lost = one.points - points_of(without(scene, named), one.album_id)
        lost_otherwise = one.points - points_of(without(scene, others), one.album_id)
        assert lost > lost_otherwise, (one, named, others)


def test_an_album_by_a_loved_artist_falls_without_that_artist_and_not_without_others():
    loved, other = make_artist("Loved"), make_artist("Other")
    album = make_album("Unheard", loved)
    artists = {loved.pk: ArtistPlays("Loved", 300), other.pk: ArtistPlays("Other", 300)}
    weights = dict.fromkeys(artists, 300.0)
    listener = Listener(artists, albums={}, seeds={}, plays=600, weights=weights)
    before = points_of(listener, album.pk)
    assert points_of(without(listener, [loved.pk]), album.pk) == 0
    assert points_of(without(listener, [other.pk]), album.pk) == before


def test_three_causes_are_told_with_their_evidence_and_the_price(nuria):
    can, neu = make_artist("Can"), make_artist("Neu!")
    near = make_artist("Cluster")
    album = make_album("Zuckerzeit", near, popularity=50)
    make_album("Lesser", near, popularity=2)
    make_listening(nuria, can, plays=200)
    make_listening(nuria, neu, plays=112)
    make_similar(can, near, "0.9")
    make_similar(neu, near, "0.8")
    make_best_price(make_quote(album, amount="12.50", shipping="5.50"))
    services.make_set(nuria)
    first = queries.cards(nuria, look=queries.Look(tab="discover")).cards[0]
    assert first.album == album
    told = [reasons.bare(cause) for cause in first.causes]
    assert told == [
        "Because of Can and Neu!, 312 plays.",
        "Of Cluster, the one that was pressed most often.",
        "€18.00 delivered, Discogs, pressing not told, VG+.",
    ]


def test_a_shelf_is_evidence_where_nobody_plays_anything(nuria):
    can, near = make_artist("Can"), make_artist("Cluster")
    make_copy(nuria, make_album("Tago Mago", can))
    make_copy(nuria, make_album("Ege Bamyasi", can))
    make_album("Zuckerzeit", near)
    make_similar(can, near, "0.9")
    services.make_set(nuria)
    [card] = queries.cards(nuria, look=queries.Look(tab="discover")).cards
    assert card.reason == "Because of <b>Can</b>, <b>2</b> records on your shelf."


def test_the_parts_say_what_they_were_weighed_by(nuria, with_list):
    with_list(12)
    card = queries.cards(nuria).cards[0]
    listening = next(part for part in card.score.parts if part.key == "listening")
    assert "45 points are for" in listening.sentence
    shares = {"kind": "near", "artists": ["Can", "Neu!"], "count": 3, "shares": [0.61, 0.25]}
    assert reasons.plain([shares], ("near",)).endswith(
        "Of what spoke for it most: Can 61%, Neu! 25%."
    )


def test_a_cause_of_a_kind_that_nobody_knows_is_left_out():
    assert reasons.sentence({"kind": "nonsense"}) == ""
    assert reasons.sentence({}) == ""
    unknown = [{"kind": "nonsense"}]
    assert reasons.sentences(unknown, kept=True) == ("You keep it on your list.",)
    assert reasons.sentences(unknown) == ("It is near to what you like.",)


# --- with a model that learned from listening --------------------------------------------


@pytest.fixture
def taught(settings, tmp_path):
    """Forty-eight artists in four circles, a model taught by sixty people, and who is in them."""
    settings.VINILOGY_HOME = tmp_path
    artists = [make_artist(f"Artist {n}") for n in range(48)]
    draw = np.random.default_rng(8)
    rows = []
    for person in range(60):
        own = [n for n in range(48) if n % 4 == person % 4 or n < 3]
        rows += [(person, n, draw.integers(1, 400)) for n in draw.choice(own, 9, replace=False)]
    people, heard, plays = np.array(rows).T
    tags = sp.csr_matrix([[float(n % 4 == g) for g in range(4)] for n in range(48)])
    material = Material(listening(people, heard, plays, (60, 48)), tags)
    model = fit(np.array([one.pk for one in artists]), material, Settings())
    facts = {"artists": 48, "people": 60, "rows": len(rows)}
    store.put_in_use(store.keep(model, version="test", facts=facts))
    serving.loaded.forget()
    yield artists
    serving.loaded.forget()


def test_what_the_model_names_is_what_moved_it(taught):
    plays = {taught[n].pk: count for n, count in ((4, 300), (8, 210), (12, 90), (9, 80), (6, 60))}
    for number, artist in enumerate(taught):
        make_album(f"Album {number}", artist)
    artists = {key: ArtistPlays(f"Name {key}", count) for key, count in plays.items()}
    weights = {key: float(count) for key, count in plays.items()}
    listener = Listener(artists, albums={}, seeds={}, plays=sum(plays.values()), weights=weights)
    discovered = [one for one in pool_for(listener).albums if one.tab == "discover"]
    assert len(discovered) > 10
    best = sorted(discovered, key=lambda one: -one.points)[:8]
    first = next(cause for cause in best[0].causes if cause["kind"] == "near")
    assert set(first["ids"]) <= set(plays) and first["shares"][0] > 0
    for one in best:
        cause = next(cause for cause in one.causes if cause["kind"] == "near")
        named = cause["ids"]
        others = [key for key in plays if key not in named][: len(named)]
        kept_without = points_of(without(listener, named), one.album_id)
        kept_otherwise = points_of(without(listener, others), one.album_id)
        assert kept_without < kept_otherwise, (one.album_id, named, others)


@pytest.mark.parametrize(
    ("plays", "albums", "said"),
    [
        (900, 12, "45 points are for 500 plays, the most that is asked of anybody."),
        (3, 12, "45 points are for 20 plays, the least that is asked of anybody."),
        (120, 12, "45 points are for 120 plays, as of your tenth most played album."),
        (120, 4, "45 points are for 120 plays."),
    ],
)
def test_the_opened_score_says_whose_plays_it_is_measured_by(client, plays, albums, said):
    """On the page and for programs: the measure has a floor and a cap, and some have few albums."""
    person = make_person("few@vinilogy.test")
    for number in range(albums):
        artist = make_artist(f"Artist {number}")
        make_listening(
            person,
            artist,
            make_album(f"Album {number}", artist),
            plays=plays,
            source="listenbrainz",
        )
    services.make_set(person)
    client.force_login(person)
    assert said in client.get("/records/").content.decode()
    [first, *_more] = client.get("/api/v1/recs").json()
    [part] = [part for part in first["parts"] if part["key"] == "listening"]
    assert part["sentence"].endswith(said)


@pytest.mark.parametrize("edition", ["", "&genre=Rock"])
def test_a_limit_of_the_price_delivered_lets_no_unknown_shipping_through(
    nuria, sign_in, with_list, edition
):
    albums = with_list(12)  # every other one is Rock
    make_best_price(make_quote(albums[1], amount="12.00", shipping="5.00"))
    make_best_price(make_quote(albums[3], amount="12.00", shipping=None))
    make_best_price(make_quote(albums[5], amount="50.00", shipping=None))
    client = sign_in(nuria)
    html = client.get(f"/records/?price=20{edition}").content.decode()
    assert f'id="album-{albums[1].pk}"' in html
    assert f'id="album-{albums[3].pk}"' not in html
    assert "1 album is left out: its price is within, but its shipping is not known." in html
    told = client.get(f"/api/v1/recs?price=20{edition}").json()
    assert [one["album"] for one in told] == [albums[1].pk]
    assert "left out" not in client.get("/records/").content.decode()


def test_a_price_without_shipping_earns_no_points(nuria, with_list):
    albums = with_list(3)
    make_best_price(make_quote(albums[0], amount="12.00", shipping="5.00"))
    make_best_price(make_quote(albums[1], amount="12.00", shipping=None))
    cards = {card.album: card for card in queries.cards(nuria).cards}
    known, unknown = (cards[album].score.parts[-1] for album in albums[:2])
    assert (known.points, known.sentence) == (10, "€17.00 delivered")
    assert unknown.points is None
    assert unknown.sentence == (
        "€12.00 without shipping: not known delivered, so it counts nothing"
    )


def test_an_album_of_whose_artist_nothing_is_known_tells_its_place_as_well():
    """Two reasons at least, where an album has no genre and nothing but plays speaks for it."""
    albums = {number: Heard(plays=100 - 10 * number) for number in range(4)}
    listener = Listener({}, albums, seeds={}, plays=340)
    rows = [AlbumRow(number, 10 + number, "Somebody", 1) for number in albums]
    found = {one.album_id: one for one in scored2(Scene(listener, {}), rows)}
    told = [reasons.bare(one) for one in reasons.sentences(found[2].causes)]
    assert told == ["You played this 80 times.", "Among your most played albums, number 3."]
