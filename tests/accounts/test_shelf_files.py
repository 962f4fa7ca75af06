"""A collection or a want list brought as a file: looked through first, then stored, and taken away
again as the same rows."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.csv.rows import COLUMNS, SHELF, WANTS
from accounts.csv.words import why_not
from accounts.models import CsvImport, CsvRow, Owned, Want
from accounts.services import add_want, shelf_files
from accounts.services.shelf_lines import shelf_file, wants_file
from catalog.models import Album, Release
from catalog.services.identity import merge_into
from sandbox.world import load_world
from tests.factories import (
    PASSWORD,
    make_album,
    make_artist,
    make_copy,
    make_person,
    make_release,
    make_want,
)
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs

pytestmark = pytest.mark.django_db
KINDS = {shelf_files.READ, shelf_files.STORE}


@pytest.fixture(autouse=True)
def files(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def person():
    return make_person()


def text_of(name, *rows):
    target = io.StringIO()
    table = csv.DictWriter(target, COLUMNS[name], restval="")
    table.writeheader()
    table.writerows(rows)
    return target.getvalue()


def rows_in(text):
    return list(csv.DictReader(io.StringIO(text)))


def looked_through(person, name, text):
    file, _job = shelf_files.bring_file(person, name, SimpleUploadedFile("my.csv", text.encode()))
    (job,) = run_pending_jobs(KINDS)
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    file.refresh_from_db()
    return file


def stored(person, name, text):
    file = looked_through(person, name, text)
    job = shelf_files.store_file(file)
    run_pending_jobs(KINDS)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    file.refresh_from_db()
    return file


def said(file):
    return list(file.rows.values_list("status", "reason"))


def row(release, **more):
    return {"release_id": release.discogs_id} | more


def test_a_file_is_looked_through_before_anything_is_stored(person):
    release = make_release(make_album())
    text = text_of(
        SHELF,
        row(release, **{"Date Added": "2024-05-31 18:30:00"}),
        {"release_id": "7x"},
        {"release_id": "5", "Format": "CD, Album"},
        {"Artist": "Nobody At All", "Title": "Nothing"},
        row(release, **{"Collection Media Condition": "Near Mint (NM or M-)"}),
    )
    file = looked_through(person, SHELF, text)
    assert said(file) == [
        ("new", ""), ("failed", "release_id"), ("skipped", "not_vinyl"),
        ("skipped", "not_found"), ("new", ""),
    ]  # fmt: skip
    assert not Owned.objects.exists()
    counted = shelf_files.tally(file)
    assert (counted.rows, counted.stored, counted.skipped, counted.failed) == (5, 2, 2, 1)
    shelf_files.store_file(file)
    run_pending_jobs(KINDS)
    counted = shelf_files.tally(file)
    assert (counted.rows, counted.stored, counted.skipped, counted.failed) == (5, 2, 2, 1)
    assert set(Owned.objects.values_list("grade", flat=True)) == {"", "NM"}
    dates = Owned.objects.values_list("added_at", flat=True)
    assert datetime(2024, 5, 31, 18, 30, tzinfo=UTC) in dates


@pytest.mark.parametrize("name", [SHELF, WANTS])
def test_a_number_that_is_clearly_another_records_is_pointed_out(person, name):
    """The number counts, and the report says that the names do not go with it."""
    moved = [make_release(make_album("Movement", "New Order")) for _ in range(6)]
    same_name = make_release(make_album("Weezer", "Weezer"))
    file = stored(
        person, name,
        text_of(
            name,
            row(moved[0], Artist="Can", Title="Tago Mago"),
            row(moved[1], Artist="New Order (2)", Title="Movement (Remastered)"),
            row(moved[2], Artist="Neworder", Title="Movement"),
            row(moved[3]),
            row(moved[4], Artist="New Order", Title="Technique"),
            row(moved[5], Artist="New Order", Title="Движение"),
            row(same_name, Artist="Weezer", Title="Blue Album"),
        ),
    )  # fmt: skip
    other = "other_record"
    assert [reason for _status, reason in said(file)] == [other, "", "", "", other, "", ""]
    assert "another record" in why_not("other_record")


@pytest.mark.parametrize("name", [SHELF, WANTS])
def test_a_file_brought_and_taken_away_has_the_same_rows(person, name):
    releases = [make_release(make_album(f"Album {n}", f"=Artist {n}")) for n in range(3)]
    notes = "Collection Notes" if name == SHELF else "Notes"
    more = {} if name == WANTS else {
        "CollectionFolder": "+ Sundays", "Date Added": "2021-03-04 05:06:07",
        "Collection Media Condition": "Very Good Plus (VG+)",
        "Collection Sleeve Condition": "Not Graded",
    }  # fmt: skip
    rows = [
        row(
            release,
            **{
                "Artist": "As Discogs writes it (2)", "Title": "Títle", "Label": "A, B",
                "Catalog#": "-1", "Format": "2xLP, Album", "Rating": str(at % 3 or ""),
                "Released": "1980", notes: f"@note\n{at}",
            }
            | more,
        )
        for at, release in enumerate(releases)
    ]  # fmt: skip
    if name == SHELF:
        rows.append(rows[0] | {"Date Added": "2022-03-04 05:06:07"})
    text = text_of(name, *rows)
    file = stored(person, name, text)
    assert shelf_files.tally(file).stored == len(rows)
    taken = {SHELF: shelf_file, WANTS: wants_file}[name](person)
    assert "'@note" in taken and "'-1" in taken
    again = looked_through(person, name, taken)
    assert {status for status, _reason in said(again)} == {"same"}
    other = make_person()
    stored(other, name, taken)
    back = {SHELF: shelf_file, WANTS: wants_file}[name](other)
    assert rows_in(back) == rows_in(taken)
    assert [
        {column: cell.removeprefix("'") for column, cell in one.items()} for one in rows_in(back)
    ] == rows_in(text)


def test_a_file_brought_twice_doubles_nothing(person):
    release = make_release(make_album())
    text = text_of(SHELF, row(release), row(release))
    stored(person, SHELF, text)
    file = stored(person, SHELF, text)
    assert Owned.objects.count() == 2
    assert shelf_files.tally(file).by_status == {"same": 2}


def test_what_stands_here_is_changed_and_what_discogs_tells_is_not(person):
    album = make_album()
    by_hand = make_copy(person, album, make_release(album))
    of_discogs = make_copy(person, album, make_release(album), discogs_instance_id=5)
    graded = {"Collection Media Condition": "Mint (M)"}
    rows = [row(copy.release, **graded) for copy in (by_hand, of_discogs)]
    file = looked_through(person, SHELF, text_of(SHELF, *rows))
    assert said(file) == [("changed", ""), ("same", "follows")]
    shelf_files.store_file(file)
    run_pending_jobs(KINDS)
    grades = dict(Owned.objects.values_list("pk", "grade"))
    assert grades == {by_hand.pk: "M", of_discogs.pk: ""}


def test_what_was_put_on_the_shelf_meanwhile_is_not_doubled(person):
    release = make_release(make_album())
    file = looked_through(person, SHELF, text_of(SHELF, row(release)))
    make_copy(person, release.album, release)
    shelf_files.store_file(file)
    run_pending_jobs(KINDS)
    assert Owned.objects.count() == 1


def test_a_worker_killed_between_writing_and_noting_stores_nothing_twice(person):
    release = make_release(make_album())
    file = looked_through(person, SHELF, text_of(SHELF, row(release), row(release)))
    job = shelf_files.store_file(file)
    run_pending_jobs(KINDS)
    Job.objects.filter(pk=job.pk).update(state="queued", checkpoint={}, finished_at=None)
    CsvImport.objects.update(state="storing")
    run_pending_jobs(KINDS)
    assert Owned.objects.count() == 2
    file.refresh_from_db()
    assert file.state == CsvImport.State.STORED


def test_rows_without_a_number_are_found_by_what_they_say(person):
    album = make_album("Remain in Light", "Talking Heads")
    first, second = make_release(album), make_release(album, year=2016)
    text = text_of(
        SHELF,
        {
            "Artist": "Talking Heads",
            "Title": "Remain In Light",
            "Catalog#": second.catalogue_number,
        },
        {"Artist": "Talking Heads (2)", "Title": "Remain In Light (Deluxe Edition)"},
        {"Artist": "Talking Heads", "Title": "Speaking in Tongues"},
        {"Artist": "The Talking Heads", "Title": "Remain in Ligth", "Catalog#": "zz"},
    )
    file = looked_through(person, SHELF, text)
    found = list(file.rows.values_list("status", "release_id", "album_id"))
    assert found[0] == ("new", second.pk, album.pk)
    assert found[1] == ("new", None, album.pk)
    assert found[2][0] == "skipped"
    assert found[3][0] in ("new", "doubtful") and found[3][2] == album.pk
    assert first.pk not in {one[1] for one in found}


def test_a_doubtful_row_waits_for_its_owner(person):
    album = make_album("Remain in Light", "Talking Heads")
    file = looked_through(person, SHELF, text_of(SHELF, {"Artist": "x", "Title": "y"}))
    file.rows.update(status="doubtful", reason="perhaps", album_id=album.pk)
    shelf_files.store_file(file)
    run_pending_jobs(KINDS)
    assert not Owned.objects.exists()
    file.refresh_from_db()
    shelf_files.take_doubtful(file, 2)
    file.refresh_from_db()
    shelf_files.store_file(file)
    run_pending_jobs(KINDS)
    copy = Owned.objects.get()
    assert (copy.album, copy.release) == (album, None)
    with pytest.raises(CsvRow.DoesNotExist):
        shelf_files.take_doubtful(file, 2)


def test_a_doubt_that_ends_while_the_rest_is_stored_can_be_stored_after(person):
    album = make_album()
    file = looked_through(person, SHELF, text_of(SHELF, {"Artist": "x", "Title": "y"}))
    file.rows.update(status="doubtful", reason="perhaps", album_id=album.pk)
    shelf_files.store_file(file)
    as_the_page_has_it = CsvImport.objects.get()
    run_pending_jobs(KINDS)
    shelf_files.take_doubtful(as_the_page_has_it, 2)
    assert CsvImport.objects.get().state == "read", "and with it the button that stores"


def test_what_is_new_here_is_asked_at_discogs_and_never_taken_from_the_file(sandbox, person):
    world = load_world()
    there = world.album_named("Can", "Tago Mago")
    known = next(one for one in world.versions(there) if one.vinyl)
    text = text_of(
        SHELF,
        {"release_id": str(known.id), "Artist": "SPAM", "Title": "buy at spam.test"},
        {"release_id": str(known.id)},
        {"release_id": "999999999999"},
    )
    file = looked_through(person, SHELF, text)
    assert [status for status, _reason in said(file)] == ["ask"] * 3
    assert not Release.objects.exists()
    shelf_files.store_file(file)
    run_pending_jobs(KINDS)
    assert said(file) == [("stored", ""), ("stored", ""), ("failed", "no_release")]
    assert sandbox.asked("discogs", "/releases/") == 2
    assert Release.objects.get().discogs_id == known.id
    assert not Album.objects.filter(title__icontains="spam").exists()
    assert Owned.objects.count() == 2


@pytest.mark.parametrize("resting_first", [True, False])
def test_of_two_wants_that_a_merge_made_one_the_one_that_is_told_is_changed(person, resting_first):
    artist = make_artist("Talking Heads")
    kept, gone = make_album(artist=artist), make_album("Fear of Music", artist)
    in_order = (gone, kept) if resting_first else (kept, gone)
    wants = {album: make_want(person, album, notes="mine") for album in in_order}
    merge_into([gone.pk], kept)
    for album in (kept, gone):
        assert add_want(person, album_id=album.pk, colour="red") == wants[kept]
    assert [line["Title"] for line in rows_in(wants_file(person))] == [kept.title]
    stored(person, WANTS, text_of(WANTS, {"Artist": "Talking Heads", "Title": kept.title,
                                          "Notes": "of the file"}))  # fmt: skip
    notes = dict(Want.objects.values_list("album_id", "notes"))
    assert notes == {kept.pk: "of the file", gone.pk: "mine"}


def test_wants_are_wanted_once(person):
    album = make_album()
    release = make_release(album)
    make_want(person, album)
    text = text_of(
        WANTS,
        row(release, Notes="first"),
        row(release, Notes="again"),
        {"Artist": "Talking Heads", "Title": "Remain in Light", "Notes": "any"},
    )
    file = stored(person, WANTS, text)
    assert said(file) == [("stored", ""), ("skipped", "twice"), ("stored", "")]
    notes = {want.release_id: want.notes for want in Want.objects.all()}
    assert notes == {release.pk: "first", None: "any"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"x" * 200_001, "too_large"),
        (b"\x00\x01", "not_text"),
        (b"a,b\n1,2\n", "no_columns"),
    ],
)
def test_what_is_no_such_file_is_refused_before_anything_is_kept(
    person, settings, tmp_path, content, code
):
    settings.CSV_UPLOAD_LIMIT = 200_000
    with pytest.raises(ValidationError) as refused:
        shelf_files.bring_file(person, SHELF, SimpleUploadedFile("a.csv", content))
    assert refused.value.code == code
    assert not Job.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_longer_than_a_step_goes_on_where_it_stood(person, monkeypatch):
    monkeypatch.setattr("accounts.services.shelf_reading.A_STEP", 3)
    monkeypatch.setattr("accounts.services.shelf_storing.A_STEP", 2)
    releases = [make_release(make_album(f"Album {n}")) for n in range(4)]
    text = text_of(SHELF, *(row(one) for one in releases), row(releases[0]), {"Rating": "9"})
    file = stored(person, SHELF, text)
    assert shelf_files.tally(file).by_status == {"stored": 5, "failed": 1}
    assert Owned.objects.count() == 5


# --- on the page --------------------------------------------------------------------------


@pytest.fixture
def browser(person):
    client = Client()
    client.force_login(person)
    return client


def test_the_page_shows_what_becomes_of_every_row(person, browser):
    release = make_release(make_album())
    text = text_of(SHELF, row(release), {"release_id": "7x", "Title": "<b>bold</b>"})
    upload = SimpleUploadedFile("my.csv", text.encode())
    answer = browser.post(reverse("accounts:files_bring"), {"list": "shelf", "file": upload})
    page = answer["Location"]
    run_pending_jobs(KINDS)
    shown = browser.get(page).content.decode()
    assert "2 rows = 1 to store + 0 skipped + 1 failed" in shown
    assert "release_id is no number." in shown
    assert "<b>bold" not in shown and "&lt;b&gt;bold" in shown
    file = CsvImport.objects.get()
    browser.post(reverse("accounts:file_store", args=[file.pk]))
    run_pending_jobs(KINDS)
    assert "2 rows = 1 stored + 0 skipped + 1 failed" in browser.get(page).content.decode()
    narrowed = browser.get(page + "?show=failed").content.decode()
    assert "release_id is no number." in narrowed


def test_a_wrong_file_is_told_on_the_page(browser):
    wrong = SimpleUploadedFile("a.csv", b"a,b\n1,2\n")
    answer = browser.post(
        reverse("accounts:files_bring"), {"list": "wants", "file": wrong}, follow=True
    )
    assert "No column says which record" in answer.content.decode()
    for data in ({"list": "wants"}, {"list": "nothing"}, {"list": "shelf", "file": "text"}):
        assert browser.post(reverse("accounts:files_bring"), data).status_code in (302, 404)


def test_a_file_is_taken_away_after_the_password_was_asked_lately(person, browser):
    release = make_release(make_album(title="=HYPERLINK(1)"))
    make_copy(person, release.album, release, notes="+1")
    address = reverse("accounts:files_export", args=["shelf"])
    asked = browser.get(address)
    assert asked.status_code == 302 and "/reauthenticate/" in asked["Location"]
    answer = browser.post(asked["Location"], {"password": PASSWORD}, follow=True)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    assert 'filename="shelf.csv"' in answer["Content-Disposition"]
    assert "'=HYPERLINK(1)" in answer.content.decode() and "'+1" in answer.content.decode()
    assert browser.get("/shelf/files/nothing.csv").status_code == 404


def test_files_are_their_owners_alone(person, browser):
    other = make_person()
    file = looked_through(other, SHELF, text_of(SHELF, {"release_id": "5", "Format": "LP"}))
    for name in ("file", "file_store", "file_take", "file_forget"):
        address = reverse(f"accounts:{name}", args=[file.pk])
        assert browser.post(address, {"line": "2"}).status_code in (404, 405)
        assert browser.get(address).status_code in (404, 405)
    assert CsvImport.objects.filter(pk=file.pk).exists()
