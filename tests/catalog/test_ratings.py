"""What people think of an album: read from its main release, and shown while terms allow it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import Album
from catalog.queries import shown_rating
from catalog.services import (
    get_or_create_release,
    note_demand,
    read_rating,
    sync_artist_albums,
    unrated_albums,
)
from sandbox.world import load_world
from tests.factories import make_album, make_artist
from tests.pricing.helpers import known_album
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs

pytestmark = pytest.mark.django_db
KIND = "catalog.read_ratings"
CAN = 17203


@pytest.fixture
def tago_mago():
    return known_album("Can", "Tago Mago")


def main_release(artist="Can", title="Tago Mago"):
    world = load_world()
    return world.versions(world.album_named(artist, title))[0].id


def test_the_main_release_tells_the_rating_with_its_time(sandbox, tago_mago):
    Album.objects.filter(pk=tago_mago.pk).update(main_discogs_id=main_release())
    tago_mago.refresh_from_db()
    assert shown_rating(tago_mago) is None
    assert read_rating(tago_mago)
    tago_mago.refresh_from_db()
    rating = shown_rating(tago_mago)
    assert Decimal(3) < rating.mean <= 5
    assert rating.count > 0
    assert timezone.now() - tago_mago.rating_at < timedelta(minutes=1)
    assert sandbox.asked("discogs") == 1


def test_without_pressings_the_master_names_the_main_release_once(sandbox):
    album = known_album("Can", "Tago Mago", pressings=0)
    assert read_rating(album)
    assert sandbox.asked("discogs") == 2
    album.refresh_from_db()
    assert album.main_discogs_id == main_release()
    read_rating(album)
    assert sandbox.asked("discogs", "/masters/") == 1


def test_an_album_that_discogs_does_not_know_is_not_asked_for_again_and_again(sandbox):
    album = make_album("Nowhere", make_artist("Nobody"))
    assert not read_rating(album)
    assert shown_rating(Album.objects.get(pk=album.pk)) is None
    assert unrated_albums(10, [album.pk]) == []


def test_a_pressing_read_in_full_brings_the_rating_along(sandbox, tago_mago):
    release = tago_mago.releases.first()
    get_or_create_release(release.discogs_id)
    tago_mago.refresh_from_db()
    assert shown_rating(tago_mago) is not None
    assert sandbox.asked("discogs") == 1


def test_a_rating_of_few_does_not_replace_a_young_one_of_many(sandbox, tago_mago):
    Album.objects.filter(pk=tago_mago.pk).update(
        rating="4.50", rating_count=10_000_000, rating_at=timezone.now()
    )
    get_or_create_release(tago_mago.releases.first().discogs_id)
    tago_mago.refresh_from_db()
    assert tago_mago.rating_count == 10_000_000


def test_after_six_hours_a_rating_is_withheld_where_the_terms_say_so(sandbox, settings, tago_mago):
    read_rating(tago_mago)
    seven = timezone.now() - timedelta(hours=7)
    Album.objects.filter(pk=tago_mago.pk).update(rating_at=seven)
    tago_mago.refresh_from_db()
    assert shown_rating(tago_mago) is not None
    assert unrated_albums(10, [tago_mago.pk]) == []
    settings.UPSTREAMS = "real"
    assert shown_rating(tago_mago) is None
    assert unrated_albums(10, [tago_mago.pk]) == [tago_mago.pk], "and it is asked for again"


def test_the_job_reads_what_is_in_demand_and_passes_over_what_is_broken(sandbox, tago_mago):
    other = known_album("Can", "Ege Bamyasi", pressings=2)
    note_demand([tago_mago.pk, other.pk], "recommended")
    note_demand(tago_mago.pk)
    make_album("Nobody asks", make_artist("Nobody"))
    [asked] = tago_mago.releases.order_by("-have", "pk").values_list("discogs_id", flat=True)[:1]
    sandbox.fault("discogs", "malformed", path_prefix=f"/releases/{asked}")
    enqueue(KIND)
    [job] = run_pending_jobs([KIND])
    assert (job.state, job.error_message) == (Job.State.DONE, "")
    assert job.result == {"asked": 2, "rated": 1}
    other.refresh_from_db()
    assert shown_rating(other) is not None


def test_the_job_waits_for_a_service_that_is_down(sandbox, tago_mago):
    note_demand(tago_mago.pk)
    sandbox.fault("discogs", "500html", times=20)
    enqueue(KIND)
    [job] = run_pending_jobs([KIND], limit=1)
    assert job.is_active
    tago_mago.refresh_from_db()
    assert tago_mago.rating_at is None


def test_a_discography_names_the_main_releases_for_nothing(sandbox):
    can = make_artist("Can")
    sync_artist_albums(can)
    album = Album.objects.get(title="Tago Mago")
    assert album.main_discogs_id == main_release()
