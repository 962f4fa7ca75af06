"""The page of one pressing: everything known, from where, and what it costs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import AlbumArtist, ReleaseFormat, ReleaseIdentifier, ReleaseLabel
from tests.factories import (
    make_album,
    make_copy,
    make_quote,
    make_release,
    make_want,
)
from tests.pricing.reading import words

pytestmark = pytest.mark.django_db


def release_url(release):
    return reverse("pricing:release", args=[release.pk])


def full_release(number=1):
    """A pressing with so many of everything."""
    album = make_album(genres=["Rock"], styles=["New Wave"])
    release = make_release(
        album,
        released="1980-10-08",
        discs=2,
        have=9870,
        want=1234,
        stats_at=timezone.now(),
        genres=["Electronic"],
        tracklist=[
            {"position": "", "title": "First side", "duration": "", "kind": "heading"},
            *(
                {
                    "position": f"A{n}",
                    "title": f"Track {n}",
                    "duration": "4:19",
                    "kind": "track",
                    "parts": [{"position": f"A{n}.a", "title": f"Part of {n}", "duration": ""}],
                }
                for n in range(1, number + 1)
            ),
        ],
        companies=[
            {"id": n, "name": f"Plant {n}", "catno": "X 1", "role": "Pressed By"}
            for n in range(number)
        ],
    )
    for n in range(number):
        ReleaseLabel.objects.create(
            release_id=release.pk, position=n, name=f"Label {n}", catno=f"LBL {n}"
        )
        ReleaseFormat.objects.create(
            release_id=release.pk, position=n, name="Vinyl", quantity=2,
            descriptions=["LP", "Album"], text="Red",
        )  # fmt: skip
        ReleaseIdentifier.objects.create(
            release_id=release.pk, position=n, kind="Matrix / Runout", value=f"SRK-{n} A1",
            description="Side A",
        )  # fmt: skip
    return release


def test_anybody_reads_everything_that_is_known_of_a_pressing(client):
    release = full_release(2)
    text = words(client.get(release_url(release)))
    for known in (
        "1980 pressing, US",
        "Label 0 LBL 0 Label 1 LBL 1",
        "2 x Vinyl, LP, Album, Red",
        "Matrix / Runout Side A SRK-0 A1",
        "First side",
        "A1 Track 1 4:19",
        "A1.a Part of 1",
        "Pressed By Plant 0 (X 1), Plant 1 (X 1)",
        "Released 8 October 1980",
        "Genre Electronic",
        "Style New Wave",
        "Discs 2",
        "Have 9,870",
        "Want it 1,234",
        "From Discogs, as of today at",
        "Data provided by Discogs.",
    ):
        assert known in text


def test_the_pressing_leads_to_its_album_its_artist_and_to_discogs(client):
    release = full_release()
    html = client.get(release_url(release)).content.decode()
    album = release.album
    assert f'href="{reverse("pricing:album", args=[album.pk])}#p{release.pk}"' in html
    assert f'href="{reverse("pricing:artist", args=[album.artists.get().pk])}"' in html
    links = re.findall(rf'<a href="[^"]*/release/{release.discogs_id}"[^>]*>', html)
    assert len(links) == 2  # the link, and the notice that Discogs asks for
    assert not any("nofollow" in link for link in links)


def test_a_pressing_known_from_a_list_only_says_what_is_not_known(client):
    release = make_release(make_album(), barcode="075992 609524", label="Sire")
    text = words(client.get(release_url(release)))
    assert "Sire SRK" in text
    assert "Barcode 075992 609524" in text
    assert "The tracks are not known here" in text
    assert "Companies" not in text


def test_a_row_of_any_other_shape_breaks_nothing(client):
    release = make_release(
        make_album(), tracklist=["A1", {"title": ""}, {"title": "One"}], companies={"name": "x"}
    )
    assert "One" in words(client.get(release_url(release)))


def test_a_made_up_pressing_says_so(client):
    release = make_release(make_album(), generated=True, discogs_id=3_000_000_001)
    assert "Made up for the sandbox: no such pressing" in words(client.get(release_url(release)))


def test_counts_that_may_no_longer_be_shown_are_left_out(client, settings):
    settings.UPSTREAMS = "real"
    release = make_release(make_album(), have=777, stats_at=timezone.now() - timedelta(hours=7))
    assert "777" not in words(client.get(release_url(release)))


def test_the_price_is_this_pressings_own(signed_in):
    album = make_album()
    release, other = make_release(album), make_release(album)
    make_quote(album, release, amount="20.90", shipping="5.50")
    make_quote(album, other, amount="3.33", shipping="0")
    page = signed_in.get(release_url(release))
    assert "€ 26.40 Lowest, delivered to Spain" in words(page)
    assert "3.33" not in words(page)
    asked = reverse("pricing:ask_release", args=[album.pk, release.pk])
    assert f'action="{asked}"' in page.content.decode()


def test_the_buttons_want_and_own_this_pressing(signed_in, person):
    release = make_release(make_album())
    there = release_url(release)
    assert "Want this pressing" in words(signed_in.get(there))
    for name in ("want", "own"):
        signed_in.post(
            reverse(f"accounts:{name}"), {"release_id": release.pk}, headers={"Referer": there}
        )
    text = words(signed_in.get(there))
    assert "On your wants" in text
    assert "It stands on your shelf." in text


def test_a_pressing_of_a_merged_album_stands_under_the_present_one(client):
    kept = make_album("Kept")
    release = make_release(make_album("Gone", artist="Other", merged_into=kept))
    html = client.get(release_url(release)).content.decode()
    assert f'href="{reverse("pricing:album", args=[kept.pk])}#p{release.pk}"' in html


def test_a_spanish_page_names_country_and_date_in_spanish_and_an_english_one_as_discogs(client):
    release = make_release(make_album(), country="UK & Europe", released="1980-10-00")
    spanish = words(client.get(release_url(release), headers={"accept-language": "es"}))
    assert "Reino Unido y Europa" in spanish and "octubre de 1980" in spanish
    assert "UK &amp; Europe" not in spanish and "1980-10" not in spanish
    english = words(client.get(release_url(release)))
    assert "UK &amp; Europe" in english and "October 1980" in english


RELEASE_QUERIES = 16


@pytest.mark.parametrize("number", [1, 3])
def test_a_pressing_costs_as_many_queries_with_three_rows_as_with_one(
    signed_in, person, django_assert_num_queries, number
):
    release = full_release(number)
    make_want(person, release=release)
    for _ in range(number):
        make_copy(person, release.album, release)
        make_quote(release.album, release)
    with django_assert_num_queries(RELEASE_QUERIES):
        signed_in.get(release_url(release))


def test_an_album_without_artist_is_named_by_its_title_alone(client):
    album = make_album("No artist at all", artist_line="", year=None)
    AlbumArtist.objects.filter(album=album).delete()
    release = make_release(album)
    for address, language in ((album.get_absolute_url(), "en"), (release_url(release), "es")):
        html = client.get(address, headers={"accept-language": language}).content.decode()
        head = html[: html.index("</head>")]
        for odd in (" by ·", " by ,", " by <", " de ·", " de ,", "by , "):
            assert odd not in head, odd
        assert "No artist at all" in head and "<small></small>" not in html
    title = re.search("<title>(.*?)</title>", client.get(album.get_absolute_url()).content.decode())
    assert title[1] == "No artist at all · Vinilogy"
