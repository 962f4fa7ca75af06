"""Two rows become one thing and come apart again: nothing is lost, nothing doubled."""

import pytest
from django.utils import timezone

from accounts.queries import listening_of, owned_among, wanted_among
from catalog.models import (
    Album,
    AlbumArtist,
    Artist,
    ArtistName,
    ExternalId,
    MatchReview,
    MergeRecord,
    Release,
    SimilarArtist,
)
from catalog.queries import artist_albums, search, similar_artists
from catalog.queries.names import ArtistRef, match_artists
from catalog.services import get_or_create_artist
from catalog.services.index import index_artists
from catalog.services.merging import (
    CannotMerge,
    CannotSplit,
    better_known,
    merge_albums,
    merge_artists,
    split,
)
from pricing.models import PriceHistory
from pricing.queries import price_tags
from pricing.viewer import viewer_for
from recommendations import queries as recommended
from recommendations.models import Dismissal, Lock, Seed
from recommendations.services import add_seed, remove_seed
from tests.factories import (
    make_album,
    make_artist,
    make_best_price,
    make_copy,
    make_listening,
    make_person,
    make_quote,
    make_release,
    make_similar,
    make_want,
    merge_of,
)

pytestmark = pytest.mark.django_db


def with_id(entity, value, source="discogs"):
    kind = "artist" if isinstance(entity, Artist) else "album"
    return ExternalId.objects.create(kind=kind, source=source, value=value, entity_id=entity.pk)


def everything():
    """All rows that a merge may touch, to compare before and after."""
    return {
        model.__name__: sorted(model.objects.values_list(*fields))
        for model, fields in (
            (Artist, ("pk", "name", "merged_into_id")),
            (Album, ("pk", "title", "merged_into_id")),
            (AlbumArtist, ("pk", "album_id", "artist_id", "position")),
            (ArtistName, ("pk", "artist_id", "name")),
            (SimilarArtist, ("pk", "artist_id", "other_id", "source", "score")),
            (ExternalId, ("pk", "kind", "value", "entity_id")),
            (Release, ("pk", "album_id")),
        )
    }


@pytest.fixture
def prince():
    """One artist as Discogs and as MusicBrainz know him, each with all that may hang on one."""
    stands, goes = make_artist("Prince"), make_artist("The Artist", normalised="artist")
    with_id(stands, "28795")
    with_id(goes, "070d193a", "musicbrainz")
    for artist, title in ((stands, "Sign o' the Times"), (goes, "Lovesexy")):
        make_album(title, artist=artist)
    ArtistName.objects.create(artist=stands, name="Prinz", normalised="prinz")
    ArtistName.objects.create(artist=goes, name="Prinz", normalised="prinz")
    ArtistName.objects.create(artist=goes, name="TAFKAP", normalised="tafkap")
    sheila, the_time = make_artist("Sheila E."), make_artist("The Time")
    make_similar(stands, sheila, "0.9")
    make_similar(goes, sheila, "0.8")
    make_similar(goes, the_time, "0.7")
    make_similar(goes, stands, "1")
    make_similar(the_time, goes, "0.6")
    index_artists([stands, goes])
    return stands, goes


# --- artists ------------------------------------------------------------------------------


def test_a_merged_artist_brings_albums_names_likenesses_and_ids(prince):
    stands, goes = prince

    assert merge_artists([goes.pk], stands, why="one person") == stands

    assert {album.title for album in artist_albums(stands.pk)} == {"Sign o' the Times", "Lovesexy"}
    assert artist_albums(goes.pk) == []
    assert set(ExternalId.objects.values_list("entity_id", flat=True)) == {stands.pk}
    assert set(stands.names.values_list("name", flat=True)) == {"Prinz", "TAFKAP"}
    found = {Artist.objects.get(pk=edge.other_id).name for edge in similar_artists([stands.pk])}
    assert found == {"Sheila E.", "The Time"}
    the_time = Artist.objects.get(name="The Time")
    assert [edge.other_id for edge in similar_artists([the_time.pk])] == [stands.pk]


def test_names_ids_and_the_search_box_lead_to_the_artist_that_stands(prince):
    stands, goes = prince
    merge_artists([goes.pk], stands)

    refs = [ArtistRef("The Artist"), ArtistRef("tafkap"), ArtistRef("?", "070d193a")]
    assert set(match_artists(refs).values()) == {stands.pk} and len(match_artists(refs)) == 3
    assert get_or_create_artist(name="The Artist") == stands
    assert get_or_create_artist(name="Whoever", mbid="070d193a") == stands
    assert [hit.id for hit in search("the artist").artists] == [stands.pk]


def test_programs_are_told_of_the_artist_that_stands_only(client, prince):
    stands, goes = prince
    merge_artists([goes.pk], stands)

    index_artists([stands, goes])
    listed = client.get("/api/v1/artists", {"q": "the artist"}).json()["results"]
    assert [one["id"] for one in listed] == [stands.pk]
    for asked in (stands.pk, goes.pk):
        found = client.get("/api/v1/albums", {"artist": asked}).json()["results"]
        assert {album["title"] for album in found} == {"Sign o' the Times", "Lovesexy"}


def test_a_split_gives_back_exactly_what_was_there(prince):
    stands, goes = prince
    before = everything()
    merge_artists([goes.pk], stands)
    assert everything() != before

    split(merge_of("artist", goes.pk))

    assert everything() == before
    assert artist_albums(goes.pk)[0].title == "Lovesexy"


def test_three_artists_in_a_chain_come_apart_in_any_order(prince):
    stands, goes = prince
    first = make_artist("Prince Rogers Nelson")
    make_album("For You", artist=first)
    with_id(first, "1")
    before = everything()
    merge_artists([first.pk], goes)
    merge_artists([goes.pk], stands)
    first.refresh_from_db()
    assert first.merged_into_id == stands.pk  # one step from everywhere
    assert len(artist_albums(stands.pk)) == 3

    split(merge_of("artist", first.pk))
    assert [album.title for album in artist_albums(first.pk)] == ["For You"]
    assert {album.title for album in artist_albums(stands.pk)} == {"Sign o' the Times", "Lovesexy"}
    split(merge_of("artist", goes.pk))

    assert everything() == before


def test_the_middle_of_a_chain_takes_what_led_to_it_along(prince):
    stands, goes = prince
    first = make_artist("Prince Rogers Nelson")
    make_album("For You", artist=first)
    merge_artists([first.pk], goes)
    between = everything()
    merge_artists([goes.pk], stands)

    split(merge_of("artist", goes.pk))

    assert everything() == between


def test_one_of_a_chain_that_was_split_and_merged_again_is_no_longer_of_the_middle(prince):
    stands, goes = prince
    first = make_artist("Prince Rogers Nelson")
    make_album("For You", artist=first)
    with_id(first, "1")
    ArtistName.objects.create(artist=first, name="Skipper", normalised="skipper")
    merge_artists([first.pk], goes)
    merge_artists([goes.pk], stands)
    split(merge_of("artist", first.pk))
    merge_artists([first.pk], stands)

    split(merge_of("artist", goes.pk))

    assert {album.title for album in artist_albums(goes.pk)} == {"Lovesexy"}
    assert {album.title for album in artist_albums(stands.pk)} == {"Sign o' the Times", "For You"}
    assert ExternalId.objects.get(value="1").entity_id == stands.pk
    assert stands.names.filter(name="Skipper").exists()
    first.refresh_from_db()
    assert first.merged_into_id == stands.pk


def test_pressings_of_a_chain_that_was_split_and_merged_again_stay_with_the_last(prince):
    albums = [make_album(title, artist="Prince") for title in ("One", "Two", "Three")]
    pressings = [make_release(album) for album in albums]
    merge_albums([albums[0].pk], albums[1])
    merge_albums([albums[1].pk], albums[2])
    split(merge_of("album", albums[0].pk))
    merge_albums([albums[0].pk], albums[2])

    split(merge_of("album", albums[1].pk))

    now = [Release.objects.get(pk=one.pk).album for one in pressings]
    assert now == [albums[2], albums[1], albums[2]]


def test_the_trail_tells_who_when_why_and_what(prince):
    stands, goes = prince
    curator = make_person(is_staff=True)
    merge_artists([goes.pk], stands, why="one person", by=curator)

    record = MergeRecord.objects.get()
    assert (record.kind, record.from_id, record.into_id) == ("artist", goes.pk, stands.pk)
    assert (record.why, record.done_by, record.undone_at) == ("one person", curator, None)
    assert len(record.moved["credits"]) == 1 and len(record.moved["ids"]) == 1
    split(record, by=curator)
    record.refresh_from_db()
    assert record.undone_by == curator and record.undone_at is not None
    with pytest.raises(CannotSplit):
        split(record)


def test_what_was_split_is_remembered_as_two_things(prince):
    stands, goes = prince
    merge_artists([goes.pk], stands)
    split(merge_of("artist", goes.pk))

    assert MatchReview.objects.get().verdict == MatchReview.Verdict.DIFFERENT


def test_the_refusal_names_who_stands_for_many(prince):
    various = make_artist("Various", is_placeholder=True)
    with pytest.raises(CannotMerge, match="^Various stands"):
        merge_artists([various.pk], prince[0])


def test_nobody_is_merged_with_various(prince):
    stands, _goes = prince
    various = make_artist("Various", is_placeholder=True)

    with pytest.raises(CannotMerge):
        merge_artists([various.pk], stands)
    with pytest.raises(CannotMerge):
        merge_artists([stands.pk], various)


def test_who_was_merged_already_stays_where_they_are(prince):
    stands, goes = prince
    merge_artists([goes.pk], stands)
    other = make_artist("Other")

    assert merge_artists([goes.pk], other) == other
    goes.refresh_from_db()
    assert goes.merged_into_id == stands.pk and MergeRecord.objects.count() == 1
    # What is merged into one that is gone goes to the one that stands.
    assert merge_artists([other.pk], goes) == stands


# --- what people have ---------------------------------------------------------------------


def test_plays_of_both_artists_count_for_the_one_that_stands(prince):
    stands, goes = prince
    person = make_person()
    make_listening(person, stands, plays=10)
    make_listening(person, goes, plays=5)
    merge_artists([goes.pk], stands)

    heard = listening_of(person).artists
    assert [(one.artist_id, one.name, one.plays) for one in heard] == [(stands.pk, "Prince", 15)]
    split(merge_of("artist", goes.pk))
    assert {one.artist_id: one.plays for one in listening_of(person).artists} == {
        stands.pk: 10,
        goes.pk: 5,
    }


def test_seeds_follow_and_are_neither_doubled_nor_left_behind(prince):
    stands, goes = prince
    person = make_person()
    add_seed(person, stands)
    add_seed(person, goes)
    merge_artists([goes.pk], stands)

    assert recommended.seeds_of(person) == [stands]
    assert not add_seed(person, stands)
    edges = recommended.edges_from([stands.pk])
    assert {Artist.objects.get(pk=edge.other).name for edge in edges} == {"Sheila E.", "The Time"}
    assert {row.artist_id for row in recommended.albums_by([stands.pk], each=9)} == {stands.pk}
    assert remove_seed(person, stands.pk) and recommended.seeds_of(person) == []
    assert not Seed.objects.filter(user=person).exists()


def test_all_that_hangs_on_an_album_follows_it_and_comes_back(prince):
    stands, goes = make_album("1999", artist="Prince (2)"), make_album("1999", artist="Prince (3)")
    pressing = make_release(goes)
    with_id(goes, "f1a", "musicbrainz")
    person = make_person()
    make_want(person, album=goes)
    make_want(person, album=stands)
    make_copy(person, goes, pressing)
    Lock.objects.create(user=person, album=goes)
    Dismissal.objects.create(user=make_person(), album=goes, reason="taste")
    make_listening(person, goes.artists.first(), album=goes, plays=7)
    make_best_price(make_quote(goes, pressing, amount="9.90"))
    before = everything()

    merge_albums([goes.pk], stands, why="twins")

    both = [stands.pk, goes.pk]
    assert wanted_among(person, both) == owned_among(person, both) == {stands.pk}
    assert recommended.choices_of(person).locked == {stands.pk}
    assert [(one.album_id, one.plays) for one in listening_of(person).albums] == [(stands.pk, 7)]
    assert set(price_tags([stands.pk], viewer_for(person))) == {stands.pk}
    assert Release.objects.get(pk=pressing.pk).album == stands
    assert ExternalId.objects.get(value="f1a").entity_id == stands.pk
    split(merge_of("album", goes.pk))
    assert everything() == before
    assert wanted_among(person, both) == set(both) and owned_among(person, both) == {goes.pk}


def test_two_wants_that_a_merge_made_one_are_told_once_until_a_split(client):
    person = make_person()
    stands, goes, other = (make_album(name) for name in ("One", "One (Album)", "Two"))
    kept = make_want(person, stands, originals_only=True)
    for album in (goes, other):
        make_want(person, album)
    PriceHistory.objects.create(
        album_id=stands.pk, source="discogs", grade="VG+", count=1, prices=[1500],
        first_day=timezone.localdate(), last_day=timezone.localdate(),
    )  # fmt: skip
    merge_albums([goes.pk], stands)
    client.force_login(person)

    def told():
        page = client.get("/wants/").context
        programs = client.get("/api/v1/wants").json()
        assert page["total"] == len(page["rows"]) == programs["count"]
        return [row.row_id for row in page["rows"]]

    assert len(told()) == 2 and kept.pk in told()
    address = "/api/v1/prices/{}/history"
    assert client.get(address.format(goes.pk)).json() == (
        client.get(address.format(stands.pk)).json()
    )
    assert client.get(address.format(goes.pk)).json()["observations"] == 1
    split(merge_of("album", goes.pk))
    assert len(told()) == 3


def test_the_better_known_row_is_the_one_that_stands(prince):
    stands, goes = prince
    Artist.objects.filter(pk=goes.pk).update(popularity=99)

    assert better_known("artist", goes.pk, stands.pk) == (stands.pk, goes.pk)  # Discogs knows it
    ExternalId.objects.all().delete()
    assert better_known("artist", goes.pk, stands.pk) == (goes.pk, stands.pk)
