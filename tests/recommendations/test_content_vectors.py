"""What records are like: vectors of tags and sound, and who lies near whom."""

import io
import json
import secrets
import tarfile
from datetime import timedelta
from functools import lru_cache

import numpy as np
import pytest
import zstandard
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from recommendations.content import sound
from recommendations.content.blend import DIMENSIONS, blend, likeness_in_sound
from recommendations.content.features import Facts, tokens
from recommendations.content.space import NoSpace, Space, lay_out, unit

KRAUT = {"style:krautrock": 1.0, "genre:rock": 0.6, "decade:1970": 0.5}
KOSMISCHE = {"style:kosmische": 1.0, "genre:electronic": 0.6, "decade:1970": 0.5}
BOTH = {"style:krautrock": 1.0, "style:kosmische": 1.0, "decade:1970": 0.5}
SOUL = {"style:soul": 1.0, "genre:funk / soul": 0.6, "decade:1960": 0.5}


@lru_cache(maxsize=2)
def the_space(_again=False):
    return lay_out([KRAUT] * 4 + [KOSMISCHE] * 4 + [BOTH] * 4 + [SOUL] * 8)


def cosine(space, one, other):
    return float(space.place(one) @ space.place(other))


def test_styles_that_the_same_albums_carry_lie_near_each_other():
    space = the_space()
    near = cosine(space, {"style:krautrock": 1.0}, {"style:kosmische": 1.0})
    far = cosine(space, {"style:krautrock": 1.0}, {"style:soul": 1.0})
    assert near > far + 0.3


def test_a_space_comes_back_from_its_file_as_it_was():
    space = the_space()
    again = Space.from_bytes(space.to_bytes())
    assert again.places == space.places
    assert np.array_equal(again.place(BOTH), space.place(BOTH))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", b"\x93NUMPY"])
def test_a_damaged_file_is_refused_and_not_executed(data):
    with pytest.raises(NoSpace):
        Space.from_bytes(data)


def test_albums_that_share_nothing_make_no_space():
    with pytest.raises(NoSpace):
        lay_out([{"style:a": 1.0}, {"style:b": 1.0}, {"style:c": 1.0}])


def test_the_same_albums_make_the_same_space():
    assert np.array_equal(the_space().token_vectors, the_space(True).token_vectors)


def test_a_trait_that_the_space_does_not_hold_says_nothing():
    """A hundred pairs of albums, each with a style of its own, have more axes than are kept."""
    marches = [{f"style:{number}": 1.0} for number in range(100)] * 2
    space = lay_out([KRAUT] * 8 + [SOUL] * 8 + marches)
    places = [space.place(tokens) for tokens in marches[:100]]
    lengths = {round(float(np.linalg.norm(place)), 3) for place in places}
    assert lengths == {0.0, 1.0}, "known, or nothing known"
    known = [place for place in places if place.any()]
    assert max(abs(float(place @ space.place(KRAUT))) for place in known) < 0.1
    faint = space.token_vectors * np.float32(1e-21)
    gone = Space(space.places, space.rarity, faint)
    assert not gone.place(KRAUT).any(), "what rounding left of nothing"


@pytest.mark.parametrize("length", [4e-23, 1e-12, 1e-7])
def test_next_to_no_length_is_nothing_known(length):
    faint = np.zeros(sound.NUMBERS, dtype=np.float32)
    faint[0] = length
    assert not blend(np.zeros(96, dtype=np.float32), faint).any()
    assert np.array_equal(blend(unit(np.ones(96)), faint), blend(unit(np.ones(96)), None))


@given(
    st.lists(st.text(max_size=12), max_size=5),
    st.lists(st.text(max_size=12), max_size=5),
    st.one_of(st.none(), st.integers(-5, 3000)),
)
def test_any_facts_give_tokens_and_a_place(genres, styles, year):
    found = tokens(Facts(tuple(genres), tuple(styles), year))
    assert all(weight > 0 and name.split(":", 1)[1] for name, weight in found.items())
    place = the_space().place(found)
    assert np.isfinite(place).all()
    assert np.linalg.norm(place) == pytest.approx(1, abs=1e-5) or not place.any()


@given(st.lists(st.floats(-50, 50), min_size=30, max_size=30))
def test_a_blend_has_length_one_and_tells_likeness_in_sound(numbers):
    tags = the_space().place(KRAUT)
    heard = np.asarray(numbers, dtype=np.float32)
    both, tags_only = blend(tags, heard), blend(tags, None)
    assert both.shape == (DIMENSIONS,)
    assert np.linalg.norm(both) == pytest.approx(1, abs=1e-4)
    assert likeness_in_sound(both, tags_only) is None
    if np.linalg.norm(heard) > 1e-3:
        assert likeness_in_sound(both, both) == pytest.approx(1, abs=1e-3)


def test_nothing_known_is_no_place():
    assert not blend(np.zeros(96, dtype=np.float32), None).any()


# --- AcousticBrainz -------------------------------------------------------------------------


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


# --- over the catalogue ---------------------------------------------------------------------


@pytest.fixture
def shelf(db):
    """Albums of three kinds, four each by an artist of its own."""
    from tests.factories import make_album

    kinds = {
        "Kraut": (["Rock"], ["Krautrock"], 1973),
        "Kosmische": (["Electronic"], ["Krautrock", "Kosmische"], 1974),
        "Soul": (["Funk / Soul"], ["Soul"], 1966),
    }
    return {
        kind: [
            make_album(
                f"{kind} {number}",
                f"{kind} artist {number}",
                genres=genres,
                styles=styles,
                year=year,
                popularity=100 - number,
                demand=1,
            )
            for number in range(4)
        ]
        for kind, (genres, styles, year) in kinds.items()
    }


def build():
    call_command("build_content_vectors", stdout=io.StringIO())


def test_what_is_near_a_loved_album_is_of_its_kind_and_says_because_of_which(shelf):
    from recommendations.content.near import near_albums

    build()
    loved = shelf["Kraut"][0]
    found = near_albums({loved.pk: 3.0}, limit=7)
    assert {one.entity_id for one in found[:3]} == {album.pk for album in shelf["Kraut"][1:]}
    assert {one.entity_id for one in found[3:7]} == {album.pk for album in shelf["Kosmische"]}
    assert all(one.because == loved.pk and not one.heard for one in found)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_artists_whom_nobody_listened_to_are_reached_through_their_records(shelf):
    from recommendations.content.near import near_artists

    build()
    artist, *others = [album.artists.get() for album in shelf["Soul"]]
    found = near_artists({artist.pk: 1.0}, limit=3)
    assert {one.entity_id for one in found} == {other.pk for other in others}


def test_without_vectors_nothing_is_near(shelf):
    from recommendations.content.near import near_albums, near_artists

    assert near_albums({shelf["Soul"][0].pk: 1.0}) == []
    assert near_artists({shelf["Soul"][0].artists.get().pk: 1.0}) == []


def test_a_list_holds_albums_near_a_loved_one_and_says_near_to_which(shelf):
    from recommendations import services
    from recommendations.models import Recommendation
    from recommendations.reasons import sentence
    from tests.factories import make_listening, make_person

    build()
    person, loved = make_person(), shelf["Soul"][0]
    make_listening(person, loved.artists.get(), loved, plays=90)
    made = services.make_set(person)
    rows = {row.album_id: row for row in Recommendation.objects.filter(set=made.set)}
    other = rows[shelf["Soul"][1].pk]
    [cause] = [one for one in other.causes if one["kind"] == "content"]
    assert cause["ids"] == [loved.pk]
    assert other.taste > 0
    assert "Near in style to <b>Soul 0</b>" in sentence(cause).replace("strong>", "b>")


def test_a_loved_thing_counts_by_its_weight_and_is_not_found_itself(shelf):
    from recommendations.content.near import near_albums

    build()
    soul, kraut = shelf["Soul"][0].pk, shelf["Kraut"][0].pk
    found = near_albums({soul: 10.0, kraut: 1.0})
    assert found[0].because == soul
    assert not {soul, kraut} & {one.entity_id for one in found}


def test_a_stored_vector_of_no_length_is_near_to_nothing(shelf):
    from recommendations.content.near import near_albums
    from recommendations.models import ContentVector

    build()
    loved, other = (one.pk for one in shelf["Soul"][:2])
    assert other in {one.entity_id for one in near_albums({loved: 1.0})}
    faint = [0.0] * DIMENSIONS
    faint[0] = 4e-23
    ContentVector.objects.filter(kind="album", entity_id=other).update(vector=faint)
    assert other not in {one.entity_id for one in near_albums({loved: 1.0})}
    assert near_albums({other: 1.0}) == []


def test_two_builds_never_run_at_once(shelf):
    from recommendations.content import building
    from recommendations.models import ContentSpace

    first = building.begin()
    with pytest.raises(building.AlreadyBuilding):
        building.begin()
    with pytest.raises(IntegrityError), transaction.atomic():
        ContentSpace.objects.create(
            state="building", layout=b"", begun_at=timezone.now(), touched_at=timezone.now()
        )
    with pytest.raises(CommandError, match="a build is at work since"):
        build()
    assert ContentSpace.objects.get().pk == first.pk


def test_a_build_whose_worker_was_killed_is_taken_up_where_it_stood(shelf, settings):
    from recommendations.content import building
    from recommendations.models import ContentSpace, ContentVector

    killed = building.begin()
    building.step(killed)
    ContentSpace.objects.update(touched_at=timezone.now() - timedelta(minutes=11))
    build()
    space = ContentSpace.objects.get()
    assert (space.pk, space.state, space.albums, space.artists) == (killed.pk, "in_use", 12, 12)
    assert ContentVector.objects.count() == 24


def test_the_job_lays_out_the_first_space_and_leaves_a_fresh_one(shelf):
    from recommendations.content.jobs import BUILD
    from recommendations.models import ContentSpace
    from vinyl.jobs.services import enqueue, run_pending_jobs

    def run():
        job = enqueue(BUILD)
        while run_pending_jobs([BUILD], limit=1):
            pass
        job.refresh_from_db()
        return job.result

    assert run() == {"albums": 12, "artists": 12}
    assert run() == {"unchanged": True}
    ContentSpace.objects.update(ended_at=timezone.now() - timedelta(hours=21))
    assert run() == {"albums": 12, "artists": 12}


def test_readers_see_the_old_space_until_the_new_one_is_complete(shelf):
    from recommendations.content import building
    from recommendations.content.near import near_albums
    from recommendations.models import ContentSpace

    build()
    loved = {shelf["Soul"][0].pk: 1.0}
    before = near_albums(loved)
    new = building.begin()
    building.step(new)
    assert near_albums(loved) == before
    assert building.step(new).ended
    assert [one.entity_id for one in near_albums(loved)] == [one.entity_id for one in before]
    assert ContentSpace.objects.get().pk == new.pk


def test_the_neighbours_are_found_by_the_index(shelf):
    from django.db import connection

    from recommendations.content import near
    from recommendations.models import ContentVector

    build()
    values = {"space": near.space_in_use(), "anchors": [shelf["Soul"][0].pk], "each": 5}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        sql = near._NEAR.format(kind=ContentVector.Kind.ALBUM.value)
        cursor.execute("EXPLAIN " + sql, values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "content_near_album" in plan


DROPPED = "SET CONSTRAINTS ALL IMMEDIATE; DROP INDEX content_near_album, content_near_artist"
INVALID = (
    "SET CONSTRAINTS ALL IMMEDIATE; UPDATE pg_index SET indisvalid = false"
    " WHERE indexrelid = 'content_near_artist'::regclass"
)


@pytest.mark.parametrize(
    ("hand", "missing"),
    [(DROPPED, ["content_near_album", "content_near_artist"]), (INVALID, ["content_near_artist"])],
)
def test_a_missing_index_is_told_and_made_anew(shelf, hand, missing):
    from django.db import connection

    from recommendations.content import index, jobs
    from vinyl.jobs.services import enqueue, run_pending_jobs
    from vinyl.jobs.status.rows import GOOD, LATE

    def break_it():
        with connection.cursor() as cursor:
            cursor.execute(hand)
        assert index.missing() == missing
        light = jobs.vectors()
        assert light.shape == LATE and "index itself is missing" in " ".join(light.more)

    build()
    assert jobs.vectors().shape == GOOD
    break_it()
    build()
    assert index.missing() == [] and jobs.vectors().shape == GOOD
    break_it()
    job = enqueue(jobs.BUILD)
    run_pending_jobs([jobs.BUILD])
    job.refresh_from_db()
    assert job.result == {"mended": missing}, "a fresh space is kept, its index made"


def test_an_index_lost_during_a_build_is_made_before_its_end(shelf):
    from django.db import connection

    from recommendations.content import building, index

    space = building.begin()
    building.step(space)
    with connection.cursor() as cursor:
        cursor.execute(DROPPED)
    assert building.step(space).ended
    assert index.missing() == []


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


# --- audio ----------------------------------------------------------------------------------


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


def test_the_status_page_tells_of_the_vector_index(shelf):
    from recommendations.content.jobs import vectors

    assert vectors().shape == "off"
    build()
    light = vectors()
    assert light.shape == "good"
    assert light.words.startswith("12 albums, 0 heard, 12 artists")


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
