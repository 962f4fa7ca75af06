"""What was loaded is found by the search box, ranked, and counted."""

import pytest
from django.db import connection

from catalog import search_sql
from catalog.models import (
    Album,
    Coverage,
    SearchEntry,
)
from catalog.queries.coverage import ALBUMS
from catalog.queries.entries import find_entries
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release, write
from vinyl.jobs.status.rows import contributed

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_loaded_is_found_by_the_search_box(tmp_path):
    load(write(tmp_path, "releases", [release(1, artists=[(194, "Various")], title="Café Bar")]))

    assert SearchEntry.objects.filter(kind="album", text="Café Bar").exists()
    assert not SearchEntry.objects.filter(kind="artist").exists()


def test_titles_without_blanks_and_with_nothing_but_signs_are_found(tmp_path):
    titles = ("愛" * 1000, "ひ" * 600, "!!!  ???", "हिन्दी")
    records = [release(n, master=n, title=title) for n, title in enumerate(titles, 1)]
    load(write(tmp_path, "releases", records))

    for title in titles:
        found = find_entries(title[:20], limit=5).albums
        assert [one.title for one in Album.objects.filter(pk__in=found)] == [title]


def test_the_words_of_a_first_load_are_those_that_the_search_gives(tmp_path):
    load(
        write(
            tmp_path,
            "releases",
            [
                release(1, artists=[(2, "Sigur Rós"), (194, "Various"), (3, "Björk (2)")]),
                release(2, master=None, title="Über \\ Alles", artists=[(194, "Various")]),
                release(3, master=None, title="Plain & Simple", artists=[(3, "Björk (2)")]),
            ],
        )
    )

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM catalog_searchentry e JOIN catalog_album b "
            f"ON e.kind = 'album' AND e.entity_id = b.id WHERE e.words = {search_sql.ALBUM_WORDS}"
        )
        assert cursor.fetchone()[0] == 3
        cursor.execute(
            "SELECT count(*) FROM catalog_searchentry e JOIN catalog_artist a "
            "ON e.kind = 'artist' AND e.entity_id = a.id WHERE e.words = "
            + search_sql.ARTIST_WORDS.replace("%%", "%")
        )
        assert cursor.fetchone()[0] == 2


def test_the_best_known_of_a_first_load_are_ranked_as_a_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(search_sql, "POPULAR", {"artist": 1, "album": 2})
    often = [release(n, master=5, title="Often") for n in (1, 2, 3)]
    seldom = release(4, master=4, title="Seldom")
    alone = release(6, master=None, title="Alone", artists=[(9, "New")])

    load(write(tmp_path, "releases", [*often, seldom, alone]))

    found = {one.text: (one.popularity, one.popular) for one in SearchEntry.objects.all()}
    assert found == {
        "Often": (3, True), "Seldom": (0, True), "Alone": (0, False),
        "The Persuader": (0, True), "New": (0, False),
    }  # fmt: skip


def test_coverage_is_measured_at_the_end(tmp_path):
    [light] = [light for light in contributed() if light.name == "Coverage"]
    assert light.words.startswith("Not measured yet")
    path = write(tmp_path, "releases", [release(1, master=5)])
    load(path)
    [light] = [light for light in contributed() if light.name == "Coverage"]
    assert light.words.startswith("Nobody plays")

    Album.objects.update(demand=2)
    Album.objects.create(title="Wanted", normalised="wanted", demand=1)
    load(path)
    assert Coverage.objects.values_list("part", "whole").get(key=ALBUMS) == (1, 2)
