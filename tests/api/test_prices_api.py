"""Prices over time, alerts, sellers and files for programs."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Owned
from accounts.services.shelf_files import READ, STORE
from pricing.models import FollowedSeller, PriceAlert, PriceHistory, PriceSuggestion, Seller
from tests.factories import make_album, make_copy, make_person, make_quote, make_release, make_want
from vinyl.jobs.services import run_pending_jobs

pytestmark = pytest.mark.django_db


def past(album, release=None, *, source="discogs", days=20, cents=2000):
    today = timezone.now().date()
    for back in range(days):
        day: date = today - timedelta(days=back)
        PriceHistory.objects.create(
            album_id=album.pk, release_id=release and release.pk, source=source, first_day=day,
            last_day=day, count=1, prices=[cents + back],
        )  # fmt: skip


def test_a_program_reads_what_prices_were_as_the_page_tells_it(api):
    album = make_album()
    past(album, make_release(album))
    answer = api.get(f"/api/v1/prices/{album.pk}/history", {"range": "3m"})
    told = answer.json()
    assert answer.status_code == 200, told
    assert (told["now"], told["cheaper_than"], told["days"]) == ("20.00", 100, 20)
    assert told["buckets"][0]["low"] == "20.19" and told["buckets"][-1]["low"] == "20.00"
    other = make_release(album)
    none = api.get(f"/api/v1/prices/releases/{other.pk}/history").json()
    assert (none["days"], none["enough"], none["cheaper_than"]) == (0, False, None)
    for wrong in ({"range": "5y"}, {"grade": "EX"}):
        assert api.get(f"/api/v1/prices/{album.pk}/history", wrong).status_code == 400


def test_past_prices_leave_only_where_the_terms_allow_it(api, settings):
    settings.UPSTREAMS = "real"
    settings.EBAY_CONSENT = False
    settings.DISCOGS_KEEP_PRICE_HISTORY = False
    album = make_album()
    past(album)
    past(album, source="ebay", cents=100)
    told = api.get(f"/api/v1/prices/{album.pk}/history").json()
    assert told["buckets"] == [] and told["now"] is None
    settings_named = {one["setting"] for one in told["not_kept"]}
    assert settings_named == {"DISCOGS_KEEP_PRICE_HISTORY", "EBAY_CONSENT"}


def test_what_is_missing_of_a_price_is_told_as_the_page_tells_it(api):
    album = make_album()
    for amount, shipping, fields in (
        ("10.00", "5.00", {}),
        ("20.00", None, {}),
        ("30.00", None, {"seller_country": "US"}),
        ("40.00", "5.00", {"seller_country": "US", "total_eur": None}),
        ("50.00", None, {"seller_country": ""}),
    ):
        make_quote(album, amount=amount, shipping=shipping, **fields)
    told = {row["amount"]: row for row in api.get(f"/api/v1/prices/{album.pk}").json()}
    missing = {amount: row["missing"] for amount, row in told.items()}
    assert missing == {
        "10.00": "", "20.00": "shipping", "30.00": "both", "40.00": "import", "50.00": "shipping",
    }  # fmt: skip
    assert {amount for amount, row in told.items() if row["delivered"]["high"]} == {"10.00"}


def test_a_program_asks_for_one_pressings_prices(api):
    album = make_album()
    release, other = make_release(album), make_release(album)
    make_quote(album, release, territory="ES", amount="20.00")
    make_quote(album, other, territory="ES", amount="10.00")
    address = f"/api/v1/prices/releases/{release.pk}"
    assert [row["amount"] for row in api.get(address).json()] == ["20.00"]
    assert {job["kind"] for job in api.post(address).json()} == {"pricing.ask"}


def test_bids_and_mistakes_are_told_apart_from_offers_and_stand_behind_them(
    api, person, django_assert_num_queries
):
    person.currency = "EUR"
    person.save()
    album = make_album()
    given = {"territory": "ES", "source": "ebay", "shipping": "5.00"}
    make_quote(album, amount="0.01", doubt="low", **given)
    make_quote(album, amount="1.38", is_auction=True, **given)
    make_quote(album, amount="30.00", title="Blue LP, new", grade="M", **given)
    make_quote(album, amount="20.00", spread_eur="2.00", **given)
    make_quote(album, amount="10.00", source="discogs", shipping=None)
    with django_assert_num_queries(5):
        rows = api.get(f"/api/v1/prices/{album.pk}").json()
    assert [row["amount"] for row in rows] == ["20.00", "30.00", "10.00", "1.38", "0.01"]
    cheapest, dear, unknown, bid, mistake = rows
    assert cheapest["delivered"] == {"low": "23.00", "high": "25.00", "currency": "EUR"}
    assert (dear["title"], dear["grade"], dear["provider"]) == ("Blue LP, new", "M", "ebay")
    assert unknown["delivered"] == {"low": None, "high": None, "currency": "EUR"}
    assert (bid["auction"], bid["doubt"], cheapest["auction"]) == (True, "", False)
    assert mistake["doubt"] == "low" and "perhaps a mistake" in mistake["doubt_reason"]


def test_that_nothing_is_suggested_is_said_as_such(api):
    release = make_release(make_album())
    told = api.get(f"/api/v1/prices/releases/{release.pk}/suggestion")
    assert told.status_code == 404
    assert told.json()["error"]["message"].startswith("Nothing is known of this yet.")
    assert told.json()["error"]["code"] == "not_found"


def test_what_discogs_suggests_is_told_to_its_person_only_and_not_for_long(api, person):
    release = make_release(make_album())
    found = PriceSuggestion.objects.create(
        user=person, release=release, by_grade={"NM": "30.00"}, currency="EUR",
        observed_at=timezone.now(),
    )  # fmt: skip
    address = f"/api/v1/prices/releases/{release.pk}/suggestion"
    assert api.get(address).json()["by_grade"] == {"NM": "30.00"}
    found.user = make_person()
    found.save()
    assert api.get(address).status_code == 404


def test_an_alert_is_set_read_and_taken_back(api, person):
    want = make_want(person, make_album())
    address = f"/api/v1/wants/{want.pk}/alert"
    assert api.get(address).status_code == 404
    for wrong in ({}, {"below": "0"}, {"below": "5"}, {"percent": 91}):
        assert api.put(address, wrong, format="json").status_code == 400, wrong
    made = api.put(address, {"below": "30", "currency": "EUR", "percent": 20}, format="json")
    assert made.status_code == 200 and made.json()["below"] == "30.00"
    assert api.get("/api/v1/alerts").json()["results"] == [made.json()]
    stranger = make_want(make_person(), make_album())
    there = f"/api/v1/wants/{stranger.pk}/alert"
    assert api.put(there, {"percent": 20}, format="json").status_code == 404
    assert api.delete(address).status_code == 204
    assert not PriceAlert.objects.exists()


def test_sellers_are_followed_preferred_and_left_by_a_program(api, person):
    told = api.post("/api/v1/sellers", {"names": "blue_crate, plan.9, ???"}, format="json")
    assert told.status_code == 201 and told.json()["added"] == 2 and told.json()["unclear"]
    first = api.get("/api/v1/sellers").json()[1]
    address = f"/api/v1/sellers/{first['id']}"
    assert api.patch(address, {"favourite": True}, format="json").json()["favourite"] is True
    assert api.get("/api/v1/sellers").json()[0]["name"] == first["name"]
    assert api.post(f"{address}/read").json()["kind"] == "pricing.read_seller"
    stranger = FollowedSeller.objects.create(
        user=make_person(), seller=Seller.objects.get(username=first["name"])
    )
    assert api.delete(f"/api/v1/sellers/{stranger.pk}").status_code == 404
    assert api.delete(address).status_code == 204
    assert person.sellers.count() == 1


@pytest.mark.parametrize(("upstreams", "rows"), [("sandbox", 2), ("real", 1)])
def test_a_sellers_offers_of_wants_leave_while_they_may_be_shown(
    api, person, settings, upstreams, rows
):
    settings.UPSTREAMS = upstreams
    seller = Seller.objects.create(username="blue_crate", state="read")
    followed = FollowedSeller.objects.create(user=person, seller=seller)
    album = make_album()
    make_want(person, album)
    offer = {"source": "discogs:stock", "seller": "blue_crate", "kind": "offer"}
    make_quote(album, make_release(album), **offer)
    old = make_quote(album, make_release(album), amount="3.00", **offer)
    old.observed_at -= timedelta(hours=7)
    old.save()
    make_quote(make_album(), make_release(make_album()), **offer)  # not wanted
    told = api.get(f"/api/v1/sellers/{followed.pk}/offers").json()
    assert told["count"] == rows
    assert {row["album"] for row in told["results"]} == {album.pk}


def test_a_shelf_comes_as_a_file_and_goes_into_another_unchanged(api, person, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    for title in ("Remain in Light", "Fear of Music"):
        album = make_album(title)
        make_copy(person, album, make_release(album), notes="=1+1", grade="VG+")
    answer = api.get("/api/v1/collection/file")
    assert answer["Content-Type"].startswith("text/csv")
    taken = answer.content
    Owned.objects.all().delete()
    sent = SimpleUploadedFile("shelf.csv", taken, content_type="text/csv")
    brought = api.post("/api/v1/collection/file", {"file": sent}, format="multipart")
    assert brought.status_code == 202, brought.json()
    run_pending_jobs({READ})
    address = f"/api/v1/files/{brought.json()['file']['id']}"
    looked = api.get(address).json()
    assert (looked["rows"], looked["stored"], looked["skipped"], looked["failed"]) == (2, 2, 0, 0)
    assert [row["status"] for row in api.get(f"{address}/rows").json()["results"]] == ["new"] * 2
    assert api.post(f"{address}/store").status_code == 202
    run_pending_jobs({STORE})
    again = api.get("/api/v1/collection/file").content
    before, after = (
        sorted(csv.reader(io.StringIO(one.decode(), newline=""))) for one in (taken, again)
    )
    assert before == after
    assert api.delete(address).status_code == 204
    assert api.get("/api/v1/files").json()["count"] == 0


def test_a_file_that_is_none_is_refused_and_a_browser_takes_none(api, person, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    for given in ({}, {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")}):
        answer = api.post("/api/v1/wants/file", given, format="multipart")
        assert answer.status_code == 400 and answer.json()["error"]["fields"]["file"]
    browser = APIClient()
    browser.force_login(person)
    assert browser.get("/api/v1/collection/file").status_code == 403
