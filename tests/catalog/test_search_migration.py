"""The search's rows of before it found by words: taken along, given back, taken along again."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from catalog.models import ArtistName, SearchEntry, SearchWord
from catalog.queries.search import search
from tests.factories import make_album, make_artist

OLD = ("catalog", "0006_cover_facts")
PORTIONS = import_module("catalog.migrations.0007_search_by_words")


def migrate(*targets):
    executor = MigrationExecutor(connection)
    return executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


def old_rows(apps):
    found = apps.get_model("catalog", "SearchEntry").objects
    return sorted(found.values_list("kind", "entity_id", "normalised", "popularity"))


def new_rows():
    return sorted(SearchEntry.objects.values_list("kind", "entity_id", "normalised", "words"))


@pytest.mark.django_db(transaction=True)
def test_rows_of_a_filled_catalogue_go_there_and_back(monkeypatch):
    monkeypatch.setattr(PORTIONS, "PORTION", 2)  # several portions
    can, neu = make_artist("Can"), make_artist("Neu!")
    ArtistName.objects.create(artist=can, name="The Inner Space", normalised="inner space")
    albums = {title: make_album(title, can) for title in ("Tago Mago", "Future Days")}
    albums["Neu! 75"] = make_album("Neu! 75", neu)
    try:
        apps = migrate(OLD).apps
        entries = apps.get_model("catalog", "SearchEntry").objects
        entries.all().delete()
        # As they were: an artist by the name, an album by its title and with its artist's name.
        told = [("artist", one.pk, one.name, one.normalised, 9) for one in (can, neu)]
        for title, album in albums.items():
            key, artist = title.lower(), neu if "Neu" in title else can
            told += [("album", album.pk, title, key, 3)]
            told += [("album", album.pk, title, f"{artist.normalised} {key}", 3)]
        for kind, entity_id, text, normalised, popularity in told:
            entries.create(
                kind=kind, entity_id=entity_id, text=text, normalised=normalised,
                popularity=popularity,
            )  # fmt: skip
        before = old_rows(apps)

        migrate()
        words = {(kind, pk): words for kind, pk, _key, words in new_rows()}
        assert len(words) == len(new_rows()) == 5, "one row for each artist and album"
        assert words["artist", can.pk] == "can inner space"
        assert words["album", albums["Tago Mago"].pk] == "can tago mago"
        assert {"tago", "mago", "inner", "space", "days"} <= set(
            SearchWord.objects.values_list("word", flat=True)
        )
        assert [hit.title for hit in search("mago can").albums] == ["Tago Mago"]
        assert [hit.name for hit in search("iner space").artists] == ["Can"], "a typing mistake"
        taken_along = new_rows()

        assert old_rows(migrate(OLD).apps) == before
    finally:
        migrate()
    assert new_rows() == taken_along
