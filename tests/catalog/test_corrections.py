"""A curator's corrections: what services tell leaves them alone, merges take them along, and only
curators let them go. Later months' files: tests/catalog/dumps/test_corrected.py."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from catalog.models import (
    Album,
    AlbumArtist,
    Correction,
    Label,
    Release,
    ReleaseLabel,
)
from catalog.queries import find_pressings, search
from catalog.queries.entries import find_entries
from catalog.services import (
    get_or_create_album,
    get_or_create_artist,
    get_or_create_release,
    sync_album_releases,
    sync_artist_albums,
)
from catalog.services.enriching import enrich_artist
from catalog.services.merging import merge_albums, merge_artists, split
from catalog.services.printed import note_labels
from tests.catalog.curating import correct, filled_in, page_of, press
from tests.factories import make_album, make_artist, make_person, make_release, merge_of

pytestmark = pytest.mark.django_db
DARK_SIDE, PINK_FLOYD = 3100000037, 45467


@pytest.fixture
def desk(admin_client):
    return admin_client


@pytest.fixture
def pink_floyd():
    return get_or_create_artist(name="Pink Floyd", discogs_id=PINK_FLOYD)


@pytest.fixture
def dark_side(pink_floyd):
    return get_or_create_album(
        artist=pink_floyd, title="The Dark Side of the Moon", master_id=DARK_SIDE, year=1973
    )


def test_a_sync_of_an_album_leaves_corrected_fields_of_its_pressings_alone(
    desk, sandbox, dark_side
):
    sync_album_releases(dark_side)
    row = dark_side.releases.exclude(catalogue_number="").order_by("pk").first()
    told = Release.objects.get(pk=row.pk)
    correct(desk, row, country="Spain", label="Harvest", catalogue_number="ZQX 804")
    Release.objects.update(year=1900)

    sync_album_releases(dark_side)

    row.refresh_from_db()
    assert (row.country, row.label, row.catalogue_number) == ("Spain", "Harvest", "ZQX 804")
    assert row.year == told.year != 1900
    assert [one.release.pk for one in find_pressings("ZQX804").candidates] == [row.pk]
    assert ReleaseLabel.objects.filter(release_id=row.pk, catno=told.catalogue_number).count() == 0
    page = desk.get(reverse("pricing:release", args=[row.pk])).text
    assert "ZQX 804" in page and "Spain" in page

    press(desk, row, "let-go", "Catalogue number")
    press(desk, row, "let-go", "Label")
    press(desk, row, "let-go", "Country")
    assert (row.country, row.label, row.catalogue_number) == (
        told.country, told.label, told.catalogue_number,
    )  # fmt: skip


def test_a_pressing_read_in_full_keeps_what_was_corrected_before(desk, sandbox, dark_side):
    sync_album_releases(dark_side)
    row = dark_side.releases.order_by("pk").first()
    correct(desk, row, title="Dark Side", year="1974", barcode="4006381333931")

    found = get_or_create_release(row.discogs_id)

    assert (found.title, found.year, found.barcode) == ("Dark Side", 1974, "4006381333931")
    assert found.content_hash and found.tracklist
    row.refresh_from_db()
    assert (row.title, row.barcode) == ("Dark Side", "4006381333931")
    assert search("4006381333931").numbers[0].release_id == row.pk


def test_a_pressing_stays_on_another_album_when_its_own_is_read_again(desk, sandbox, dark_side):
    sync_album_releases(dark_side)
    row, other = dark_side.releases.order_by("pk").first(), make_album("Other")
    correct(desk, row, album=other.pk)
    sync_album_releases(dark_side)
    row.refresh_from_db()
    assert row.album == other
    # Merges are followed, and come apart with it.
    merge_albums([other.pk], dark_side)
    sync_album_releases(dark_side)
    row.refresh_from_db()
    assert row.album == dark_side
    split(merge_of("album", other.pk))
    sync_album_releases(dark_side)
    row.refresh_from_db()
    assert row.album == other


def test_what_was_cleared_by_hand_is_not_filled_again(desk, sandbox, pink_floyd, dark_side):
    correct(desk, dark_side, year="")
    sync_artist_albums(pink_floyd)
    sync_album_releases(dark_side)
    dark_side.refresh_from_db()
    assert dark_side.year is None
    assert dark_side.main_discogs_id and dark_side.genres


def test_musicbrainz_leaves_a_corrected_kind_alone(desk, sandbox, pink_floyd, dark_side):
    correct(desk, dark_side, kind="live")
    enrich_artist(pink_floyd)
    dark_side.refresh_from_db()
    assert (dark_side.kind, dark_side.is_studio) == ("live", True)
    press(desk, dark_side, "let-go", "Kind")
    assert dark_side.kind == "album"


def test_an_artist_that_was_renamed_is_found_so_at_once_with_all_albums(desk):
    album = make_album("Debut", make_artist("Bjork"))
    artist = album.artists.get()
    correct(desk, artist, name="Gudmundsdottir")
    assert find_entries("gudmundsdottir", limit=5).artists == [artist.pk]
    assert find_entries("gudmundsdottir debut", limit=5).albums == [album.pk]


def test_corrections_go_with_a_merge_and_come_back_with_a_split(desk):
    one, other = make_artist("Prnce"), make_artist("The Artist", country="US")
    correct(desk, one, name="Prince", country="GB")
    correct(desk, other, country="SE")
    merge_artists([one.pk], other)
    other.refresh_from_db()
    # Each keeps what was corrected on itself.
    assert (other.name, other.normalised, other.country) == ("Prince", "prince", "SE")
    assert other.pk in find_entries("prince", limit=5).artists

    split(merge_of("artist", one.pk))
    for artist, name, country in ((one, "Prince", "GB"), (other, "The Artist", "SE")):
        artist.refresh_from_db()
        assert (artist.name, artist.country) == (name, country)
        held = Correction.objects.filter(kind="artist", row_id=artist.pk, field="country")
        assert held.get().value == country
    assert find_entries("the artist", limit=5).artists == [other.pk]
    assert find_entries("prince", limit=5).artists == [one.pk]


def test_a_row_that_stands_keeps_its_corrections_when_another_is_merged_into_it(desk):
    stands, goes = make_album("Purple Rian"), make_album("Purple Rain (Deluxe)", year=1999)
    correct(desk, stands, title="Purple Rain")
    merge_albums([goes.pk], stands)
    stands.refresh_from_db()
    assert (stands.title, stands.year) == ("Purple Rain", 1980)


def test_credits_that_were_corrected_follow_an_artist_that_is_merged(desk):
    album, right = make_album("Low"), make_artist("David Bowie")
    correct(desk, album, **{"credits-0-artist": right.pk, "credits-0-credited_as": "Bowie"})
    before = Correction.objects.get().value
    merge_artists([right.pk], make_artist("Bowie, David"))
    AlbumArtist.objects.filter(album=album).delete()
    stands = press(desk, album, "let-go", "Credits")
    assert "Talking Heads" in stands
    press(desk, album, "keep-again", "Credits")
    assert [one.artist.name for one in album.credits.all()] == ["Bowie, David"]
    assert Correction.objects.get().value == before


def test_a_label_that_gets_its_number_keeps_what_was_corrected(desk):
    note_labels([("Second Groove", None)])
    label = Label.objects.get()
    correct(desk, label, disambiguation="Madrid")
    note_labels([("Second Groove", 62)])
    known = Label.objects.get()
    assert (known.discogs_id, known.disambiguation) == (62, "Madrid")
    assert Correction.objects.get().row_id == known.pk


def test_only_what_was_changed_is_kept_and_the_log_tells_it(desk):
    row = make_release(make_album(), barcode="5016958032972", title=" Remain in Light")
    correct(desk, row, year="1981", barcode="5 016958 032972")
    kept = Correction.objects.get()
    assert (kept.field, kept.value, kept.before) == ("year", 1981, 1980)
    assert "1980 → 1981" in LogEntry.objects.latest("pk").get_change_message()
    # Corrected once more, it still knows what the source told.
    correct(desk, row, year="1982")
    kept.refresh_from_db()
    assert (kept.value, kept.before) == (1982, 1980)
    press(desk, row, "let-go", "Year")
    assert (row.year, Correction.objects.get().let_go_at is None) == (1980, False)
    assert "1980" in LogEntry.objects.latest("pk").get_change_message()


def test_a_form_that_lay_open_writes_only_what_was_typed(desk):
    row = make_release(make_album(), country="US")
    shown = desk.get(page_of(row)).context
    sent = filled_in(shown["adminform"].form) | {"seen": shown["seen"], "title": "Typed"}
    # Meanwhile an import has written the pressing.
    Release.objects.update(year=1999, country="Spain", label="Sire Records")

    assert desk.post(page_of(row), sent | {"discs": "x"}).context["seen"] == sent["seen"]
    assert desk.post(page_of(row), sent).status_code == 302
    row.refresh_from_db()
    assert (row.title, row.year, row.country, row.label) == (
        "Typed", 1999, "Spain", "Sire Records",
    )  # fmt: skip
    assert Correction.objects.get().field == "title"
    for odd in ("", "{", "[1]", '{"year": {}}'):
        assert desk.post(page_of(row), sent | {"seen": odd}).status_code == 302


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Corrected by hand", "Let go", "Year")),
        ("es", ("Corregido a mano", "Soltar", "Año")),
    ],
)
def test_the_page_of_a_row_and_the_list_tell_what_is_kept(desk, admin_user, language, words):
    row = make_release(make_album())
    page = desk.get(page_of(row), headers={"Accept-Language": language}).text
    assert words[0] not in page
    correct(desk, row, year="1981")
    for address in (page_of(row), reverse("admin:catalog_correction_changelist")):
        page = desk.get(address, headers={"Accept-Language": language}).text
        assert words[2] in page and "1981" in page and "1980" in page and str(admin_user) in page
    page = desk.get(page_of(row), headers={"Accept-Language": language}).text
    assert words[0] in page and words[1] in page


def test_who_may_only_look_and_another_rows_page_let_nothing_go(desk):
    row, other = make_release(make_album()), make_release(make_album())
    correct(desk, row, year="1981")
    kept = Correction.objects.get()
    guest = make_person(is_staff=True)
    guest.user_permissions.set(Permission.objects.filter(codename="view_release"))
    looking = Client()
    looking.force_login(guest)
    sent = {"correction": kept.pk, "action": "let-go"}
    address = reverse("admin:catalog_release_correction", args=[row.pk])

    assert "Let go" not in looking.get(page_of(row)).text
    assert looking.post(address, sent).status_code == 403
    assert desk.get(address).status_code == 405
    elsewhere = reverse("admin:catalog_release_correction", args=[other.pk])
    assert desk.post(elsewhere, sent).status_code == 400
    assert desk.post(address, sent | {"correction": "x"}).status_code == 400
    assert desk.post(address, sent | {"action": "drop"}).status_code == 400
    gone = reverse("admin:catalog_release_correction", args=[9_999_999])
    assert desk.post(gone, sent).status_code == 404
    kept.refresh_from_db()
    assert kept.let_go_at is None
    assert Album.objects.count() == 2
