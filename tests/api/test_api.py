"""The API that programs use: tokens, one shape of errors, nobody else's things."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import CsvImport, Want
from accounts.tokens import make_token
from catalog.dumps.records import IdentifierLine, LabelLine
from catalog.models import Release
from catalog.services.identity import merge_into
from catalog.services.index import index_albums, index_artists
from catalog.services.printed import Printed, store_printed
from pricing.models import Quote
from tests.factories import (
    make_album,
    make_artist,
    make_copy,
    make_person,
    make_quote,
    make_release,
    make_want,
)
from vinyl.api import exception_handler
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db


def test_a_program_without_a_token_is_told_401_in_the_shape_of_all_errors():
    answer = APIClient().get("/api/v1/me")
    assert answer.status_code == 401
    assert set(answer.json()) == {"error"}


def test_whoever_is_refused_is_told_so_in_words():
    answer = exception_handler(PermissionDenied(), {})
    assert answer.status_code == 403
    assert answer.data["error"]["code"] == "permission_denied" and answer.data["error"]["message"]


def test_a_token_speaks_for_its_owner(api, person):
    assert api.get("/api/v1/me").json()["email"] == person.email


@pytest.mark.parametrize("body", [
    rb'{"\ud800": 1}', rb'{"country": "\udfff"}', rb'{"currency": "\ud83d"}', rb'["\ud800"]',
])  # fmt: skip
def test_half_a_character_is_refused_before_it_is_stored_or_told_back(api, body):
    answer = api.patch("/api/v1/me", body, content_type="application/json")
    assert answer.status_code == 400
    assert "half of a character" in answer.json()["error"]["message"]
    whole = rb'{"display_name": "\ud83d\ude00"}'
    told = api.patch("/api/v1/me", whole, content_type="application/json").json()
    assert "half" not in str(told)


def test_a_program_changes_the_profile_by_the_rules_of_the_page(api, person):
    answer = api.patch("/api/v1/me", {"country": "DE", "postcode": "10115", "email": person.email})
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["country"], answer.json()["postcode"]) == ("DE", "10115")
    refused = {
        "email": "x@y.test",
        "mail": "x",
        "postcode": "no code",
        "country": "QQ",
        "currency": "ZZZ",
        "time_zone": "Mars/Base",
    }
    for name, value in refused.items():
        wrong = api.patch("/api/v1/me", {name: value})
        assert wrong.status_code == 400 and name in str(wrong.json()), wrong.json()
    before = person.email
    person.refresh_from_db()
    assert (person.country, person.postcode, person.email) == ("DE", "10115", before)


def test_a_reading_token_may_not_write(person):
    client = APIClient()
    token = make_token(person, name="reader")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.secret}")
    album = make_album()
    assert client.get("/api/v1/wants").status_code == 200
    assert client.post("/api/v1/wants", {"album": album.pk}).status_code == 403
    assert not Want.objects.exists()


def test_an_album_comes_with_every_pressing_in_few_queries(django_assert_num_queries):
    album = make_album()
    for _ in range(3):
        make_release(album)
    with django_assert_num_queries(2):
        answer = APIClient().get(f"/api/v1/albums/{album.pk}")
    assert len(answer.json()["releases"]) == 3


def test_albums_and_artists_are_found_as_in_the_search_box_and_paged():
    wall = make_album("The Wall", make_artist("AC/DC", normalised="ac dc"))
    others = [make_album(title) for title in ("Remain in Light", "Wallflower", "Fear of Music")]
    index_albums([wall, *others])
    index_artists([wall.credits.get().artist])
    found = {}
    for q in ("remain", "remian", "wall", "nothing of it"):
        answer = APIClient().get("/api/v1/albums", {"q": q, "page_size": 1}).json()
        found[q] = [answer["count"], *(row["title"] for row in answer["results"])]
    assert found == {
        "remain": [1, "Remain in Light"], "remian": [1, "Remain in Light"],
        "wall": [2, "Wallflower"], "nothing of it": [0],
    }  # fmt: skip
    artists = APIClient().get("/api/v1/artists", {"q": "acdc"}).json()["results"]
    assert [row["name"] for row in artists] == ["AC/DC"]


def test_one_pressing_is_told_with_all_that_is_printed_on_it(settings):
    release = make_release(
        make_album(),
        tracklist=[{"position": "A1", "title": "Born Under Punches", "duration": "5:49"}],
        companies=[{"id": 7, "name": "Sire Records", "catno": "", "role": "Copyright (c)"}],
    )
    lines = (IdentifierLine("Matrix / Runout", "SRK 1 A", "Side A"),)
    labels = (LabelLine("Sire", "SRK 1", None), LabelLine("WEA", "W 2", None))
    store_printed({release.pk: Printed(labels, (), lines)}, in_full=True)
    told = APIClient().get(f"/api/v1/releases/{release.pk}").json()
    assert [one["catno"] for one in told["labels"]] == ["SRK 1", "W 2"]
    assert told["identifiers"] == [
        {"kind": "Matrix / Runout", "value": "SRK 1 A", "description": "Side A"}
    ]
    assert told["tracklist"][0]["title"] == "Born Under Punches"
    assert told["companies"] == [{"name": "Sire Records", "catno": "", "role": "Copyright (c)"}]
    old = timezone.now() - timedelta(days=400)
    Release.objects.filter(pk=release.pk).update(source="discogs", fetched_at=old)
    settings.UPSTREAMS = "real"
    bare = APIClient().get(f"/api/v1/releases/{release.pk}").json()
    assert bare["withheld"] and not any(
        bare[name] for name in ("title", "labels", "identifiers", "tracklist", "companies")
    )


def test_wants_are_added_listed_and_taken_back(api):
    album = make_album()
    made = api.post("/api/v1/wants", {"album": album.pk})
    assert made.status_code == 201
    again = api.post("/api/v1/wants", {"album": album.pk, "notes": "the red one"})
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    assert again.json()["notes"] == "the red one"
    assert [row["album"] for row in api.get("/api/v1/wants").json()["results"]] == [album.pk]
    assert api.delete(f"/api/v1/wants/{made.json()['id']}").status_code == 204
    assert api.get("/api/v1/wants").json()["count"] == 0


def test_what_was_merged_is_answered_as_the_album_that_stands(
    api, person, django_assert_num_queries
):
    kept, gone = make_album("Kind of Blue"), make_album("Kind Of Blue (mono)")
    pressing = make_release(gone)
    for made in (make_want, make_copy):
        made(person, gone)
    before = api.get(f"/api/v1/albums/{gone.pk}").json()
    assert before["id"] == gone.pk
    merge_into([gone.pk], kept)
    with django_assert_num_queries(2):
        found = APIClient().get(f"/api/v1/albums/{gone.pk}").json()
    assert (found["id"], found["title"]) == (kept.pk, "Kind of Blue")
    assert APIClient().get(f"/api/v1/releases/{pressing.pk}").json()["album"] == kept.pk
    assert [row["id"] for row in api.get("/api/v1/albums").json()["results"]] == [kept.pk]
    for listed in ("wants", "collection"):
        assert [row["album"] for row in api.get(f"/api/v1/{listed}").json()["results"]] == [kept.pk]
    assert api.post("/api/v1/collection", {"album": gone.pk}).json()["album"] == kept.pk


def test_two_wants_that_a_merge_made_one_are_taken_off_together(api, person):
    kept, gone = make_album("Kind of Blue"), make_album("Kind Of Blue (mono)")
    for album in (gone, kept):
        make_want(person, album)
    make_want(person, release=make_release(kept))
    merge_into([gone.pk], kept)
    told = {row["id"]: row["release"] for row in api.get("/api/v1/wants").json()["results"]}
    assert len(told) == 2
    (want,) = (number for number, release in told.items() if release is None)
    assert api.delete(f"/api/v1/wants/{want}").status_code == 204
    left = api.get("/api/v1/wants").json()["results"]
    assert [row["id"] for row in left] == [number for number in told if number != want]


def make_file(person, _album):
    return CsvImport.objects.create(user=person, list="shelf", name="shelf.csv")


@pytest.mark.parametrize("listed", ["wants", "collection", "files"])
def test_a_long_list_is_read_in_as_few_queries_as_a_short_one(
    api, person, listed, django_assert_num_queries
):
    make = {"wants": make_want, "collection": make_copy, "files": make_file}[listed]
    queries = 4 if listed == "files" else 3
    for rows in (1, 3):
        while len(api.get(f"/api/v1/{listed}").json()["results"]) < rows:
            make(person, make_album())
        with django_assert_num_queries(queries):
            api.get(f"/api/v1/{listed}")


def test_a_want_names_exactly_one_thing(api):
    release = make_release(make_album())
    both = {"album": release.album_id, "release": release.pk}
    for wrong in ({}, both, {"album": 10**12}):
        answer = api.post("/api/v1/wants", wrong)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid"


def test_another_persons_want_and_job_are_not_there(api):
    stranger = make_person()
    want = Want.objects.create(user=stranger, album=make_album())
    job = Job.objects.create(kind="catalog.sync_album_releases", owner=stranger)
    assert api.delete(f"/api/v1/wants/{want.pk}").status_code == 404
    assert api.get(f"/api/v1/jobs/{job.pk}").status_code == 404
    assert Want.objects.filter(pk=want.pk).exists()


def test_prices_leave_only_where_the_terms_allow_it(api, settings):
    settings.UPSTREAMS = "real"
    settings.EBAY_CONSENT = False
    album = make_album()
    make_quote(album, source="discogs")
    make_quote(album, source="ebay")
    answer = api.get(f"/api/v1/prices/{album.pk}").json()
    assert [row["source"] for row in answer] == ["discogs"]
    assert Quote.objects.count() == 2


def test_the_description_of_the_api_is_complete_and_readable():
    schema = APIClient().get("/api/v1/schema/", {"format": "json"})
    assert schema.status_code == 200
    assert "/api/v1/recs/refresh" in schema.json()["paths"]
    assert APIClient().get("/api/v1/docs/").status_code == 200


def test_prices_are_those_that_hold_where_the_person_lives(api):
    album = make_album()
    make_quote(album, territory="ES", amount="20.00")
    make_quote(album, territory="SE", amount="10.00")
    answer = api.get(f"/api/v1/prices/{album.pk}").json()
    assert [row["amount"] for row in answer] == ["20.00"]


@pytest.mark.parametrize("way", ["token", "session"])
def test_sentences_are_in_the_language_of_the_person_whatever_the_program_accepts(api, person, way):
    person.language = "es"
    person.save()
    if way == "session":
        api = APIClient()
        api.force_login(person)
    answer = api.get("/api/v1/recs", headers={"Accept-Language": "en"})
    assert answer["Content-Language"] == "es"
    stranger = APIClient().get("/api/v1/albums", headers={"Accept-Language": "en"})
    assert stranger["Content-Language"] == "en"


def test_a_want_is_described_and_read_again_by_a_program(api, person):
    want = make_want(person, make_album())
    address = f"/api/v1/wants/{want.pk}"
    asked = {
        "originals_only": True, "countries": ["UK"], "least_grade": "NM", "max_price": "30.00",
        "currency": "EUR", "priority": "must",
    }  # fmt: skip
    answer = api.patch(address, asked, format="json")
    assert answer.status_code == 200, answer.json()
    assert {name: answer.json()[name] for name in asked} == asked
    assert api.get(address).json() == answer.json()
    for wrong in (
        {"priority": "maybe"}, {"least_grade": "EX"}, {"max_price": "-1"},
        {"max_price": "5", "currency": "XXX"},
        {"countries": ["UK"] * 21}, {"countries": ["UK", "Narnia"]}, {"rating": 3},
        {"colour": "x" * 41},
    ):  # fmt: skip
        assert api.patch(address, wrong, format="json").status_code == 400
    pressing = make_want(person, release=make_release(make_album()))
    told = api.patch(f"/api/v1/wants/{pressing.pk}", {"colour": "red"}, format="json")
    assert told.status_code == 400 and "colour" in told.json()["error"]["fields"]


def test_a_want_is_added_with_all_that_it_asks_for_or_not_at_all(api):
    album = make_album()
    asked = {"album": album.pk, "notes": "hi", "max_price": "9.00", "currency": "EUR",
             "originals_only": True, "no_unofficial": True, "countries": ["UK"], "colour": "red",
             "least_grade": "NM", "priority": "nice"}  # fmt: skip
    made = api.post("/api/v1/wants", asked, format="json")
    assert made.status_code == 201
    assert {name: made.json()[name] for name in asked} == asked
    assert api.get(f"/api/v1/wants/{made.json()['id']}").json() == made.json()
    release = make_release(make_album())
    for wrong, name in (
        ({"release": release.pk, "colour": "red"}, "colour"),
        ({"release": release.pk, "max_price": "9"}, "currency"),
        ({"release": release.pk, "max_prize": "9"}, "max_prize"),
    ):
        told = api.post("/api/v1/wants", wrong, format="json")
        assert told.status_code == 400 and set(told.json()["error"]["fields"]) == {name}
    assert Want.objects.count() == 1


def test_a_copy_is_added_with_all_that_is_noted_of_it(api):
    asked = {"album": make_album().pk, "grade": "VG+", "rating": 4, "folder": "Jazz"}
    made = api.post("/api/v1/collection", asked, format="json")
    assert made.status_code == 201
    assert {name: made.json()[name] for name in asked} == asked


WRITING = (
    ("patch", "me"), ("post", "wants"), ("patch", "wants/{want}"), ("post", "collection"),
    ("patch", "collection/{copy}"), ("put", "wants/{want}/alert"), ("post", "sellers"),
    ("post", "prices/{album}"), ("post", "prices/releases/{release}"), ("patch", "recs/taste"),
    ("post", "recs/playlist"), ("put", "recs/{album}/dismiss"), ("put", "recs/{album}/lean"),
    ("put", "recs/{album}/lock"), ("post", "recs/refresh"),
)  # fmt: skip


@pytest.mark.parametrize(("how", "where"), WRITING)
def test_a_field_that_there_is_not_is_refused_by_name(api, person, how, where):
    release = make_release(make_album())
    address = where.format(
        want=make_want(person, make_album()).pk, copy=make_copy(person, make_album()).pk,
        album=release.album_id, release=release.pk,
    )  # fmt: skip
    told = getattr(api, how)(f"/api/v1/{address}", {"max_prize": "9"}, format="json")
    assert told.status_code == 400, told.content
    assert told.json()["error"]["fields"]["max_prize"]


def test_a_copy_is_described_by_a_program(api, person):
    copy = make_copy(person, make_album())
    address = f"/api/v1/collection/{copy.pk}"
    details = {"grade": "VG+", "sleeve_grade": "no_cover", "rating": 4, "paid": "12.00",
               "paid_currency": "EUR", "folder": "Jazz"}  # fmt: skip
    answer = api.patch(address, details, format="json")
    assert {name: answer.json()[name] for name in details} == details
    assert api.patch(address, {"rating": 6}, format="json").status_code == 400
    stranger = make_copy(make_person(), make_album())
    assert api.patch(f"/api/v1/collection/{stranger.pk}", {}, format="json").status_code == 404


NO_NUMBERS = ("abc", "-1", "0", "7.5", "٣", "99999999999999999999")


@pytest.mark.parametrize("given", NO_NUMBERS)
def test_a_filter_that_is_no_number_is_refused_by_name_and_not_left_out(api, given):
    make_album()
    asked = {"albums": "artist", "artists": "page_size", "wants": "page", "recs": "start"}
    for listed, name in asked.items():
        answer = api.get(f"/api/v1/{listed}", {name: given})
        refused = answer.json().get("error", {})
        assert (answer.status_code, refused.get("code")) == (400, "invalid"), (listed, name)
        assert list(refused["fields"]) == [name] and refused["fields"][name]


def test_a_choice_that_there_is_not_is_refused_by_name_and_not_left_out(api, person):
    file = CsvImport.objects.create(user=person, list="shelf", name="shelf.csv")
    asked = [("recs", name) for name in ("tab", "price", "decade", "edition", "dial")]
    for listed, name in [*asked, (f"files/{file.pk}/rows", "status")]:
        answer = api.get(f"/api/v1/{listed}", {name: "any"})
        assert answer.status_code == 400, (listed, name)
        assert list(answer.json()["error"]["fields"]) == [name]


def test_what_is_left_empty_narrows_nothing_and_nobody_starts_from_an_album_that_is_not_there(api):
    make_album()
    assert api.get("/api/v1/albums", {"artist": "", "page_size": "", "page": ""}).json()["count"]
    started = api.get("/api/v1/recs", {"start": "987654321"})
    assert started.status_code == 400 and "start" in started.json()["error"]["fields"]


def test_a_date_is_told_to_programs_as_far_as_it_is_known(api):
    release = make_release(make_album(), released="1987-06-00")
    assert api.get(f"/api/v1/releases/{release.pk}").json()["released"] == "1987-06"
    schema = api.get("/api/v1/schema/", {"format": "json"}).json()["components"]["schemas"]
    assert "ISO 8601" in schema["Release"]["properties"]["released"]["description"]
