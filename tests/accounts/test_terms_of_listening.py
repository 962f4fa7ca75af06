"""Unlinking deletes what must go and nothing else; Last.fm's content stays under its limit."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.credentials import Credential, store_token
from accounts.models import LinkedService, Listening, Owned, Snapshot, Want
from accounts.services import forget_source, lastfm_storage
from catalog.models import Cover, SimilarArtist
from catalog.services import sync_similar_artists
from recommendations.queries import edges_from, without_neighbours
from tests.factories import (
    make_album,
    make_artist,
    make_copy,
    make_listening,
    make_person,
    make_want,
)
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.upstreams import terms
from vinyl.upstreams.terms import SOURCES, terms_for

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SERVICES = ("discogs", "lastfm", "listenbrainz", "spotify")


@pytest.fixture
def real(settings):
    settings.UPSTREAMS = "real"
    return settings


def everything_of(person):
    """Links with tokens, listening (some of it half read), records and wants."""
    album = make_album()
    for service in SERVICES:
        link = LinkedService(user=person, service=service, username=f"{service}-name")
        store_token(link, Credential("access", "refresh"))
        link.save()
        if service != "discogs":
            make_listening(person, album.artists.get(), album, source=service)
            make_listening(person, album.artists.get(), source=f"{service}~new")
    make_listening(person, album.artists.get(), album, source="spotify_file")
    make_copy(person, album, discogs_instance_id=5, source="discogs")
    make_want(person, album, source="discogs")


def what_is_there(person):
    return {
        "links": set(LinkedService.objects.filter(user=person).values_list("service", flat=True)),
        "tokens": LinkedService.objects.filter(user=person).exclude(token=None).count(),
        "snapshots": set(Snapshot.objects.filter(user=person).values_list("source", flat=True)),
        "rows": Listening.objects.filter(snapshot__user=person).count(),
        "records": Owned.objects.filter(user=person).count(),
        "wants": Want.objects.filter(user=person).count(),
    }


@pytest.mark.parametrize("service", SERVICES)
def test_unlinking_deletes_that_services_things_and_nothing_else(real, service):
    person, other = make_person(), make_person()
    everything_of(person)
    everything_of(other)
    before, others = what_is_there(person), what_is_there(other)
    assert forget_source(person, service)
    after = what_is_there(person)
    gone = {service, f"{service}~new"}
    assert after["links"] == before["links"] - {service}
    assert after["tokens"] == before["tokens"] - 1
    assert after["snapshots"] == before["snapshots"] - gone
    assert after["rows"] == before["rows"] - (0 if service == "discogs" else 2)
    assert (after["records"], after["wants"]) == (1, 1)
    assert what_is_there(other) == others


@pytest.mark.parametrize("source", [one for one in SOURCES if one in SERVICES])
def test_what_must_go_on_unlinking_goes(real, source):
    person = make_person()
    everything_of(person)
    forget_source(person, source)
    if terms_for(source).delete_on_unlink:
        assert not Snapshot.objects.filter(user=person, source__startswith=f"{source}~").exists()
        assert not Snapshot.objects.filter(user=person, source=source).exists()
    assert Snapshot.objects.filter(user=person, source="spotify_file").exists()


# --- 100 MB of Last.fm's ----------------------------------------------------------------------


def listening_of(person, count, days_ago, source="lastfm"):
    artist = make_artist(f"Artist of {person.pk}")
    first = make_listening(person, artist, source=source)
    Listening.objects.bulk_create(
        Listening(snapshot=first.snapshot, kind="artist", period="12m", artist_name=f"A{n}" * 5,
                  plays=n)
        for n in range(1, count)
    )  # fmt: skip
    then = timezone.now() - days_ago * DAY
    Snapshot.objects.filter(pk=first.snapshot_id).update(taken_at=then)
    return first.snapshot


def edges_of(name, count, days_ago):
    artist = make_artist(name)
    for number in range(count):
        SimilarArtist.objects.create(
            artist=artist, other=make_artist(f"{name} {number}"), score="0.5", source="lastfm"
        )
    then = timezone.now() - days_ago * DAY
    SimilarArtist.objects.filter(artist=artist).update(seen_at=then)
    return artist


def test_bytes_are_those_of_the_rows():
    assert lastfm_storage.stored_bytes() == 0
    snapshot = listening_of(make_person(), 100, 0)
    listening_of(make_person(), 50, 0, source="listenbrainz")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_column_size(l.*)) FROM accounts_listening l WHERE snapshot_id = %s",
            [snapshot.pk],
        )
        rows = cursor.fetchone()[0]
    # A row that passed through a join is written a few bytes shorter or longer.
    assert rows > 100 * 40
    assert lastfm_storage.stored_bytes() == pytest.approx(rows, rel=0.05)


def test_the_longest_unused_goes_first_and_no_more_than_needed():
    oldest = listening_of(make_person(), 300, 90)
    returned = listening_of(make_person(last_login=timezone.now()), 300, 90)
    edges = edges_of("Can", 100, 60)
    newest = listening_of(make_person(), 300, 1)
    other = listening_of(make_person(), 300, 400, source="listenbrainz")
    before = lastfm_storage.stored_bytes()
    limit = int(before * 0.8)
    gone = lastfm_storage.trim(limit)
    assert lastfm_storage.stored_bytes() == before - gone <= limit * lastfm_storage.KEEP
    assert not Snapshot.objects.filter(pk=oldest.pk).exists()
    assert Snapshot.objects.filter(pk__in=[returned.pk, newest.pk, other.pk]).count() == 3
    assert SimilarArtist.objects.filter(artist=edges).count() == 100
    lastfm_storage.trim(int(before * 0.7))
    assert not SimilarArtist.objects.filter(artist=edges).exists()
    assert Snapshot.objects.filter(pk=newest.pk).exists()


def test_below_the_limit_nothing_goes_and_the_sandbox_has_none(settings):
    listening_of(make_person(), 50, 400)
    assert terms_for("lastfm").storage_limit is None
    assert lastfm_storage.trim() == 0
    settings.UPSTREAMS = "real"
    assert terms_for("lastfm").storage_limit == 100_000_000
    assert lastfm_storage.trim() == 0
    assert Listening.objects.count() == 50


def test_stored_pictures_count_to_the_same_limit(real):
    listening_of(make_person(), 300, 3)
    limit = 2 * lastfm_storage.stored_bytes()
    assert lastfm_storage.trim(limit) == 0
    Cover.objects.create(
        album=make_album(), state="stored", source="lastfm", key="a" * 32, bytes=limit // 2
    )
    assert lastfm_storage.trim(limit) > 0


def test_beats_job_keeps_the_limit(real, monkeypatch):
    listening_of(make_person(), 300, 3)
    listening_of(make_person(), 300, 1)
    small = terms.Terms("lastfm", "Last.fm", storage_limit=lastfm_storage.stored_bytes() - 1)
    monkeypatch.setitem(terms._TABLE, "lastfm", small)
    job = enqueue("accounts.trim_lastfm")
    run_pending_jobs(["accounts.trim_lastfm"])
    job.refresh_from_db()
    assert job.result["deleted_bytes"] > 0
    assert lastfm_storage.stored_bytes() < small.storage_limit
    assert Snapshot.objects.count() == 1


# --- no longer than the answer's headers say ---------------------------------------------------


def lapsing(source, hours):
    """An edge whose answer may be kept so many hours from now."""
    artist = make_artist(f"Near to {source} {hours}", similar_synced_at=timezone.now())
    other = make_artist(f"Other of {source} {hours}")
    until = None if hours is None else timezone.now() + timedelta(hours=hours)
    SimilarArtist.objects.create(
        artist=artist, other=other, score="0.5", source=source, fresh_until=until
    )
    return artist, other


@pytest.mark.parametrize(
    ("source", "hours", "mode", "there"),
    [
        ("lastfm", -1, "real", False),
        ("lastfm", 1, "real", True),
        ("lastfm", None, "real", True),
        ("listenbrainz", -1, "real", True),
        ("lastfm", -1, "sandbox", True),
    ],
)
def test_likeness_is_used_and_kept_as_long_as_its_headers_said(
    settings, client, source, hours, mode, there
):
    settings.UPSTREAMS = mode
    artist, other = lapsing(source, hours)
    person = make_person()
    client.force_login(person)
    page = client.get(reverse("pricing:artist", args=[artist.pk])).content.decode()
    assert (other.name in page) is there
    assert bool(edges_from([artist.pk])) is there
    # Who opens the page has it asked for again, once; so does the next list that needs it.
    client.get(reverse("pricing:artist", args=[artist.pk]))
    asked = Job.objects.filter(kind="catalog.sync_similar")
    assert [job.payload for job in asked] == ([] if there else [{"artist_ids": [artist.pk]}])
    assert (without_neighbours([artist.pk]) == []) is there
    lastfm_storage.trim()
    assert SimilarArtist.objects.filter(artist=artist).exists() is there
    assert (without_neighbours([artist.pk]) == []) is there


def test_a_visitor_without_an_account_causes_no_call(real, client):
    artist, _other = lapsing("lastfm", -1)
    client.get(reverse("pricing:artist", args=[artist.pk]))
    assert not Job.objects.exists()


def test_the_time_comes_with_the_answer(sandbox):
    artist = make_artist("Pink Floyd")
    before = timezone.now()
    assert sync_similar_artists(artist) > 0
    kept = set(SimilarArtist.objects.filter(artist=artist).values_list("fresh_until", flat=True))
    assert len(kept) == 1
    assert kept.pop() >= before + timedelta(hours=1)  # the sandbox's header says an hour
