"""The terms, row by row, as design and services ask for them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as house

from vinyl.upstreams.registry import UPSTREAMS
from vinyl.upstreams.terms import (
    DISCOGS_NOTICE,
    SOURCES,
    Terms,
    shown_until,
    site_notices,
    terms_for,
    withheld,
)

SIX_HOURS = timedelta(hours=6)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def real(settings):
    """An installation that asks the real services and has nobody's consent."""
    settings.UPSTREAMS = "real"
    settings.DISCOGS_KEEP_PRICE_HISTORY = False
    settings.EBAY_CONSENT = False
    settings.ALLOW_PREVIEW_ANALYSIS = False
    return settings


# source: age, history, scores, medians, mixed with others, train, by our API
TABLE = {
    "discogs_dump": (None, True, True, True, True, True, True),
    "musicbrainz": (None, True, True, True, True, True, True),
    "listenbrainz": (None, True, True, True, True, True, True),
    "acousticbrainz": (None, True, True, True, True, True, True),
    "ecb": (None, True, True, True, True, True, True),
    "coverart": (None, True, True, True, True, False, True),
    "discogs": (SIX_HOURS, False, True, False, True, False, True),
    "own": (None, True, True, True, True, False, True),
    "ebay": (SIX_HOURS, False, False, False, False, False, False),
    "spotify": (None, False, True, False, False, False, False),
    "lastfm": (None, True, True, False, False, False, False),
    "deezer": (None, False, False, False, False, False, False),
    "itunes": (None, False, False, False, False, False, False),
    "shop_feed": (None, True, True, True, True, True, True),
    "shop_link": (None, True, True, True, True, True, True),
}


def flags(terms: Terms) -> tuple[object, ...]:
    return (
        terms.max_age, terms.keep_history, terms.in_scores, terms.in_medians, terms.mixable,
        terms.trainable, terms.via_api,
    )  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
def test_row_of_the_table(real, source):
    assert flags(terms_for(source)) == TABLE[source]


@pytest.mark.parametrize("source", SOURCES)
def test_sandbox_holds_nobodys_content(settings, source):
    settings.UPSTREAMS = "sandbox"

    assert flags(terms_for(source)) == (None, True, True, True, True, True, True)


@pytest.mark.parametrize("source", ["deezer", "itunes"])
def test_allowed_analysis_lets_what_was_measured_into_scores_only(real, source):
    real.ALLOW_PREVIEW_ANALYSIS = True

    assert flags(terms_for(source)) == (None, False, True, False, False, False, False)


def test_discogs_consent_loosens_history_only(real):
    real.DISCOGS_KEEP_PRICE_HISTORY = True

    assert flags(terms_for("discogs")) == (SIX_HOURS, True, True, True, True, False, True)
    assert flags(terms_for("ebay")) == TABLE["ebay"]


def test_ebay_consent_loosens_ebay_only(real):
    real.EBAY_CONSENT = True

    assert flags(terms_for("ebay")) == (SIX_HOURS, True, True, True, True, False, False)
    assert flags(terms_for("discogs")) == TABLE["discogs"]


def test_price_is_withheld_after_six_hours_and_not_before(real):
    assert not withheld("discogs", NOW - SIX_HOURS, NOW)
    assert withheld("discogs", NOW - SIX_HOURS - timedelta(seconds=1), NOW)
    assert shown_until("discogs", NOW) == NOW + SIX_HOURS
    assert not withheld("musicbrainz", NOW - timedelta(days=4000), NOW)


def test_content_without_terms_may_not_be_used(real):
    with pytest.raises(KeyError):
        terms_for("somebody")


def test_people_only_and_deletion(real):
    assert {one for one in SOURCES if terms_for(one).owner_only} == {"own", "spotify", "lastfm"}
    assert {one for one in SOURCES if terms_for(one).delete_on_unlink} == {"spotify", "lastfm"}
    assert {one for one in SOURCES if terms_for(one).delete_when_gone} == {"ebay"}
    assert terms_for("lastfm").storage_limit == 100_000_000


def test_notices_are_discogs_own_words_with_a_link_to_the_thing(real):
    assert site_notices() == (
        "This application uses Discogs' API but is not affiliated with, sponsored or endorsed by "
        "Discogs. 'Discogs' is a trademark of Zink Media, LLC.",
    )
    assert DISCOGS_NOTICE == "Data provided by Discogs."
    real.UPSTREAM_URLS = real.UPSTREAM_URLS | {"discogs_www": "https://www.discogs.com"}
    discogs = terms_for("discogs")
    assert discogs.notice == DISCOGS_NOTICE
    assert discogs.notice_link("release", 249504) == "https://www.discogs.com/release/249504"
    assert discogs.notice_link() == "https://www.discogs.com"


def test_lastfm_links_lead_to_its_music_pages(real):
    real.UPSTREAM_URLS = real.UPSTREAM_URLS | {"lastfm_www": "https://www.last.fm"}

    link = terms_for("lastfm").notice_link("artist", "AC/DC")

    assert link == "https://www.last.fm/music/AC%2FDC"


def test_every_service_has_terms_and_a_page(real):
    for name, one in UPSTREAMS.items():
        assert one.terms.source == name
        assert one.docs.startswith("docs/upstreams/")
        assert not one.keys or one.how_to_configure


def test_every_mark_that_a_source_asks_for_is_there():
    marks = Path(house.BASE_DIR) / "static" / "img" / "marks"

    wanted = {terms_for(source).logo for source in SOURCES} - {""}

    assert wanted == {file.stem for file in marks.glob("*.svg")}
