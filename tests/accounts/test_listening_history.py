"""History files: what is read, what is left out and why, and files that are something else."""

import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from accounts import history
from accounts.history import HistoryError, Play, Skipped, read_history

LIMIT = 10_000_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def read(path, size_limit=LIMIT):
    return read_history(path, size_limit=size_limit, now=NOW)


def play(track="Once in a Lifetime", artist="Talking Heads", album="Remain in Light", **more):
    return {
        "ts": "2024-03-01T10:00:00Z",
        "ms_played": 250_000,
        "ip_addr": "203.0.113.9",
        "username": "somebody",
        "master_metadata_track_name": track,
        "master_metadata_album_artist_name": artist,
        "master_metadata_album_album_name": album,
    } | more


def as_json(folder, rows, name="Streaming_History_Audio_2024_0.json"):
    path = folder / name
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def as_zip(folder, members):
    path = folder / "my_spotify_data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_play_keeps_names_and_time_and_nothing_else(tmp_path):
    (found,) = read(as_json(tmp_path, [play()]))
    at = datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert found == Play("Talking Heads", "Once in a Lifetime", "Remain in Light", at)


def test_what_does_not_count_is_left_out_with_its_reason(tmp_path):
    rows = [
        play(),
        play(),
        play(ts="2024-03-01T11:00:00Z", ms_played=29_999),
        play(ts="2024-03-01T11:30:00Z", ms_played=30_000),
        play(None, None, None, episode_name="Morning news", spotify_episode_uri="x"),
        play(None, None, None),
        play(ts="long ago"),
        {"odd": True},
    ]
    found = list(read(as_json(tmp_path, rows)))
    reasons = [one.reason for one in found if isinstance(one, Skipped)]
    assert reasons == ["twice", "short", "podcast", "nameless", "unreadable", "unreadable"]
    assert len(found) == len(rows)


def test_numbers_times_and_names_that_cannot_be_are_left_out(tmp_path):
    path = tmp_path / "endsong_0.json"
    rows = [
        play(ms_played=float("nan")),
        play(ms_played=float("inf")),
        play(ms_played=True),
        play(ts="0001-01-01T00:00:00+23:00"),
        play("Vitamin C", "Can\ud800"),
        play("Vitamin\udfff C", "Can"),
        play(ts="2099-01-01T00:00:00Z"),
        play(ts=(NOW + timedelta(days=1, seconds=1)).isoformat()),
        play("Vitamin C", "Can 😀"),
        play(ts=(NOW + timedelta(hours=23)).isoformat()),
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    found = list(read(path))
    assert [one.reason for one in found[:-2]] == ["unreadable"] * 6 + ["future"] * 2
    assert [one.artist for one in found[-2:]] == ["Can 😀", "Talking Heads"]


def test_the_small_export_has_no_albums_and_no_time_zone(tmp_path):
    row = {"endTime": "2022-12-05 16:52", "artistName": "Can", "trackName": "Vitamin C"}
    path = as_json(tmp_path, [row | {"msPlayed": 200_000}], "StreamingHistory_music_0.json")
    (found,) = read(path)
    at = datetime(2022, 12, 5, 16, 52, tzinfo=UTC)
    assert found == Play("Can", "Vitamin C", "", at)


def test_rows_are_read_across_the_windows_of_a_long_file(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "CHUNK", 37)
    start = datetime(2020, 1, 1, tzinfo=UTC)
    rows = [play(f"Sång {n} “{n}”", ts=(start + timedelta(hours=n)).isoformat()) for n in range(40)]
    path = tmp_path / "endsong_0.json"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8-sig")
    found = list(read(path))
    assert [one.track for one in found] == [f"Sång {n} “{n}”" for n in range(40)]


def test_a_zip_is_read_file_by_file_and_only_its_audio(tmp_path):
    folder = "Spotify Extended Streaming History/"
    first, second = play(), play("Crosseyed and Painless", ts="2024-03-02T10:00:00Z")
    path = as_zip(
        tmp_path,
        {
            folder + "Streaming_History_Audio_2024_1.json": json.dumps([second, first]),
            folder + "Streaming_History_Audio_2024_0.json": json.dumps([first]),
            folder + "Streaming_History_Video_2024.json": json.dumps([play("A film")]),
            folder + "ReadMeFirst.pdf": "%PDF",
            "../Streaming_History_Audio_out.json": json.dumps([play("Outside")]),
        },
    )
    found = list(read(path))
    assert [getattr(one, "track", getattr(one, "reason", "")) for one in found] == [
        "Once in a Lifetime",
        "Crosseyed and Painless",
        "twice",
    ]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"", 0),
        (b"no JSON", 0),
        (json.dumps([{"another": "list"}] * 3).encode(), 0),
        (json.dumps([play("Houses in Motion")]).encode()[:-1], 1),
    ],
)
def test_a_file_that_cannot_be_read_costs_only_itself(tmp_path, content, rows):
    name = "Streaming_History_Audio_2024_0.json"
    members = {name: content, "Streaming_History_Audio_2024_1.json": json.dumps([play()])}
    found = list(read(as_zip(tmp_path, members)))
    assert [one for one in found if isinstance(one, Skipped)] == [Skipped("file", name)]
    assert len(found) == rows + 2
    with pytest.raises(HistoryError):
        list(read(as_zip(tmp_path, {name: content})))


def test_a_file_whose_packing_is_damaged_costs_only_itself(tmp_path):
    many = [play(f"Song {number}") for number in range(50)]
    path = as_zip(
        tmp_path, {"endsong_0.json": json.dumps(many), "endsong_1.json": json.dumps([play()])}
    )
    packed = bytearray(path.read_bytes())
    packed[60:90] = b"\xff" * 30
    path.write_bytes(packed)
    *_, bad, good = read(path)
    assert bad == Skipped("file", "endsong_0.json")
    assert isinstance(good, Play)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n rest of a picture", "no_history"),
        (b'{"name": "an object"}', "no_history"),
        (b"[]", "no_history"),
        (b'["one", "two"]', "no_history"),
        (b"[" * 100_000, "no_history"),
        (b"\xff\xfe\x00", "no_history"),
        (b"", "no_history"),
        (b'[{"ts": "2024-03-01T10:00:00Z", "ms_played": 1}', "broken"),
    ],
)
def test_a_file_that_is_no_history_says_so(tmp_path, content, code):
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(HistoryError) as refused:
        list(read(path))
    assert refused.value.code == code
    assert "Spotify" in refused.value.message


def test_a_zip_without_history_and_one_that_swells_are_refused(tmp_path):
    with pytest.raises(HistoryError, match="no_history"):
        list(read(as_zip(tmp_path, {"Playlist1.json": "[]"})))
    bomb = as_zip(tmp_path, {"endsong_0.json": "[" + " " * 20_000_000 + "]"})
    with pytest.raises(HistoryError, match="too_large"):
        list(read(bomb))
    with pytest.raises(HistoryError, match="too_large"):
        list(read(as_json(tmp_path, [play()]), size_limit=100))


def account_row(number, **more):
    row = {"endTime": f"2024-03-01 {10 + number // 60:02}:{number % 60:02}", "msPlayed": 200_000}
    return row | {"artistName": "Can", "trackName": f"Song {number}"} | more


def test_plays_of_both_kinds_of_files_count_once(tmp_path):
    long = [
        play(f"Song {n}", "Can", ts=f"2024-03-01T{10 + n // 60:02}:{n % 60:02}:31Z")
        for n in range(90)
    ]
    members = {
        "MyData/StreamingHistory_music_0.json": json.dumps([account_row(n) for n in range(100)]),
        "MyData/Streaming_History_Audio_2024_0.json": json.dumps(long),
    }
    found = list(read(as_zip(tmp_path, members)))
    assert found.count(Skipped("twice")) == 90
    plays = [one for one in found if isinstance(one, Play)]
    assert len(plays) == 100
    assert [one.track for one in plays if not one.album] == [f"Song {n}" for n in range(90, 100)]


def test_podcasts_of_the_small_export_are_podcasts(tmp_path):
    spoken = {"endTime": "2024-03-01 10:00", "msPlayed": 900_000}
    rows = [
        spoken | {"podcastName": "Talk", "episodeName": "One"},
        spoken | {"authorName": "A", "audiobookName": "Book", "chapterName": "1"},
        account_row(1),
    ]
    found = list(read(as_json(tmp_path, rows, "StreamingHistory_podcast_0.json")))
    assert found[:2] == [Skipped("podcast")] * 2 and isinstance(found[2], Play)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_that_an_editor_saved_in_utf_16_is_read(tmp_path, encoding):
    path = tmp_path / "Streaming_History_Audio_2024_0.json"
    path.write_bytes(json.dumps([play(artist="Björk")], ensure_ascii=False).encode(encoding))
    assert [one.artist for one in read(path)] == ["Björk"]
