"""The same file again, and those of later months: only what differs is written."""

from io import StringIO

import pytest
from django.core.management import call_command

from catalog import search_sql
from catalog.dumps import importing
from catalog.models import (
    Album,
    MergeRecord,
    Release,
    ReleaseLabel,
    SearchEntry,
    SearchWord,
)
from catalog.queries.entries import find_entries
from catalog.services.merging import merge_albums
from tests.catalog.dumps.runs import load, load_damaged
from tests.catalog.dumps.sample import release, write
from tests.factories import make_quote

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_file_again_changes_nothing(tmp_path):
    path = write(tmp_path, "releases", [release(1), release(2, master=None)])
    load(path)
    before = list(Release.objects.order_by("pk").values())

    said = load(path)

    assert list(Release.objects.order_by("pk").values()) == before
    assert Album.objects.count() == 2
    assert "0 new, 0 changed, 2 as before" in said


def test_the_same_file_again_takes_no_new_span_of_ids(tmp_path):
    path = write(tmp_path, "releases", [release(1), release(2, master=None)])
    load(path)
    first = Album.objects.create(title="One", normalised="one").pk

    load(path)
    assert Album.objects.create(title="Two", normalised="two").pk == first + 1


def test_next_months_file_changes_only_what_is_new_and_keeps_what_hangs_on_it(tmp_path):
    load(write(tmp_path, "releases", [release(1), release(2)]))
    kept = Release.objects.get(discogs_id=1)
    moved = Album.objects.create(title="Merged", normalised="merged")
    Album.objects.filter(pk=kept.album_id).update(merged_into=moved)
    Release.objects.update(album=moved)

    said = load(write(tmp_path, "releases", [release(1, country="Japan"), release(2), release(3)]))

    row = Release.objects.get(discogs_id=1)
    assert (row.pk, row.country) == (kept.pk, "Japan")
    assert set(Release.objects.values_list("album_id", flat=True)) == {moved.pk}
    assert ReleaseLabel.objects.filter(release_id=row.pk).count() == 1
    assert "1 new, 1 changed, 1 as before" in said


def test_a_changed_pressing_without_a_master_changes_its_album_and_what_finds_it(tmp_path):
    other = release(4, master=None, title="Curated", artists=[(2, "Second")])
    sold = release(5, master=5, title="Mastered")
    alone = {"master": None, "genres": ("Rock",), "styles": ()}
    load(write(tmp_path, "releases", [release(3, title="Shellac only", **alone), other, sold]))
    Album.objects.filter(title="Curated").update(title="By hand", normalised="by hand")
    # MusicBrainz has told what kind of record it is.
    Album.objects.filter(title="Shellac only").update(kind="live", is_studio=False)

    changed = release(3, title="Shellac zz", artists=[(9, "Nova (2)")], released="2001", **alone)
    other, sold = (
        one.replace("Sweden", "Japan").replace("Curated", "Dump") for one in (other, sold)
    )
    assert "0 new, 3 changed" in load(
        write(tmp_path, "releases", [changed, other, sold.replace("Mastered", "One of many")])
    )

    album = Album.objects.get(title="Shellac zz")
    assert (album.normalised, album.artist_line, album.year) == ("shellac zz", "Nova", 2001)
    assert album.kind == "live"
    assert [one.artist.name for one in album.credits.all()] == ["Nova"]
    assert Release.objects.get(discogs_id=3).album_id == album.pk
    assert find_entries("shellac zz", limit=5).albums == [album.pk]
    assert find_entries("nova", limit=5).albums == [album.pk]
    assert not find_entries("shellac only", limit=5).albums
    # What a curator has written, and what a master's many pressings have in common, stays.
    assert set(Album.objects.values_list("title", flat=True)) == {
        "Shellac zz", "By hand", "Mastered",
    }  # fmt: skip


def test_pressings_that_a_later_file_has_no_more_or_not_on_vinyl_are_kept_and_told(tmp_path):
    told = load(write(tmp_path, "releases", [release(n) for n in range(1, 6)]))
    assert "held here" not in told
    album = Album.objects.create(title="Asked", normalised="asked", source="discogs")
    Release.objects.create(album=album, discogs_id=90, title="Asked", source="discogs")

    cd = {"formats": [("CD", 1, "", ("Album",))]}
    by_word = release(5, formats=[("CD", 1, "", ('name="Vinyl"',))])
    told = load(write(tmp_path, "releases", [release(1), release(2, **cd), by_word, release(6)]))

    assert "1 new, 0 changed, 1 as before" in told
    assert "2 pressings held here are on no collected medium in this file: kept" in told
    assert "2 pressings held here are not in this file: kept" in told
    assert Release.objects.count() == 7


def test_a_pressing_that_got_a_master_moves_to_its_album(tmp_path):
    load(write(tmp_path, "releases", [release(1, master=None)]))
    own = Release.objects.get().album

    load(write(tmp_path, "releases", [release(1, master=5)]))

    own.refresh_from_db()
    assert own.merged_into_id == Release.objects.get().album_id != own.pk


def test_masters_that_pressings_leave_and_come_to_in_one_file_end_where_they_belong(
    tmp_path, monkeypatch
):
    here = {1: 6, 2: 5, 3: 4, 4: None}
    load(write(tmp_path, "releases", [release(n, master=m) for n, m in here.items()]))
    albums = dict(Release.objects.values_list("discogs_id", "album_id"))
    monkeypatch.setattr(importing, "CHUNK_BYTES", 2000)  # one or two a chunk

    there = {1: 7, 2: 6, 3: 5, 4: 4}
    load(write(tmp_path, "releases", [release(n, master=m) for n, m in there.items()]))

    now = dict(Release.objects.values_list("discogs_id", "album_id"))
    assert [now[2], now[3], now[4]] == [albums[1], albums[2], albums[3]]
    assert now[1] not in albums.values()
    merged = dict(Album.objects.exclude(merged_into=None).values_list("pk", "merged_into"))
    assert merged == {albums[4]: albums[3]}
    assert MergeRecord.objects.get().moved["releases"] == [Release.objects.get(discogs_id=4).pk]
    call_command("check_catalogue", stdout=StringIO())


def test_a_pressing_that_lost_its_master_gets_an_album_of_its_own_and_keeps_what_hangs_on_it(
    tmp_path,
):
    load(write(tmp_path, "releases", [release(n, master=5) for n in (1, 2)]))
    row = Release.objects.get(discogs_id=1)
    masters = row.album
    price = make_quote(masters, row)

    out = release(1, master=None, title="Bootleg", artists=[(9, "Nobody Known")])
    load(write(tmp_path, "releases", [out, release(2, master=5)]))

    own = Release.objects.get(pk=row.pk).album
    assert [one.discogs_id for one in masters.releases.all()] == [2]
    assert (own.title, own.artist_line, own.main_discogs_id) == ("Bootleg", "Nobody Known", 1)
    assert find_entries("bootleg", limit=5).albums == [own.pk]
    price.refresh_from_db()
    assert price.release_id == row.pk
    assert not MergeRecord.objects.exists()

    # It is at home there, and changes what is told of it.
    out = out.replace("Bootleg", "Unofficial")
    load(write(tmp_path, "releases", [out, release(2, master=5)]))
    own.refresh_from_db()
    assert own.title == "Unofficial"
    assert Album.objects.count() == 2


def test_the_album_of_a_master_that_is_no_more_leads_to_its_pressing(tmp_path):
    load(write(tmp_path, "releases", [release(1, master=5)]))
    masters = Release.objects.get().album
    for country in ("Japan", "Chile"):
        load(write(tmp_path, "releases", [release(1, master=None, country=country)]))

    own = Release.objects.get().album
    masters.refresh_from_db()
    assert masters.merged_into_id == own.pk != masters.pk
    assert Album.objects.count() == 2


def test_a_pressing_that_was_put_into_a_masters_album_stays_when_a_file_changes_it(tmp_path):
    load(write(tmp_path, "releases", [release(1, master=5), release(2, master=None)]))
    masters, own = (Release.objects.get(discogs_id=n).album for n in (1, 2))
    merge_albums([own.pk], masters, why="by a curator")
    Release.objects.create(album=masters, discogs_id=3, title="From a shelf", source="discogs")

    changed = [release(n, master=None, country="Japan") for n in (2, 3)]
    assert "0 new, 2 changed" in load(write(tmp_path, "releases", [release(1, master=5), *changed]))

    assert {*Release.objects.values_list("album_id", flat=True)} == {masters.pk}


def test_a_later_month_makes_only_its_own_findable_and_well_known(tmp_path, monkeypatch):
    load(write(tmp_path, "releases", [release(1, master=5), release(2, master=6, title="Quiet")]))
    monkeypatch.setattr(importing, "SMALL", 1)
    monkeypatch.setattr(search_sql, "POPULAR", {"artist": 5, "album": 2})
    SearchEntry.objects.filter(text="Quiet").update(words="not to be read again")

    known = [release(n, master=5) for n in (1, 3)] + [release(2, master=6, title="Quiet")]
    new = [release(n, master=7, title="Zanzibar", artists=[(9, "New")]) for n in range(10, 14)]
    load(write(tmp_path, "releases", known + new))

    found = {one.text: one for one in SearchEntry.objects.filter(kind="album")}
    assert {text: (one.popularity, one.popular) for text, one in found.items()} == {
        "Stockholm": (0, True), "Quiet": (0, False), "Zanzibar": (4, True),
    }  # fmt: skip
    assert found["Zanzibar"].words == "new zanzibar"
    assert found["Quiet"].words == "not to be read again"
    assert Album.objects.get(title="Zanzibar").popularity == 4
    assert SearchWord.objects.filter(word="zanzibar").exists()
    assert SearchEntry.objects.filter(kind="artist", text="New").exists()


def test_an_older_month_does_not_undo_a_newer_one_unless_that_is_said(tmp_path):
    load(write(tmp_path, "releases", [release(1, title="Newer")]))
    older = write(tmp_path, "releases", [release(1, title="Older")], month="20261001")

    _, told = load_damaged(older)

    assert "is older than what is here, the releases of 20261101" in told and "--older" in told
    assert Release.objects.get().title == "Newer"
    load(older, "releases", "--older")
    assert Release.objects.get().title == "Older"
