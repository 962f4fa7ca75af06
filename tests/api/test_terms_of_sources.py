"""Nothing leaves by the API that may not: every endpoint, with rows of every source."""

import re
from datetime import timedelta

import pytest
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import CsvImport, LinkedService
from pricing import best
from pricing.models import FollowedSeller, PriceAlert, PriceHistory, PriceSuggestion, Seller
from recommendations.models import Recommendation, RecommendationSet
from tests.factories import (
    make_album,
    make_artist,
    make_copy,
    make_listening,
    make_quote,
    make_release,
    make_similar,
    make_want,
)
from vinyl.api_urls import urlpatterns
from vinyl.jobs.models import Job
from vinyl.upstreams.terms import SOURCES, may_leave, terms_for

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
# Times of day hold any digits, "…:04.87…" too.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+")
# What each source alone says about this person and these records.
PLAYS = {"lastfm": 7331, "spotify": 7332, "listenbrainz": 7333}
PRICES = {"discogs": "71.31", "ebay": "71.32", "shop:discolandia": "71.33"}


@pytest.fixture
def real(settings):
    settings.UPSTREAMS = "real"
    settings.DISCOGS_KEEP_PRICE_HISTORY = settings.EBAY_CONSENT = False
    return settings


@pytest.fixture
def rows(person):
    """Rows of every source around one album; the addresses' numbers."""
    artist = make_artist()
    album = make_album(artist=artist, rating="4.87", rating_count=991234,
                       rating_at=timezone.now() - 7 * HOUR)  # fmt: skip
    release = make_release(album, have=881234, want=771234)
    make_similar(artist, make_artist("Blondie"))
    for source, plays in PLAYS.items():
        make_listening(person, artist, album, plays=plays, source=source)
        name = f"{source}-name-of-them"
        if source in LinkedService.Service.values:
            LinkedService.objects.create(user=person, service=source, username=name)
    for source, amount in PRICES.items():
        make_quote(album, source=source, amount=amount, shipping="0.00", territory="ES",
                   seller=f"{source}-seller")  # fmt: skip
    best.refresh(album.pk, timezone.now())
    want, copy = make_want(person, album), make_copy(person, album, release)
    job = Job.objects.create(
        kind="accounts.sync_listening", owner=person, payload={"username": "lastfm-name-of-them"},
        result={"plays": 7331}, message_id="%(n)s plays", message_params={"n": 7331},
    )  # fmt: skip
    made = RecommendationSet.objects.create(
        user=person, made_at=timezone.now(), expires_at=timezone.now() + HOUR, score_version="1",
        inputs_hash="x", plays=1, records=0,
    )  # fmt: skip
    other = make_album("Parallel Lines", "Blondie")
    for place, one in enumerate((album, other)):
        Recommendation.objects.create(
            set=made, album=one, position=place, listening=40, taste=10,
            causes=[{"kind": "plays", "count": 7331, "period": "all"}],
        )  # fmt: skip
    PriceAlert.objects.create(want=want, percent=20)
    seller = Seller.objects.create(username="name-of-a-shop", state="read")
    followed = FollowedSeller.objects.create(user=person, seller=seller)
    file = CsvImport.objects.create(user=person, list="shelf", name="shelf.csv", state="read")
    PriceSuggestion.objects.create(
        user=person, release=release, by_grade={"NM": "30.00"}, currency="EUR",
        observed_at=timezone.now(),
    )  # fmt: skip
    for source, amount in PRICES.items():
        today = timezone.now().date()
        PriceHistory.objects.create(
            album_id=album.pk, release_id=release.pk, source=source.partition(":")[0],
            first_day=today, last_day=today, count=1, prices=[int(amount.replace(".", ""))],
        )  # fmt: skip
    return {
        "album_id": album.pk, "artist_id": artist.pk, "albums": album.pk, "releases": release.pk,
        "wants": want.pk, "collection": copy.pk, "jobs": job.pk, "release_id": release.pk,
        "want_id": want.pk, "followed_id": followed.pk, "file_id": file.pk,
    }  # fmt: skip


def addresses(rows):
    """Every address of the API that can be read, with the numbers of the rows."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        head = route.partition("/")[0]
        for name in pattern.pattern.converters:
            number = rows[head] if name == "pk" else rows[name]
            route = route.replace(f"<int:{name}>", str(number))
        # The pressing finder answers nobody who looks for nothing.
        yield f"/api/v1/{route}" + ("?find=SRK+6095" if route == "releases" else "")


def test_no_endpoint_tells_what_a_source_keeps_here(real, api, rows):
    read = 0
    for address in addresses(rows):
        answer = api.get(address)
        assert answer.status_code in (200, 405), address
        if answer.status_code == 405:
            continue
        read += 1
        text = MOMENT.sub("", answer.content.decode())
        for source, amount in PRICES.items():
            told = amount in text
            assert not told or may_leave(source), (address, source)
        for source, plays in PLAYS.items():
            assert str(plays) not in text or may_leave(source), (address, source)
            assert f"{plays:,}" not in text or may_leave(source), (address, source)
        if "history" in address:  # of these only shops' past prices are kept
            assert PRICES["discogs"] not in text, address
        for hidden in ("ebay-seller", "name-of-them", "4.87", "991234", "881234", "771234"):
            assert hidden not in text, (address, hidden)
    assert read >= 10


def test_the_api_has_no_address_beside_these():
    found = {str(one.pattern) for one in get_resolver().url_patterns if "api" in str(one.pattern)}
    assert found == {"api/v1/"}


@pytest.mark.parametrize("source", sorted(PRICES))
def test_prices_leave_where_the_row_says_so(real, api, rows, source):
    told = [row["source"] for row in api.get(f"/api/v1/prices/{rows['album_id']}").json()]
    assert (source in told) == may_leave(source)


def test_consent_to_mix_is_no_consent_to_send(real, api, rows):
    real.EBAY_CONSENT = True
    best.refresh(rows["album_id"], timezone.now())
    assert "71.32" not in api.get("/api/v1/recs").content.decode()
    assert "71.32" not in api.get(f"/api/v1/prices/{rows['album_id']}").content.decode()


def test_an_over_age_price_does_not_leave_even_where_its_row_still_stands(real, api):
    album = make_album()
    now = timezone.now()
    make_quote(album, observed_at=now - 7 * HOUR, valid_until=now + HOUR)
    assert api.get(f"/api/v1/prices/{album.pk}").json() == []


def test_scores_leave_and_sentences_about_listening_only_where_all_sources_allow(real, person):
    api = APIClient()
    api.force_authenticate(person)
    album = make_album()
    make_listening(person, album.artists.get(), album, plays=7333, source="listenbrainz")
    made = RecommendationSet.objects.create(
        user=person, made_at=timezone.now(), expires_at=timezone.now() + HOUR, score_version="1",
        inputs_hash="x", plays=1, records=0,
    )  # fmt: skip
    Recommendation.objects.create(
        set=made, album=album, position=0, listening=40, taste=10,
        causes=[{"kind": "plays", "count": 7333, "period": "all"}],
    )  # fmt: skip
    parts = {part["key"]: part for part in api.get("/api/v1/recs").json()[0]["parts"]}
    assert "7,333" in parts["listening"]["sentence"]
    make_listening(person, album.artists.get(), album, plays=1, source="lastfm")
    parts = {part["key"]: part for part in api.get("/api/v1/recs").json()[0]["parts"]}
    assert parts["listening"]["sentence"] == ""
    assert parts["listening"]["points"] == "40.00"


@pytest.mark.parametrize("source", SOURCES)
def test_every_row_says_whether_it_may_leave(real, source):
    assert may_leave(source) == terms_for(source).via_api
