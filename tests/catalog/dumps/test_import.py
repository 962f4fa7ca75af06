"""A dump file becomes pressings, whole, and with what hangs on them."""

import re
import subprocess
import sys
from itertools import product

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.dumps import settling
from catalog.dumps.filling import SPAN
from catalog.dumps.loading import ChunkLoader
from catalog.dumps.tables import COLUMNS
from catalog.models import (
    Album,
    Artist,
    ArtistName,
    DumpImport,
    ExternalId,
    Label,
    Release,
    ReleaseFormat,
    ReleaseIdentifier,
    ReleaseLabel,
    SearchEntry,
)
from catalog.services.index import index_artists
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release, write
from tests.catalog.dumps.shapes import INSIDE, SHAPES
from vinyl.embedded.command import LIGHT

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_an_artist_known_by_name_gets_discogs_id_instead_of_a_double(tmp_path):
    known = Artist.objects.create(name="The Persuader", normalised="persuader", source="listener")

    load(write(tmp_path, "releases", [release(1), release(2, artists=[(8, "The Persuader (2)")])]))

    assert ExternalId.objects.get(kind="artist", value="1").entity_id == known.pk
    assert Artist.objects.filter(normalised="persuader").count() == 2


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


def test_what_follows_the_last_record_is_said_before_it_is_done(tmp_path):
    path = write(tmp_path, "releases", [release(n) for n in range(1, 4)])
    for _month in range(2):
        lines = load(path).splitlines()
        said = lines.index("releases: 3 records read, making them findable")
        assert "left" in lines[said - 1] and "100%" in lines[said + 1]


def test_the_summary_says_what_was_left_out_and_why(tmp_path):
    cd = release(2, formats=[("CD", 1, "", ("Album",))])
    artists = [f"<artist><id>{n}</id><name>No {n}</name></artist>" for n in (1, 2)]
    path = write(tmp_path, "artists", artists)
    first = "load them with --releases, then run this again with --artists"
    assert first in load(path, "artists")

    told = load(write(tmp_path, "releases", [release(1), cd]))
    assert "left out, because not on a medium that is collected here: 1" in told
    told = load(path, "artists")
    assert "left out, because nobody of that number is credited here: 1" in told
    assert first not in told


def test_artists_before_their_releases_are_told_so_also_where_some_are_known_already(tmp_path):
    load(write(tmp_path, "releases", [release(1)], month="20261001"))
    artists = [f"<artist><id>{n}</id><name>No {n}</name></artist>" for n in (1, 2)]

    told = load(write(tmp_path, "artists", artists), "artists")

    assert "load them with --releases, then run this again with --artists" in told


def test_a_file_that_is_named_twice_is_refused(tmp_path):
    path = str(write(tmp_path, "releases", [release(1)]))

    with pytest.raises(CommandError, match="--releases names one file"):
        call_command("import_discogs_dump", "--releases", path, "--releases", path)
    assert not Release.objects.exists()


class Explaining:
    """A connection that notes how it was planned what it writes."""

    def __init__(self, db, plans):
        self._db, self._plans = db, plans

    def __getattr__(self, name):
        return getattr(self._db, name)

    def execute(self, statement, *values):
        if statement.split()[0] in ("UPDATE", "WITH", "INSERT"):
            rows = self._db.execute(f"EXPLAIN {statement}", *values).fetchall()
            self._plans.append("\n".join(row[0] for row in rows))
        return self._db.execute(statement, *values)


def test_albums_of_artists_known_before_a_first_load_are_led_to_them_all_at_once(
    tmp_path, monkeypatch
):
    """Each was looked up by itself: an import into a site with people in it took minutes."""
    plans = []
    for step in ("settle", "fill_search"):
        real = getattr(settling, step)
        monkeypatch.setattr(
            settling, step, lambda db, *more, real=real: real(Explaining(db, plans), *more)
        )
    index_artists([Artist.objects.create(name="No 7", normalised="no 7", source="listener")])
    records = [release(n, master=n, artists=[(n, f"No {n}")], title="One") for n in range(1, 9)]

    load(write(tmp_path, "releases", records))

    assert SearchEntry.objects.filter(kind="album", words="no 7 one").exists()
    assert Artist.objects.filter(normalised="no 7").count() == 1
    assert len(plans) > 8 and not any("SubPlan" in plan for plan in plans)


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


def test_the_columns_written_are_the_columns_of_the_models():
    for model in (Release, ReleaseLabel, ReleaseFormat, ReleaseIdentifier):
        needed = {
            one.column
            for one in model._meta.local_concrete_fields
            if not one.null and not (one.primary_key and model is not Release)
        }
        assert needed <= set(COLUMNS[model._meta.db_table])


def test_the_importer_needs_none_of_djangos_apps():
    asked = (
        f"from importlib import import_module; import_module({LIGHT['import_discogs_dump']!r})\n"
        "import sys; from django.apps import apps\n"
        "print(apps.ready, 'catalog.models' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
