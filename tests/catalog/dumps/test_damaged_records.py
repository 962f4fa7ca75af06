"""A file that is damaged in some of its records: the others are there, and the end says so."""

import gzip
import hashlib
import re

import pytest

from catalog.dumps import importing, small_files
from catalog.models import Album, Artist, Coverage, DumpImport, Label, Release
from catalog.queries.search import search
from tests.catalog.dumps.runs import load, load_damaged
from tests.catalog.dumps.sample import release, write
from tests.catalog.dumps.shapes import FULL, TAGS, can_be_parsed, with_tag_changed

pytestmark = pytest.mark.django_db(transaction=True)
FORMATS = (("CD", 1, "", ("Album",)),)


def some(*numbers, **changed):
    return [release(n, title=f"Record {n}", master=None, **changed) for n in numbers]


def damaged(records):
    """The third has lost a tag, the fifth holds a NUL sign."""
    records[2] = records[2].replace("</title>", "</tit", 1)
    records[4] = records[4].replace("Record", "Rec\0rd")
    return records


@pytest.mark.parametrize("compiler", ["cc", ""])
def test_all_that_can_be_read_is_found_the_end_says_what_was_not_and_a_mended_file_brings_it(
    tmp_path, settings, monkeypatch, compiler
):
    settings.DUMP_COMPILER = compiler
    monkeypatch.setattr(importing, "CHUNK_BYTES", 4000)
    said, error = load_damaged(write(tmp_path, "releases", damaged(some(*range(1, 31)))))

    assert "28 new" in said
    assert "is damaged: 2 of its records cannot be read and 1 NUL sign stands in it" in error
    assert "(the first: 3, 5). What could be read is in the catalogue (28 pressings)." in error
    assert "Fetch the file again" in error and "run this again" in error
    run = DumpImport.objects.get()
    assert (run.state, run.error) == ("damaged", error) and run.finished_at is not None
    assert Coverage.objects.exists()
    assert search("record 30").albums

    again = load(write(tmp_path, "releases", some(*range(1, 31))))
    assert "2 new, 0 changed, 28 as before" in again
    assert Release.objects.count() == 30
    assert DumpImport.objects.first().state == "done"


@pytest.mark.parametrize("compiler", ["cc", ""])
def test_every_record_that_has_lost_a_tag_is_told_in_few_lines(tmp_path, settings, compiler):
    settings.DUMP_COMPILER = compiler
    # All but the tags around the record, without which it is part of the next.
    broken = [
        with_tag_changed(FULL, "removed", tag).replace('id="7"', f'id="{tag}"', 1)
        for tag in range(1, TAGS - 1)
    ]
    broken += [release(n, title="Rec\x01rd &nbsp; &x") for n in range(900, 910)]
    whole = [n for n, one in enumerate(broken, 1) if can_be_parsed(one)]

    said, error = load_damaged(write(tmp_path, "releases", broken))

    assert sorted(Release.objects.values_list("discogs_id", flat=True)) == whole
    lost = len(broken) - len(whole)
    assert [line for line in said.splitlines() if "skipped" in line or "left out" in line] == [
        "skipped: no XML: a sign or a reference that XML does not know: 10",
        f"skipped: no XML: tags that are broken or do not pair: {lost - 10}",
    ]
    assert f"{lost} of its records cannot be read (the first: 1, 2, 3, 4, 5)" in error


SMALL = {
    "artists": "<artist><id>{id}</id><name>{name}</name></artist>",
    "labels": "<label><id>{id}</id><name>{name}</name></label>",
    "masters": '<master id="{id}"><main_release>1</main_release><title>{name}</title></master>',
}


@pytest.mark.parametrize("at_once", [8_000_000, 300])
def test_of_records_with_the_same_id_the_first_counts_and_the_others_are_told(
    tmp_path, monkeypatch, at_once
):
    monkeypatch.setattr(small_files, "BLOCK_BYTES", at_once)
    twice = [(1, "First"), (1, "Second"), (2, "Nobody's"), (2, "Nobody's"), (1, "Third")]
    twice += [(n, "Filling") for n in range(3, 8)] + [(1, "Last")]
    load(write(tmp_path, "releases", [release(1, master=1, labels=[("Some", "1", 1)])]))

    for kind, record in SMALL.items():
        lines = [record.format(id=id, name=name) for id, name in twice]
        said = load(write(tmp_path, kind, lines), kind)
        assert "skipped: the same id again: 3\n" in said
        assert re.search(f"left out, because .*: {len(twice) - 4}\n", said)

    assert Artist.objects.get().name == Album.objects.get().title == "First"
    assert Label.objects.get(discogs_id=1).name == "First"


@pytest.mark.parametrize("kind", SMALL)
def test_a_number_beyond_all_of_discogs_costs_its_record_only(tmp_path, kind):
    load(write(tmp_path, "releases", [release(1, master=1, labels=[("Some", "1", 1)])]))
    lines = [SMALL[kind].format(id=id, name="New") for id in (10**19, "1" * 5000, 1)]

    said, error = load_damaged(write(tmp_path, kind, lines), kind)

    assert "skipped: a number beyond all of Discogs': 2\n" in said
    assert "2 of its records cannot be read" in error and "1 changed" in said


def test_a_file_that_is_mended_in_its_place_and_looks_the_same_from_outside_is_read_anew(tmp_path):
    path = tmp_path / "discogs_20261101_releases.xml"
    body = gzip.decompress(write(tmp_path, "releases", some(*range(1, 1500))).read_bytes())
    path.write_bytes(body.replace(b"Record 700", b"Record\x00700"))
    # The ends that tell one file from another are shorter here, as the file is.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("catalog.dumps.files.PIECE", 1024)
        assert "(the first: 700)" in load_damaged(path)[1]
        assert "(the first: 700)" in load_damaged(path)[1]
        path.write_bytes(body)
        assert "1 new, 0 changed, 1,498 as before" in load(path)


def test_a_held_pressing_whose_record_is_damaged_later_stays_and_is_not_called_missing(tmp_path):
    load(write(tmp_path, "releases", some(1, 2, 3, 4, 5)))

    said, _ = load_damaged(write(tmp_path, "releases", damaged(some(1, 2, 3, 4, 5))))

    assert "3 as before" in said and "not in this file" not in said
    assert Release.objects.count() == 5


def test_a_sign_that_no_text_holds_is_told_where_nothing_is_kept(tmp_path):
    records = [*some(1), release(2, title="C\0D", formats=FORMATS), *some(3)]

    said, error = load_damaged(write(tmp_path, "releases", records))

    assert "is damaged: 1 NUL sign stands in it (the first: 2)" in error
    assert Release.objects.count() == 2


def test_what_the_publisher_damaged_is_told_as_that(tmp_path):
    path = write(tmp_path, "releases", damaged(some(1, 2, 3, 4, 5)))
    listing = tmp_path / "discogs_20261101_CHECKSUM.txt"
    listing.write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}\n")

    assert "so fetching it again brings the same" in load_damaged(path)[1]


def test_an_artists_file_says_which_of_its_records_are_damaged_and_how_far_it_came(tmp_path):
    named = [(n, f"Somebody {n}") for n in range(1, 5)]
    load(write(tmp_path, "releases", some(1, artists=named)))
    artists = [f"<artist><id>{n}</id><name>Somebody New {n}</name></artist>" for n in range(1, 5)]

    broken = [one.replace("</name>", "</na>") if "New 2" in one else one for one in artists]
    _, error = load_damaged(write(tmp_path, "artists", broken), "artists")
    assert "1 of its records cannot be read (the first: 2). What could be read" in error
    assert "(3 records read)" in error
    assert search("somebody new 4").artists
    assert DumpImport.objects.filter(state="damaged", error=error).exists()

    longer = [
        f"<artist><id>{n}</id><name>{hashlib.sha256(b'%d' % n).hexdigest()}</name></artist>"
        for n in range(10, 4000)
    ]
    whole = write(tmp_path, "artists", artists + longer)
    cut = write(tmp_path, "artists", artists + longer, cut=whole.stat().st_size // 2)
    _, error = load_damaged(cut, "artists")
    kept = DumpImport.objects.filter(kind="artists").first()
    assert f"is in the catalogue ({kept.counts['read']:,} records read)" in error
    assert kept.state == "damaged" and kept.counts["read"] > 4
    assert search("somebody new 2").artists
