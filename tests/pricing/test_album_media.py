"""An album's page tells flexi-discs, shellac, lathe cuts and acetates from records of vinyl."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.words import medium_words
from tests.factories import make_album, make_release
from tests.pricing.reading import album_url, group_names, rows, words

pytestmark = pytest.mark.django_db

MEDIA = {
    "flexi": '7", Single', "shellac": '10", 78 RPM', "lathe": '7", Single', "acetate": '12"',
}  # fmt: skip


def with_all_media(**fields):
    """An album of 1980 with an LP of that year, one of 2013, and one on each other medium."""
    album = make_album(year=1980, **fields)
    made = {"lp": make_release(album), "again": make_release(album, year=2013)}
    for medium, text in MEDIA.items():
        made[medium] = make_release(album, medium=medium, format=text, year=1980)
    return album, made


def row_text(page, release):
    html = page.content.decode()
    row = html[html.index(f'id="p{release.pk}"') :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row[: row.index("</tr>")]))


def test_a_row_names_the_medium_where_it_is_not_vinyl(client):
    album, made = with_all_media()
    page = client.get(album_url(album))
    for medium, text in MEDIA.items():
        told = row_text(page, made[medium]).replace("&quot;", '"')
        assert f"{medium_words(medium)}, {text}" in told
    assert " LP, Album " in row_text(page, made["lp"])
    assert "Vinyl" not in row_text(page, made["lp"])


def test_a_format_that_says_the_medium_is_not_told_twice(client):
    album = make_album()
    flexi = make_release(album, medium="flexi", format='7", Flexi-disc')
    nameless = make_release(album, medium="lathe", format="")
    page = client.get(album_url(album))
    assert row_text(page, flexi).count("Flexi-disc") == 1
    assert " Lathe cut " in row_text(page, nameless)


def test_media_are_offered_and_chosen_in_the_address(client):
    album, made = with_all_media()
    html = client.get(album_url(album)).content.decode()
    for option in ("vinyl", "flexi", "shellac", "lathe", "acetate"):
        count = 2 if option == "vinyl" else 1
        assert f'<option value="{option}">{medium_words(option)} ({count})</option>' in html
    page = client.get(album_url(album, "?medium=flexi&sort=label"))
    assert rows(page) == [made["flexi"].pk]
    assert '<option value="flexi" selected>' in page.content.decode()
    assert "medium=flexi&amp;sort=country" in page.content.decode()
    assert rows(client.get(album_url(album, "?medium=tape"))) == []


def test_an_album_on_vinyl_only_has_no_filter_of_media(client):
    album = make_album()
    make_release(album)
    assert 'name="medium"' not in client.get(album_url(album)).content.decode()


@pytest.mark.parametrize("query", ["", "?medium=flexi", "?year=1980"])
def test_other_media_are_no_originals_of_an_album_on_vinyl(client, query):
    album, made = with_all_media()
    page = client.get(album_url(album, query))
    names = {"": ["Originals", "Reissues", "Other media"], "?medium=flexi": ["Other media"]}
    assert group_names(page) == names.get(query, ["Originals", "Other media"])
    if not query:
        assert rows(page)[0] == made["lp"].pk


def test_a_flexi_of_the_year_before_does_not_make_the_lp_a_reissue(client):
    album = make_album(year=1980)
    lp = make_release(album)
    flexi = make_release(album, medium="flexi", year=1979)
    page = client.get(album_url(album))
    assert rows(page) == [lp.pk, flexi.pk]
    assert group_names(page) == ["Originals", "Other media"]
    assert "Released 1980" in words(page)


def test_a_78_of_a_year_without_vinyl_is_the_original(client):
    album = make_album(year=1948)
    vinyl = make_release(album, year=1956)
    shellac = make_release(album, medium="shellac", year=1948)
    page = client.get(album_url(album))
    assert rows(page) == [shellac.pk, vinyl.pk]
    assert group_names(page) == ["Originals", "Reissues"]


def test_an_album_on_one_other_medium_has_originals_and_reissues_of_it(client):
    album = make_album(year=1948)
    again = make_release(album, medium="shellac", year=1949)
    first = make_release(album, medium="shellac", year=1948)
    page = client.get(album_url(album))
    assert rows(page) == [first.pk, again.pk]
    assert group_names(page) == ["Originals", "Reissues"]
    assert "Pressings 2, none on vinyl" in words(page)


@pytest.mark.parametrize(
    ("counted", "fact", "note"),
    [
        (2, "2 on vinyl, all held, 4 on other media", "2 of 2 at Discogs"),
        (5, "2 of 5 on vinyl held, 4 on other media", "2 of 5 at Discogs"),
        (None, "2 on vinyl, 4 on other media", "2 found at Discogs"),
    ],
)
def test_counts_say_what_is_on_vinyl(client, counted, fact, note):
    album, _made = with_all_media(releases_synced_at=timezone.now(), upstream_release_count=counted)
    text = words(client.get(album_url(album)))
    assert f"Pressings {fact}" in text
    assert note in text
    assert "4 more are on other media." in text
    assert "6 of 6 pressings" in text


def test_other_media_do_not_make_up_for_missing_vinyl(signed_in):
    album, _made = with_all_media()
    album.releases_synced_at = timezone.now() - timedelta(hours=2)
    album.upstream_release_count = 5
    album.save()
    assert "Bring every pressing" in words(signed_in.get(album_url(album)))


def test_it_speaks_spanish(client):
    album, made = with_all_media(releases_synced_at=timezone.now(), upstream_release_count=2)
    page = client.get(album_url(album), headers={"Accept-Language": "es"})
    assert "Flexi" in row_text(page, made["flexi"])
    assert "2 en vinilo, todas aquí, 4 en otros soportes" in words(page)
    assert "Otros soportes" in group_names(page)


def test_programs_read_the_medium(client):
    album, made = with_all_media()
    told = client.get(f"/api/v1/albums/{album.pk}").json()["releases"]
    assert {row["id"]: row["medium"] for row in told}[made["flexi"].pk] == "flexi"
