"""Artists brought by name, by tag or from a file: least calls, again without harm."""

import pytest
from django.core.management import CommandError, call_command

from catalog.models import (
    Album,
    Artist,
    ExternalId,
    SearchEntry,
    SimilarArtist,
)
from catalog.queries.names import ArtistRef
from catalog.services import get_or_create_artist
from catalog.services.checking import check_catalogue
from catalog.services.seeding import artists_of_tag, seed_artist, staged
from sandbox.world import load_world
from tests.factories import (
    make_artist,
)
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.upstreams import patience, valkey
from vinyl.upstreams.breaker import OPENS_AT
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.patience import CLOSED_TIMES

pytestmark = pytest.mark.django_db


def test_a_seeded_artist_has_albums_and_scored_neighbours_and_costs_no_second_time(sandbox, can):
    edges = SimilarArtist.objects.filter(artist=can)
    assert 0 < edges.count() <= 50
    assert set(edges.values_list("source", flat=True)) == {"lastfm"}
    assert edges.order_by("-score").first().score == 1
    assert Album.objects.filter(credits__artist=can).exists()
    before = sandbox.counters()["total"]
    assert seed_artist("Can") == can
    assert sandbox.counters()["total"] == before


def test_a_seeding_that_broke_off_goes_on_with_what_is_missing(sandbox, valkey):
    sandbox.fault("lastfm", "500html", times=20)
    with pytest.raises(UpstreamError):
        seed_artist("Can")
    asked = sandbox.asked("discogs")
    assert Artist.objects.get(name="Can").albums_synced_at is not None
    sandbox.clear()
    valkey.flushall()  # time passes for the breaker
    assert SimilarArtist.objects.filter(artist=seed_artist("Can")).exists()
    assert sandbox.asked("discogs") == asked, "the albums were there already"


def test_without_a_key_for_lastfm_listenbrainz_tells_who_resembles(sandbox, settings):
    settings.LASTFM_API_KEY = ""
    there = next(one for one in load_world().artists if one.name == "Can")
    can = get_or_create_artist(name="Can", mbid=there.mbid)
    seed_artist("Can")
    edges = SimilarArtist.objects.filter(artist=can)
    assert set(edges.values_list("source", flat=True)) == {"listenbrainz"}
    assert edges.order_by("-score").first().score == 1


def test_stages_take_of_every_list_in_turn_and_a_larger_one_contains_the_smaller():
    first = [ArtistRef(name) for name in "abcd"]
    second = [ArtistRef("b", "id-of-b"), ArtistRef("x")]
    small, large = staged([first, second], 3), staged([first, second], 10)
    assert [one.name for one in small] == ["a", "b", "x"]
    assert large[:3] == small
    assert [one.name for one in large] == ["a", "b", "x", "c", "d"]
    assert small[1].mbid == "id-of-b"


def test_a_tag_is_read_page_by_page_with_the_ids_that_it_tells(sandbox):
    found = artists_of_tag("rock", limit=150)
    assert 100 < len({one.name for one in found}) <= 150
    assert any(one.mbid for one in found)
    assert sandbox.asked("lastfm") == 2


def test_a_file_of_artists_may_tell_their_ids(sandbox, tmp_path, capsys):
    there = next(one for one in load_world().artists if one.name == "Can")
    path = tmp_path / "artists.csv"
    path.write_text(f"artist,mbid\nCan,{there.mbid}\n")
    call_command("seed_artists", csv=path, stage=10)
    assert "Artists: 1 brought, 0 known already, 0 failed." in capsys.readouterr().out
    ids = ExternalId.objects.filter(kind="artist", entity_id=Artist.objects.get(name="Can").pk)
    assert set(ids.values_list("source", "value")) >= {("musicbrainz", there.mbid)}


@pytest.mark.parametrize("text", ["Name,mbid\nCan,\n", "artist;mbid\r\nCan;\r\n", "ARTIST\tx\nCan"])
def test_a_file_of_artists_is_read_as_any_spreadsheet_writes_it(sandbox, tmp_path, capsys, text):
    path = tmp_path / "artists.csv"
    path.write_bytes(text.encode())
    call_command("seed_artists", csv=path)
    assert "Artists: 1 brought, 0 known already, 0 failed." in capsys.readouterr().out


def test_a_file_of_artists_says_what_it_left_out_and_fails_where_somebody_failed(
    sandbox, can, tmp_path, capsys
):
    path = tmp_path / "artists.csv"
    path.write_text("artist,mbid\nCan,not-a-uuid\n,\nCan,\nVarious Artists,\n")
    with pytest.raises(CommandError, match="1 of 2 artists could not be brought"):
        call_command("seed_artists", csv=path)
    told = capsys.readouterr()
    assert "artists.csv: 4 rows, 2 artists; left out: 1 without a name, 1 named before." in told.out
    assert "Artists: 0 brought, 1 known already, 1 failed." in told.out
    assert "line 2: 'not-a-uuid' is no id of MusicBrainz" in told.err
    assert "Various Artists stands for many or for nobody" in told.err
    assert not Artist.objects.filter(normalised="various artists").exists()


def test_a_file_without_names_of_artists_is_told_what_it_holds(tmp_path):
    path = tmp_path / "artists.csv"
    path.write_text("Grupo;Año\nCan;1968\n")
    with pytest.raises(CommandError, match='no column artist or name: .*"Grupo", "Año"'):
        call_command("seed_artists", csv=path)


def test_a_tag_without_artists_is_named(sandbox):
    with pytest.raises(CommandError, match="the tag 'qwxyz-no-such-tag' has no artists"):
        call_command("seed_artists", tag=["qwxyz-no-such-tag"])


def test_a_blank_tag_is_told_as_such_and_nobody_is_asked(sandbox):
    with pytest.raises(CommandError, match="^--tag is empty$"):
        call_command("seed_artists", tag=[" "])
    assert sandbox.asked("lastfm") == 0


NAMES = ["Can", "Pink Floyd", "Talking Heads"]


def test_a_service_that_failed_is_asked_again_when_its_breaker_says(sandbox, settings, capsys):
    """Three tries of the door, then two that open the breaker, then one that is well."""
    settings.BUDGET_SPEED = 1000
    sandbox.fault("discogs", "500html", times=OPENS_AT)
    call_command("seed_artists", name=NAMES[:2])
    told = capsys.readouterr().out
    assert "Artists: 2 brought, 0 known already, 0 failed." in told
    assert told.count("Discogs is not answering. Next try at") == 2


def test_a_service_that_stays_away_ends_the_run_and_the_rest_is_not_called_failed(
    sandbox, settings, capsys
):
    settings.BUDGET_SPEED = 1000
    sandbox.fault("discogs", "500html", times=100)
    with pytest.raises(CommandError, match="2 of 3 artists could not be brought, 1 were not tried"):
        call_command("seed_artists", name=NAMES)
    told = capsys.readouterr()
    assert told.out.count("Next try at") == 2 * CLOSED_TIMES
    assert "Artists: 0 brought, 0 known already, 2 failed." in told.out
    assert "Talking Heads" not in told.err


def test_a_job_waits_for_a_service_that_failed_and_fails_nobody(sandbox):
    sandbox.fault("discogs", "500html", times=100)
    enqueue("catalog.seed_artists", payload={"names": NAMES})
    run_pending_jobs(["catalog.seed_artists"])
    job = Job.objects.get(kind="catalog.seed_artists")
    assert (job.state, job.checkpoint.get("failed", [])) == (Job.State.QUEUED, [])
    assert job.not_before is not None and job.error_detail.startswith("Unavailable")


def test_a_wait_for_a_service_can_be_broken_off(sandbox, settings, monkeypatch):
    def broken_off(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(patience, "sleep", broken_off)
    sandbox.fault("discogs", "500html", times=100)
    with pytest.raises(CommandError, match="^stopped by Ctrl-C: what was read stays") as stopped:
        call_command("seed_artists", name=NAMES)
    assert stopped.value.returncode == 130


def test_an_artist_whom_nobody_knows_leaves_nothing_behind(sandbox):
    with pytest.raises(ValueError, match="nobody knows"):
        seed_artist("Qwxyz Nobody Ever")
    assert not Artist.objects.filter(name__startswith="Qwxyz").exists()
    wrong = [finding.name for finding in check_catalogue() if finding.count]
    assert wrong == [] and "Qwxyz" not in str(SearchEntry.objects.values_list("text", flat=True))


def test_an_artist_whom_nobody_knows_is_asked_for_once_a_day(sandbox, capsys):
    def seed():
        with pytest.raises(CommandError, match="not one artist"):
            call_command("seed_artists", name=["Qwxyz Nobody Ever"])
        valkey.forget(("memory",))  # as after the minutes that the door itself remembers
        return [sandbox.asked(service) for service in ("discogs", "lastfm", "musicbrainz")]

    asked = seed()
    assert sum(asked) and seed() == asked
    assert "nobody knows Qwxyz Nobody Ever, who was asked for" in capsys.readouterr().err
    # Somebody has brought the artist meanwhile.
    make_artist("Qwxyz Nobody Ever")
    assert seed_artist("qwxyz nobody ever").name == "Qwxyz Nobody Ever"
