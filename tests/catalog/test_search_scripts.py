"""Titles of other scripts are found in Latin letters, those of a dump as well."""

import pytest
from django.utils import timezone

from catalog import search_tasks
from catalog.models import Album, DumpImport, KeyRules, SearchEntry
from catalog.queries import search
from catalog.search_tasks import read_scripts
from catalog.services import get_or_create_album, get_or_create_artist
from catalog.services.keys import note_version
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release, write
from vinyl.jobs.registry import Done

pytestmark = pytest.mark.django_db(transaction=True)

BLOOD = "Группа крови"


class Step:
    """What a job's step is given."""

    def __init__(self, checkpoint):
        self.checkpoint, self.payload = checkpoint, {}

    def progress(self, *args, **params):
        pass


def run_job():
    checkpoint = {}
    while not isinstance(result := read_scripts(Step(checkpoint)), Done):
        checkpoint = result.checkpoint
    return result.result


def titles(typed):
    return [one.title for one in search(typed).albums]


@pytest.mark.parametrize(
    "typed", ["gruppa krovi", "krovi gruppa", "kino gruppa krovi", "gruppa krovi 1988", "группа кр"]
)
def test_a_title_of_another_script_is_found_in_latin_letters(typed):
    kino = get_or_create_artist(name="Кино")
    get_or_create_album(artist=kino, title=BLOOD, year=1988)
    get_or_create_album(artist=kino, title="Ночь", year=1986)
    assert titles(typed) == [BLOOD]


def test_an_album_of_an_artist_of_another_script_is_found_by_both_in_latin_letters():
    get_or_create_album(artist=get_or_create_artist(name="坂本龍一"), title="Async")
    assert titles("BanBenLongYi async") == ["Async"]


def test_what_a_dump_brought_is_found_in_latin_letters_after_the_job(
    tmp_path, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(search_tasks, "PORTION", 2)
    note_version()
    records = [
        release(1, master=None, title=BLOOD, artists=[(7, "Кино")]),
        release(2, master=2, title="Café Bar"),
    ]
    load(write(tmp_path, "releases", records))
    assert titles("gruppa krovi") == []
    own = set(SearchEntry.objects.exclude(text__in=(BLOOD, "Кино")).values_list("words"))

    assert run_job() == {"read": 4, "written": 2}

    assert titles("gruppa krovi") == [BLOOD]
    assert [one.name for one in search("kino").artists] == ["Кино"]
    assert set(SearchEntry.objects.exclude(text__in=(BLOOD, "Кино")).values_list("words")) == own
    with django_assert_num_queries(2):
        assert run_job() == {"read": 0, "written": 0}

    named = "<artist><id>7</id><name>Кино</name></artist>"
    load(write(tmp_path, "artists", [named]), "artists")
    assert titles("kino gruppa krovi") == [BLOOD], "a file that renames nobody takes no words away"


def test_the_entries_are_gone_through_again_after_an_import_and_after_new_keys():
    note_version()
    get_or_create_album(artist=get_or_create_artist(name="Кино"), title=BLOOD)
    assert run_job() == {"read": 2, "written": 0}, "what services write needs no job"
    SearchEntry.objects.filter(kind="album").update(words="кино группа крови")
    assert run_job() == {"read": 0, "written": 0}
    DumpImport.objects.create(kind="masters", chunk_bytes=1, finished_at=timezone.now())
    assert run_job() == {"read": 2, "written": 1}
    assert run_job() == {"read": 0, "written": 0}
    note_version()
    assert run_job() == {"read": 2, "written": 0}
    KeyRules.objects.all().delete()
    assert run_job() == {"read": 0, "written": 0}, "keys of unknown age are made anew first"
    assert Album.objects.count() == 1
