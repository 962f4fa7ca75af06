"""Copies that are put on the shelf here, or taken off, are told to Discogs once that is wanted."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.linking import discogs_token
from accounts.models import DiscogsChange, LinkedService, Owned
from accounts.services.copy_sending import SEND_COPIES, switch_copies
from accounts.services.shelf import take_off
from accounts.services.shelf_sync import SHELF
from accounts.services.undoing import put_back_kept, take_off_kept, taken_of
from catalog.models import Release
from tests.accounts.linking_help import DISCOGS_NAME, discogs_collector
from tests.factories import make_album, make_person, make_release
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import discogs

pytestmark = pytest.mark.django_db
NAME = DISCOGS_NAME


@pytest.fixture
def person(client, sandbox):
    return discogs_collector(client)


def there():
    return discogs.Client(token=discogs_token(LinkedService.objects.get(username=NAME).user))


def standing():
    """(release, instance) of all copies on the shelf there."""
    page = there().collection_items(NAME)
    assert page.is_last
    return {(item.release.id, item.instance_id) for item in page}


def tell():
    jobs = run_pending_jobs({SEND_COPIES})
    assert all(job.state == Job.State.DONE for job in jobs), [job.error_detail for job in jobs]
    return jobs


def read(person):
    services.start_shelf_sync(person)
    assert all(job.state == Job.State.DONE for job in run_pending_jobs({SHELF}))


def elsewhere():
    """A pressing that Discogs knows and that is on nobody's shelf here."""
    return Release.objects.exclude(copies__isnull=False).exclude(discogs_id=None).first()


def test_nothing_is_told_before_it_was_switched_on(person):
    before = standing()
    services.add_owned(person, release_id=elsewhere().pk)
    take_off(Owned.objects.exclude(discogs_instance_id=None).first())
    assert not Job.objects.filter(kind=SEND_COPIES).exists()
    assert standing() == before


def test_copies_are_added_there_and_taken_off_and_reading_changes_nothing_then(person):
    before = standing()
    copy = services.add_owned(person, release_id=elsewhere().pk)
    services.add_owned(person, album_id=make_album().pk)
    switch_copies(person, on=True)
    (job,) = tell()
    assert job.result == {"added": 1, "removed": 0, "unknown": 0}
    copy.refresh_from_db()
    assert standing() - before == {(copy.release.discogs_id, copy.discogs_instance_id)}

    read(person)
    assert Owned.objects.filter(pk=copy.pk).exists()
    services.remove_owned(person, release_id=copy.release_id)
    (job,) = tell()
    assert job.result["removed"] == 1
    assert standing() == before
    read(person)
    assert not Owned.objects.filter(release_id=copy.release_id).exists()
    assert not DiscogsChange.objects.exists()


def test_a_worker_killed_after_adding_does_not_add_a_second_copy(person):
    switch_copies(person, on=True)
    copy = services.add_owned(person, release_id=elsewhere().pk)
    instance = there().add_copy(NAME, copy.release.discogs_id)  # added, and then killed
    before = standing()
    tell()
    copy.refresh_from_db()
    assert (copy.discogs_instance_id, standing()) == (instance, before)


def test_a_second_copy_of_a_pressing_is_one_more_there(person):
    first = Owned.objects.exclude(discogs_instance_id=None).first()
    switch_copies(person, on=True)
    Owned.objects.create(
        user=person, album=first.album, release=first.release, added_at=timezone.now()
    )
    before = len(standing())
    read(person)  # adopts nothing: the one there has its row
    tell()
    assert len(standing()) == before + 1


@pytest.mark.parametrize("told", [True, False])
def test_undo_brings_a_copy_back_on_both_sides(person, told):
    switch_copies(person, on=True)
    copy = Owned.objects.exclude(discogs_instance_id=None).first()
    number, before = copy.release.discogs_id, len(standing())
    Owned.objects.filter(pk=copy.pk).update(paid=20, paid_currency="EUR")
    token = take_off_kept(person, "shelf", Owned.objects.filter(pk=copy.pk), title="")
    if told:
        tell()
        assert len(standing()) == before - 1
    put_back_kept(person, taken_of(person, token))
    tell()
    assert len(standing()) == before
    read(person)
    again = Owned.objects.get(paid=20)
    assert (number, again.discogs_instance_id) in standing()


def test_a_copy_added_there_while_the_shelf_is_read_stays_here(person):
    switch_copies(person, on=True)
    services.start_shelf_sync(person)
    run_pending_jobs({SHELF}, 1)
    copy = services.add_owned(person, release_id=elsewhere().pk)
    tell()
    run_pending_jobs({SHELF})
    assert Owned.objects.filter(pk=copy.pk).exists()


def test_a_pressing_that_discogs_does_not_know_is_told_once_only(person, sandbox):
    switch_copies(person, on=True)
    services.add_owned(person, release_id=make_release(make_album(), discogs_id=987654321).pk)
    (job,) = tell()
    assert job.result["unknown"] == 1
    assert not tell()


def test_it_needs_a_link_and_a_shelf_that_was_read():
    stranger = make_person()
    with pytest.raises(ValidationError, match="Link your Discogs account"):
        switch_copies(stranger, on=True)
    assert switch_copies(stranger, on=False) is None


def test_the_shelf_says_what_would_be_told_and_switches_it_on(person, client):
    services.add_owned(person, release_id=elsewhere().pk)
    page = client.get(reverse("pricing:shelf")).text
    assert "Send copies there too" in page and "1 would be added now" in page
    client.post(reverse("accounts:send_copies"), {"on": "1"})
    assert LinkedService.objects.get(user=person).sends_copies
    assert "Copies that you add or remove here are told there." in client.get("/shelf/").text
    client.post(reverse("accounts:send_copies"), {})
    assert not LinkedService.objects.get(user=person).sends_copies
