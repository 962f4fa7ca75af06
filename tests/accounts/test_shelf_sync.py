"""Discogs both ways: what is read keeps everything that is noted there, what is changed here is
told there when the person wants it, and what is taken off here stays off."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts import services
from accounts.linking import discogs_token
from accounts.models import DiscogsChange, LinkedService, Owned, Want
from accounts.services.shelf import change_copy, change_want, put_back, take_off
from accounts.services.shelf_sending import SEND, switch_sending
from accounts.services.shelf_sync import SHELF
from tests.accounts.linking_help import DISCOGS_NAME, discogs_collector, link
from tests.factories import make_album, make_copy, make_person, make_release, make_want
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import discogs

pytestmark = pytest.mark.django_db
NAME = DISCOGS_NAME


@pytest.fixture
def person(client, sandbox):
    return discogs_collector(client)


def read(person):
    job = services.start_shelf_sync(person)
    run_pending_jobs({SHELF})
    job.refresh_from_db()
    assert job.state == Job.State.DONE, (job.error_message, job.error_detail)
    return job


def send():
    jobs = run_pending_jobs({SEND})
    assert all(job.state == Job.State.DONE for job in jobs)
    return jobs


def theirs():
    """The want list as it stands there now: what is asked as the person is never remembered."""
    token = discogs_token(LinkedService.objects.get(username=NAME).user)
    page = discogs.Client(token=token).wants(NAME)
    assert page.is_last
    return {row.release.id for row in page}


def elsewhere(count=1):
    """Pressings that Discogs knows and that are not on the person's list there."""
    known = set(Want.objects.values_list("release__discogs_id", flat=True))
    found = Owned.objects.exclude(release__discogs_id__in=known).select_related("release")
    return [copy.release for copy in found[:count]]


def test_folders_ratings_conditions_and_instances_are_kept(person, sandbox):
    assert set(Owned.objects.values_list("folder", flat=True)) == {
        "Uncategorized", "Played on Sundays",
    }  # fmt: skip
    assert Owned.objects.filter(rating__in=(3, 4, 5)).exists()
    assert not Owned.objects.filter(grade="").exists()
    assert not Owned.objects.filter(discogs_instance_id__isnull=True).exists()
    asked = sandbox.asked("discogs", f"/users/{NAME}/")
    copies, wants = Owned.objects.count(), Want.objects.count()
    skipped = sum(Job.objects.get(kind=SHELF).result["skipped"].values())
    assert copies + skipped <= 100 and wants <= 100
    assert asked == 3, "folders, one page of copies, one of wants"


def test_a_step_that_is_done_twice_doubles_nothing(person, sandbox):
    before = set(Owned.objects.values_list("pk", "discogs_instance_id"))
    job = Job.objects.get(kind=SHELF)
    Job.objects.filter(pk=job.pk).update(state="queued", checkpoint={}, finished_at=None)
    run_pending_jobs({SHELF})
    assert set(Owned.objects.values_list("pk", "discogs_instance_id")) == before


def test_a_copy_put_here_by_hand_becomes_the_one_that_discogs_has(person):
    copy = Owned.objects.order_by("pk").first()
    release, instance = copy.release, copy.discogs_instance_id
    Owned.objects.filter(release=release).delete()
    mine = services.add_owned(person, release_id=release.pk)
    change_copy(person, mine.pk, paid=20, paid_currency="EUR", notes="bought in Utrecht")
    read(person)
    mine.refresh_from_db()
    assert mine.discogs_instance_id == instance or Owned.objects.filter(release=release).count() > 1
    assert (mine.paid, mine.paid_currency) == (20, "EUR")


def test_nothing_is_sent_before_it_was_switched_on(person):
    (release,) = elsewhere()
    services.add_want(person, release_id=release.pk)
    assert not Job.objects.filter(kind=SEND).exists()
    assert release.discogs_id not in theirs()


def test_wants_of_single_pressings_are_told_there_and_taken_back(person):
    (release,) = elsewhere()
    services.add_want(person, release_id=release.pk, notes="the red one")
    services.add_want(person, album_id=make_album().pk)
    switch_sending(person, on=True)
    (job,) = send()
    assert job.result == {"added": 1, "removed": 0, "unknown": 0}
    assert release.discogs_id in theirs()
    read(person)
    assert Want.objects.get(release=release).notes == "the red one"
    services.remove_want(person, release_id=release.pk)
    send()
    assert release.discogs_id not in theirs()
    read(person)
    assert not Want.objects.filter(release=release).exists()
    assert not DiscogsChange.objects.exists()


def test_a_want_that_left_the_list_there_leaves_it_here(person):
    (release,) = elsewhere()
    switch_sending(person, on=True)
    services.add_want(person, release_id=release.pk)
    send()
    token = discogs_token(person)
    discogs.Client(token=token).remove_want(NAME, release.discogs_id)
    read(person)
    assert not Want.objects.filter(release=release).exists()


def test_a_worker_killed_after_telling_tells_again_and_nothing_is_doubled(person):
    (release,) = elsewhere()
    switch_sending(person, on=True)
    services.add_want(person, release_id=release.pk)
    token = discogs_token(person)
    discogs.Client(token=token).add_want(NAME, release.discogs_id)  # told, and then killed
    before = len(theirs())
    send()
    assert len(theirs()) == before
    assert not DiscogsChange.objects.exists()


def test_what_is_taken_off_here_stays_off_until_it_is_put_back(person):
    want, copy = Want.objects.first(), Owned.objects.first()
    values = {"release_id": want.release_id, "source": want.source}
    take_off(want)
    take_off(copy)
    job = read(person)
    assert job.result["taken_off"] == 2
    assert not Want.objects.filter(release_id=values["release_id"]).exists()
    assert not Owned.objects.filter(discogs_instance_id=copy.discogs_instance_id).exists()
    put_back(person, Want, values)
    read(person)
    assert Want.objects.filter(release_id=values["release_id"]).exists()


def test_what_discogs_tells_of_a_copy_is_not_written_over_here(person):
    copy = Owned.objects.first()
    with pytest.raises(ValidationError):
        change_copy(person, copy.pk, grade="M")
    change_copy(person, copy.pk, paid="12.50", paid_currency="EUR")


def test_without_a_link_nothing_can_be_sent_and_all_else_works():
    stranger = make_person()
    with pytest.raises(ValidationError):
        switch_sending(stranger, on=True)
    want = services.add_want(stranger, release_id=make_release(make_album()).pk)
    change_want(stranger, want.pk, least_grade="NM", max_price=30, currency="EUR")
    assert services.remove_want(stranger, release_id=want.release_id)
    assert not DiscogsChange.objects.exists()


def test_another_account_forgets_what_the_old_one_was_told(person, client):
    (release,) = elsewhere()
    switch_sending(person, on=True)
    services.add_want(person, release_id=release.pk)
    send()
    link(client, "discogs", "nuria_bcn")
    run_pending_jobs({SHELF})
    assert Want.objects.filter(release=release).exists()
    assert not LinkedService.objects.get(user=person).sends_wants


def test_the_lists_say_where_they_come_from_and_can_be_read_now(person, client):
    page = client.get(reverse("pricing:wants")).content.decode()
    assert f"Discogs as {NAME}" in page and "Send wants there too" in page
    answer = client.post(reverse("accounts:read_shelf"), {"next": "/wants/"})
    assert answer["Location"] == "/wants/"
    page = client.get(reverse("pricing:wants")).content.decode()
    assert "Waiting for its turn" in page
    client.post(reverse("accounts:send_wants"), {"on": "1"})
    assert LinkedService.objects.get(user=person).sends_wants
    client.post(reverse("accounts:send_wants"), {})
    assert not LinkedService.objects.get(user=person).sends_wants


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_price": -1, "currency": "EUR"},
        {"max_price": 5, "currency": "XXX"},
        {"least_grade": "EX"},
        {"priority": "maybe"},
        {"countries": [str(n) for n in range(21)]},
        {"notes": "x" * 5001},
    ],
)
def test_a_want_that_makes_no_sense_is_refused(wrong):
    person = make_person()
    want = make_want(person, make_album())
    with pytest.raises(ValidationError):
        change_want(person, want.pk, **wrong)


def test_one_pressing_has_nothing_to_choose_and_strangers_nothing_to_change():
    person = make_person()
    want = make_want(person, release=make_release(make_album()))
    with pytest.raises(ValidationError):
        change_want(person, want.pk, colour="red")
    with pytest.raises(Want.DoesNotExist):
        change_want(make_person(), want.pk, notes="mine")
    with pytest.raises(Owned.DoesNotExist):
        change_copy(make_person(), make_copy(person, make_album()).pk, notes="mine")
