"""Text of pressings that no dump has yet: shown for six hours, then withheld and asked again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Album, Release, ReleaseIdentifier, ReleaseLabel
from catalog.queries import find_pressings, pressings
from catalog.queries.search import search
from catalog.queries.withholding import text_is_withheld, withheld_rows
from catalog.services import releases
from catalog.services.listed import of_version
from catalog.services.refreshing import ask_pressings_again
from recommendations import queries as cards
from tests.factories import make_album
from vinyl.jobs.models import Job
from vinyl.upstreams import discogs, terms

SECRET = "Fresh Label Records"


@pytest.fixture
def real(settings):
    settings.UPSTREAMS = "real"
    return settings


@pytest.fixture
def album(db):
    return make_album()


def make(album, number, *, source="discogs", hours=0.0, **fields):
    """A pressing that was told by this source so many hours ago."""
    told = timezone.now() - timedelta(hours=hours)
    values = {
        "title": album.title, "country": "Spain", "year": timezone.now().year, "label": SECRET,
        "catalogue_number": f"FRS-{number}", "format": "LP, Album", "medium": "vinyl",
    }  # fmt: skip
    row = Release.objects.create(
        album=album, discogs_id=number, source=source, fetched_at=told, **(values | fields)
    )
    ReleaseLabel.objects.create(
        release_id=row.pk, name=SECRET, catno=f"FRS-{number}", catno_normalised=f"frs{number}"
    )
    return row


@pytest.mark.parametrize(
    ("source", "hours", "mode", "expected"),
    [
        ("discogs", 5.9, "real", False),
        ("discogs", 6.1, "real", True),
        ("discogs", 6.1, "sandbox", False),
        ("discogs-dump", 9_000, "real", False),
        ("musicbrainz", 9_000, "real", False),
    ],
)
def test_row_by_row(album, settings, source, hours, mode, expected):
    settings.UPSTREAMS = mode
    row = make(album, 900_001, source=source, hours=hours)
    assert text_is_withheld(row) is expected
    assert Release.objects.filter(withheld_rows()).exists() is expected


def test_row_without_a_time_is_as_old_as_itself(album, real):
    row = make(album, 900_001)
    Release.objects.filter(pk=row.pk).update(fetched_at=None)
    row.refresh_from_db()
    assert not text_is_withheld(row)
    Release.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=7))
    row.refresh_from_db()
    assert text_is_withheld(row)
    assert Release.objects.filter(withheld_rows()).get() == row


def test_table_says_since_when(real):
    now = timezone.now()
    assert terms.oldest_shown("discogs", now) == now - timedelta(hours=6)
    assert terms.oldest_shown("discogs-dump", now) is None


def test_albums_page_leaves_them_out_says_why_and_asks_again(album, real, client, person):
    make(album, 900_001, hours=7)
    kept = make(album, 900_002, source="discogs-dump", hours=9_000, label="Known Label")
    found = pressings(album.pk)
    assert ([row.pk for row in found.rows], found.total, found.withheld) == ([kept.pk], 2, 1)

    page = client.get(f"/albums/{album.pk}/").content.decode()
    assert SECRET not in page and "Known Label" in page
    assert "1 pressing is not shown" in page and "six hours" in page
    assert not Job.objects.exists(), "a robot caused a call"

    client.force_login(person)
    again = client.get(f"/albums/{album.pk}/").content.decode()
    [job] = Job.objects.filter(kind="catalog.sync_album_releases")
    assert job.payload == {"album_id": album.pk} and job.queue == Job.Queue.INTERACTIVE
    assert f'id="job-{job.pk}"' in again and "being read again" in again
    client.get(f"/albums/{album.pk}/")
    assert Job.objects.filter(kind="catalog.sync_album_releases").count() == 1


def test_album_of_which_nothing_may_be_shown_speaks_of_no_filters(album, real, client):
    make(album, 900_001, hours=7)
    page = client.get(f"/albums/{album.pk}/").content.decode()
    assert "1 pressing is not shown" in page and "fits these filters" not in page


def test_what_discogs_did_not_tell_again_is_not_asked_for_at_every_look(album, real):
    make(album, 900_001, hours=7)
    Album.objects.filter(pk=album.pk).update(releases_synced_at=timezone.now())
    album.refresh_from_db()
    assert ask_pressings_again(album) is None


def test_pressings_own_page_shows_ids_and_links_only(album, real, client, person):
    row = make(album, 900_001, hours=7, tracklist=[{"title": "Hush Song", "position": "A1"}])
    ReleaseIdentifier.objects.create(
        release_id=row.pk, kind="Barcode", value="843390000017", normalised="843390000017"
    )
    page = client.get(f"/releases/{row.pk}/").content.decode()
    for word in (SECRET, "FRS-900001", "Hush Song", "843390000017", "Spain,"):
        assert word not in page
    assert "these are over" in page and "/release/900001" in page
    client.force_login(person)
    client.get(f"/releases/{row.pk}/")
    assert Job.objects.filter(kind="catalog.sync_album_releases").count() == 1


def test_api_tells_that_it_withholds(album, real, client):
    row = make(album, 900_001, hours=7)
    told = client.get(f"/api/v1/releases/{row.pk}").json()
    assert told.get("withheld") is True, told
    assert (told["discogs_id"], told["album"]) == (900_001, album.pk)
    assert not any(told[name] for name in ("label", "country", "year", "format", "title"))
    [listed] = client.get(f"/api/v1/albums/{album.pk}").json()["releases"]
    assert listed.items() <= told.items()
    printed = ("labels", "identifiers", "tracklist", "companies", "genres", "styles")
    assert not any(told[name] for name in printed)


def test_search_finder_and_cards_pass_over_them(album, real):
    row = make(album, 900_001, hours=7)
    fresh = make(album, 900_002, hours=1, year=timezone.now().year - 1)
    assert [hit.release.pk for hit in find_pressings("FRS-90000").candidates] == [fresh.pk]
    numbers = [hit.release_id for hit in search("FRS-90000").numbers]
    assert numbers == [fresh.pk] and row.pk not in numbers
    assert cards.new_pressings([album.pk])[album.pk].year == fresh.year


def test_reading_the_album_again_brings_the_row_back_without_the_old_text(album, real):
    row = make(
        album, 900_001, hours=7, content_hash="discogs-900001", tracklist=[{"title": "Old"}],
        genres=["Rock"], barcode="1",
    )  # fmt: skip
    version = discogs.Version.from_json(
        {"id": 900_001, "title": "New", "label": "L", "catno": "1", "format": "LP",
         "major_formats": ["Vinyl"], "country": "Italy", "released": "2026", "thumb": "",
         "status": "Accepted", "resource_url": "", "stats": {}}
    )  # fmt: skip
    releases.store_listed([of_version(album, version)])
    row.refresh_from_db()
    assert not text_is_withheld(row)
    assert (row.country, row.tracklist, row.genres, row.barcode) == ("Italy", [], [], "")
    assert row.content_hash == "", "read in full again by whoever needs it"


def test_in_the_sandbox_all_is_shown(album, client):
    row = make(album, 900_001, hours=9_000)
    assert SECRET in client.get(f"/albums/{album.pk}/").content.decode()
    assert SECRET in client.get(reverse("pricing:release", args=[row.pk])).content.decode()
    assert client.get(f"/api/v1/releases/{row.pk}").json()["withheld"] is False
