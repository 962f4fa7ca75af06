"""What records sound like: documents of AcousticBrainz, and clips where they may be measured."""

import io
import json
import secrets
import tarfile

import numpy as np
import pytest
import zstandard
from django.core.management import CommandError, call_command

from recommendations.content import sound
from tests.recommendations.vectors import build


def document(artist="aa000000-0000-4000-8000-000000000001", *, bpm=120.0, key=0, minor=False):
    """A low-level document with a chord of `key` (0 is C) in it."""
    chord = (0, 3, 7) if minor else (0, 4, 7)
    notes = [0.05] * 12
    for step in chord:
        notes[(key + step) % 12] = 1.0
    # The profile begins at A, three bins a note.
    from_a = [notes[(at + 9) % 12] / 3 for at in range(12)]
    return {
        "metadata": {"tags": {"musicbrainz_artistid": [artist]}},
        "lowlevel": {
            "mfcc": {"mean": [-700.0, *range(12)]},
            "average_loudness": 0.8,
            "dynamic_complexity": 3.2,
            "spectral_centroid": {"mean": 1400.0},
        },
        "rhythm": {"bpm": bpm, "onset_rate": 3.1},
        "tonal": {"hpcp": {"mean": [bin for note in from_a for bin in (note, note, note)]}},
    }


@pytest.mark.parametrize("key", range(12))
def test_harmony_is_told_from_the_key_so_that_transposed_songs_are_alike(key):
    here, in_c = (sound.from_acousticbrainz(document(key=one)) for one in (key, 0))
    assert here.harmony == pytest.approx(in_c.harmony)
    assert here.minor == pytest.approx(in_c.minor)
    assert here.minor < 0 < sound.from_acousticbrainz(document(key=key, minor=True)).minor


@pytest.mark.parametrize("missing", ["lowlevel", "rhythm", "tonal"])
def test_a_document_without_a_number_is_no_sound(missing):
    with pytest.raises(sound.NoSound):
        sound.from_acousticbrainz({k: v for k, v in document().items() if k != missing})


def test_numbers_of_each_source_are_put_on_one_scale():
    quiet = [[1.0, -20.0], [2.0, -22.0], [3.0, -24.0]]
    loud = [[100.0, 0.2], [200.0, 0.4], [300.0, 0.6]]
    one, other = sound.Scale.of(quiet), sound.Scale.of(loud)
    assert one.place(quiet[0])[0] == pytest.approx(other.place(loud[0])[0], abs=1e-5)
    assert np.abs(one.place([1e9, -1e9])).max() == sound.FARTHEST


def archive(path, documents, *, zst=True):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for name, content in documents:
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(f"acousticbrainz-lowlevel/ab/c/{name}.json")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    data = held.getvalue()
    path.write_bytes(zstandard.compress(data) if zst else data)
    return path


def recording(number, submission=0):
    return f"bb000000-0000-4000-8000-{number:012d}-{submission}"


@pytest.fixture
def known(shelf):
    from catalog.models import ExternalId

    artist = shelf["Soul"][0].artists.get()
    mbid = "aa000000-0000-4000-8000-000000000001"
    ExternalId.objects.create(kind="artist", source="musicbrainz", value=mbid, entity_id=artist.pk)
    return artist


def test_every_document_of_an_archive_is_stored_or_skipped_with_its_reason(known, tmp_path):
    from recommendations.models import SoundDescriptor

    stranger = document("aa000000-0000-4000-8000-00000000ffff")
    file = archive(
        tmp_path / "lowlevel.tar.zst",
        [
            (recording(1), document()),
            (recording(1, 1), document()),
            (recording(2), stranger),
            (recording(3), b"{not json"),
            (recording(4), {"metadata": {"tags": {}}}),
            ("index", document()),
        ],
    )
    told = io.StringIO()
    call_command("import_acousticbrainz", str(file), stdout=told)
    assert told.getvalue().splitlines()[0] == "6 documents read, 1 stored."
    assert "2 skipped: numbers are missing" in told.getvalue()
    assert "1 skipped: artist not in the catalogue" in told.getvalue()
    assert "1 skipped: another submission of the recording" in told.getvalue()
    row = SoundDescriptor.objects.get()
    assert (row.artist_id, row.source, len(row.numbers)) == (known.pk, "acousticbrainz", 30)
    call_command("import_acousticbrainz", str(file), stdout=io.StringIO())
    assert SoundDescriptor.objects.get().pk == row.pk


@pytest.mark.parametrize("zst", [False, True])
def test_a_damaged_archive_says_so_and_keeps_what_came_before(known, tmp_path, zst):
    from recommendations.models import SoundDescriptor

    file = tmp_path / ("cut.tar.zst" if zst else "cut.tar")
    whole = archive(
        file,
        [(recording(n), document() | {"noise": secrets.token_hex(2000)}) for n in range(200)],
        zst=zst,
    ).read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CommandError, match="is damaged after"):
        call_command("import_acousticbrainz", str(file), stdout=io.StringIO())
    assert 0 < SoundDescriptor.objects.count() <= 40
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_acousticbrainz", str(tmp_path / "none.tar"), stdout=io.StringIO())


def test_artists_of_one_sound_lie_nearer_than_their_tags_alone_say(shelf, known, tmp_path):
    from catalog.models import ExternalId
    from recommendations.content.near import near_artists

    artists = [album.artists.get() for album in shelf["Soul"]]
    documents, number = [], 0
    for place, artist in enumerate(artists):
        mbid = f"aa000000-0000-4000-8000-00000000000{place + 1}"
        ExternalId.objects.get_or_create(
            kind="artist", source="musicbrainz", value=mbid, entity_id=artist.pk
        )
        for _repeat in range(3):
            number += 1
            slow_and_minor = {"bpm": 60.0, "minor": True} if place in (0, 3) else {"bpm": 180.0}
            documents.append((recording(number), document(mbid, **slow_and_minor)))
    call_command(
        "import_acousticbrainz",
        str(archive(tmp_path / "l.tar.zst", documents)),
        stdout=io.StringIO(),
    )
    build()
    [first, *_rest] = near_artists({artists[0].pk: 1.0})
    assert (first.entity_id, first.heard) == (artists[3].pk, True)


def test_previews_are_not_touched_unless_the_operator_allows_it(shelf, sandbox, settings):
    from recommendations.content.jobs import MEASURE
    from vinyl.jobs.models import Job
    from vinyl.jobs.services import enqueue, run_pending_jobs

    job = enqueue(MEASURE)
    run_pending_jobs([MEASURE])
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert job.result == {"measured": 0, "reason": "not switched on here"}


def test_without_the_optional_part_files_are_refused_in_one_line(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(sound.importlib.util, "find_spec", lambda _name: None)
    (tmp_path / "own.wav").write_bytes(b"RIFF")
    with pytest.raises(CommandError, match=r"install requirements-audio\.txt"):
        call_command("measure_sound", str(tmp_path / "own.wav"), f"--album={shelf['Soul'][0].pk}")


heard_here = pytest.mark.skipif(
    not sound.is_available(),
    reason="librosa, an optional part, is not installed",
)


@heard_here
def test_a_clip_is_measured_and_a_silent_one_is_refused(tmp_path):
    import soundfile

    time = np.arange(5 * sound.RATE) / sound.RATE
    clicks = (np.sin(2 * np.pi * 440 * time) * (np.mod(time, 0.5) < 0.1)).astype(np.float32)
    soundfile.write(tmp_path / "beat.wav", clicks, sound.RATE)
    found = sound.from_audio(tmp_path / "beat.wav")
    assert found.tempo == pytest.approx(120, rel=0.05)
    assert found.harmony[0] == max(found.harmony)
    soundfile.write(tmp_path / "silent.wav", clicks * 0, sound.RATE)
    with pytest.raises(sound.NoSound, match="silent"):
        sound.from_audio(tmp_path / "silent.wav")
    with pytest.raises(sound.NoSound, match="no audio file"):
        sound.from_audio(b"<html>not found</html>")


@heard_here
def test_where_it_is_allowed_previews_of_asked_albums_are_measured_and_thrown_away(
    db, sandbox, settings
):
    from catalog.models import Album
    from recommendations.content.jobs import MEASURE
    from recommendations.models import SoundDescriptor
    from tests.factories import make_album
    from vinyl.jobs.models import Job
    from vinyl.jobs.services import enqueue, run_pending_jobs

    settings.ALLOW_PREVIEW_ANALYSIS = True
    known = make_album("Remain in Light", "Talking Heads", demand=2)
    unknown = make_album("No Such Record At All", "Nobody Anywhere", demand=1)
    job = enqueue(MEASURE)
    while run_pending_jobs([MEASURE], limit=1):
        pass
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert job.result["albums"] == 2
    rows = SoundDescriptor.objects.filter(album=known)
    assert rows.count() == job.result["measured"] > 0
    assert {len(row.numbers) for row in rows} == {30}
    assert not SoundDescriptor.objects.filter(album=unknown).exists()
    assert Album.objects.count() == 2
