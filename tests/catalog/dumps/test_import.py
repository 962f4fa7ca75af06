"""A dump file becomes pressings: once, whole, and with what hangs on them left alone."""

import gzip
import hashlib
import re
import subprocess
import sys
from io import StringIO
from itertools import product

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog import search_sql
from catalog.dumps import finishing, importing, settling, structures, touched
from catalog.dumps.filling import SPAN
from catalog.dumps.importing import import_releases
from catalog.dumps.loading import ChunkLoader
from catalog.dumps.structures import secondary
from catalog.dumps.tables import COLUMNS
from catalog.models import (
    Album,
    Artist,
    ArtistName,
    Coverage,
    DumpImport,
    ExternalId,
    Label,
    MergeRecord,
    Release,
    ReleaseFormat,
    ReleaseIdentifier,
    ReleaseLabel,
    SearchEntry,
    SearchWord,
)
from catalog.queries.coverage import ALBUMS
from catalog.queries.entries import find_entries
from tests.catalog.dumps.sample import release, write
from tests.catalog.dumps.shapes import INSIDE, SHAPES
from vinyl.embedded.command import LIGHT
from vinyl.jobs.status.rows import contributed

pytestmark = pytest.mark.django_db(transaction=True)


def load(path, kind="releases"):
    out = StringIO()
    call_command("import_discogs_dump", f"--{kind}", str(path), "--processes=1", stdout=out)
    return out.getvalue()


def test_a_release_comes_with_all_that_is_printed_on_it(tmp_path):
    load(write(tmp_path, "releases", [release(1, released="1999-03-00")]))

    row = Release.objects.get(discogs_id=1)
    assert (row.title, row.country, row.released, row.year) == (
        "Stockholm", "Sweden", "1999-03-00", 1999,
    )  # fmt: skip
    assert (row.label, row.catalogue_number, row.barcode) == ("Svek", "SK032", "5016958032972")
    assert (row.medium, row.discs, row.format) == ("vinyl", 2, '2x12", 33 ⅓ RPM, 180g')
    assert (row.genres, row.styles, row.is_unofficial) == (["Electronic"], ["Deep House"], False)
    assert row.tracklist == [
        {"position": "A", "title": "Östermalm", "duration": "4:45", "kind": "track"}
    ]
    assert (row.album.title, row.album.artist_line) == ("Stockholm", "The Persuader")
    assert [one.artist.name for one in row.album.credits.all()] == ["The Persuader"]
    label = ReleaseLabel.objects.get(release_id=row.pk)
    assert (label.name, label.catno_normalised, label.label_discogs_id) == ("Svek", "sk032", 5)
    shape = ReleaseFormat.objects.get(release_id=row.pk)
    assert (shape.quantity, shape.text, shape.descriptions) == (2, "180g", ['12"', "33 ⅓ RPM"])
    numbers = ReleaseIdentifier.objects.filter(release_id=row.pk).order_by("position")
    assert [one.normalised for one in numbers] == ["5016958032972", "sk032ampo"]


def test_what_never_was_on_vinyl_is_left_out_and_counted(tmp_path):
    said = load(
        write(
            tmp_path,
            "releases",
            [release(1), release(2, formats=[("CD", 1, "", ("Album",))], artists=[(9, "Nobody")])],
        )
    )

    assert list(Release.objects.values_list("discogs_id", flat=True)) == [1]
    assert not Artist.objects.filter(name="Nobody").exists()
    assert "2 records read" in said and "1 new" in said


def test_pressings_of_one_master_share_an_album_and_one_without_has_its_own(tmp_path):
    load(
        write(
            tmp_path,
            "releases",
            [release(1, master=5), release(2, master=5), release(3, master=None)],
        )
    )

    albums = dict(Release.objects.values_list("discogs_id", "album_id"))
    assert albums[1] == albums[2] != albums[3]


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


def test_an_artist_known_by_name_gets_discogs_id_instead_of_a_double(tmp_path):
    known = Artist.objects.create(name="The Persuader", normalised="persuader", source="listener")

    load(write(tmp_path, "releases", [release(1), release(2, artists=[(8, "The Persuader (2)")])]))

    assert ExternalId.objects.get(kind="artist", value="1").entity_id == known.pk
    assert Artist.objects.filter(normalised="persuader").count() == 2


def test_a_file_that_was_cut_short_ends_with_a_clear_error_and_goes_on_when_whole(tmp_path):
    records = [release(n, title=hashlib.sha256(str(n).encode()).hexdigest()) for n in range(400)]
    whole = write(tmp_path, "releases", records)
    size = whole.stat().st_size

    with pytest.raises(CommandError, match="What stood before is in the catalogue"):
        load(write(tmp_path, "releases", records, cut=size // 2))
    halfway = Release.objects.count()
    load(write(tmp_path, "releases", records))

    assert 0 < halfway < 400
    assert Release.objects.count() == 400
    assert DumpImport.objects.filter(state="damaged").count() == 1


def test_damage_in_the_middle_is_told_as_damage_with_its_place_and_what_to_do(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(importing, "CHUNK_BYTES", 20_000)
    records = [release(n, title=hashlib.sha256(str(n).encode()).hexdigest()) for n in range(1, 400)]
    whole = write(tmp_path, "releases", records)
    packed = bytearray(whole.read_bytes())
    at = len(packed) // 2
    packed[at : at + 50] = bytes(255 - one for one in packed[at : at + 50])
    whole.write_bytes(packed)

    with pytest.raises(CommandError) as told:
        load(whole)
    words = str(told.value)
    assert "is damaged: its content does not give the checksum" in words
    place = re.search("between bytes ([0-9,]+) and ([0-9,]+) of ([0-9,]+)", words)
    first, last, size = (int(one.replace(",", "")) for one in place.groups())
    assert first <= at <= last and last - first < size / 2 and size == len(packed)
    assert re.search(r"in the catalogue \([0-9]+ pressings\)", words)
    assert "Fetch the file again" in words and "CHECKSUM" in words

    load(write(tmp_path, "releases", records))
    right = {hashlib.sha256(str(n).encode()).hexdigest() for n in range(1, 400)}
    stored = dict(Release.objects.values_list("discogs_id", "title"))
    assert {stored[n] for n in range(1, 400)} == right


def test_a_record_without_an_end_is_told_as_damage(tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "CHUNK_BYTES", 2000)
    endless = release(2, notes="x" * 3000)

    with pytest.raises(
        CommandError, match=r"is damaged between bytes .*: no record ends for 2,000"
    ):
        load(write(tmp_path, "releases", [release(1), endless, release(3)]))
    assert list(Release.objects.values_list("discogs_id", flat=True)) == [1]


def test_a_file_other_than_the_published_one_is_refused(tmp_path):
    path = write(tmp_path, "releases", [release(1)])
    listing = tmp_path / "discogs_20261101_CHECKSUM.txt"
    listing.write_text(f"{'0' * 64} {path.name}\n")

    with pytest.raises(CommandError, match="is not the published file"):
        load(path)

    listing.write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}\n")
    assert "checksum right" in load(path)


def test_a_file_of_another_kind_is_told_from_a_damaged_one(tmp_path):
    artists = write(tmp_path, "artists", ["<artist><id>1</id><name>The Persuader</name></artist>"])
    with pytest.raises(CommandError, match="holds artists, not releases: give it as --artists"):
        load(artists)
    page = tmp_path / "discogs_20261101_masters.xml.gz"
    for saved in (b"", b"no such key", gzip.compress(b"<html>404</html>")):
        page.write_bytes(saved)
        with pytest.raises(CommandError, match="is no dump of Discogs' masters"):
            load(page, "masters")
    assert not DumpImport.objects.exists()


def test_a_checksum_file_that_does_not_name_the_dump_is_said(tmp_path):
    path = write(tmp_path, "releases", [release(1)])
    (tmp_path / "discogs_20261101_CHECKSUM.txt").write_text("abc\n")

    assert "not checked: discogs_20261101_CHECKSUM.txt does not name it" in load(path)


def test_the_summary_says_what_was_left_out_and_why(tmp_path):
    cd = release(2, formats=[("CD", 1, "", ("Album",))])
    artists = [f"<artist><id>{n}</id><name>No {n}</name></artist>" for n in (1, 2)]
    path = write(tmp_path, "artists", artists)
    assert "Load the releases first" in load(path, "artists")

    told = load(write(tmp_path, "releases", [release(1), cd]))
    assert "left out, because not on a medium that is collected here: 1" in told
    told = load(path, "artists")
    assert "left out, because nobody of that number is credited here: 1" in told
    assert "Load the releases first" not in told


def test_records_that_discogs_has_not_accepted_are_left_out_and_comments_cut_nothing_off(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(importing, "CHUNK_BYTES", 4000)
    marked = [
        release(n).replace('">', f'" status="{status}">', 1)
        for n, status in enumerate(("Accepted", "Draft", "Deleted"), 1)
    ]
    remarked = release(4, title="Comment NOTE after").replace("NOTE", "<!-- hidden -->")

    told = load(write(tmp_path, "releases", [*marked, remarked, release(5), release(6)]))

    titles = dict(Release.objects.values_list("discogs_id", "title"))
    assert set(titles) == {1, 4, 5, 6} and titles[4] == "Comment  after"
    assert "skipped: marked as Draft: 1" in told and "skipped: marked as Deleted: 1" in told
    # The last line of progress counts what was read while the others were stored.
    lines = re.findall(r"releases: +([0-9]+)%  ([0-9]+) records", told)
    assert lines[-1] == ("100", "6") and [share for share, _ in lines].count("100") == 1


def test_a_number_beyond_all_of_discogs_costs_its_record_only(tmp_path):
    odd = [
        {"id": 10**19},
        {"id": 2, "master": 10**19},
        {"id": 3, "artists": [(10**19, "Nobody")]},
        {"id": 4, "labels": [("None", "1", 10**19)]},
        {"id": 5, "master": 4_294_967_301},
    ]
    records = [release(1), *(release(**one) for one in odd), release(6)]
    told = load(write(tmp_path, "releases", records))

    assert list(Release.objects.order_by("pk").values_list("discogs_id", flat=True)) == [1, 6]
    assert "skipped: a number beyond all of Discogs': 5" in told


def test_an_import_that_was_killed_goes_on_with_the_chunks_that_are_missing(tmp_path):
    path = write(tmp_path, "releases", [release(n, master=n) for n in range(1, 40)])
    load(path)
    dump = DumpImport.objects.get()
    dump.state = DumpImport.State.RUNNING
    dump.save()
    dump.chunks.all().delete()
    Release.objects.filter(discogs_id__gt=20).delete()

    load(path)

    assert Release.objects.count() == 39
    assert Album.objects.filter(releases__isnull=False).count() == 39


def test_all_indexes_are_there_after_the_first_load(tmp_path):
    before = structures_there()
    load(write(tmp_path, "releases", [release(1)]))

    assert structures_there() == before
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE 'autovacuum_enabled=false' = ANY(reloptions)"
        )
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT count(*) FROM pg_sequence WHERE seqcache > 1")
        assert cursor.fetchone()[0] == 0


def test_nothing_of_a_first_load_is_refused_and_stored_the_slow_way(tmp_path):
    records = [
        release(number, released=released, genres=genres).replace(INSIDE, inside)
        for number, (inside, released, genres) in enumerate(
            product(SHAPES.values(), ("", "1999"), ((), ("Rock", 'Funk "/" \\ Soul'))), 1
        )
    ]
    load(write(tmp_path, "releases", records))

    # Ids are Discogs' own above a round number; one by one they would be the next that are free.
    above = {row.pk - row.discogs_id for row in Release.objects.all()}
    assert Release.objects.count() == len(records)
    assert len(above) == 1 and above.pop() % SPAN == 0
    assert Release.objects.last().genres == ["Rock", 'Funk "/" \\ Soul']


def test_titles_without_blanks_and_with_nothing_but_signs_are_found(tmp_path):
    titles = ("愛" * 1000, "ひ" * 600, "!!!  ???", "हिन्दी")
    records = [release(n, master=n, title=title) for n, title in enumerate(titles, 1)]
    load(write(tmp_path, "releases", records))

    for title in titles:
        found = find_entries(title[:20], limit=5).albums
        assert [one.title for one in Album.objects.filter(pk__in=found)] == [title]


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


def test_what_was_loaded_is_found_by_the_search_box(tmp_path):
    load(write(tmp_path, "releases", [release(1, artists=[(194, "Various")], title="Café Bar")]))

    assert SearchEntry.objects.filter(kind="album", text="Café Bar").exists()
    assert not SearchEntry.objects.filter(kind="artist").exists()


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


@pytest.mark.parametrize(
    ("compiler", "said"),
    [("cc", "read by the compiled library|read in Python"), ("", "read in Python .no compiler")],
)
def test_hundreds_of_records_and_an_odd_one_among_them_come_whole(
    tmp_path, settings, compiler, said
):
    settings.DUMP_COMPILER = compiler
    records = [release(number, master=None) for number in range(1, 451)]
    records[222] = records[222].replace("Stockholm", "Stock&#13;holm")

    told = load(write(tmp_path, "releases", records))

    assert re.search(said, told)
    assert "1 records (0.2%) needed the full parser" in told
    assert Release.objects.count() == ReleaseLabel.objects.count() == 450
    assert Release.objects.get(discogs_id=223).title == "Stock\rholm"
    assert Album.objects.count() == 450


def test_the_importer_needs_none_of_djangos_apps():
    asked = (
        f"from importlib import import_module; import_module({LIGHT['import_discogs_dump']!r})\n"
        "import sys; from django.apps import apps\n"
        "print(apps.ready, 'catalog.models' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


class Stopped(Exception):
    pass


def test_a_first_load_that_was_given_up_is_made_whole_before_the_next_file(tmp_path):
    def stop(*_):
        raise Stopped

    before = structures_there()
    first = write(tmp_path, "releases", [release(1), release(2, master=None)])
    with pytest.raises(Stopped):
        import_releases(first, processes=1, tell=stop)
    assert structures_there() != before

    load(write(tmp_path, "releases", [release(1), release(2, master=None), release(3)]))

    assert structures_there() == before
    assert Album.objects.filter(releases__isnull=False).distinct().count() == 2
    assert Release.objects.count() == 3
    assert SearchEntry.objects.filter(kind="album").count() == 2


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


def test_a_later_month_killed_after_its_chunks_makes_them_findable(tmp_path, monkeypatch):
    load(write(tmp_path, "releases", [release(1)]))
    monkeypatch.setattr(importing, "SMALL", 1)
    path = write(tmp_path, "releases", [release(1), release(2, master=8, title="Zanzibar")])

    def stop(*_):
        raise Stopped

    with pytest.raises(Stopped):
        import_releases(path, processes=1, tell=stop)
    assert Release.objects.count() == 2
    assert not SearchEntry.objects.filter(text="Zanzibar").exists()
    load(path)

    assert SearchEntry.objects.filter(text="Zanzibar").exists()


@pytest.mark.parametrize(
    ("room", "step", "time"),
    [
        (settling, "settle", 1),
        (settling, "fill_ids", 1),
        (settling, "fill_search", 1),
        (structures, "make_again", 5),
        (finishing, "analyse", 1),
        (touched, "finish", 1),
        (structures, "as_before", 1),
    ],
)
def test_a_first_load_killed_while_it_is_made_findable_is_completed_later(
    tmp_path, monkeypatch, room, step, time
):
    records = [release(n, master=n % 3 or None, artists=[(n, f"No {n}")]) for n in range(1, 9)]
    path = write(tmp_path, "releases", records)
    before, real, calls = structures_there(), getattr(room, step), []

    def killed_behind(*what):
        real(*what)
        calls.append(what)
        if len(calls) == time:
            raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(room, step, killed_behind)
        with pytest.raises(Stopped):
            import_releases(path, processes=1)
    load(path)

    assert structures_there() == before
    assert SearchEntry.objects.filter(kind="artist").count() == Artist.objects.count() == 8
    assert SearchEntry.objects.filter(kind="album").count() == Album.objects.count()
    ids = ExternalId.objects.filter(source="discogs")
    assert (ids.filter(kind="artist").count(), ids.filter(kind="album").count()) == (8, 2)
    assert DumpImport.objects.get().state == DumpImport.State.DONE


def structures_there():
    with connection.cursor():
        return {(one.table, one.name) for one in secondary(connection.connection)}


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


def test_a_text_that_is_none_is_left_out_and_the_rest_is_loaded(tmp_path):
    path = write(tmp_path, "releases", [release(1), release(2, title="BAD"), release(3)])
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"BAD", b"B\xffD")))

    said = load(path)

    assert sorted(Release.objects.values_list("discogs_id", flat=True)) == [1, 3]
    assert "skipped: no XML" in said


def test_pressings_known_from_elsewhere_keep_their_row_in_a_first_load(tmp_path):
    album = Album.objects.create(title="Asked", normalised="asked", source="discogs")
    ExternalId.objects.create(kind="album", source="discogs", value="5", entity_id=album.pk)
    kept = Release.objects.create(album=album, discogs_id=2, title="Asked")

    load(write(tmp_path, "releases", [release(n, master=5) for n in range(1, 4)]))

    assert Release.objects.get(discogs_id=2).pk == kept.pk
    assert set(Release.objects.values_list("album_id", flat=True)) == {album.pk}
    assert ExternalId.objects.get(kind="album", value="5").entity_id == album.pk


def test_ids_made_after_a_first_load_come_behind_it(tmp_path):
    load(write(tmp_path, "releases", [release(1), release(2, master=None)]))

    later = Album.objects.create(title="Later", normalised="later")

    assert later.pk > max(Release.objects.values_list("album_id", flat=True))
    assert not DumpImport.objects.exclude(state="done").exists()


def test_masters_artists_and_labels_describe_only_what_is_here(tmp_path):
    load(write(tmp_path, "releases", [release(1, master=5)]))
    master = (
        '<master id="{}"><main_release>1</main_release><artists><artist><id>1</id>'
        "<name>The Persuader</name></artist></artists><genres><genre>Electronic</genre></genres>"
        "<year>1998</year><title>Stockholm EP</title></master>"
    )
    artist = (
        "<artist><id>{}</id><name>The Persuader</name><namevariations><name>Persuader</name>"
        "</namevariations></artist>"
    )
    label = '<label><id>{}</id><name>Svek</name><parentLabel id="77">Mother</parentLabel></label>'

    load(write(tmp_path, "masters", [master.format(5), master.format(6)]), "masters")
    load(write(tmp_path, "artists", [artist.format(1), artist.format(2)]), "artists")
    load(write(tmp_path, "labels", [label.format(5), label.format(6)]), "labels")

    album = Album.objects.get()
    assert (album.title, album.year, album.main_discogs_id) == ("Stockholm EP", 1998, 1)
    assert SearchEntry.objects.filter(kind="album").values_list("text", flat=True).get() == (
        "Stockholm EP"
    )
    assert ArtistName.objects.values_list("name", flat=True).get() == "Persuader"
    assert (Label.objects.get().name, Label.objects.get().parent_discogs_id) == ("Svek", 77)
    assert Artist.objects.count() == 1


def test_the_columns_written_are_the_columns_of_the_models():
    for model in (Release, ReleaseLabel, ReleaseFormat, ReleaseIdentifier):
        needed = {
            one.column
            for one in model._meta.local_concrete_fields
            if not one.null and not (one.primary_key and model is not Release)
        }
        assert needed <= set(COLUMNS[model._meta.db_table])


def test_two_loaders_at_once_agree_on_one_album(tmp_path):
    dump = DumpImport.objects.create(kind="releases", file_name="x", sha256="x", chunk_bytes=1)
    dsn = connection.get_connection_params()
    text = " ".join(
        f"{key}={dsn[key]}" for key in ("host", "port", "dbname", "user") if dsn.get(key)
    )
    first, second = (ChunkLoader(text, dump.pk) for _ in range(2))

    second.load(1, release(9, title="Later", artists=[(4, "Other")]).encode())
    first.load(0, release(3, title="Earlier").encode())
    first.close()
    second.close()

    assert Album.objects.get().title == "Earlier"
    assert [one.artist.name for one in Album.objects.get().credits.all()] == ["The Persuader"]
