"""The model in service: trained from what may teach, versions, the way back, open dumps."""

import gzip
import io
import json
import lzma
import random
import tarfile

import pytest
import zstandard
from django.core.management import CommandError, call_command
from django.urls import reverse
from threadpoolctl import threadpool_info

from catalog.models import Artist, ExternalId
from recommendations.models import ListenFile, OpenListen, SimilarityModel, TasteSettings
from recommendations.similarity import model_in_use, near_artists, serving, store
from recommendations.similarity.gathering import gather, listener_number
from recommendations.similarity.jobs import similarity_row
from recommendations.similarity.listens import BadListens, import_listens
from recommendations.similarity.renewing import NotNow, only_one, train
from tests.factories import make_album, make_artist, make_listening, make_person

GROUPS = 3
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VINILOGY_HOME = tmp_path
    serving.loaded.forget()
    yield
    serving.loaded.forget()


@pytest.fixture
def artists():
    """30 artists; a third each is played by one kind of people."""
    return [make_artist(f"Artist {number:02}") for number in range(30)]


@pytest.fixture
def listened(artists):
    """Open listening of 90 people in three groups."""
    draw = random.Random(2)
    OpenListen.objects.bulk_create(
        OpenListen(listener=listener_number(f"p{p}"), artist_id=one.pk, plays=draw.randint(1, 90))
        for p in range(90)
        for one in draw.sample(artists[p % GROUPS :: GROUPS], 6)
    )
    return artists


def ids(found):
    return [one.artist_id for one in found]


def test_without_a_model_there_are_no_near_artists():
    assert near_artists({1: 5.0}) == []
    assert model_in_use() is None
    assert similarity_row().shape == "off"


def test_what_is_learned_serves_with_its_causes(listened, django_assert_num_queries):
    done = train(seconds=0)
    assert done.replaced
    profile = {listened[0].pk: 40.0, listened[3].pk: 9.0, listened[6].pk: 1.0}
    near_artists(profile)
    with django_assert_num_queries(1):
        found = near_artists(profile, limit=5, spread=0)
    group = {one.pk for one in listened[0::GROUPS]}
    assert set(ids(found)) <= group - profile.keys()
    assert found[0].score == 1
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert {artist for artist, _ in one.because} <= profile.keys()
        assert [given for _, given in one.because] == sorted(
            (given for _, given in one.because), reverse=True
        )
    info = model_in_use()
    assert (info.version, info.artists, info.problem) == (done.row.version, 30, "")
    assert similarity_row().shape == "good"


def test_odd_profiles_break_nothing(listened):
    train(seconds=0)
    assert near_artists({}) == []
    assert near_artists({987654321: 4.0}) == []
    assert near_artists({listened[0].pk: 0.0}) == []
    assert near_artists({one.pk: 1.0 for one in listened}) == []
    assert near_artists({listened[0].pk: 1e200, 987654321: 2.0}, limit=3)


def test_new_people_need_no_training(listened):
    train(seconds=0)
    for group in range(GROUPS):
        mine = listened[group::GROUPS]
        found = near_artists({mine[0].pk: 3.0, mine[1].pk: 3.0}, limit=4)
        assert set(ids(found)) <= {one.pk for one in mine}


def test_a_version_that_is_worse_does_not_replace(listened):
    first = train(seconds=0).row
    draw = random.Random(5)
    kept = {one for one in range(90) if listener_number(f"p{one}") % 20 == 7}
    OpenListen.objects.exclude(listener__in=[listener_number(f"p{one}") for one in kept]).delete()
    OpenListen.objects.bulk_create(
        OpenListen(listener=listener_number(f"noise {p}"), artist_id=one.pk, plays=3)
        for p in range(60)
        for one in draw.sample(listened, 6)
    )
    for number in range(20):  # more people who are never learned from
        name = next(n for n in _names(number) if listener_number(n) % 20 == 7)
        OpenListen.objects.bulk_create(
            OpenListen(listener=listener_number(name), artist_id=one.pk, plays=5)
            for one in draw.sample(listened[number % GROUPS :: GROUPS], 7)
        )
    done = train(seconds=0)
    assert not done.replaced
    assert done.row.state == "candidate"
    assert done.row.before_recall > done.row.recall
    assert model_in_use().version == first.version


def _names(number):
    return (f"test {number} {more}" for more in range(1000))


def test_the_way_back(listened, capsys):
    first, second = train(seconds=0).row, train(seconds=0, force=True).row
    assert model_in_use().version == second.version
    call_command("train_similarity", "--rollback")
    assert first.version in capsys.readouterr().out
    assert model_in_use().version == first.version
    assert SimilarityModel.objects.filter(state="in_use").count() == 1
    assert near_artists({listened[0].pk: 1.0})


def test_no_way_back_is_said(listened):
    train(seconds=0)
    with pytest.raises(CommandError, match="no earlier version"):
        call_command("train_similarity", "--rollback")


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_lost_file_is_told_and_breaks_nothing(listened, harm):
    path = store.path_of(train(seconds=0).row.version)
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(b"something else")
    assert near_artists({listened[0].pk: 1.0}) == []
    assert model_in_use().problem
    assert similarity_row().shape == "bad"


def test_two_trainings_never_run_at_once(listened):
    import psycopg
    from django.db import connection

    from recommendations.similarity.renewing import LOCK

    options = connection.get_connection_params()
    known = ("dbname", "user", "host", "port", "password")
    with psycopg.connect(**{key: options[key] for key in known if key in options}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(NotNow, match="another training"):
            train(seconds=0)
        other.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    with only_one():
        pass


def test_too_little_listening_is_said(artists, capsys):
    call_command("train_similarity")
    assert "too little listening" in capsys.readouterr().out
    assert not SimilarityModel.objects.exists()


def test_only_who_may_teach_teaches(artists):
    """Open snapshots do; a history file by opt-in; Last.fm and Spotify links never do."""
    teaching = {"listenbrainz": True, "lastfm": False, "spotify": False, "spotify_file": False}
    people = {}
    for source in teaching:
        for copy in range(2):
            person = people[source, copy] = make_person()
            for one in artists[:2]:
                make_listening(person, one, plays=10, source=source)
    assert _listeners(gather()) == 2
    TasteSettings.objects.create(user=people["spotify_file", 0], teaches=True)
    TasteSettings.objects.create(user=people["lastfm", 0], teaches=True)
    assert _listeners(gather()) == 3


def _listeners(found):
    return found.people + found.tests.shape[0]


def test_edges_alone_teach_where_nobody_listens(artists):
    from tests.factories import make_similar

    for number, one in enumerate(artists):
        for other in artists[number % GROUPS :: GROUPS]:
            if other != one:
                make_similar(one, other, score="0.8")
    train(seconds=0)
    found = near_artists({artists[0].pk: 5.0, artists[3].pk: 5.0}, limit=4)
    assert set(ids(found)) <= {one.pk for one in artists[0::GROUPS]}


def test_genres_of_albums_are_the_tags(listened):
    for number, one in enumerate(listened):
        make_album(f"Album {number}", one, genres=[f"Genre {number % GROUPS}"], styles=["All"])
    tags = gather().material.tags
    assert tags.shape[0] == 30
    assert (tags.sum(axis=1) == 2).all()


# --- open dumps ----------------------------------------------------------------------------


def listen(user, *, mbids=(), name="", at=1):
    said = {"artist_name": name, "track_name": "x", "additional_info": {"artist_mbids": mbids}}
    return {"user_id": user, "timestamp": at, "track_metadata": said}


@pytest.fixture
def can():
    one = make_artist("Can")
    ExternalId.objects.create(
        kind=ExternalId.Kind.ARTIST, source="musicbrainz", value="c-1", entity_id=one.pk
    )
    return one


@pytest.fixture
def lines(can):
    make_artist("Neu!", normalised="neu")
    rows = [listen(1, mbids=["c-1"]), listen(1, mbids=["C-1"]), listen(2, mbids=["c-1", "zzz"])]
    rows += [listen(2, mbids=["unknown"]), {"track_metadata": 3}, listen("", mbids=["c-1"])]
    return [json.dumps(row) for row in rows] + ["{broken"]


def dump(path, lines):
    """A dump with two months, packed as its name says."""
    half = len(lines) // 2
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for month, part in (("2024/1", lines[:half]), ("2024/2", lines[half:])):
            content = "\n".join(part).encode() + b"\n"
            info = tarfile.TarInfo(f"listenbrainz-dump/listens/{month}.listens")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        note = tarfile.TarInfo("listenbrainz-dump/COPYING")
        note.size = 3
        archive.addfile(note, io.BytesIO(b"CC0"))
    pack = {".zst": zstandard.compress, ".xz": lzma.compress, ".gz": gzip.compress}
    path.write_bytes(pack.get(path.suffix, bytes)(held.getvalue()))
    return path


def test_names_that_cannot_be_stored_cost_one_listen_each(tmp_path, can):
    rows = [listen(1, mbids=["c\0-1"]), listen(1, mbids=["\0"]), listen(1, mbids=["\ud800"])]
    rows.append({"user_id": 1, "track_metadata": {"artist_name": "N\0eu!"}})
    rows.append(listen(1, mbids=["c-1"]))
    path = tmp_path / "odd.listens"
    path.write_text("\n".join(map(json.dumps, rows)))
    done = import_listens(path)
    assert (done.read, done.used) == (5, 2)
    assert done.skipped == {"artist not in the catalogue": 2, "not a listen": 1}


@pytest.mark.parametrize("name", ["d.tar.zst", "d.tar.xz", "d.tar.gz", "d.tar"])
def test_a_dump_is_counted_to_the_last_line(tmp_path, lines, can, name, capsys):
    call_command("import_listens", str(dump(tmp_path / name, lines)))
    plays = {(one.listener, one.artist_id): one.plays for one in OpenListen.objects.all()}
    first, second = (listener_number(f"listenbrainz {user}") for user in (1, 2))
    assert plays == {(first, can.pk): 2, (second, can.pk): 1}
    row = ListenFile.objects.get()
    assert row.done == len(lines) == row.used + sum(row.skipped.values())
    assert row.skipped == {
        "artist not in the catalogue": 1, "not a listen": 2, "no listener": 1
    }  # fmt: skip
    assert "7 listens read = 3 used" in capsys.readouterr().out


def test_a_file_counts_once_and_goes_on_where_it_stopped(tmp_path, lines, monkeypatch):
    from recommendations.similarity import listens

    path = dump(tmp_path / "d.tar.gz", lines)
    monkeypatch.setattr(listens, "CHUNK", 2)

    class Killed(BaseException):
        pass

    def kill(read):
        raise Killed

    with pytest.raises(Killed):
        import_listens(path, tell=kill)
    assert ListenFile.objects.get().done == 2
    assert import_listens(path).read == len(lines)
    assert sum(one.plays for one in OpenListen.objects.all()) == 3
    assert import_listens(path).before == len(lines)
    assert sum(one.plays for one in OpenListen.objects.all()) == 3


def test_the_same_listens_packed_otherwise_count_once(tmp_path, lines):
    first, again = dump(tmp_path / "a.tar", lines), dump(tmp_path / "a.tar.gz", lines)
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress("\n".join(lines).encode()))
    for path in (first, again, packed):
        assert import_listens(path).read == len(lines)
        assert sum(one.plays for one in OpenListen.objects.all()) == 3
    assert ListenFile.objects.count() == 1
    more = dump(tmp_path / "c.tar", [*lines, json.dumps(listen(1, mbids=["c-1"]))])
    assert import_listens(more).before == 0, "it begins alike and is another one"


def test_a_file_of_something_else_is_told_in_one_line(tmp_path, lines):
    path = tmp_path / "noise.listens"
    path.write_bytes(b"\x00\xffnoise\n" * 50)
    with pytest.raises(CommandError, match="holds no listens: none of its 50 lines is one"):
        call_command("import_listens", str(path))
    assert not ListenFile.objects.exists()


def test_the_next_full_dump_replaces(tmp_path, lines, can):
    import_listens(dump(tmp_path / "a.tar.gz", lines))
    other = tmp_path / "b.jsonl"
    other.write_text(json.dumps(listen(9, mbids=["c-1"])))
    import_listens(other, replace=True)
    assert [one.plays for one in OpenListen.objects.all()] == [1]


def test_a_name_without_an_id_is_matched_and_a_placeholder_never(tmp_path, can):
    Artist.objects.filter(pk=can.pk).update(is_placeholder=True)
    neu = make_artist("Kraftwerk")
    path = tmp_path / "l.listens"
    path.write_text(
        "\n".join(
            json.dumps(one) for one in (listen(1, name="Kraftwerk"), listen(1, mbids=["c-1"]))
        )
    )
    import_listens(path)
    assert [one.artist_id for one in OpenListen.objects.all()] == [neu.pk]


def test_damage_is_told_and_what_came_before_is_kept(tmp_path, lines):
    path = dump(tmp_path / "d.tar.gz", lines * 2000)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(BadListens, match="damaged after"):
        import_listens(path)
    with pytest.raises(CommandError, match="no listens"):
        (tmp_path / "empty.jsonl").write_text("\n")
        call_command("import_listens", str(tmp_path / "empty.jsonl"))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_listens", str(tmp_path / "nowhere.tar.zst"))


def test_a_curator_lets_an_earlier_version_serve(listened, client):
    first, second = train(seconds=0).row, train(seconds=0, force=True).row
    client.force_login(make_person(is_staff=True, is_superuser=True))
    address = reverse("admin:recommendations_similaritymodel_changelist")
    assert second.version in client.get(address).content.decode()
    client.post(address, {"action": "let_serve", "_selected_action": [first.pk]})
    assert model_in_use().version == first.version


def test_a_list_multiplies_in_one_thread():
    # OpenBLAS lets its other threads spin after each product, which costs as much as the list.
    assert {one["num_threads"] for one in threadpool_info()} == {1}
