"""The landing page shows what the catalogue knows, and no figure that nobody counted."""

import re

import pytest
from django.core.cache import cache
from django.utils import timezone

from pricing import best
from tests.factories import make_album, make_artist, make_quote, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


def main_of(client):
    html = client.get("/").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html[html.index("<main") :]))


def test_an_empty_catalogue_shows_no_figure(client):
    words = main_of(client)
    assert "The records you already love" in words
    assert "€" not in words
    assert not re.search(r"Pressings on vinyl|of 100|Counted", words)


def test_price_score_and_pressings_are_those_of_the_catalogue(client):
    album = make_album("Tago Mago", make_artist("Can"), popularity=900, year=1971)
    album.rating, album.rating_count, album.rating_at = "4.50", 9870, timezone.now()
    album.releases_synced_at, album.upstream_release_count = timezone.now(), 3
    album.save()
    for year in (1971, 1971, 2011):
        make_release(album, year=year)
    make_quote(album, amount="20.90", shipping="5.50")
    best.refresh(album.pk, timezone.now())
    words = main_of(client)
    assert "26.40 delivered" in words
    assert "20.90 + 5.50" in words
    assert "You named Can" in words
    assert "Originals 2 Reissues 1 Pressings on vinyl 3" in words
    assert "Counted for Tago Mago." in words
