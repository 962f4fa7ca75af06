"""Files that come while two artists or albums are one, and what a split makes of them."""

import pytest

from catalog.dumps import importing
from catalog.models import Album, Release
from catalog.services.merging import merge_albums, split
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release, write
from tests.factories import merge_of

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
