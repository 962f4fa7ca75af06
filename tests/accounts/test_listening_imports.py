"""History files and Discogs shelves as jobs; wants and copies by hand."""

import json
import zipfile
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from accounts import queries, services
from accounts.models import Listening, Owned, Snapshot, Want
from accounts.services import history, snapshots
from accounts.uploads import folder
from tests.factories import make_album, make_person, make_release
from vinyl.jobs.models import Job
from vinyl.jobs.queries import strip
from vinyl.jobs.services import run_pending_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def person():
    return make_person()


def play(days_ago, track, ms=200_000, artist="Can", album="Ege Bamyasi"):
    at = timezone.now() - timedelta(days=days_ago)
    return {
        "ts": at.isoformat(timespec="seconds"),
        "ms_played": ms,
        "ip_addr": "203.0.113.9",
        "master_metadata_track_name": track,
        "master_metadata_album_artist_name": artist,
        "master_metadata_album_album_name": album,
    }


def zipped(tmp_path, *files):
    path = tmp_path / "my_spotify_data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, rows in enumerate(files):
            archive.writestr(f"Data/Streaming_History_Audio_{number}.json", json.dumps(rows))
    return SimpleUploadedFile("my_spotify_data.zip", path.read_bytes())


def run(job):
    run_pending_jobs({job.kind})
    job.refresh_from_db()
    return job


ROWS = (
    [play(10, "Vitamin C"), play(200, "Spoon"), play(3, "Spoon"), play(1, "Spoon", ms=4_000)],
    [play(900, "Halleluwah", album="Tago Mago"), play(2, None, artist=None, album=None)],
)


def test_history_file_becomes_listening_and_is_removed(tmp_path, person):
    album = make_album("Ege Bamyasi", "Can", year=1972)
    job = run(services.import_spotify_history(person, zipped(tmp_path, *ROWS)))
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    assert (job.result["used"], job.result["read"]) == (4, 6)
    assert job.result["skipped"] == {"short": 1, "nameless": 1}
    (heard,) = queries.listening_of(person).albums
    assert heard == queries.AlbumListening(
        album.pk, 3, {"all": 3, "12m": 3, "6m": 2, "3m": 2, "1m": 2}, distinct_tracks=2
    )
    assert not list(folder(history.FOLDER).iterdir())
    assert "203.0.113.9" not in repr(list(Listening.objects.values()))


def test_the_same_file_again_is_unchanged(tmp_path, person):
    run(services.import_spotify_history(person, zipped(tmp_path, *ROWS)))
    rows = set(Listening.objects.values_list("pk", flat=True))
    job = run(services.import_spotify_history(person, zipped(tmp_path, *ROWS)))
    assert job.result["unchanged"] is True
    assert set(Listening.objects.values_list("pk", flat=True)) == rows


@pytest.mark.parametrize(
    ("many", "words"), [(1, "1 podcast or audiobook."), (2, "2 podcasts and audiobooks.")]
)
def test_one_podcast_is_told_as_one(person, client, many, words):
    talk = [play(n + 2, None, artist=None, album=None) | {"episode_name": "X"} for n in range(many)]
    file = SimpleUploadedFile("endsong_0.json", json.dumps([play(1, "Spoon"), *talk]).encode())
    run(services.import_spotify_history(person, file))
    client.force_login(person)
    assert words in " ".join(client.get("/start/").content.decode().split())


def test_every_file_tells_its_own_counts(person, client):
    row = play(3, "Spoon")
    once = SimpleUploadedFile("endsong_0.json", json.dumps([row, row, row]).encode())
    assert run(services.import_spotify_history(person, once)).result["skipped"] == {"twice": 2}
    odd = row | {"ms_played": float("nan")}
    again = SimpleUploadedFile("endsong_0.json", json.dumps([row, odd]).encode())
    job = run(services.import_spotify_history(person, again))
    assert (job.result["used"], job.result["skipped"]) == (1, {"unreadable": 1})
    assert job.result["unchanged"] is True
    assert strip(job).status.endswith("1 play used, 1 skipped. It brought nothing new.")
    client.force_login(person)
    page = " ".join(client.get("/start/").content.decode().split())
    assert "1 not readable. Nothing new since the last time." in page


def test_half_a_character_costs_one_row(person):
    rows = [play(3, "Spoon"), play(4, "Spoon", artist="Can\ud800")]
    file = SimpleUploadedFile("endsong_0.json", json.dumps(rows).encode())
    job = run(services.import_spotify_history(person, file))
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    assert (job.result["used"], job.result["skipped"]) == (1, {"unreadable": 1})


def test_a_broken_file_in_the_zip_is_named_and_the_others_are_read(tmp_path, person, client):
    path = tmp_path / "my_spotify_data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Streaming_History_Audio_<0>.json", "broken")
        archive.writestr("Streaming_History_Audio_1.json", json.dumps([play(3, "Spoon")]))
    file = SimpleUploadedFile(path.name, path.read_bytes())
    job = run(services.import_spotify_history(person, file))
    assert (job.result["read"], job.result["used"]) == (2, 1)
    assert job.result["skipped"] == {"file": 1}
    client.force_login(person)
    page = " ".join(client.get("/start/").content.decode().split())
    assert "1 file that is damaged or holds no plays. Not readable: " in page
    assert "Streaming_History_Audio_&lt;0&gt;.json." in page


def test_a_reading_that_fails_leaves_nothing_behind(person, monkeypatch):
    def fail(*_args, **_more):
        raise RuntimeError("the database is full")

    monkeypatch.setattr(snapshots, "finish", fail)
    file = SimpleUploadedFile("endsong_0.json", json.dumps([play(3, "Spoon")]).encode())
    run(services.import_spotify_history(person, file))
    assert not Snapshot.objects.exists()


def test_file_that_is_no_history_says_what_to_do_and_is_removed(person):
    picture = SimpleUploadedFile("cat.png", b"\x89PNG\r\n\x1a\n")
    job = run(services.import_spotify_history(person, picture))
    assert (job.state, job.error_code) == (Job.State.FAILED, "no_history")
    assert "Upload the zip that Spotify mailed you" in job.error_message
    assert not list(folder(history.FOLDER).iterdir())
    assert not Snapshot.objects.exists()


def test_too_large_and_empty_files_are_refused_before_anything_is_kept(person, settings):
    settings.HISTORY_UPLOAD_LIMIT = 10
    for content in (b"x" * 11, b""):
        with pytest.raises(ValidationError):
            services.import_spotify_history(person, SimpleUploadedFile("a.zip", content))
    assert not Job.objects.exists()


def test_import_command_leaves_the_file(tmp_path, person, capsys):
    path = tmp_path / "endsong_0.json"
    path.write_text(json.dumps(ROWS[0]))
    call_command("import_spotify_history", str(path), user=person.email)
    assert "3 plays used, 1 skipped" in capsys.readouterr().out
    assert path.exists()


# --- shelf ------------------------------------------------------------------------------


def test_shelf_comes_with_every_copy_and_again_without_work(sandbox, person):
    job = run(services.start_shelf_sync(person, username="nuria_bcn"))
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    copies, left_out = job.result["copies"], sum(job.result["skipped"].values())
    assert copies + left_out >= 214
    assert Owned.objects.filter(user=person).count() == copies
    assert Want.objects.filter(user=person).count() == job.result["wants"] > 0
    assert Owned.objects.exclude(grade="").exists()
    ids = set(Owned.objects.values_list("pk", flat=True))
    again = run(services.start_shelf_sync(person))
    assert again.result["unchanged"] is True
    assert set(Owned.objects.values_list("pk", flat=True)) == ids


def test_copies_that_left_the_shelf_go_and_own_entries_stay(sandbox, person):
    album = make_album()
    gone = Owned.objects.create(
        user=person, album=album, discogs_instance_id=1, added_at=timezone.now()
    )
    by_hand = services.add_owned(person, album_id=make_album("Low", "David Bowie").pk)
    wanted = services.add_want(person, release_id=make_release(album).pk)
    run(services.start_shelf_sync(person, username="silent_one"))
    assert not Owned.objects.filter(pk=gone.pk).exists()
    assert Owned.objects.filter(pk=by_hand.pk).exists()
    assert Want.objects.filter(pk=wanted.pk).exists()


def test_shelf_of_nobody_is_an_error(sandbox, person):
    job = run(services.start_shelf_sync(person, username="nobody_here_zz"))
    assert job.state == Job.State.FAILED
    assert not Snapshot.objects.exists()
    with pytest.raises(ValidationError):
        services.start_shelf_sync(make_person())


def test_wants_and_copies_by_hand_are_safe_to_repeat_and_undo(person):
    album = make_album()
    release = make_release(album)
    assert services.add_want(person, album_id=album.pk) == services.add_want(
        person, album_id=album.pk
    )
    services.add_want(person, release_id=release.pk)
    assert queries.wanted_among(person, [album.pk]) == {album.pk}
    assert services.remove_want(person, album_id=album.pk)
    assert not services.remove_want(person, album_id=album.pk)
    assert queries.wants_of(person).count() == 1

    copy = services.add_owned(person, release_id=release.pk)
    assert services.add_owned(person, release_id=release.pk) == copy
    assert services.add_owned(person, album_id=album.pk) == copy
    assert queries.owned_among(person, [album.pk]) == {album.pk}
    assert [one.release for one in queries.shelf_of(person)] == [release]
    assert services.remove_owned(person, album_id=album.pk) == 1
    assert not queries.shelf_of(person)
    with pytest.raises(ValueError, match="exactly one"):
        services.add_want(person)
