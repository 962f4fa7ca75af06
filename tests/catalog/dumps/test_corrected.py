"""What a curator has corrected stays when later months' files tell something else."""

import pytest
from django.urls import reverse

from catalog.models import (
    Album,
    Artist,
    Correction,
    Label,
    MergeRecord,
    Release,
    ReleaseIdentifier,
    ReleaseLabel,
)
from catalog.queries import find_pressings
from catalog.queries.entries import find_entries
from catalog.services import CreditRef, ReleaseSummary, upsert_release_summary
from catalog.services.merging import split
from tests.catalog.curating import correct, page_of, press
from tests.catalog.dumps.runs import load
from tests.catalog.dumps.sample import release, write

pytestmark = pytest.mark.django_db(transaction=True)


def months(tmp_path, *records, kind="releases"):
    """The next month's file, and what the command says of it."""
    return load(write(tmp_path, kind, records), kind)


def master(id, title, *, year=1999, artists=((1, "The Persuader"),)):
    credits = "".join(
        f"<artist><id>{one}</id><name>{name}</name></artist>" for one, name in artists
    )
    return (
        f'<master id="{id}"><main_release>1</main_release><artists>{credits}</artists>'
        f"<genres><genre>Electronic</genre></genres><year>{year}</year><title>{title}</title>"
        "</master>"
    )


def artist(id, name):
    return f"<artist><id>{id}</id><name>{name}</name></artist>"


def label(id, name, parent=77):
    return (
        f'<label><id>{id}</id><name>{name}</name><parentLabel id="{parent}">M</parentLabel></label>'
    )


def test_corrected_fields_of_a_pressing_stay_and_the_others_follow_the_file(admin_client, tmp_path):
    months(tmp_path, release(1), release(2))
    row = Release.objects.get(discogs_id=1)
    typed = {
        "title": "Stockholm EP", "year": "1998", "label": "Svek Records", "format": "2xLP, Red",
        "catalogue_number": "SK 32", "barcode": "8 412345 678905",
    }  # fmt: skip
    correct(admin_client, row, **typed)

    changed = release(
        1, title="Sthlm", released="2001", country="Japan", formats=[("Vinyl", 1, "", ("LP",))],
        labels=[("Svek AB", "SVEK 32", 5), ("Goldhead", "GOLD 7", 6)],
        identifiers=[("Barcode", "4 006381 333931"), ("Matrix / Runout", "SK032-B")],
    )  # fmt: skip
    assert "0 new, 2 changed" in months(tmp_path, changed, release(2, title="Oslo"))

    row.refresh_from_db()
    assert (row.title, row.year, row.format) == ("Stockholm EP", 1998, "2xLP, Red")
    assert (row.label, row.catalogue_number, row.barcode) == (
        "Svek Records", "SK 32", "8412345678905",
    )  # fmt: skip
    assert (row.country, row.released, row.discs) == ("Japan", "2001", 1)
    assert Release.objects.get(discogs_id=2).title == "Oslo"
    labels = ReleaseLabel.objects.filter(release_id=row.pk).order_by("position")
    assert [(one.name, one.catno) for one in labels] == [
        ("Svek Records", "SK 32"), ("Goldhead", "GOLD 7"),
    ]  # fmt: skip
    printed = ReleaseIdentifier.objects.filter(release_id=row.pk).order_by("position")
    assert [one.value for one in printed] == ["8 412345 678905", "SK032-B"]
    assert [one.release.pk for one in find_pressings("SK 32").candidates] == [row.pk]
    page = admin_client.get(reverse("pricing:release", args=[row.pk])).text
    assert "Stockholm EP" in page and "Svek Records" in page and "Japan" in page
    assert "Sthlm" not in page and "Svek AB" not in page
    assert "0 changed, 2 as before" in months(tmp_path, changed, release(2, title="Oslo"))


def test_a_field_that_was_let_go_follows_the_files_again_and_can_be_kept_again(
    admin_client, tmp_path
):
    months(tmp_path, release(1))
    row = Release.objects.get(discogs_id=1)
    correct(admin_client, row, year="1998", country="Norway")
    months(tmp_path, release(1, released="2001"))

    page = admin_client.get(page_of(row)).text
    assert "Corrected by hand" in page and "the source told last: 2001" in page
    assert "is let go and says 2001" in press(admin_client, row, "let-go", "Year")
    assert (row.year, row.country) == (2001, "Norway")
    months(tmp_path, release(1, released="2002"))
    row.refresh_from_db()
    assert (row.year, row.country) == (2002, "Norway")

    assert "says 1998 again" in press(admin_client, row, "keep-again", "Year")
    assert row.year == 1998
    months(tmp_path, release(1, released="2003", country="Japan"))
    row.refresh_from_db()
    assert (row.year, row.country) == (1998, "Norway")


def test_what_the_same_file_says_comes_back_when_it_is_let_go(admin_client, tmp_path):
    months(tmp_path, release(1))
    row = Release.objects.get(discogs_id=1)
    correct(admin_client, row, country="Norway", barcode="")
    # The source comes to say the same, which nobody sees, and the file stays as it is.
    months(tmp_path, release(1, country="Norway"))
    press(admin_client, row, "let-go", "Country")
    press(admin_client, row, "let-go", "Barcode")
    assert "1 changed" in months(tmp_path, release(1, country="Norway"))
    row.refresh_from_db()
    assert (row.country, row.barcode) == ("Norway", "5016958032972")


def test_a_label_and_a_barcode_that_were_taken_away_do_not_come_back(admin_client, tmp_path):
    two = (("Svek", "SK032", 5), ("Goldhead", "GOLD 7", 6))
    months(tmp_path, release(1, labels=two))
    row = Release.objects.get(discogs_id=1)
    correct(admin_client, row, label="", catalogue_number="", barcode="")
    months(tmp_path, release(1, labels=two, country="Japan"))

    row.refresh_from_db()
    assert (row.label, row.catalogue_number, row.barcode) == ("Goldhead", "GOLD 7", "")
    assert row.country == "Japan"
    assert ReleaseIdentifier.objects.get(release_id=row.pk).kind == "Matrix / Runout"
    # What is told now is another one.
    months(tmp_path, release(1, labels=[("Third", "3", 7)], identifiers=[("Barcode", "40063813")]))
    row.refresh_from_db()
    assert (row.label, row.barcode) == ("Third", "40063813")


def test_a_pressing_stays_on_the_album_that_a_curator_put_it_on(admin_client, tmp_path):
    months(tmp_path, release(1, master=5), release(2, master=6, title="Other"))
    row = Release.objects.get(discogs_id=1)
    was, there = row.album, Release.objects.get(discogs_id=2).album
    correct(admin_client, row, album=there.pk)
    months(tmp_path, release(1, master=5, country="Japan"), release(2, master=6, title="Other"))

    row.refresh_from_db()
    assert (row.album, row.country) == (there, "Japan")
    assert not MergeRecord.objects.exists()
    press(admin_client, row, "let-go", "Album")
    assert row.album == was


def test_corrected_albums_of_masters_stay_as_they_are_and_are_found_so(admin_client, tmp_path):
    months(tmp_path, release(1, master=5), release(2, master=6, artists=[(2, "Aril Brikha")]))
    masters = [master(5, "Stockholm"), master(6, "Departure", artists=[(2, "Aril Brikha")])]
    months(tmp_path, *masters, kind="masters")
    album = Album.objects.get(title="Stockholm")
    brikha = Artist.objects.get(name="Aril Brikha")
    correct(
        admin_client, album, title="Stockholm by Night", year="1998",
        **{"credits-0-artist": brikha.pk, "credits-0-credited_as": "Brikha"},
    )  # fmt: skip

    later = [master(5, "Sthlm", year=2003), master(6, "Departed", year=2004)]
    # Of the first one all that the file tells anew was corrected.
    assert "1 changed" in months(tmp_path, *later, kind="masters")
    album.refresh_from_db()
    assert (album.title, album.year, album.normalised) == (
        "Stockholm by Night", 1998, "stockholm by night",
    )  # fmt: skip
    assert [one.artist for one in album.credits.all()] == [brikha]
    assert Album.objects.get(title="Departed").year == 2004
    assert "0 changed" in months(tmp_path, *later, kind="masters")
    assert find_entries("brikha stockholm night", limit=5).albums == [album.pk]
    assert "Stockholm by Night" in admin_client.get(album.get_absolute_url()).text

    press(admin_client, album, "let-go", "Title")
    assert album.title == "Stockholm"
    press(admin_client, album, "let-go", "Credits")
    assert [one.artist.name for one in album.credits.all()] == ["The Persuader"]
    months(tmp_path, *later, kind="masters")
    album.refresh_from_db()
    assert (album.title, album.year) == ("Sthlm", 1998)
    assert find_entries("persuader sthlm", limit=5).albums == [album.pk]


def test_a_corrected_album_of_its_only_pressing_follows_it_in_all_else(admin_client, tmp_path):
    months(tmp_path, release(3, master=None, title="Shellac onyl"))
    album = Album.objects.get()
    correct(admin_client, album, title="Shellac only", artist_line="Persuader, The", kind="ep")
    pressing = album.releases.get()
    correct(admin_client, pressing, year="1920")

    later = release(
        3, master=None, title="Shellac zz", released="2001", artists=[(9, "Nova")],
        formats=[("Vinyl", 1, "", ("Album",))],
    )  # fmt: skip
    months(tmp_path, later)
    album.refresh_from_db()
    assert (album.title, album.artist_line, album.kind) == ("Shellac only", "Persuader, The", "ep")
    # The pressing's year is not the file's, but the album's was never corrected.
    assert album.year == 2001
    assert [one.artist.name for one in album.credits.all()] == ["Nova"]
    assert find_entries("shellac only", limit=5).albums == [album.pk]

    press(admin_client, album, "let-go", "Title")
    press(admin_client, album, "let-go", "Artists as printed")
    assert (album.title, album.artist_line) == ("Shellac zz", "Nova")
    months(tmp_path, later.replace("Shellac zz", "Shellac yy"))
    album.refresh_from_db()
    assert (album.title, album.kind) == ("Shellac yy", "ep")


def test_corrected_artists_and_labels_stay_as_they_are(admin_client, tmp_path):
    months(tmp_path, *(release(n, labels=[("Svek", "1", 5), ("Loop", "2", 6)]) for n in (1, 2, 3)))
    months(tmp_path, label(5, "Svek"), label(6, "Loop"), kind="labels")
    who, svek = Artist.objects.get(), Label.objects.get(name="Svek")
    album = Album.objects.get()
    correct(admin_client, who, name="Jesper Dahlbäck", popularity="1")
    correct(admin_client, svek, name="Svek Records")
    assert find_entries("dahlback stockholm", limit=5).albums == [album.pk]

    months(tmp_path, artist(1, "Persuader (3)"), kind="artists")
    assert "2 changed" in months(
        tmp_path, label(5, "SVEK", parent=78), label(6, "Loop (2)"), kind="labels"
    )
    other = [release(n, master=n, artists=[(1, "Persuader (3)")]) for n in range(4, 8)]
    months(tmp_path, *other)

    who.refresh_from_db()
    svek.refresh_from_db()
    assert (who.name, who.normalised, who.disambiguation) == (
        "Jesper Dahlbäck", "jesper dahlback", "3",
    )  # fmt: skip
    assert who.popularity == 1
    assert (svek.name, svek.normalised, svek.parent_discogs_id) == (
        "Svek Records", "svek records", 78,
    )  # fmt: skip
    assert Label.objects.get(discogs_id=6).disambiguation == "2"
    assert find_entries("jesper dahlback", limit=5).artists == [who.pk]
    press(admin_client, who, "let-go", "Name")
    months(tmp_path, artist(1, "Persuader (3)"), kind="artists")
    who.refresh_from_db()
    assert (who.name, who.normalised) == ("Persuader", "persuader")


def test_corrections_go_with_an_album_that_the_dump_merges_and_come_back(admin_client, tmp_path):
    months(tmp_path, release(1, master=5), release(2, master=None, title="Stokholm"))
    masters, own = (Release.objects.get(discogs_id=n).album for n in (1, 2))
    correct(admin_client, own, title="Stockholm by Night")
    months(tmp_path, release(1, master=5), release(2, master=5, title="Stokholm"))

    masters.refresh_from_db()
    assert masters.title == "Stockholm by Night"
    assert masters.pk in find_entries("stockholm night", limit=5).albums
    months(tmp_path, master(5, "Sthlm"), kind="masters")
    masters.refresh_from_db()
    assert masters.title == "Stockholm by Night"

    split(MergeRecord.objects.get())
    masters.refresh_from_db()
    own.refresh_from_db()
    assert (own.title, masters.title) == ("Stockholm by Night", "Stockholm")
    assert Correction.objects.get().row_id == own.pk
    months(tmp_path, master(5, "Sthlm", year=2000), kind="masters")
    masters.refresh_from_db()
    assert masters.title == "Sthlm"


def test_what_was_corrected_before_the_first_file_is_kept_by_it(admin_client, tmp_path):
    """Brought by somebody's shelf, and put right there."""
    told = ReleaseSummary(1, "Stokholm", (CreditRef("The Persuader", 1),), 1999, label="Svek")
    row = upsert_release_summary(told)
    album, who = row.album, Artist.objects.get()
    correct(admin_client, row, title="Stockholm EP", year="1998", label="Svek Records")
    correct(admin_client, album, title="Stockholm by Night")
    correct(admin_client, who, name="Jesper Dahlbäck")

    months(tmp_path, *(release(n, country="Japan") for n in (1, 2)))
    months(tmp_path, artist(1, "The Persuader"), kind="artists")

    row.refresh_from_db()
    who.refresh_from_db()
    assert (row.title, row.year, row.label, row.country) == (
        "Stockholm EP", 1998, "Svek Records", "Japan",
    )  # fmt: skip
    assert (row.album.title, row.album.releases.count()) == ("Stockholm by Night", 2)
    assert who.name == "Jesper Dahlbäck"
    assert row.album.credits.get().artist == who
