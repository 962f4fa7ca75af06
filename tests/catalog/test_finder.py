"""The pressing finder: from numbers on the record to the pressing."""

import pytest
from django.urls import reverse

from catalog.models import ReleaseIdentifier
from catalog.queries import find_pressings
from catalog.runouts import likeness, take_apart
from tests.factories import make_album, make_release

pytestmark = pytest.mark.django_db


def scratch(release, side, runout):
    ReleaseIdentifier.objects.create(
        release_id=release.pk,
        position=side == "B",
        kind="Matrix / Runout",
        value=runout,
        description=f"Side {side}",
        normalised="".join(sign for sign in runout.lower() if sign.isalnum()),
    )


@pytest.fixture
def pressings():
    """Three pressings of an album with one barcode: the original, a repress, another country."""
    album = make_album("Remain in Light")
    original = make_release(album, catalogue_number="SRK 6095", barcode="075992609524", year=1980)
    repress = make_release(album, catalogue_number="SRK 6095", barcode="075992609524", year=1985)
    german = make_release(
        album, catalogue_number="SIR K 56867", country="Germany", barcode="4007192568673"
    )
    scratch(original, "A", "SRK 1-6095 JW1")
    scratch(repress, "A", "SRK 1-6095 SH7")
    scratch(german, "A", "R/S Alsdorf 56867-A")
    return original, repress, german


def first(text):
    return find_pressings(text).candidates[0]


def found(text):
    return [one.release.pk for one in find_pressings(text).candidates]


def codes(candidate):
    return [reason.code for reason in candidate.reasons]


def test_a_barcode_is_found_however_it_is_typed(pressings):
    original, repress, _german = pressings
    for typed in ("075992609524", "0 75992 60952 4", "75992609524", "0075992609524"):
        assert set(found(typed)) == {original.pk, repress.pk}, typed
    assert codes(first("0 75992 60952 4")) == ["barcode"]


def test_a_runout_tells_two_pressings_of_one_barcode_apart_in_any_order(pressings):
    original, repress, _german = pressings
    assert found("075992609524\nSRK 1-6095 SH7")[:2] == [repress.pk, original.pk]
    assert found("SRK 1-6095 JW1\n075992609524")[:2] == [original.pk, repress.pk]
    assert codes(first("SRK 1-6095 JW1, 075992609524")) == ["runout", "barcode"]


def test_a_misread_or_half_runout_says_how_many_signs_are_equal(pressings):
    original, _repress, _german = pressings
    reason = first("SRK1-6095 JWI").reasons[0]  # the last 1 read as an I
    assert (reason.code, reason.place, reason.equal, reason.of) == (
        "runout_alike",
        "Side A",
        10,
        11,
    )
    assert first("SRK1-6095 JW").release == original
    assert not found("XYZ 9-9999 QQ")


def test_who_types_a_catalogue_number_gets_the_pressing_that_has_it_first():
    album = make_album("Remain in Light")
    asked = make_release(album, catalogue_number="STA 6880", label="Gowi")
    other = make_release(album, catalogue_number="STA 6834", label="Vaya")
    reissue = make_release(album, catalogue_number="R1 12345", label="Later")
    scratch(other, "B", "STA6834 B4 OVER")  # five of its signs in the same order
    scratch(reissue, "A", "STA6880 A1")  # pressed with the old plates

    assert found("STA6880") == [asked.pk, reissue.pk, other.pk]
    assert found("STA6880\nVaya")[0] == asked.pk
    # The whole runout is a stronger sign than any catalogue number.
    assert found("STA6880 A1\nSTA6880")[0] == reissue.pk


def test_words_beside_a_number_order_what_it_found(pressings):
    original, _repress, german = pressings
    usa = make_release(german.album, catalogue_number="SIR K 56867", country="Italy")
    assert found("SIR K 56867 Germany")[0] == german.pk
    assert found("SIR K 56867 Italy")[0] == usa.pk
    assert codes(first("SIR K 56867\nSire, Italy")) == ["catno", "label", "country"]


def test_a_number_that_has_only_begun_finds_what_begins_so(pressings):
    assert set(found("07599260")) == {pressings[0].pk, pressings[1].pk}
    assert codes(first("07599260"))[0] == "barcode_begins"
    assert codes(first("SIRK568")) == ["catno_begins"]


@pytest.mark.parametrize(
    "text", ["", "  \n ", "Germany Sire", "7", "a1", "\\", "%%%", "'; drop", "1" * 999]
)
def test_nothing_to_go_by_is_explained_and_breaks_nothing(client, pressings, text):
    page = client.get(reverse("catalog:find"), {"q": text})
    assert page.status_code == 200 and 'class="finds"' not in page.text


def test_what_is_too_short_is_named(client, pressings):
    page = client.get(reverse("catalog:find"), {"q": "7\nSRK 6095"}).text
    assert "Too short to find anything by: 7." in page
    assert page.count("Catalogue number equal: SRK 6095") == 2, "the rest is looked for"
    assert "Type one of the numbers" in client.get(reverse("catalog:find")).text
    assert "None of this is a number" in client.get(reverse("catalog:find"), {"q": "sire"}).text


def test_a_number_that_is_too_short_is_not_called_none(client, pressings):
    make_release(pressings[0].album, catalogue_number="D1")
    page = client.get(reverse("catalog:find"), {"q": "D1"}).text
    assert "Too short to find anything by: D1." in page
    assert "None of this is a number" not in page and "No pressing has these" not in page
    assert "Too short to look for" in page and "or another number" in page


def test_the_beginning_of_a_runout_will_do(client):
    asked, other = make_release(make_album()), make_release(make_album("Low"))
    scratch(asked, "A", "FL-A1 PORKY")
    scratch(other, "A", "XFL-A1 PORKY")
    reason = first("FL-A1").reasons[0]
    assert (reason.code, reason.value, reason.place) == ("runout_begins", "FL-A1 PORKY", "Side A")
    assert (found("FL-A1"), found("fla")) == ([asked.pk], [])
    page = client.get(reverse("catalog:find"), {"q": "FL-A1"}).text
    assert "Runout (Side A) begins so: FL-A1 PORKY" in page
    assert first("FL-A1 P").reasons[0].code == "runout_alike"


def test_the_page_gives_reasons_and_links_and_costs_the_same_for_one_and_for_many(
    client, pressings, django_assert_num_queries
):
    for typed, rows in (("56867", 0), ("SIR K 56867", 1), ("SRK 6095", 2)):
        with django_assert_num_queries(1 + 3 * bool(rows)):
            page = client.get(reverse("catalog:find"), {"q": typed}).text
        assert page.count("data-row-link") == rows
    assert reverse("pricing:release", args=[pressings[0].pk]) in page


def test_programs_ask_the_same(client, pressings):
    address = reverse("api-releases")
    rows = client.get(address, {"find": "SRK 1-6095 SH7"}).json()
    assert rows[0]["release"]["id"] == pressings[1].pk
    assert rows[0]["reasons"][0]["code"] == "runout" and rows[0]["score"] > rows[-1]["score"]
    assert client.get(address, {"find": "sire"}).json() == []
    assert client.get(address).status_code == 400


def test_programs_are_told_of_a_wrong_check_digit_where_nothing_is_found(client, pressings):
    address = reverse("api-releases")
    answer = client.get(address, {"find": "5012394144778"})
    assert answer.status_code == 400
    assert "5012394144778 is no barcode" in answer.json()["error"]["fields"]["find"][0]
    assert client.get(address, {"find": "5012394144777"}).json() == []
    make_release(pressings[0].album, catalogue_number="5012394144778")
    assert len(client.get(address, {"find": "5012394144778"}).json()) == 1, "a number like that"


def test_signs_are_counted_in_their_order():
    assert likeness("srk6095", "srk16095jw1").equal == 7
    assert likeness("stumm128a", "stumm128a1mpo").share == 1
    assert likeness("abc123", "xyz789").equal == 0
    assert likeness("123456", "654321").share < 0.4


def test_a_text_is_taken_apart_into_numbers_and_words():
    typed = take_apart("0 75992 60952 4; SRK 1-6095 A\nSire, Germany")
    assert typed.numbers == ("075992609524", "srk16095a")
    assert typed.words == {"srk", "a", "sire", "germany"}
    assert "075992609524" in take_apart("first pressing 0 75992 60952 4 sire").keys
    assert take_apart("1\n22\n333").too_short == ("1", "22")


def test_the_finder_tells_dates_and_countries_as_far_as_they_are_known(client, pressings):
    _original, _repress, german = pressings
    german.released = "1980-00-00"
    german.save()
    asked = {"q": "4007192568673\nGermany"}
    english = client.get(reverse("catalog:find"), asked).content.decode()
    assert "Germany, 1980, LP" in english and "1980-00" not in english
    headers = {"accept-language": "es"}
    spanish = client.get(reverse("catalog:find"), asked, headers=headers).content.decode()
    assert "Alemania, 1980, LP" in spanish and "Germany, 1980" not in spanish


def test_digits_that_are_no_barcode_are_told_so(client):
    page = client.get(reverse("catalog:find"), {"q": "5012394144778"}).text
    assert "5012394144778 is no barcode" in page
    for right in ("5012394144777", "012345678905", "96385074"):
        assert "is no barcode" not in client.get(reverse("catalog:find"), {"q": right}).text
