"""Chunks of a first load are stored some at a time, and each by itself where one is refused."""

import pytest
from django.core.management import CommandError

from catalog.dumps import importing
from catalog.models import Album, DumpChunk, DumpImport, Release
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("compiler", ["cc", ""])
def test_a_chunk_that_is_refused_leaves_those_beside_it_as_they_are(
    tmp_path, settings, monkeypatch, compiler
):
    settings.DUMP_COMPILER = compiler
    monkeypatch.setattr(importing, "CHUNK_BYTES", 2048)
    album = Album.objects.create(title="Asked", normalised="asked", source="discogs")
    kept = Release.objects.create(album=album, discogs_id=7, title="Asked")
    records = [release(number, master=number % 5 or None) for number in range(1, 31)]
    # The same number twice in one chunk, and in two.
    records += [release(31), release(31), release(3, title="Later")]

    said = load(write(tmp_path, "releases", records))

    assert "33 records read" in said
    assert Release.objects.count() == 31
    assert Release.objects.get(discogs_id=7).pk == kept.pk
    assert Release.objects.filter(title="Stockholm").count() >= 29
    assert DumpChunk.objects.count() >= 10
    assert Album.objects.filter(releases__isnull=False).distinct().count() == 5 + 6


def test_what_stood_before_the_damage_is_stored_though_it_waited(tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "CHUNK_BYTES", 2048)
    records = [release(number, notes=f"{number * 7919:x}" * 40) for number in range(1, 200)]
    size = write(tmp_path, "releases", records).stat().st_size

    with pytest.raises(CommandError, match="What stood before is in the catalogue"):
        load(write(tmp_path, "releases", records, cut=size // 2))

    last = max(Release.objects.values_list("discogs_id", flat=True))
    assert Release.objects.count() == last > 0
    assert DumpImport.objects.get().state == "damaged"
