"""Migrations that take the rows of a filled catalogue along, back and on again.

One way there and one back for all of them: Django builds every model anew for every step.
"""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from catalog.models import (
    Album,
    ArtistName,
    ExternalId,
    Label,
    ReleaseIdentifier,
    ReleaseLabel,
    SearchEntry,
    SearchWord,
)
from catalog.queries.search import search
from catalog.services.index import index_albums, index_artists
from tests.factories import make_album, make_artist, make_release
from tests.quick_states import quick_states

BEFORE_ROWS = ("catalog", "0004_leaner_indexes")
WORDS = import_module("catalog.migrations.0007_search_by_words")
LABELS = import_module("catalog.migrations.0017_labels_known_by_name")


def migrate(*targets):
    executor = MigrationExecutor(connection)
    with quick_states():
        return executor.migrate(list(targets) or executor.loader.graph.leaf_nodes()).apps


def found_by_words():
    return sorted(SearchEntry.objects.values_list("kind", "entity_id", "normalised", "words"))


@pytest.mark.django_db(transaction=True)
def test_rows_of_a_filled_catalogue_go_there_and_back(monkeypatch):
    monkeypatch.setattr(WORDS, "PORTION", 2)  # several portions
    can, harmonia = make_artist("Can", popularity=9), make_artist("Harmonia", popularity=9)
    ArtistName.objects.create(artist=can, name="The Inner Space", normalised="inner space")
    albums = {
        title: make_album(title, artist, popularity=3)
        for title, artist in (("Tago Mago", can), ("Future Days", can), ("Harmonia 75", harmonia))
    }
    index_artists([can, harmonia])
    index_albums(albums.values())
    release = make_release(
        albums["Harmonia 75"], catalogue_number="STUMM 128", barcode="0509990836465"
    )
    ReleaseIdentifier.objects.create(
        release_id=release.pk, position=1, kind="Matrix / Runout", value="STUMM 128 A1"
    )
    # Counted by Discogs, and by us as if it had been Discogs.
    counted, lone = (make_album(one, can, upstream_release_count=2) for one in ("Ege", "Delay"))
    ExternalId.objects.create(kind="album", source="discogs", value="9", entity_id=counted.pk)
    as_made = found_by_words()
    assert len(as_made) == 5, "one row for each artist and album"
    try:
        then = migrate(BEFORE_ROWS)
        # As they were: an artist by the name, an album by its title and with its artist's name.
        told = [("artist", one.pk, one.name, one.normalised, 9) for one in (can, harmonia)]
        for title, album in albums.items():
            key, artist = title.lower(), "harmonia" if "Harmonia" in title else "can"
            told += [("album", album.pk, title, key, 3)]
            told += [("album", album.pk, title, f"{artist} {key}", 3)]
        entries = then.get_model("catalog", "SearchEntry").objects
        columns = ("kind", "entity_id", "text", "normalised", "popularity")
        assert sorted(entries.values_list(*columns)) == sorted(told)

        old = then.get_model("catalog", "Release").objects.get(pk=release.pk)
        assert (old.catno_normalised, old.matrix) == ("stumm128", ["STUMM 128 A1"])
        for model in (ReleaseLabel, ReleaseIdentifier):
            model.objects.all().delete()
    finally:
        migrate()

    assert found_by_words() == as_made
    words = {(kind, pk): words for kind, pk, _key, words in found_by_words()}
    assert words["artist", can.pk] == "can inner space"
    assert words["album", albums["Tago Mago"].pk] == "can tago mago"
    assert {"tago", "mago", "inner", "space", "days"} <= set(
        SearchWord.objects.values_list("word", flat=True)
    )
    assert [hit.title for hit in search("mago can").albums] == ["Tago Mago"]
    assert [hit.name for hit in search("iner space").artists] == ["Can"], "a typing mistake"
    # What the columns knew stands in rows again.
    assert ReleaseLabel.objects.get().catno_normalised == "stumm128"
    numbers = ReleaseIdentifier.objects.order_by("position").values_list("kind", "normalised")
    counts = Album.objects.in_bulk([counted.pk, lone.pk])
    assert counts[counted.pk].upstream_release_count == 2
    assert counts[lone.pk].upstream_release_count is None
    assert list(numbers) == [("Barcode", "0509990836465"), ("Matrix / Runout", "stumm128a1")]


@pytest.mark.django_db
def test_labels_that_pressings_name_get_rows_in_portions_and_none_twice(monkeypatch):
    monkeypatch.setattr(LABELS, "PORTION", 2)
    Label.objects.create(discogs_id=1, name="Sky", normalised="sky", source="discogs-dump")
    told = [
        ("Sky", 1), ("Brain", None), ("brain!", None), ("Ohr", None), ("Sky", None), ("Ohr", 7),
        ("Ohr (2)", 7), ("", None), ("Brain", None), ("Pilz", 8),
    ]  # fmt: skip
    ReleaseLabel.objects.bulk_create(
        ReleaseLabel(release_id=at, name=name, label_discogs_id=number)
        for at, (name, number) in enumerate(told)
    )
    for _again in range(2):
        LABELS.fill(apps, SimpleNamespace(connection=connection))
        rows = set(Label.objects.values_list("name", "discogs_id", "normalised"))
        assert rows == {
            ("Sky", 1, "sky"), ("Brain", None, "brain"), ("Ohr", 7, "ohr"), ("Pilz", 8, "pilz"),
        }  # fmt: skip
    LABELS.take_out(apps, SimpleNamespace(connection=connection))
    assert not Label.objects.filter(discogs_id=None).exists() and Label.objects.count() == 3
