"""What a button took off the wants or the shelf comes back with all that it said."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Owned, Want
from pricing.models import PriceAlert
from tests.factories import make_album, make_copy, make_person, make_release, make_want

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def browser(client, person):
    client.force_login(person)
    return client


def undo(browser, toast):
    """Press the toast's Undo."""
    html = toast.content.decode()
    there = re.search(r'hx-post="([^"]+)"', html)[1]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
    assert browser.post(there, fields, headers=PART).status_code == 200


def test_a_want_comes_back_with_its_wishes_and_its_alert(browser, person):
    album = make_album()
    want = make_want(
        person, album, max_price="30.00", currency="EUR", least_grade="NM", notes="for Ana"
    )
    PriceAlert.objects.create(want=want, below="25.00", currency="EUR")
    before = Want.objects.values().get()
    toast = browser.post("/shelf/unwant/", {"album_id": album.pk}, headers=PART)
    assert not Want.objects.exists()

    undo(browser, toast)

    assert Want.objects.values().get() | {"id": 0} == before | {"id": 0}
    assert PriceAlert.objects.get().below == Decimal("25.00")


def test_all_copies_come_back_each_with_what_was_noted_of_it(browser, person):
    album = make_album()
    release, at = make_release(album), timezone.now()
    make_copy(person, album, release, grade="VG+", paid="12.00", paid_currency="EUR", added_at=at)
    make_copy(person, album, release, notes="the second one", added_at=at)
    before = list(Owned.objects.order_by("notes").values())
    toast = browser.post("/shelf/disown/", {"album_id": album.pk}, headers=PART)
    assert not Owned.objects.exists()

    for _ in range(2):  # twice pressed is once done
        undo(browser, toast)

    after = list(Owned.objects.order_by("notes").values())
    assert [row | {"id": 0} for row in after] == [row | {"id": 0} for row in before]


def test_what_somebody_else_took_off_cannot_be_put_on_ones_own_shelf(browser, person, client):
    album = make_album()
    make_copy(person, album, notes="mine")
    toast = browser.post("/shelf/disown/", {"album_id": album.pk}, headers=PART)
    stranger = make_person()
    client.force_login(stranger)

    undo(client, toast)

    assert [copy.notes for copy in Owned.objects.filter(user=stranger)] == [""]
