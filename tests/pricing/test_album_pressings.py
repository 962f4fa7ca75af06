"""The list of pressings on an album's page: all of them, ordered, filtered, each row its own."""

import re

import pytest
from django.test import Client

from tests.factories import (
    make_album,
    make_best_price,
    make_copy,
    make_person,
    make_quote,
    make_release,
)
from tests.pricing.reading import album_url, group_names, rows, words

pytestmark = pytest.mark.django_db


def test_anybody_reads_an_album_with_every_pressing(client):
    album = make_album(genres=["Rock"], styles=["New Wave"], rating="4.61", rating_count=9870)
    for number in range(60):
        make_release(album, year=1980 + number % 40, country="Germany" if number % 2 else "US")
    page = client.get(album_url(album))
    text = words(page)
    assert page.status_code == 200
    assert len(rows(page)) == 60
    assert "60 of 60 pressings" in text
    assert "Released 1980" in text
    assert "New Wave, Rock" in text
    assert "4.61 from 9,870" in text
    assert "Own it" not in text  # nobody is signed in


def test_originals_stand_before_reissues(client):
    album = make_album(year=1980)
    reissue = make_release(album, year=2013, country="Europe")
    repress = make_release(album, year=1980, country="UK", format="LP, Album, Repress")
    original = make_release(album, year=1980, country="US")
    bootleg = make_release(album, year=1980, is_unofficial=True, format="LP, Unofficial Release")
    page = client.get(album_url(album))
    shown = rows(page)
    assert shown[0] == original.pk
    assert set(shown[1:]) == {reissue.pk, repress.pk, bootleg.pk}
    assert group_names(page) == ["Originals", "Reissues"]
    assert page.content.decode().count("Unofficial</span>") == 1


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?country=Germany", {"b"}),
        ("?year=2013", {"c"}),
        ("?format=180g", {"c"}),
        ("?label=Rhino", {"c"}),
        ("?country=US&year=1980", {"a"}),
        ("?country=Nowhere", set()),
        ("?sort=nonsense&page=x", {"a", "b", "c"}),
    ],
)
def test_the_address_filters_the_pressings(client, query, kept):
    album = make_album()
    made = {
        "a": make_release(album, country="US"),
        "b": make_release(album, country="Germany"),
        "c": make_release(
            album, country="Europe", year=2013, label="Rhino", format="2xLP, Album, 180g"
        ),
    }
    page = client.get(album_url(album, query))
    assert set(rows(page)) == {made[name].pk for name in kept}
    assert f"{len(kept)} of 3 pressings" in words(page)


def test_a_filter_stays_chosen_after_reload(client):
    album = make_album()
    make_release(album, country="Germany")
    make_release(album, country="US")
    html = client.get(album_url(album, "?country=Germany&sort=label")).content.decode()
    assert '<option value="Germany" selected>' in html
    assert '<option value="label" selected>' in html


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", "old mid new none"),
        ("?sort=-year", "new mid old none"),
        ("?sort=country", "mid old new none"),
        ("?sort=label", "new old mid none"),
    ],
)
def test_the_address_orders_the_pressings(client, query, order):
    album = make_album(year=1960)  # so that none of them is an original
    made = {
        "old": make_release(album, year=1970, country="Germany", label="Beta"),
        "new": make_release(album, year=2013, country="US", label="alpha"),
        "mid": make_release(album, year=1990, country="France", label="Gamma"),
        "none": make_release(album, year=None, country="", label=""),
    }
    page = client.get(album_url(album, query))
    assert rows(page) == [made[name].pk for name in order.split()]


def test_the_head_of_the_year_turns_the_order_round(client):
    album = make_album()
    make_release(album)
    html = client.get(album_url(album, "?country=US")).content.decode()
    assert 'aria-sort="ascending"><a href="?country=US&amp;sort=-year#pressings"' in html
    html = client.get(album_url(album, "?sort=-year")).content.decode()
    assert 'aria-sort="descending"><a href="?#pressings"' in html


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("year", ["Originals", "Reissues of 1990", "Reissues of 2013", "Year not known"]),
        ("country", ["Originals", "Reissues, Germany", "Reissues, US", "Country not known"]),
        ("label", ["Originals", "Reissues, Rhino", "Reissues, Sire"]),
        ("nonsense", ["Originals", "Reissues"]),
    ],
)
def test_reissues_stand_in_families_that_the_address_names(client, group, names):
    album = make_album(year=1980)
    make_release(album)
    make_release(album, year=2013, country="Germany", label="Rhino")
    make_release(album, year=1990, country="Germany", label="Rhino")
    make_release(album, year=2013, country="US")
    make_release(album, year=None, country="", label="Rhino")
    page = client.get(album_url(album, f"?group={group}"))
    assert group_names(page) == names
    assert len(rows(page)) == 5


def test_what_stands_in_a_row_is_escaped_and_is_that_rows_own(client):
    album = make_album()
    evil = make_release(album, label="<b>Sire</b>", catalogue_number='"><script>', format="A & B")
    plain = make_release(album, label="Plain", catalogue_number="P 1")
    html = client.get(album_url(album)).content.decode()
    line = re.search(rf'<tr role="row" id="p{evil.pk}".*?</tr>', html, re.S)[0]
    assert "&lt;b&gt;Sire&lt;/b&gt;" in line
    assert "&quot;&gt;&lt;script&gt;" in line
    assert "A &amp; B" in line
    assert f'href="/releases/{evil.pk}/"' in line
    assert "Plain" not in line
    other = re.search(rf'<tr role="row" id="p{plain.pk}".*?</tr>', html, re.S)[0]
    assert f'href="/releases/{plain.pk}/">Plain</a>' in other
    assert "\ue000" not in html
    assert "987654321098765432" not in html


def test_each_row_has_the_price_and_the_buttons_of_its_own_pressing(signed_in):
    album = make_album()
    made = [make_release(album) for _ in range(3)]
    for amount, release in zip(("10", "2000", "35.50"), made, strict=True):
        make_quote(album, release, amount=amount, shipping="0")
    html = signed_in.get(album_url(album)).content.decode()
    shown = {}
    for release in made:
        line = re.search(rf'<tr role="row" id="p{release.pk}".*?</tr>', html, re.S)[0]
        assert f'name="release_id" value="{release.pk}"' in line
        shown[release.pk] = re.search(r"</i>([\d.,]+)</span>", line)[1]
    assert list(shown.values()) == ["10.00", "2,000.00", "35.50"]


def test_pressings_sort_by_price_with_unknown_ones_last(client):
    album = make_album()
    unknown = make_release(album)
    dear, cheap = make_release(album), make_release(album)
    make_quote(album, dear, amount="40")
    make_quote(album, cheap, amount="10")
    page = client.get(album_url(album, "?sort=price"))
    assert rows(page) == [cheap.pk, dear.pk, unknown.pk]


def test_own_copies_and_generated_rows_are_marked(signed_in, person):
    album = make_album()
    mine = make_release(album, generated=True)
    make_release(album)
    make_copy(person, album, mine)
    make_copy(person, album, mine)
    html = signed_in.get(album_url(album)).content.decode()
    assert f'id="p{mine.pk}" class="own"' in html
    assert html.count('class="own"') == 1
    assert "2 on your shelf" in html
    assert html.count("†") == 2  # in the row, and once above the table, which says what it means
    assert "no such pressing exists" in html


def test_prices_stand_in_the_column_and_in_the_row(signed_in):
    album = make_album()
    release = make_release(album)
    make_best_price(make_quote(album, release, amount="20.90", shipping="5.50"))
    text = words(signed_in.get(album_url(album)))
    assert "€ 26.40 Lowest, delivered to Spain" in text
    assert text.count("26.40") >= 2


def test_long_lists_let_the_browser_skip_rows(client):
    album = make_album()
    for _ in range(301):
        make_release(album)
    html = client.get(album_url(album)).content.decode()
    assert 'class="press long"' in html
    assert html.count('role="row" id="p') == 301


def test_rows_that_were_drawn_for_one_page_hold_nothing_of_it_on_the_next(client, person):
    """What was drawn is kept: each page fills in its own album, token and words."""
    first, second = make_album("First"), make_album("Second")
    for album in (first, second):
        make_quote(album, make_release(album, label="100% <Vinyl>", country="Germany"))
    other = Client()
    other.force_login(make_person())
    client.force_login(person)
    client.get(album_url(first))
    spanish = other.get(album_url(second), headers={"accept-language": "es"}).text
    assert ">Alemania</td>" in spanish and ">Want<" not in spanish
    page = other.get(album_url(second)).text
    table = page[page.index('<table class="press') :]
    [token] = set(re.findall(r'csrfmiddlewaretoken" value="(\w{64})"', page))
    assert f'value="{token}"' in table and f"price-{second.pk}-" in table
    assert f"price-{first.pk}-" not in page and "100% &lt;Vinyl&gt;" in table
    anonymous = Client().get(album_url(second)).text
    assert "<form" not in anonymous[anonymous.index("<tbody") : anonymous.index("</table>")]


def test_filters_are_named_in_the_pages_language_and_keep_discogs_words_in_the_address(client):
    album = make_album()
    make_release(album, country="Spain", format="LP, Reissue", year=1990)
    asked = album_url(album, "?country=Spain&group=country")
    html = client.get(asked, headers={"accept-language": "es"}).content.decode()
    assert re.search(r'<option value="Spain" selected>España \(1\)', html)
    assert ">España</td>" in html and ">Spain</td>" not in html
