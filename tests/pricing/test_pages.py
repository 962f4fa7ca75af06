"""Album and artist: public, complete, and cheap to read."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Album, Cover
from tests.factories import (
    make_album,
    make_artist,
    make_best_price,
    make_copy,
    make_listening,
    make_person,
    make_quote,
    make_release,
    make_similar,
    make_want,
)
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db


def words(page):
    """The text of an answer, without markup and doubled spaces."""
    body = re.sub(r"(?s)<head>.*?</head>", " ", page.content.decode())
    text = re.sub(r"<[^>]+>", " ", body).replace("&nbsp;", " ")
    return re.sub(r"\s+", " ", text)


def rows(page):
    """The ids of the pressings in the table, from top to bottom."""
    return [
        int(found) for found in re.findall(r'<tr role="row" id="p(\d+)"', page.content.decode())
    ]


def group_names(page):
    """The headings within the table, from top to bottom."""
    found = re.findall(r'scope="rowgroup">(.*?)<span>', page.content.decode())
    return [re.sub(r"\s+", " ", name).strip() for name in found]


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    return client


def album_url(album, query=""):
    return reverse("pricing:album", args=[album.pk]) + query


# --- album ------------------------------------------------------------------------------


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


def test_the_page_says_how_often_the_person_played_it(signed_in, person):
    artist = make_artist()
    album = make_album(artist=artist)
    make_listening(person, artist, album, plays=86)
    make_listening(make_person(), artist, album, plays=999)
    assert "You played it 86 times." in words(signed_in.get(album_url(album)))


def test_one_play_is_said_in_the_singular(signed_in, person):
    artist = make_artist()
    album = make_album(artist=artist)
    make_listening(person, artist, album, plays=1)
    assert "You played it 1 time." in words(signed_in.get(album_url(album)))


def test_prices_stand_in_the_column_and_in_the_row(signed_in):
    album = make_album()
    release = make_release(album)
    make_best_price(make_quote(album, release, amount="20.90", shipping="5.50"))
    text = words(signed_in.get(album_url(album)))
    assert "€ 26.40 Lowest, delivered to Spain" in text
    assert text.count("26.40") >= 2


def test_unknown_shipping_is_not_called_delivered(signed_in):
    album = make_album()
    release = make_release(album)
    make_best_price(make_quote(album, release, amount="14.00", shipping=None))
    text = words(signed_in.get(album_url(album)))
    assert "Lowest, shipping unknown" in text
    assert "+ shipping?" in text


def test_reading_an_album_queues_nothing(signed_in):
    album = make_album()
    page = signed_in.get(album_url(album))
    assert Job.objects.count() == 0
    assert "Bring every pressing" in words(page)
    assert "not brought yet" in words(page)


def test_who_is_not_signed_in_cannot_bring_pressings(client):
    page = client.get(album_url(make_album()))
    assert "Bring every pressing" not in words(page)
    assert "The pressings were not brought yet" in words(page)


def test_an_album_without_pressings_says_so(signed_in):
    album = make_album(releases_synced_at=timezone.now(), upstream_release_count=0)
    text = words(signed_in.get(album_url(album)))
    assert "No vinyl pressing is known" in text
    assert "Bring every pressing" not in text


def test_an_incomplete_list_says_how_many_are_missing(signed_in):
    album = make_album(releases_synced_at=timezone.now(), upstream_release_count=212)
    make_release(album)
    text = words(signed_in.get(album_url(album)))
    assert "1 of 212 on vinyl held" in text
    assert "1 of 212 at Discogs, as of today at" in text
    assert "Bring every pressing" not in text, "that was this hour"
    Album.objects.update(releases_synced_at=timezone.now() - timedelta(hours=1))
    assert "Bring every pressing" in words(signed_in.get(album_url(album)))


def test_a_running_sync_shows_its_progress_to_its_owner_only(signed_in, person, client):
    album = make_album()
    Job.objects.create(
        kind="catalog.sync_album_releases", owner=person, dedupe_key=f"album:{album.pk}"
    )
    assert "sse-connect" in signed_in.get(album_url(album)).content.decode()
    client.force_login(make_person())
    page = client.get(album_url(album))
    assert "being brought at this moment" in words(page)
    assert "Bring every pressing" not in words(page)


def test_long_lists_let_the_browser_skip_rows(client):
    album = make_album()
    for _ in range(301):
        make_release(album)
    html = client.get(album_url(album)).content.decode()
    assert 'class="press long"' in html
    assert html.count('role="row" id="p') == 301


def test_a_merged_album_leads_to_the_one_it_went_into(client):
    kept = make_album()
    gone = make_album("Remain In Light", artist="Talking Heads 2", merged_into=kept)
    answer = client.get(album_url(gone))
    assert (answer.status_code, answer["Location"]) == (301, album_url(kept))


def test_a_merged_album_keeps_what_the_address_asked_for_through_two_merges(client):
    kept = make_album()
    middle = make_album("Remain", artist="Talking Heads 3", merged_into=kept)
    gone = make_album("Remain In", artist="Talking Heads 2", merged_into=middle)
    answer = client.get(album_url(gone, "?country=US&sort=label"))
    assert answer.status_code == 301
    assert answer["Location"] == album_url(kept, "?country=US&sort=label")


def test_an_unknown_album_is_not_found(client):
    for there in ("albums", "artists", "releases"):
        assert client.get(f"/{there}/999999/").status_code == 404


def test_a_complete_album_says_so_and_is_looked_at_again_after_an_hour(signed_in):
    album = make_album(releases_synced_at=timezone.now(), upstream_release_count=2)
    for _ in range(2):
        make_release(album)
    text = words(signed_in.get(album_url(album)))
    assert "2 of 2 at Discogs, as of today at" in text
    assert "Look again" not in text
    album.releases_synced_at = timezone.now() - timedelta(hours=2)
    album.save()
    assert "Look again at Discogs" in words(signed_in.get(album_url(album)))


def test_without_a_count_of_discogs_the_page_says_so_and_claims_nothing(signed_in):
    album = make_album(releases_synced_at=timezone.now(), upstream_release_count=None)
    make_release(album)
    text = words(signed_in.get(album_url(album)))
    assert "1 found at Discogs, as of today at" in text
    assert "It gives no count for an album without a master" in text
    assert "1 of 1 at Discogs" not in text and "all held" not in text


def test_more_than_discogs_lists_is_not_told_as_its_count(signed_in):
    album = make_album(releases_synced_at=timezone.now(), upstream_release_count=1)
    for _ in range(2):
        make_release(album)
    text = words(signed_in.get(album_url(album)))
    assert "2 held; Discogs&#x27; own list has 1, as of today at" in text


def test_a_stored_picture_takes_the_drawn_sleeves_place_and_names_its_source(client):
    album = make_album()
    drawn = reverse("catalog:sleeve", args=[album.pk])
    assert f'src="{drawn}"' in client.get(album_url(album)).content.decode()
    Cover.objects.create(
        album=album, state="stored", source="coverart", key="a" * 32, width=500, height=500,
        page_url="https://musicbrainz.org/release-group/x/cover-art",
    )  # fmt: skip
    html = client.get(album_url(album)).content.decode()
    assert f'src="/covers/{"a" * 32}-large.webp"' in html
    assert 'href="https://musicbrainz.org/release-group/x/cover-art"' in html
    artist = album.artists.get()
    html = client.get(artist_url(artist)).content.decode()
    assert f'src="/covers/{"a" * 32}-small.webp"' in html


def test_the_buttons_of_the_page_want_and_own_it(signed_in, person):
    album = make_album()
    release = make_release(album)
    for name, value in (("album_id", album.pk), ("release_id", release.pk)):
        html = signed_in.get(album_url(album)).content.decode()
        assert f'name="{name}" value="{value}"' in html
        back = signed_in.post(
            reverse("accounts:want"), {name: value}, headers={"Referer": album_url(album)}
        )
        assert back["Location"] == album_url(album)
    text = words(signed_in.get(album_url(album)))
    assert "On your wants" in text
    assert "You want 1 of its pressings" in text
    signed_in.post(reverse("accounts:own"), {"release_id": release.pk})
    assert 'class="own"' in signed_in.get(album_url(album)).content.decode()


def _album_with(person, number):
    artist = make_artist(f"Band {number}")
    album = make_album(artist=artist, year=1980)
    for _ in range(number):
        release = make_release(album)
        make_quote(album, release)
        make_copy(person, album, release)
        make_want(person, release=release)
    make_listening(person, artist, album)
    return album


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


def test_an_offer_says_when_and_where_its_pressing_was_made(client):
    album = make_album()
    make_quote(album, make_release(album, year=1985, country="Germany"))
    spanish = client.get(album_url(album), headers={"accept-language": "es"})
    assert "1985 Alemania" in words(spanish)
    assert "1985 Germany" in words(client.get(album_url(album)))


ALBUM_QUERIES = 17


@pytest.mark.parametrize("number", [1, 3])
def test_an_album_costs_as_many_queries_with_three_rows_as_with_one(
    signed_in, person, django_assert_num_queries, number
):
    album = _album_with(person, number)
    with django_assert_num_queries(ALBUM_QUERIES):
        signed_in.get(album_url(album))


# --- artist -----------------------------------------------------------------------------


def artist_url(artist):
    return reverse("pricing:artist", args=[artist.pk])


def test_anybody_reads_an_artist_by_kind_and_year(client):
    artist = make_artist(genres=["Rock"])
    for title, year, kind in [
        ("Remain in Light", 1980, "album"),
        ("Talking Heads 77", 1977, "album"),
        ("Stop Making Sense", 1984, "live"),
        ("Odd Thing", None, "mystery"),
    ]:
        make_album(title, artist, year=year, kind=kind)
    text = words(client.get(artist_url(artist)))
    order = ["Albums", "Talking Heads 77", "Remain in Light", "Live", "Stop Making", "Other rec"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)


def test_a_merged_artist_leads_to_the_one_it_went_into(client):
    kept = make_artist()
    gone = make_artist("Talking Heads (2)", merged_into=kept)
    answer = client.get(f"{artist_url(gone)}?x=1")
    assert (answer.status_code, answer["Location"]) == (301, f"{artist_url(kept)}?x=1")


def test_an_artist_page_knows_what_is_yours(signed_in, person):
    artist = make_artist()
    owned, wanted, played = (make_album(t, artist) for t in ("Owned", "Wished", "Heard"))
    make_copy(person, owned)
    make_want(person, wanted)
    make_want(person, release=make_release(played))
    make_listening(person, artist, plays=312)
    make_listening(person, artist, played, plays=40)
    text = words(signed_in.get(artist_url(artist)))
    assert "Plays 312" in text
    assert "On your shelf 1 of 3" in text
    assert "Wanted 2" in text
    assert "40 plays" in text
    assert "Add to seeds" in text


def test_similar_artists_are_text_with_the_nearest_first(client):
    artist = make_artist()
    far, near = make_artist("Wire"), make_artist("Devo")
    make_similar(artist, far, "0.3")
    make_similar(artist, near, "0.9")
    make_similar(artist, make_artist("Various", is_placeholder=True))
    text = words(client.get(artist_url(artist)))
    assert re.search(r"Similar artists Devo ?, Wire", text)
    assert "Various" not in text


def test_an_artists_albums_show_their_prices_with_the_pressing(client):
    artist = make_artist()
    make_album("Unpriced", artist)
    for price in (1, 2):
        album = make_album(f"Record {price}", artist)
        release = make_release(album, year=1980, country="US")
        make_best_price(make_quote(album, release, amount=f"{price}0.00", shipping="5.00"))
    page = client.get(artist_url(artist))
    assert page.text.count('class="tag') == 2
    assert "€ 25.00 1980 US, VG+, delivered" in words(page)


def test_a_price_whose_source_tells_no_pressing_says_so(client):
    artist = make_artist()
    make_best_price(make_quote(make_album(artist=artist), source="ebay", grade="NM"))
    page = client.get(artist_url(artist))
    assert "eBay, pressing not told, NM, delivered" in words(page)


def test_various_is_never_listed_whole(client):
    various = make_artist("Various", is_placeholder=True)
    make_album("No New York", various)
    text = words(client.get(artist_url(various)))
    assert "No New York" not in text
    assert "Not one artist" in text


def test_an_artist_without_albums_says_what_to_do(client):
    assert "No albums here yet" in words(client.get(artist_url(make_artist())))


ARTIST_QUERIES = 14


@pytest.mark.parametrize("number", [1, 3])
def test_an_artist_costs_as_many_queries_with_three_rows_as_with_one(
    signed_in, person, django_assert_num_queries, number
):
    artist = make_artist()
    for at in range(number):
        album = make_album(f"Album {at}", artist)
        make_copy(person, album)
        make_want(person, album)
        make_similar(artist, make_artist(f"Other {at}"))
    with django_assert_num_queries(ARTIST_QUERIES):
        signed_in.get(artist_url(artist))


def test_a_rating_that_may_no_longer_be_shown_is_left_out(client, settings):
    settings.UPSTREAMS = "real"
    album = make_album(rating="4.61", rating_at=timezone.now() - timedelta(hours=7))
    assert "4.61" not in words(client.get(album_url(album)))


def test_filters_are_named_in_the_pages_language_and_keep_discogs_words_in_the_address(client):
    album = make_album()
    make_release(album, country="Spain", format="LP, Reissue", year=1990)
    asked = album_url(album, "?country=Spain&group=country")
    html = client.get(asked, headers={"accept-language": "es"}).content.decode()
    assert re.search(r'<option value="Spain" selected>España \(1\)', html)
    assert ">España</td>" in html and ">Spain</td>" not in html
