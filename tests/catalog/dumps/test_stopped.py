"""Imports that were killed or given up: whoever comes next makes them whole."""

import os
import signal
import sys
import threading

import psycopg
import pytest
from django.db import connection

from catalog.dumps import connecting, finishing, importing, settling, structures, touched
from catalog.dumps.importing import import_releases
from catalog.management.commands import import_discogs_dump
from catalog.models import (
    Album,
    Artist,
    DumpImport,
    ExternalId,
    Release,
    SearchEntry,
)
from tests.catalog.dumps.runs import Stopped, load, load_damaged, structures_there
from tests.catalog.dumps.sample import release, write

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_two_imports_do_not_run_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(connecting, "PATIENCE", "50ms")
    path = write(tmp_path, "releases", [release(1)])

    with connecting.alone():
        _, told = load_damaged(path)
        _, told_of_artists = load_damaged(write(tmp_path, "artists", []), "artists")

    for words in (told, told_of_artists):
        assert words.startswith("Another import is running")
        assert "Run this again when it has ended" in words
    assert not Release.objects.exists() and not DumpImport.objects.exists()
    load(path)
    assert Release.objects.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="loading processes are forked on Linux only")
def test_an_import_that_was_killed_lets_the_next_one_run_before_its_loaders_have_ended():
    waiting, ended = os.pipe()
    importing_process = os.fork()
    if not importing_process:
        held = connecting.alone()
        held.__enter__()
        if not os.fork():  # a loading process, which ends when it sees that it is alone
            os.close(ended)
            os.read(waiting, 1)
        os._exit(0)
    os.close(waiting)
    os.waitpid(importing_process, 0)

    with connecting.alone() as db:
        assert db.execute("SELECT 1").fetchone() == (1,)
    os.close(ended)


@pytest.mark.parametrize("at", ["tell", "stored"])
def test_who_stops_an_import_by_ctrl_c_is_told_how_it_goes_on(tmp_path, monkeypatch, at):
    def pressed(*_):
        raise KeyboardInterrupt

    before = structures_there()
    path = write(tmp_path, "releases", [release(n) for n in range(1, 30)])
    with monkeypatch.context() as patched:
        patched.setattr(import_discogs_dump.Progress, at, pressed)
        _, told = load_damaged(path)

    assert told == "stopped by Ctrl-C: what was stored stays, and run again it goes on"
    assert "29 records" in load(path)
    assert Release.objects.count() == 29 and structures_there() == before


def test_ctrl_c_while_rows_are_made_findable_does_not_wait_for_the_end(tmp_path, monkeypatch):
    cancelled = []

    def long_step(db):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        try:
            db.execute("SELECT pg_sleep(60)")
        except psycopg.errors.QueryCanceled:
            cancelled.append(True)
            raise

    before = structures_there()
    path = write(tmp_path, "releases", [release(n) for n in range(1, 30)])
    # Who starts the tests behind a shell's "&" has them ignore it.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(settling, "fill_ids", long_step)
            _, told = load_damaged(path)
    finally:
        signal.signal(signal.SIGINT, usual)

    assert told.startswith("stopped by Ctrl-C") and cancelled
    load(path)
    assert structures_there() == before
    assert ExternalId.objects.filter(source="discogs").exists()
