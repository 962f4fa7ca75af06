"""What was shown and ignored: days are counted, however often the list is made or looked at."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.models import Max

from recommendations import queries, services
from recommendations.models import Shown
from recommendations.services import shown as counting

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """The hour of looking and of noting; the list itself is made now."""

    class Clock:
        def set(self, at):
            monkeypatch.setattr(counting.timezone, "now", lambda: at)

    clock = Clock()
    clock.set(FIRST)
    return clock


def look(person, tab="own"):
    services.note_view(queries.current_set(person).pk, tab)
    services.store_all_views()


def times(person):
    return Shown.objects.filter(user=person).aggregate(most=Max("times"))["most"]


def test_five_looks_in_one_day_are_one_day(nuria, with_list, clock):
    with_list(12)
    for minute in range(5):
        clock.set(FIRST + timedelta(minutes=minute))
        look(nuria)
    assert times(nuria) == 1
    assert counting.ignored_albums(nuria.pk) == frozenset()


def test_a_list_that_is_made_again_on_the_same_day_counts_no_second_time(nuria, with_list, clock):
    albums = with_list(12)
    artist = albums[5].credits.get().artist
    for direction in (1, -1, 1, -1, 1):
        services.note_view(queries.current_set(nuria).pk, "own")
        services.lean(nuria, artist, direction)
        services.make_set(nuria)
    look(nuria)
    assert times(nuria) == 1


def test_looks_on_five_days_count_and_the_albums_rest(nuria, with_list, clock):
    albums = with_list(12)
    for day in range(5):
        assert not counting.ignored_albums(nuria.pk)
        clock.set(FIRST + timedelta(days=day))
        look(nuria)
    assert times(nuria) == 5
    assert counting.ignored_albums(nuria.pk) == {album.pk for album in albums}


def test_days_that_were_noted_together_count_each_and_late_noting_takes_none(
    nuria, with_list, clock
):
    with_list(12)
    chosen = queries.current_set(nuria).pk
    for hours in (0, 14, 24):  # the second at 23:00, noted after midnight
        clock.set(FIRST + timedelta(hours=hours))
        services.note_view(chosen, "own")
        if hours == 14:
            clock.set(FIRST + timedelta(hours=16))
            services.store_all_views()
    services.store_all_views()
    assert times(nuria) == 2
    for hours in (48, 72):
        clock.set(FIRST + timedelta(hours=hours))
        services.note_view(chosen, "own")
    services.store_all_views()
    assert times(nuria) == 4


def test_another_version_of_the_score_counts_the_same_day_no_second_time(nuria, with_list, clock):
    with_list(12)
    look(nuria)
    found = queries.current_set(nuria)
    found.score_version = "1"
    found.save()
    look(nuria)
    assert sum(Shown.objects.filter(user=nuria).values_list("times", flat=True)) == 12


def test_what_was_kept_before_it_was_noted_counts_its_first_day(nuria, with_list, clock):
    albums = with_list(12)
    services.lock(nuria, albums[0])
    look(nuria)
    assert Shown.objects.get(album=albums[0]).times == 1


def test_days_that_were_counted_too_often_are_put_right(nuria, with_list):
    albums = with_list(3)
    for album, days, times in zip(albums, (0, 2, 9), (5, 5, 5), strict=True):
        Shown.objects.create(
            user=nuria, album=album, score_version="2", times=times, first_at=FIRST,
            last_at=FIRST + timedelta(days=days),
        )  # fmt: skip
    migration = import_module("recommendations.migrations.0008_days_shown_once")
    with connection.cursor() as cursor:
        cursor.execute(migration.CAPPED)
    assert list(Shown.objects.order_by("pk").values_list("times", flat=True)) == [1, 3, 5]
