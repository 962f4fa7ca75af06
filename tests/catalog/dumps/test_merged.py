"""Files that come while two artists or albums are one, and what a split makes of them."""

import pytest

from catalog.dumps import importing
from catalog.models import (
    Album,
    AlbumArtist,
    Artist,
    ArtistName,
    MergeRecord,
    Release,
    SearchEntry,
)
from catalog.queries import search
from catalog.queries.names import ArtistRef, match_artists
from catalog.services.index import index_artists
from catalog.services.merging import merge_albums, merge_artists, split
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release, write
from tests.factories import make_album, make_artist, merge_of

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, SECOND = 10, 20


def releases(masters):
    """Pressings by number, each of this master."""
    titles = {FIRST: "First Light", SECOND: "Second Light"}
    return [
        release(number, master=master, title=titles.get(master, "Neither"))
        for number, master in masters.items()
    ]


def by_album():
    """Discogs' numbers of pressings by the title of their album."""
    found = {}
    for title, number in Release.objects.values_list("album__title", "discogs_id"):
        found.setdefault(title, set()).add(number)
    return found


@pytest.fixture
def lights(tmp_path):
    """Two albums that somebody takes for one: (the one that stands, the one that goes)."""
    masters = {1: FIRST, 2: FIRST, 3: SECOND, 4: SECOND}
    load(write(tmp_path, "releases", releases(masters)))
    stands, goes = (Album.objects.get(title=title) for title in ("First Light", "Second Light"))
    merge_albums([goes.pk], stands)
    return stands, goes


def test_a_split_puts_pressings_under_the_masters_that_a_file_gave_them_meanwhile(tmp_path, lights):
    stands, goes = lights
    swapped = {1: FIRST, 2: SECOND, 3: FIRST, 4: SECOND, 5: FIRST, 6: SECOND}
    path = write(tmp_path, "releases", releases(swapped))
    load(path)
    assert by_album() == {"First Light": {1, 2, 3, 4, 5, 6}}

    split(merge_of("album", goes.pk))

    apart = {"First Light": {1, 3, 5}, "Second Light": {2, 4, 6}}
    assert by_album() == apart
    load(path)
    assert by_album() == apart
    assert "0 changed, 6 as before" in load(path)


def test_a_split_leaves_pressings_that_a_file_took_out_of_both_albums(tmp_path, lights):
    stands, goes = lights
    # The third goes to another master for a month, the fourth has none any more.
    load(write(tmp_path, "releases", releases({1: FIRST, 2: FIRST, 3: 30, 4: None})))
    load(write(tmp_path, "releases", releases({1: FIRST, 2: FIRST, 3: FIRST, 4: None})))
    own = Release.objects.get(discogs_id=4).album

    split(merge_of("album", goes.pk))

    assert Release.objects.get(discogs_id=4).album == own
    assert by_album() == {"First Light": {1, 2, 3}, "Neither": {4}}


def test_albums_that_were_merged_in_a_row_come_apart_as_the_last_file_has_them(tmp_path, lights):
    stands, goes = lights
    load(write(tmp_path, "releases", releases({7: 30})))
    third = Album.objects.get(title="Neither")
    merge_albums([stands.pk], third)
    load(write(tmp_path, "releases", releases({1: SECOND, 2: 30, 3: FIRST, 4: SECOND, 7: FIRST})))
    assert by_album() == {"Neither": {1, 2, 3, 4, 7}}

    split(merge_of("album", stands.pk))
    assert by_album() == {"Neither": {2}, "First Light": {1, 3, 4, 7}}
    split(merge_of("album", goes.pk))
    assert by_album() == {"Neither": {2}, "First Light": {3, 7}, "Second Light": {1, 4}}


def test_pressings_that_no_file_tells_of_go_where_the_trail_says(tmp_path):
    load(write(tmp_path, "releases", releases({1: FIRST, 2: SECOND})))
    stands, goes = (Album.objects.get(title=title) for title in ("First Light", "Second Light"))
    shelf = Release.objects.create(
        album=goes, discogs_id=90, title="From a shelf", source="discogs"
    )
    merge_albums([goes.pk], stands)
    load(write(tmp_path, "releases", releases({1: SECOND, 2: FIRST, 90: None})))

    split(merge_of("album", goes.pk))

    assert by_album() == {"First Light": {2}, "Second Light": {1, 90}}
    assert Release.objects.get(discogs_id=90).pk == shelf.pk


def test_a_large_file_that_fills_a_small_catalogue_tells_whose_its_pressings_are(
    tmp_path, lights, monkeypatch
):
    stands, goes = lights
    monkeypatch.setattr(importing, "COMPARED", 0)
    monkeypatch.setattr(importing, "CHUNK_BYTES", 2000)  # the known and the new ones apart
    masters = {1: FIRST, 2: FIRST, 3: SECOND, 4: SECOND, 5: FIRST, 6: SECOND, 7: SECOND}
    load(write(tmp_path, "releases", releases(masters)))
    assert by_album() == {"First Light": set(masters)}

    split(merge_of("album", goes.pk))

    assert by_album() == {"First Light": {1, 2, 5}, "Second Light": {3, 4, 6, 7}}


# --- artists and masters -----------------------------------------------------------------------

QUINTET, ZORB = (1, "Zorblatt Quintet"), (2, "Zorblatt")


def artist(number, name, *variations):
    names = "".join(f"<name>{one}</name>" for one in variations)
    return (
        f"<artist><id>{number}</id><name>{name}</name>"
        f"<namevariations>{names}</namevariations></artist>"
    )


@pytest.fixture
def quintet(tmp_path):
    """(the artist that stands, the one that was merged into it)."""
    path = write(tmp_path, "releases", [release(1, artists=[QUINTET]), release(2, artists=[ZORB])])
    load(path)
    load(write(tmp_path, "releases", [release(3, master=3, artists=[ZORB])]))
    stands, goes = (Artist.objects.get(name=name) for _, name in (QUINTET, ZORB))
    merge_artists([goes.pk], stands)
    return stands, goes


def names_of(artist):
    return set(ArtistName.objects.filter(artist=artist).values_list("name", flat=True))


def test_the_record_of_a_merged_artist_gives_its_variations_to_the_one_that_stands(
    tmp_path, quintet
):
    stands, goes = quintet
    records = [artist(*QUINTET, "Quintzorb"), artist(*ZORB, "Zorbiewan", "Quintzorb")]
    path = write(tmp_path, "artists", records)

    told = load(path, "artists")

    assert "2 changed, 0 as before" in told and "left out" not in told
    stands.refresh_from_db()
    assert (stands.name, names_of(stands)) == ("Zorblatt Quintet", {"Quintzorb", "Zorbiewan"})
    assert set(match_artists([ArtistRef("Zorbiewan"), ArtistRef("Zorblatt")]).values()) == {
        stands.pk
    }
    assert [hit.id for hit in search("zorbiewan").artists] == [stands.pk]
    assert "0 changed, 2 as before" in load(path, "artists")

    split(merge_of("artist", goes.pk))

    assert (names_of(stands), names_of(goes)) == ({"Quintzorb"}, {"Zorbiewan"})
    assert [hit.id for hit in search("zorbiewan").artists] == [goes.pk]
    load(path, "artists")
    assert (names_of(stands), names_of(goes)) == ({"Quintzorb"}, {"Zorbiewan", "Quintzorb"})


def test_the_search_box_finds_names_from_a_file_of_an_artist_that_was_here_before(tmp_path):
    ours = make_artist("Кино", source="listening")
    index_artists([ours])
    load(write(tmp_path, "releases", [release(2, artists=[(2, "Кино")])]))
    path = write(tmp_path, "artists", [artist(2, "Кино", "Zorbiewan", "Kinoband")])
    load(path, "artists")

    for words in ("zorbiewan", "kinoband", "kino"):
        assert [hit.id for hit in search(words).artists] == [ours.pk]
    words = SearchEntry.objects.get(kind="artist", entity_id=ours.pk).words
    load(path, "artists")
    assert SearchEntry.objects.get(kind="artist", entity_id=ours.pk).words == words


def test_a_merged_artist_whom_the_file_renames_is_found_by_the_new_name(tmp_path, quintet):
    stands, goes = quintet
    load(write(tmp_path, "artists", [artist(2, "Zorb the Elder (3)")]), "artists")

    stands.refresh_from_db()
    assert (stands.name, names_of(stands)) == ("Zorblatt Quintet", {"Zorb the Elder"})


def test_after_a_split_the_next_file_credits_what_came_meanwhile(tmp_path, quintet):
    stands, goes = quintet
    path = write(tmp_path, "releases", [release(4, master=None, title="Solo", artists=[ZORB])])
    load(path)
    assert Album.objects.get(title="Solo").credits.get().artist == stands

    split(merge_of("artist", goes.pk))
    load(path)

    assert Album.objects.get(title="Solo").credits.get().artist == goes


def test_the_record_of_a_merged_master_is_left_out_for_the_right_reason(tmp_path, lights):
    master = "<master id='{}'><main_release>{}</main_release><title>{}</title></master>"
    master = master.replace("'", '"')
    records = [master.format(FIRST, 1, "First"), master.format(SECOND, 3, "Second")]
    told = load(write(tmp_path, "masters", [*records, master.format(99, 9, "Other")]), "masters")

    assert "left out, because these masters were merged into others here: 1" in told
    assert "left out, because no pressing here has them: 1" in told
    assert set(Album.objects.values_list("title", flat=True)) == {"First", "Second Light"}


# --- month after month -------------------------------------------------------------------------

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
