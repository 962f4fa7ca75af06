"""A page of rows is stored together: as cheap as one row, and what comes of it is what would have
come of its rows one by one."""

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.models import (
    Album,
    AlbumArtist,
    Artist,
    ExternalId,
    Release,
    ReleaseLabel,
    SearchEntry,
)
from catalog.services import CreditRef, ReleaseSummary, store_summaries, upsert_release_summary
from catalog.services.listed import of_version
from catalog.services.making import ArtistAsk, artists_of
from catalog.services.merging import merge_albums
from catalog.services.releases import store_listed
from tests.factories import make_album, make_artist
from vinyl.upstreams import discogs

pytestmark = pytest.mark.django_db


def row(number, name="Quay", artist=900, title="Tide", **more):
    return ReleaseSummary(number, title, (CreditRef(name, artist),), label="Svek", **more)


def test_a_page_of_new_pressings_costs_as_many_queries_as_one(django_assert_num_queries):
    store_summaries([row(1, "Harbour", 1)])  # the search box counts what it holds only once
    pages = (
        [row(10, master_id=500)],
        [
            row(
                1000 + n,
                f"Quay {n // 2}",
                1000 + n // 2,
                f"Tide {n}",
                master_id=n + 1,
                genres=("Rock",),
            )
            for n in range(100)
        ],
    )
    for page in pages:
        with django_assert_num_queries(31):
            assert len(store_summaries(page)) == len(page)
        with django_assert_num_queries(1):
            assert len(store_summaries(page)) == len(page)
    found = SearchEntry.objects.filter(kind="album", text__startswith="Tide ")
    assert found.count() == 100
    assert ReleaseLabel.objects.count() == Release.objects.count() == 102


NAMES = st.sampled_from(["Scuba", "Scuba (2)", "The Scuba", "Various", "椎名林檎"])
ROWS = st.builds(
    row,
    st.integers(1, 6),
    NAMES,
    st.sampled_from([None, 11, 12]),
    st.sampled_from(["Aphelion", "APHELION", "Quiet"]),
    master_id=st.sampled_from([None, 71, 72]),
    year=st.sampled_from([None, 1999]),
    genres=st.sampled_from([(), ("Electronic",)]),
)


def stored():
    """The catalogue without our own ids, which depend on what was tried before."""
    artists = dict(Artist.objects.values_list("pk", "name"))
    ids = {
        kind: {(source, value): pk for source, value, pk in rows.values_list(
            "source", "value", "entity_id")}
        for kind in ("artist", "album")
        for rows in [ExternalId.objects.filter(kind=kind)]
    }  # fmt: skip
    named = {pk: sorted(one for one, its in ids["artist"].items() if its == pk) for pk in artists}
    credits = dict(AlbumArtist.objects.values_list("album_id", "artist_id"))
    albums = {
        album.pk: (
            album.title,
            album.year,
            album.genres,
            sorted(one for one, its in ids["album"].items() if its == album.pk),
            artists[credits[album.pk]],
            named[credits[album.pk]],
        )
        for album in Album.objects.all()
    }
    releases = {
        one.discogs_id: (one.title, one.year, albums[one.album_id]) for one in Release.objects.all()
    }
    return (
        releases,
        sorted(map(repr, albums.values())),
        sorted((name, named[pk]) for pk, name in artists.items()),
        sorted(SearchEntry.objects.values_list("kind", "text", "words")),
    )


@settings(max_examples=6)
@given(st.lists(ROWS, min_size=2, max_size=5), st.sampled_from([None, 0, 5]))
def test_rows_of_a_page_become_what_they_would_become_one_by_one(page, popularity):
    page = sorted({one.discogs_id: one for one in page}.values(), key=lambda one: one.discogs_id)
    found = []
    for store in (lambda: [upsert_release_summary(one) for one in page], lambda: together(page)):
        with transaction.atomic():
            if popularity is not None:  # somebody whom a listener brought stands already
                make_album("Aphelion", artist=make_artist("Scuba", popularity=popularity))
            store()
            found.append(stored())
            transaction.set_rollback(True)
    assert found[0] == found[1]


def together(page):
    return store_summaries(reversed(page))


def test_a_row_of_a_merged_album_is_put_on_the_one_that_stands():
    store_summaries([row(1, master_id=5)])
    gone, stands = Album.objects.get(), make_album("Tides")
    merge_albums([gone.pk], stands, why="one thing")
    found = store_summaries([row(2, master_id=5), row(3, title="tide")])
    assert {one.album_id for one in found.values()} == {stands.pk}


def test_a_bare_name_among_new_namesakes_means_the_first_of_them():
    found = store_summaries([row(1, "Scuba", 11), row(2, "Scuba (4)", 14), row(3, "Scuba", None)])
    assert found[3].album == found[1].album
    assert Artist.objects.count() == 2


def test_a_nameless_artist_spoils_the_page_and_leaves_nothing():
    with pytest.raises(ValueError, match="name"):
        artists_of([ArtistAsk("Can"), ArtistAsk("  ")])
    assert not Artist.objects.exists()


def test_a_page_of_versions_costs_as_many_queries_as_one_of_them(
    sandbox, django_assert_num_queries
):
    album = make_album("The Dark Side of the Moon", "Pink Floyd")
    versions = discogs.Client().master_versions(3100000037).items
    assert len(versions) == 100
    for some in (versions[:1], versions[1:]):
        rows = [of_version(album, one) for one in some]
        with django_assert_num_queries(9):
            store_listed(rows)
        with django_assert_num_queries(6):
            store_listed(rows)
    assert album.releases.count() == 100
