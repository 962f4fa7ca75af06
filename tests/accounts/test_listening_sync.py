"""Bringing listening: Last.fm, ListenBrainz and Spotify through the sandbox, over real HTTP."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import queries, services
from accounts.credentials import Credential
from accounts.linking import Proof, link_account
from accounts.models import LinkedService, Listening, Snapshot
from accounts.services.listening import SYNC, sync_step
from tests.factories import make_album, make_artist, make_listening, make_person
from tests.sandbox.asking import spotify_grant
from vinyl.jobs.context import JobContext
from vinyl.jobs.leases import take
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs, sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def ege_bamyasi():
    """An album that nuria_bcn plays a lot, in the catalogue under the names it has there."""
    return make_album("Ege Bamyasi", "Can", year=1972)


def sync(person, source, username=""):
    job = services.start_listening_sync(person, source=source, username=username)
    run_pending_jobs({SYNC})
    job.refresh_from_db()
    return job


def test_lastfm_brings_all_periods_matched_to_the_catalogue(sandbox, person, ege_bamyasi):
    job = sync(person, "lastfm", "Nuria_BCN")
    assert job.state == Job.State.DONE, job.error_message
    assert job.result["plays"] == 31_400
    assert [one["label"] for one in job.figures] == [
        "All time", "12 months", "6 months", "3 months", "1 month",
    ]  # fmt: skip
    assert job.figures[0]["params"] == {"n": 31_400}

    heard = queries.listening_of(person)
    assert heard.plays == 31_400
    (album,) = heard.albums
    assert album.album_id == ege_bamyasi.pk
    assert album.plays == album.plays_by_period["all"] > album.plays_by_period["1m"] > 0
    assert [one.name for one in heard.artists] == ["Can"]
    assert set(heard.artists[0].plays_by_period) == {"all", "12m", "6m", "3m", "1m"}
    (source,) = heard.sources
    assert source.unmatched > 50
    assert queries.link_of(person, "lastfm").username == "nuria_bcn"
    assert queries.album_plays(person, [ege_bamyasi.pk]) == {ege_bamyasi.pk: album.plays}


def test_reading_twice_does_no_work_the_second_time(sandbox, person, ege_bamyasi):
    first = sync(person, "lastfm", "nuria_bcn")
    rows = set(Listening.objects.values_list("pk", flat=True))
    resolving = Job.objects.filter(kind="catalog.resolve_names").count()
    second = sync(person, "lastfm")
    assert second.pk != first.pk
    assert second.result["unchanged"] is True
    assert "unchanged" not in first.result
    assert set(Listening.objects.values_list("pk", flat=True)) == rows
    assert Job.objects.filter(kind="catalog.resolve_names").count() == resolving == 1
    assert Snapshot.objects.count() == 1


def test_unknown_name_says_so_and_changes_nothing(sandbox, person):
    sync(person, "lastfm", "nuria_bcn")
    before = Snapshot.objects.get()
    job = sync(person, "lastfm", "nobody_here_zz")
    assert (job.state, job.error_code) == (Job.State.FAILED, "not_found")
    assert job.error_params["text"] == "Last.fm knows nobody called “nobody_here_zz”."
    assert Snapshot.objects.get().pk == before.pk
    assert queries.link_of(person, "lastfm").username == "nuria_bcn"


def test_person_without_listening_is_told(sandbox, person):
    job = sync(person, "lastfm", "silent_one")
    assert job.state == Job.State.DONE
    assert job.result == {"unchanged": True, "empty": True, "plays": 0}
    assert job.message_params == {"name": "silent_one", "service": "Last.fm"}
    assert not Snapshot.objects.exists()


def test_listenbrainz_brings_plays_and_says_what_is_not_computed(sandbox, person, ege_bamyasi):
    job = sync(person, "listenbrainz", "nuria_bcn")
    assert job.state == Job.State.DONE, job.error_message
    assert queries.listening_of(person).albums[0].album_id == ege_bamyasi.pk
    later = sync(make_person(), "listenbrainz", "fresh_ear")
    assert (later.state, later.error_code) == (Job.State.FAILED, "not_computed")
    assert Snapshot.objects.count() == 1


def test_two_sources_are_compared_and_not_added_up(person, ege_bamyasi):
    can = ege_bamyasi.artists.get()
    for source, plays in (("lastfm", 80), ("spotify_file", 95), ("lastfm~new", 900)):
        make_listening(person, can, ege_bamyasi, plays=plays, source=source)
        make_listening(person, can, plays=plays, source=source)
    heard = queries.listening_of(person)
    assert [one.plays for one in heard.albums + heard.artists] == [95, 95]
    assert {one.source for one in heard.sources} == {"lastfm", "spotify_file"}


def link_spotify(person, sandbox, name="lena_breaks"):
    grant = spotify_grant(sandbox.url, name)
    credential = Credential(grant["access_token"], grant["refresh_token"])
    ends = timezone.now() + timedelta(hours=1)
    return link_account(person, "spotify", Proof(name, name, credential, grant["scope"], ends))


def test_spotify_brings_ranks_and_renews_a_token_that_ended(sandbox, person):
    link_spotify(person, sandbox)
    sandbox.expire_spotify()
    job = sync(person, "spotify")
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    ranks = Listening.objects.filter(kind="artist", period="12m").order_by("rank")
    assert [one.rank for one in ranks[:3]] == [1, 2, 3]
    assert set(Listening.objects.values_list("period", flat=True)) == {"12m", "6m", "1m", "lib"}
    assert Listening.objects.filter(kind="album", distinct_tracks__gt=1).exists()
    assert queries.link_of(person, "spotify").synced_at is not None


def test_spotify_brings_what_is_saved_and_unlinking_takes_it_away(sandbox, person):
    link_spotify(person, sandbox)
    sync(person, "spotify")
    saved = Listening.objects.filter(kind="album", period="lib")
    whole, by_tracks = saved.filter(rank=1), saved.filter(rank__gt=1)
    assert whole.exists() and by_tracks.exists()
    assert not whole.filter(distinct_tracks__lt=2).exists()
    assert set(by_tracks.values_list("rank", "distinct_tracks")) <= {
        (41, 1), (31, 2), (21, 3), *((11, tracks) for tracks in range(4, 40)),
    }  # fmt: skip
    assert saved.count() == saved.values("artist_name", "title").distinct().count()
    asked = sandbox.asked("spotify", "/v1/me/albums"), sandbox.asked("spotify", "/v1/me/tracks")
    assert all(1 <= pages <= 10 for pages in asked)
    services.unlink(person, "spotify")
    assert not Listening.objects.exists()


def test_spotify_link_of_an_earlier_time_reads_without_what_is_saved(sandbox, person):
    link_spotify(person, sandbox)
    sandbox.fault("spotify", "403", "/v1/me/albums")
    job = sync(person, "spotify")
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    assert set(Listening.objects.values_list("period", flat=True)) == {"12m", "6m", "1m"}


def test_spotify_link_that_was_revoked_asks_to_be_linked_again(sandbox, person):
    link_spotify(person, sandbox)
    sandbox.revoke("spotify", "lena_breaks")
    sandbox.expire_spotify()
    job = sync(person, "spotify")
    assert (job.state, job.error_code) == (Job.State.FAILED, "credentials_rejected")
    link = queries.link_of(person, "spotify")
    assert link.state == LinkedService.State.LINK_AGAIN
    with pytest.raises(ValidationError, match="Link your Spotify"):
        services.start_listening_sync(person, source="spotify")


def test_worker_that_dies_in_the_middle_costs_one_period(sandbox, person, ege_bamyasi):
    job = services.start_listening_sync(person, source="lastfm", username="nuria_bcn")
    lease = take(job.pk)
    first = sync_step(JobContext(Job.objects.get(pk=job.pk), lease), person)
    Job.objects.filter(pk=job.pk).update(checkpoint=first.checkpoint)
    # The second period is written, and the worker is gone before it can say so.
    sync_step(JobContext(Job.objects.get(pk=job.pk), lease), person)
    assert not queries.listening_of(person).sources
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    assert sweep()["taken_back"] == 1
    sandbox.reset()
    run_pending_jobs({SYNC})
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error_detail
    whole = make_person()
    sync(whole, "lastfm", "nuria_bcn")
    assert queries.listening_of(person).albums == queries.listening_of(whole).albums
    assert Snapshot.objects.filter(user=person).count() == 1
    hashes = Snapshot.objects.values_list("content_hash", flat=True)
    assert len(set(hashes)) == 1


def test_names_that_were_looked_up_are_matched_afterwards(sandbox, person):
    sync(person, "lastfm", "nuria_bcn")
    assert not queries.listening_of(person).albums
    before = Snapshot.objects.get().unmatched
    album = make_album("Ege Bamyasi", "Can", year=1972)
    Job.objects.filter(kind="catalog.resolve_names").update(payload={"artists": [], "albums": []})
    run_pending_jobs({"catalog.resolve_names"})
    assert [one.album_id for one in queries.listening_of(person).albums] == [album.pk]
    assert Snapshot.objects.get().unmatched < before


def test_forgetting_a_source_takes_its_listening_and_its_link(sandbox, person):
    sync(person, "lastfm", "nuria_bcn")
    assert services.forget_source(person, "lastfm")
    assert not Listening.objects.exists()
    assert queries.link_of(person, "lastfm") is None
    assert not services.forget_source(person, "lastfm")


def test_listening_is_read_in_three_queries_however_much_there_is(
    person, django_assert_num_queries
):
    for number in (1, 3):
        for index in range(number):
            album = make_album(f"Album {number} {index}", make_artist(f"Artist {number} {index}"))
            make_listening(person, album.artists.get())
            make_listening(person, album.artists.get(), album)
        with django_assert_num_queries(3):
            heard = queries.listening_of(person)
        assert len(heard.albums) == len(heard.artists) == (1 if number == 1 else 4)


def test_command_reads_and_reports(sandbox, person, capsys):
    call_command("sync_listening", user=person.email, source="lastfm", name="nuria_bcn")
    assert "All time: 31,400 plays" in capsys.readouterr().out
    with pytest.raises(CommandError, match="knows nobody called"):
        call_command("sync_listening", user=person.email, source="lastfm", name="nobody_zz")
