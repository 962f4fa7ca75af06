"""The rows of the terms where they bite: prices on pages, in lists, in scores and in the API."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.utils import timezone

from pricing import best, providers, queries, services
from pricing.models import AlbumBestPrice, PriceAsk, Quote
from recommendations.cards import euros_of
from tests.factories import (
    make_album,
    make_best_price,
    make_quote,
    make_release,
)
from vinyl.jobs.models import Job
from vinyl.money import Money
from vinyl.upstreams.terms import SOURCES, source_of, terms_for

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def real(settings):
    """The terms as they hold towards the real services; nobody gave consent."""
    settings.UPSTREAMS = "real"
    settings.DISCOGS_KEEP_PRICE_HISTORY = False
    settings.EBAY_CONSENT = False
    return settings


def answered(album, source="discogs", hours=7, amount="33.33", scope="ES"):
    """An answer of so many hours ago, as it lies in the database."""
    then = timezone.now() - hours * HOUR
    quote = make_quote(
        album,
        source=source,
        amount=amount,
        territory=scope,
        observed_at=then,
        valid_until=then + 6 * HOUR,
    )
    PriceAsk.objects.create(
        source=source, album=album, territory=scope, state="answered", found=1, asked_at=then,
        answered_at=then,
    )  # fmt: skip
    return quote


def scope_of(source):
    return providers.provider(source).scope("ES")


# --- shown at most --------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["discogs", "ebay"])
def test_an_over_age_price_is_not_on_the_page_which_says_what_is_missing(real, client, source):
    album = make_album()
    answered(album, source, scope=scope_of(source))
    page = client.get(f"/albums/{album.pk}/").text
    assert "33.33" not in page
    assert "38.83" not in page  # with its shipping
    assert "1 price is missing here:" in page
    assert "lets its prices be shown for six hours" in page


def test_a_price_of_five_hours_is_shown_with_its_notice_and_link(real, client):
    album = make_album()
    answered(album, hours=5, scope=scope_of("discogs"))
    page = client.get(f"/albums/{album.pk}/").text
    assert "38.83" in page
    assert "Data provided by Discogs." in page


def test_opening_the_page_asks_again_once(real, browser, person, sandbox):
    album = make_album()
    answered(album, scope=scope_of("discogs"))
    for _time in range(3):
        page = browser.get(f"/albums/{album.pk}/").text
        assert "Asking again." in page
    job = Job.objects.get(kind=services.ASK)
    assert (job.payload["provider"], job.owner_id) == ("discogs", person.pk)
    assert sandbox.counters()["total"] == 0


def test_a_pressings_price_is_asked_again_with_its_album(real, browser):
    album = make_album()
    release = make_release(album)
    answered(album, scope=scope_of("discogs"))
    PriceAsk.objects.update(release=release)
    browser.get(f"/albums/{album.pk}/")
    assert Job.objects.get(kind=services.ASK).payload["release_id"] == release.pk


@pytest.mark.parametrize("state", ["fresh", "nothing found", "failed", "never asked"])
def test_opening_the_page_asks_nothing_where_nothing_is_withheld(real, browser, state):
    album = make_album()
    if state != "never asked":
        answered(album, hours=5 if state == "fresh" else 7, scope=scope_of("discogs"))
        PriceAsk.objects.update(
            found=0 if state == "nothing found" else 1,
            state="failed" if state == "failed" else "answered",
        )
    browser.get(f"/albums/{album.pk}/")
    assert not Job.objects.exists()


def test_robots_cause_no_call(real, client):
    album = make_album()
    answered(album, scope=scope_of("discogs"))
    assert client.get(f"/albums/{album.pk}/").status_code == 200
    assert not Job.objects.exists()


def test_in_the_sandbox_nothing_is_withheld(browser):
    album = make_album()
    answered(album, hours=30, scope=scope_of("discogs"))
    page = browser.get(f"/albums/{album.pk}/").text
    assert "33.33" in page
    assert not Job.objects.exists()


def test_over_age_counts_are_left_out(real, client):
    album = make_album()
    make_release(album, have=4321, want=77, stats_at=timezone.now() - 7 * HOUR)
    make_release(album, have=8765, want=78, stats_at=timezone.now() - 5 * HOUR)
    page = client.get(f"/albums/{album.pk}/").text
    assert "4,321" not in page
    assert "8,765" in page


def test_a_list_says_that_a_price_is_too_old(real, person):
    album = make_album()
    answered(album)
    tag = queries.price_tags([album.pk], viewer_of(person))[album.pk]
    assert (tag.state, tag.money) == ("stale", None)


def viewer_of(person):
    request = RequestFactory().get("/")
    request.user = person
    return queries.viewer_for(request)


# --- history, deleted when gone ---------------------------------------------------------------


def test_offers_of_ebay_go_when_six_hours_old_or_ended(real):
    album = make_album()
    now = timezone.now()
    old = make_quote(album, source="ebay", observed_at=now - 6.1 * HOUR, valid_until=now + HOUR)
    ended = make_quote(album, source="ebay", observed_at=now - HOUR, valid_until=now - HOUR / 60)
    stays = make_quote(album, source="ebay", observed_at=now - 5 * HOUR, valid_until=now + HOUR)
    make_best_price(ended, terms_group="ebay")
    services.promote()
    assert list(Quote.objects.filter(source="ebay")) == [stays]
    assert not Quote.objects.filter(pk__in=[old.pk, ended.pk]).exists()
    assert not AlbumBestPrice.objects.filter(quote=ended.pk).exists()


@pytest.mark.parametrize(("kept", "left"), [(False, 0), (True, 1)])
def test_discogs_prices_are_kept_only_with_consent(real, kept, left):
    real.DISCOGS_KEEP_PRICE_HISTORY = kept
    now = timezone.now()
    make_quote(make_album(), observed_at=now - 7 * HOUR, valid_until=now - HOUR)
    services.promote()
    assert Quote.objects.count() == left


def test_ebays_consent_does_not_keep_what_is_gone(real):
    real.EBAY_CONSENT = True
    now = timezone.now()
    make_quote(make_album(), source="ebay", observed_at=now - 7 * HOUR, valid_until=now - HOUR)
    services.promote()
    assert not Quote.objects.exists()


# --- one list with others, scores -------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_only_what_may_be_mixed_stands_in_the_common_list(real, source):
    assert (best.terms_group(source) == best.OPEN) == terms_for(source).mixable


@pytest.mark.parametrize(("source", "counts"), [("discogs", True), ("ebay", False)])
def test_a_price_counts_in_a_score_only_where_the_terms_say(real, source, counts):
    tag = queries.PriceTag("known", money=_euros("20"), source=source, observed_at=timezone.now())
    assert (euros_of(tag, 1) is not None) == counts


def test_ebays_cheaper_offer_is_not_the_lowest_price(real, person):
    album = make_album()
    make_quote(album, source="ebay", amount="1.00", territory=scope_of("ebay"))
    make_quote(album, source="discogs", amount="20.00", territory=scope_of("discogs"))
    best.refresh(album.pk, timezone.now())
    tag = queries.price_tags([album.pk], viewer_of(person))[album.pk]
    assert tag.source == "discogs"
    real.EBAY_CONSENT = True
    best.refresh(album.pk, timezone.now())
    tag = queries.price_tags([album.pk], viewer_of(person))[album.pk]
    assert tag.source == "ebay"


def _euros(amount):
    return Money(Decimal(amount), "EUR")


def test_every_source_written_in_rows_has_its_terms(real):
    for written in (
        "discogs", "ebay", "shop:discolandia", "lastfm~new", "spotify_file", "discogs-dump",
        "listenbrainz",
    ):  # fmt: skip
        assert terms_for(source_of(written))
