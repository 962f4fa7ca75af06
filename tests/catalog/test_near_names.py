"""Artists of nearly one name: found by an index, asked about, never merged."""

from functools import partial

import pytest
from django.db import connection

from catalog.doubts import find_near_names
from catalog.models import Artist, ExternalId, MatchReview
from catalog.queries.near_names import near_artists
from catalog.services.near_names import look_at_near_names, weigh_near
from tests.factories import make_album, make_artist
from vinyl.jobs.registry import Done

pytestmark = pytest.mark.django_db


def loose(name, **fields):
    return make_artist(name, **{"source": "listener"} | fields)


def discogs(name, number):
    artist = make_artist(name)
    ExternalId.objects.create(kind="artist", source="discogs", value=number, entity_id=artist.pk)
    return artist


def test_a_misspelt_name_is_asked_about_once_with_its_evidence():
    one, other = loose("Elisabeth Fraser"), discogs("Elizabeth Fraser", "1")
    discogs("Caetano Veloso", "2")

    found = look_at_near_names(0)

    assert (found.artists, found.compared, found.asked, found.last) == (1, 1, 1, None)
    review = MatchReview.objects.get()
    assert {review.left_id, review.right_id} == {one.pk, other.pk}
    assert review.evidence[0]["says"].startswith("the names alone: ")
    assert look_at_near_names(0).asked == 0
    assert not Artist.objects.filter(merged_into__isnull=False).exists()


def test_names_that_differ_are_asked_about_where_albums_contradict_them():
    one, other = loose("John Edmond Band"), discogs("John Redmonds Band", "1")
    for artist in (one, other):
        make_album("The Hidden Garden", artist, source=artist.source)
        make_album("Greatest Hits", artist, source=artist.source)

    assert look_at_near_names(0).asked == 1
    names = [part["name"] for part in MatchReview.objects.get().evidence]
    assert names == ["names", "shared_albums"]


def test_a_title_that_everybody_has_says_nothing():
    far = weigh_near("Marvin Gaye", "Martin Gave", titles=({"greatest hits"}, {"greatest hits"}))
    near = weigh_near("Marvin Gaye", "Martin Gave", titles=({"what now"}, {"what now"}))
    assert [part.name for part in far.parts] == ["names"]
    assert near.confidence > far.confidence


def test_two_that_one_service_tells_apart_are_never_compared():
    one = loose("Elisabeth Frazer")
    two = loose("Elizabeth Fraser")
    for artist, value in ((one, "a"), (two, "b")):
        ExternalId.objects.create(
            kind="artist", source="musicbrainz", value=value, entity_id=artist.pk
        )
    discogs("Jonathan Maron", "1")
    discogs("Jonathan Marron", "2")

    assert look_at_near_names(0).compared == 0


def test_namesakes_and_what_is_merged_or_a_placeholder_are_left_out():
    one = loose("Elisabeth Frazer")
    loose("Elisabeth Frazer")
    loose("Elisabeth Fraser", merged_into=one)
    loose("Elisabeth Frasers", is_placeholder=True)

    assert near_artists({one.pk: one.normalised}) == {}


def test_the_job_goes_through_in_portions_and_stops_when_the_desk_is_full(monkeypatch):
    monkeypatch.setattr("catalog.doubts.QUESTIONS", 3)
    monkeypatch.setattr("catalog.doubts.look_at_near_names", partial(look_at_near_names, portion=1))
    for number, name in enumerate(("Elizabet Fraser", "Jaga Jazist", "Gwen Stefanni", "Tom Wats")):
        loose(name)
        right = ("Elizabeth Fraser", "Jaga Jazzist", "Gwen Stefani", "Tom Watts")[number]
        discogs(right, str(number))

    class Step:
        def __init__(self, checkpoint):
            self.checkpoint = checkpoint

        def progress(self, done, total, message="", **params):
            assert done <= total

    checkpoint = {}
    while not isinstance(result := find_near_names(Step(checkpoint)), Done):
        checkpoint = result.checkpoint
    # The fourth was not looked up any more.
    assert result.result == {"artists": 3, "compared": 3, "asked": 3}


def test_a_look_up_is_a_probe_of_the_index(django_assert_num_queries):
    one = loose("Elisabeth Frazer")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM catalog_artist WHERE normalised %% %s", [one.normalised]
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "artist_near_names" in plan
    # The threshold, the names; and the transaction around them.
    with django_assert_num_queries(4):
        near_artists({one.pk: one.normalised, one.pk + 1: "something else"})
