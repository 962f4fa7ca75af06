"""Reads that are put together once: they give what the queryset would give."""

import sys
from datetime import datetime

import django
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from accounts.models import Owned, Want
from catalog.models import Album, Release
from tests import factories
from vinyl.prepared import CHECKED, Prepared, Ready

pytestmark = pytest.mark.django_db


def test_rows_are_those_of_the_queryset_for_each_value():
    titles = Prepared(
        lambda artist: (
            Album.objects.filter(credits__artist_id=artist)
            .order_by("title")
            .values_list("title", "year")
        ),
        artist=int,
    )
    one, other = factories.make_artist("Can"), factories.make_artist("Faust")
    factories.make_album("Tago Mago", one, year=1971)
    factories.make_album("Ege Bamyasi", one, year=1972)
    factories.make_album("So Far", other, year=None)
    assert titles.all(artist=one.pk) == [("Ege Bamyasi", 1972), ("Tago Mago", 1971)]
    assert titles.all(artist=other.pk) == [("So Far", None)]
    assert titles.first(artist=one.pk) == ("Ege Bamyasi", 1972)
    assert titles.first(artist=one.pk + other.pk) is None


def test_objects_come_with_their_relations_and_figures(django_assert_num_queries):
    copies = Prepared(
        lambda people, since: (
            Owned.objects.filter(user_id__any=people, added_at__gt=since)
            .select_related("album", "release")
            .order_by("pk")
        ),
        people=list,
        since=datetime,
    )
    person, other = factories.make_person(), factories.make_person()
    album = factories.make_album("Remain in Light")
    before = timezone.now()
    factories.make_copy(person, album, factories.make_release(album, country="UK"))
    factories.make_copy(other, album)
    with django_assert_num_queries(1):
        first, second = copies.all(people=[person.pk, other.pk], since=before)
        assert (first.album.title, first.release.country) == ("Remain in Light", "UK")
        assert (second.user_id, second.release) == (other.pk, None)
    assert [one.user_id for one in copies.all(people={other.pk}, since=before)] == [other.pk]
    assert copies.all(people=[], since=before) == []
    assert copies.all(people=[person.pk], since=timezone.now()) == []


def test_texts_are_values_and_no_sql():
    labels = Prepared(
        lambda label: Release.objects.filter(label=label).values_list("pk", flat=True), label=str
    )
    release = factories.make_release(factories.make_album(), label="4AD' OR ''='")
    factories.make_release(factories.make_album("Else"), label="Sire")
    assert labels.all(label="4AD' OR ''='") == [release.pk]
    assert labels.all(label="100%s") == []


def test_a_value_that_is_not_asked_for_is_a_mistake():
    every = Prepared(lambda person: Want.objects.filter(pk__gt=0), person=int)
    with pytest.raises(TypeError, match="person"):
        every.all(person=1)


def test_any_of_many_ids_is_one_value(django_assert_num_queries):
    albums = [factories.make_album(f"Album {number}") for number in range(3)]
    ids = [album.pk for album in albums]
    with django_assert_num_queries(1) as asked:
        found = set(Album.objects.filter(pk__any=ids[:2]).values_list("pk", flat=True))
    assert found == set(ids[:2])
    assert f"{{{ids[0]},{ids[1]}}}" in asked[0]["sql"]
    with django_assert_num_queries(0):
        assert not Album.objects.filter(pk__any=[])
    assert set(Album.objects.filter(credits__album__any=ids[2:])) == {albums[2]}


SAMPLES = {int: 7, str: "somebody's", list: [7, 8], datetime: timezone.now()}
OURS = ("vinyl", "catalog", "accounts", "pricing", "recommendations")


def prepared_reads():
    """(where, read) of all that the product declares, once its views are loaded."""
    assert get_resolver().url_patterns
    modules = [one for name, one in sys.modules.items() if name.split(".")[0] in OURS]
    return {
        id(value): (f"{module.__name__}.{name}", value)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Prepared)
    }.values()


def test_every_read_of_the_product_asks_what_its_queryset_asks():
    reads = prepared_reads()
    assert len(reads) > 20
    for where, read in reads:
        values = {name: SAMPLES[kind] for name, kind in read.values.items()}
        plain = Prepared(read.build, **read.values)  # its values stand in what is noted
        with CaptureQueriesContext(connection) as asked:
            plain.all(**values), list(read.build(**values))
        ours, djangos = (one["sql"] for one in asked)
        assert ours == djangos, where
        assert read.all(**values) == list(read.build(**values)), where


def test_the_database_keeps_the_statement_of_what_nearly_every_page_asks():
    titles = Ready(
        lambda artist, since: Album.objects.filter(
            credits__artist_id=artist, pk__gt=since
        ).values_list("title", flat=True)[:1],
        artist=int,
        since=int,
    )
    artist = factories.make_artist("Can")
    album = factories.make_album("Tago Mago", artist)
    assert titles.all(artist=artist.pk, since=0) == ["Tago Mago"]
    assert titles.all(artist=artist.pk, since=album.pk) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(generic_plans + custom_plans) FROM pg_prepared_statements"
            " WHERE statement LIKE %s", ['SELECT "catalog_album"."title"%."id" > %LIMIT 1'],
        )  # fmt: skip
        assert cursor.fetchone() == (1, 2)


def test_a_new_series_of_django_is_looked_at_before_it_is_used():
    assert django.VERSION[:2] == CHECKED, (
        "vinyl/prepared.py names what it uses of Django's own; compare it with this version's "
        "django/db/models/query.py and sql/compiler.py, then set CHECKED"
    )
