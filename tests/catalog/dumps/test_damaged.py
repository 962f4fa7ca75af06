"""Files that are cut short, garbled, other ones or hold odd records: said, and the rest is kept."""

import gzip
import hashlib
import re

import pytest
from django.core.management import CommandError

from catalog.dumps import importing
from catalog.models import (
    DumpImport,
    Release,
)
from tests.catalog.dumps.runs import load, load_damaged
from tests.catalog.dumps.sample import release, write

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_last_record_without_an_end_is_told(tmp_path):
    endless = release(2).removesuffix("</release>")

    with pytest.raises(CommandError, match="is damaged: its last record has no end"):
        load(write(tmp_path, "releases", [release(1), endless]))
    assert list(Release.objects.values_list("discogs_id", flat=True)) == [1]


def test_a_text_that_is_none_is_left_out_and_the_rest_is_loaded(tmp_path):
    path = write(tmp_path, "releases", [release(1), release(2, title="BAD"), release(3)])
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"BAD", b"B\xffD")))

    said, error = load_damaged(path)

    assert sorted(Release.objects.values_list("discogs_id", flat=True)) == [1, 3]
    assert "skipped: no XML" in said
    assert "1 of its records cannot be read (the first: 2)" in error


def test_a_record_that_xml_does_not_know_costs_itself_only_also_in_a_later_month(tmp_path):
    said = []
    for place in ("", " again"):
        records = [release(n, title=f"Title{place}") for n in range(1, 7)]
        records[1] = records[1].replace("Title", "Ti\0tle")
        records[3] = records[3].replace("</release>", "<<<& ")
        told, error = load_damaged(write(tmp_path, "releases", records))
        said.append(told)
        assert "2 of its records cannot be read and 1 NUL sign stands in it" in error
        assert "(the first: 2, 4). What could be read is in the catalogue (3 pressings)" in error

        stored = dict(Release.objects.values_list("discogs_id", "title"))
        assert stored == dict.fromkeys((1, 3, 6), f"Title{place}")
    lines = [line for one in said for line in one.splitlines() if "skipped: no XML: " in line]
    assert len(lines) == 4 and all(line.endswith(": 1") for line in lines)


def test_a_record_without_a_number_is_told_as_one_in_the_first_month_and_later(tmp_path):
    nameless = ["<release>", '<release status="Accepted">', '<release id="">', "<release\n>"]
    for month in (0, 1):
        records = [release(n, country=f"{month}") for n in range(1, 7)]
        for at, start in enumerate(nameless, 1):
            records[at] = records[at].replace(f'<release id="{at + 1}">', start)
        told, error = load_damaged(write(tmp_path, "releases", records))

        assert "4 of its records" in error and "one without a number behind 1, " in error
        assert set(Release.objects.values_list("discogs_id", "country")) == {
            (1, f"{month}"), (6, f"{month}"),
        }  # fmt: skip
        assert "skipped: no id: 4" in told
        assert "not on a medium" not in told and "no XML" not in told


def test_a_number_beyond_all_of_discogs_costs_its_record_only(tmp_path):
    odd = [
        {"id": 10**19},
        {"id": 2, "master": 10**19},
        {"id": 3, "artists": [(10**19, "Nobody")]},
        {"id": 4, "labels": [("None", "1", 10**19)]},
        {"id": 5, "master": 4_294_967_301},
    ]
    records = [release(1), *(release(**one) for one in odd), release(6)]
    told, error = load_damaged(write(tmp_path, "releases", records))

    assert f"5 of its records cannot be read (the first: {10**19}, 2, 3, 4, 5)" in error
    assert list(Release.objects.order_by("pk").values_list("discogs_id", flat=True)) == [1, 6]
    assert "skipped: a number beyond all of Discogs': 5" in told


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
