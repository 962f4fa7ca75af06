"""Prices that name their pressing, read in a language that has its own names of countries."""

import pytest
from django.urls import reverse

from tests.factories import make_album, make_best_price, make_person, make_quote, make_release
from tests.pricing.reading import words

pytestmark = pytest.mark.django_db


def test_every_page_with_a_price_that_names_its_pressing_is_read_in_spanish(client):
    album = make_album(year=1980)
    release = make_release(album, year=1985, country="Germany", format="LP, Album, Reissue")
    make_best_price(make_quote(album, release, edition="reissue"))
    blocks = [("block", [album.pk, name]) for name in ("discogs", "ebay", "shops")]
    whole = [(name, [album.pk]) for name in ("album", "album_prices", "tag")]
    client.force_login(make_person(language="es"))
    told = {}
    for name, numbers in (*whole, *blocks, ("release", [release.pk])):
        address = reverse(f"pricing:{name}", args=numbers)
        page = client.get(address, headers={"accept-language": "es"})
        assert page.status_code == 200, address
        told[address] = words(page)
    naming = [text for text in told.values() if "1985 Alemania" in text]
    # The album, all its blocks, its tag, the block of the source, and the pressing itself.
    assert len(naming) == 5
