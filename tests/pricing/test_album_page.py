"""The page of an album: what stands round its pressings, for whom, and what it costs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Album, Cover
from pricing import best
from tests.factories import (
    make_album,
    make_artist,
    make_best_price,
    make_copy,
    make_listening,
    make_person,
    make_quote,
    make_release,
    make_want,
)
from tests.pricing.reading import album_url, words
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db


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


def test_unknown_shipping_is_not_called_delivered(signed_in):
    album = make_album()
    release = make_release(album)
    make_best_price(make_quote(album, release, amount="14.00", shipping=None))
    text = words(signed_in.get(album_url(album)))
    assert "Lowest, shipping unknown" in text
    assert "+ shipping?" in text


@pytest.mark.parametrize("grade", ["", "NM"])
def test_the_lowest_price_says_that_nobody_told_the_condition(signed_in, grade):
    album = make_album()
    make_best_price(make_quote(album, make_release(album), grade=grade))
    assert ("Condition not told." in words(signed_in.get(album_url(album)))) == (not grade)


def test_where_the_borders_part_is_a_range_the_lowest_price_says_both_ends(signed_in, person):
    album = make_album()
    levied = {"charge": "handling", "low": "0.00", "high": "15.00", "currency": "EUR", "code": "x",
              "source": "", "estimate": True}  # fmt: skip
    quote = make_quote(album, total_eur="41.40", spread_eur="15.00", charges=[levied])
    make_best_price(quote)
    page = words(signed_in.get(album_url(album)))
    told = "Lowest, delivered to Spain. From €26.40: what the border takes is not certain."
    assert told in page
    make_want(person, album)
    assert "delivered, from € 26.40" in words(signed_in.get(reverse("pricing:wants")))
    levied_too = {"total_eur": "91.40", "spread_eur": "15.00", "charges": [levied]}
    make_quote(album, make_release(album, year=1980), edition="original", **levied_too)
    best.refresh(album.pk, timezone.now())
    beside = "original{} € 91.40 , from € 76.40"
    assert beside.format(":") in words(signed_in.get(album_url(album)))
    assert beside.format("") in words(signed_in.get(reverse("pricing:wants")))
    certain = make_album("Another")
    make_best_price(make_quote(certain))
    assert "what the border takes" not in words(signed_in.get(album_url(certain)))


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
    html = client.get(artist.get_absolute_url()).content.decode()
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
    for at in range(number):
        release = make_release(album, medium="flexi" if at else "vinyl")
        make_quote(album, release)
        make_copy(person, album, release)
        make_want(person, release=release)
    make_listening(person, artist, album)
    return album


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


def test_a_rating_that_may_no_longer_be_shown_is_left_out(client, settings):
    settings.UPSTREAMS = "real"
    album = make_album(rating="4.61", rating_at=timezone.now() - timedelta(hours=7))
    assert "4.61" not in words(client.get(album_url(album)))
