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
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release, write
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


# --- imports ------------------------------------------------------------------------------

PERSUADER, JONAS = (1, "The Persuader"), (2, "Jonas Kasper")


def october():
    return [
        release(10, master=100, artists=(PERSUADER,), title="Stockholm"),
        release(20, master=200, artists=(JONAS,), title="Stockholm EP"),
        release(21, master=200, artists=(JONAS,), title="Stockholm EP"),
    ]


def november():
    """One changed, one new for each of the two."""
    return [
        *october()[:2],
        release(21, master=200, artists=(JONAS,), title="Stockholm EP", country="Japan"),
        release(22, master=200, artists=(JONAS,), title="Stockholm EP"),
        release(30, master=300, artists=(JONAS,), title="Göteborg"),
    ]


def masters():
    artist = "<artist><id>{}</id><name>{}</name><anv></anv><join></join></artist>"
    rows = ((100, 10, PERSUADER, "Stockholm"), (200, 20, JONAS, "Stockholm EP"))
    rows = (*rows, (300, 30, JONAS, "Göteborg"))
    return [
        f'<master id="{id}"><main_release>{main}</main_release><artists>{artist.format(*who)}'
        f"</artists><genres><genre>Electronic</genre></genres><year>1999</year>"
        f"<title>{title}</title><data_quality>Correct</data_quality></master>"
        for id, main, who, title in rows
    ]


def placed():
    """Album title by Discogs release id, and credited artists by album title."""
    return (
        dict(Release.objects.values_list("discogs_id", "album__title")),
        sorted(AlbumArtist.objects.values_list("album__title", "artist__name")),
        sorted(Album.objects.values_list("title", "merged_into__title"), key=str),
    )


@pytest.mark.django_db(transaction=True)
def test_imports_follow_merges_never_undo_them_and_after_a_split_sort_the_rows_again(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    load(write(tmp_path / "1", "releases", october()))
    load(write(tmp_path / "1", "masters", masters()), "masters")
    stands, goes = Album.objects.get(title="Stockholm"), Album.objects.get(title="Stockholm EP")
    persuader, jonas = Artist.objects.get(name=PERSUADER[1]), Artist.objects.get(name=JONAS[1])
    merge_albums([goes.pk], stands)
    merge_artists([jonas.pk], persuader)
    merged = placed()
    assert merged[0] == dict.fromkeys((10, 20, 21), "Stockholm")

    # The same files again: nothing moves, nothing is made, nothing is renamed.
    load(write(tmp_path / "1", "releases", october()))
    said = load(write(tmp_path / "1", "masters", masters()), "masters")
    assert placed() == merged and "0 changed" in said

    # The next month's: what is new comes to the rows that stand.
    load(write(tmp_path / "2", "releases", november()))
    load(write(tmp_path / "2", "masters", masters()), "masters")
    where, credits, albums = placed()
    assert where == dict.fromkeys((10, 20, 21, 22), "Stockholm") | {30: "Göteborg"}
    assert ("Göteborg", "The Persuader") in credits and ("Stockholm EP", "Stockholm") in albums
    assert Release.objects.get(discogs_id=21).country == "Japan"

    split(merge_of("album", goes.pk))
    split(merge_of("artist", jonas.pk))
    where, credits, _albums = placed()
    assert where[20] == where[21] == "Stockholm EP" and where[10] == "Stockholm"
    assert ("Stockholm EP", "Jonas Kasper") in credits

    # What came meanwhile is sorted by the next import, from the same file.
    load(write(tmp_path / "2", "releases", november()))
    load(write(tmp_path / "2", "masters", masters()), "masters")
    where, credits, albums = placed()
    assert where == {
        10: "Stockholm",
        20: "Stockholm EP",
        21: "Stockholm EP",
        22: "Stockholm EP",
        30: "Göteborg",
    }
    assert credits == [
        ("Göteborg", "Jonas Kasper"),
        ("Stockholm", "The Persuader"),
        ("Stockholm EP", "Jonas Kasper"),
    ]
    assert [title for title, into in albums if into] == []


@pytest.mark.django_db(transaction=True)
def test_an_album_that_the_dump_merges_leaves_a_trail_and_takes_along_what_led_to_it(tmp_path):
    load(write(tmp_path, "releases", [release(1, master=None)]))
    own = Release.objects.get().album
    led = make_album("Led", artist="Somebody")
    merge_albums([led.pk], own)

    load(write(tmp_path, "releases", [release(1, master=5)]))

    target = Release.objects.get().album
    led.refresh_from_db()
    assert led.merged_into_id == target.pk != own.pk
    record = MergeRecord.objects.get(from_id=own.pk)
    assert record.moved["led_here"] == [led.pk]
    split(record)
    assert Release.objects.get().album_id == own.pk
