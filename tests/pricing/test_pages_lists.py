"""Wants and shelf: one's own, paged, with undo."""

import re

import pytest
from django.urls import reverse

from accounts.models import Owned, Want
from catalog.services.identity import merge_into
from tests.factories import (
    make_album,
    make_best_price,
    make_copy,
    make_person,
    make_quote,
    make_release,
    make_want,
)
from tests.pricing.reading import words

pytestmark = pytest.mark.django_db
LISTS = ["wants", "shelf"]


def fill(person, name, number=1):
    made = []
    for at in range(number):
        album = make_album(f"Album {at:02}", f"Artist {at:02}")
        release = make_release(album, country="Germany", label="Sire", format="LP")
        if name == "wants":
            made.append(make_want(person, release=release))
        else:
            made.append(make_copy(person, album, release, grade="VG+", notes="a scratch"))
    return made


@pytest.mark.parametrize("name", LISTS)
def test_a_list_needs_somebody_signed_in(client, name):
    answer = client.get(reverse(f"pricing:{name}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("name", "said"), [("wants", "No wants yet"), ("shelf", "Nothing on your shelf yet")]
)
def test_an_empty_list_says_what_to_do_next(signed_in, name, said):
    page = signed_in.get(reverse(f"pricing:{name}"))
    assert said in words(page)
    assert reverse("accounts:start") in page.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_only_ones_own_with_pressing_and_price(signed_in, person, name):
    fill(make_person(), name, 2)
    (mine,) = fill(person, name)
    make_best_price(make_quote(mine.release.album, mine.release, amount="20.90", shipping="5.50"))
    text = words(signed_in.get(reverse(f"pricing:{name}")))
    assert "1 want" in text if name == "wants" else "1 copy, 1 album" in text
    assert "1980 Germany, Sire" in text
    assert "26.40" in text


def test_a_want_of_any_pressing_says_so(signed_in, person):
    make_want(person, make_album())
    assert "Any pressing" in words(signed_in.get(reverse("pricing:wants")))


@pytest.mark.parametrize("name", LISTS)
def test_long_lists_have_pages_that_keep_the_order(signed_in, person, name):
    fill(person, name, 51)
    first = signed_in.get(reverse(f"pricing:{name}") + "?sort=title")
    assert "Album 00" in words(first) and "Album 50" not in words(first)
    assert "?sort=title&amp;page=2" in first.content.decode()
    second = signed_in.get(reverse(f"pricing:{name}") + "?sort=title&page=2")
    assert "Album 50" in words(second) and "Album 00" not in words(second)


@pytest.mark.parametrize("name", LISTS)
def test_words_narrow_a_list(signed_in, person, name):
    fill(person, name, 3)
    text = words(signed_in.get(reverse(f"pricing:{name}") + "?q=artist+01"))
    assert "Album 01" in text and "Album 02" not in text
    assert "1 found" in text
    assert "Nothing fits" in words(signed_in.get(reverse(f"pricing:{name}") + "?q=zzz"))


@pytest.mark.parametrize(("name", "model"), [("wants", Want), ("shelf", Owned)])
def test_what_is_removed_comes_back_as_it_was(signed_in, person, name, model):
    (row,) = fill(person, name)
    before = model.objects.values().get()
    away = signed_in.post(reverse(f"pricing:{name}_remove", args=[row.pk]))
    assert not model.objects.exists()
    page = signed_in.get(away["Location"])
    assert "Album 00 removed." in words(page)
    token = re.search(r'name="removed" value="([^"]+)"', page.content.decode()).group(1)
    for _ in range(2):  # twice pressed is once done
        signed_in.post(reverse(f"pricing:{name}_undo"), {"removed": token})
    assert model.objects.values().get() | {"id": 0} == before | {"id": 0}


@pytest.mark.parametrize("name", LISTS)
def test_htmx_gets_the_toast_and_the_new_count(signed_in, person, name):
    row, _other = fill(person, name, 2)
    answer = signed_in.post(
        reverse(f"pricing:{name}_remove", args=[row.pk]), headers={"HX-Request": "true"}
    )
    html = answer.content.decode()
    assert 'id="toasts" hx-swap-oob' in html
    assert f'<b id="nav-{name}" hx-swap-oob="true">1</b>' in html


@pytest.mark.parametrize("name", LISTS)
def test_strangers_can_neither_remove_nor_bring_back(signed_in, person, name, client):
    (theirs,) = fill(make_person(), name)
    assert signed_in.post(reverse(f"pricing:{name}_remove", args=[theirs.pk])).status_code == 404
    (mine,) = fill(person, name)
    away = signed_in.post(reverse(f"pricing:{name}_remove", args=[mine.pk]))
    token = away["Location"].partition("removed=")[2]
    client.force_login(make_person())
    assert client.post(reverse(f"pricing:{name}_undo"), {"removed": token}).status_code == 404
    assert client.post(reverse(f"pricing:{name}_undo"), {"removed": "forged"}).status_code == 404


LIST_QUERIES = {"wants": 12, "shelf": 14}


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_as_many_queries_with_three_rows_as_with_one(
    signed_in, person, django_assert_num_queries, name, number
):
    fill(person, name, number)
    with django_assert_num_queries(LIST_QUERIES[name]):
        signed_in.get(reverse(f"pricing:{name}"))


# --- one album twice, one pressing, merges ------------------------------------------------


def ids(page):
    return re.findall(r' id="([^"]+)"', page.content.decode())


@pytest.mark.parametrize("name", LISTS)
def test_an_album_that_stands_twice_has_no_id_twice(signed_in, person, name):
    album = make_album()
    for release in (make_release(album), make_release(album)):
        if name == "wants":
            make_want(person, release=release)
        else:
            make_copy(person, album, release)
    if name == "wants":
        make_want(person, album)
    else:
        make_copy(person, album)
    page = signed_in.get(reverse(f"pricing:{name}"))
    found = ids(page)
    assert len(found) == len(set(found))
    for place in re.findall(r'hx-target="#(price-[^"]+)"', page.content.decode()):
        assert place in found


def test_the_tag_that_comes_back_finds_its_own_line(signed_in, person):
    album = make_album()
    want = make_want(person, release=make_release(album))
    other = make_want(person, album)
    page = signed_in.get(reverse("pricing:wants")).content.decode()
    for row, about in ((want, f"price-{album.pk}-{want.release_id}"), (other, f"price-{album.pk}")):
        element = f"{about}-{row.pk}"
        ask = re.search(rf'action="([^"]+)"[^>]*hx-target="#{element}"', page).group(1)
        answer = signed_in.post(ask.replace("&amp;", "&"), headers={"HX-Request": "true"})
        html = answer.content.decode()
        assert f'id="{element}"' in html
        assert "aria-busy" in html
        again = re.search(r'hx-get="([^"]+)"', html).group(1).replace("&amp;", "&")
        assert f'id="{element}"' in signed_in.get(again).content.decode()


@pytest.mark.parametrize("line", ["x", "1<b>", "-1", "a", "9" * 30])
def test_a_line_that_no_page_names_is_left_out(signed_in, line):
    album = make_album()
    html = signed_in.get(reverse("pricing:tag", args=[album.pk]), {"line": line}).content.decode()
    assert f'id="price-{album.pk}"' in html


def test_a_want_of_one_pressing_shows_what_that_pressing_costs(signed_in, person):
    album = make_album()
    dear, cheap = make_release(album), make_release(album, country="UK")
    make_quote(album, dear, amount="40.00", shipping="5.50")
    make_best_price(make_quote(album, cheap, amount="20.90", shipping="5.50"))
    make_want(person, release=dear)
    text = words(signed_in.get(reverse("pricing:wants")))
    assert "45.50" in text
    assert "26.40" not in text


def test_without_a_price_of_its_pressing_the_line_says_whose_price_it_shows(signed_in, person):
    album = make_album()
    make_best_price(make_quote(album, make_release(album, country="UK"), amount="20.90"))
    make_want(person, release=make_release(album))
    assert "Cheapest of the album" in words(signed_in.get(reverse("pricing:wants")))
    other = make_want(person, album)
    text = words(signed_in.get(reverse("pricing:wants")))
    assert text.count("Cheapest of the album") == 1, other


def test_an_album_that_stands_twice_gets_one_sticker(signed_in, person):
    for number in range(4):
        album = make_album(f"Album {number}", f"Artist {number}")
        make_best_price(make_quote(album, amount=f"{20 + number}.00"))
        make_copy(person, album)
        make_copy(person, album)
    html = signed_in.get(reverse("pricing:shelf")).content.decode()
    assert html.count('class="stk"') == 1


@pytest.mark.parametrize("name", LISTS)
def test_what_was_merged_stays_on_the_list_under_its_new_name(signed_in, person, name):
    kept, gone = make_album("Kind of Blue"), make_album("Kind Of Blue (mono)")
    if name == "wants":
        make_want(person, gone)
    else:
        make_copy(person, gone)
    make_best_price(make_quote(gone, amount="20.90", shipping="5.50"))
    merge_into([gone.pk], kept)
    page = signed_in.get(reverse(f"pricing:{name}"))
    assert reverse("pricing:album", args=[kept.pk]) in page.content.decode()
    assert "26.40" in words(page), "and with it what was asked for before"
    album = words(signed_in.get(reverse("pricing:album", args=[kept.pk])))
    assert ("On your wants" if name == "wants" else "On your shelf") in album
    button = {"wants": "accounts:unwant", "shelf": "accounts:disown"}[name]
    signed_in.post(reverse(button), {"album_id": kept.pk})
    assert not {"wants": Want, "shelf": Owned}[name].objects.exists()


def test_wanting_what_one_wants_already_under_another_name_is_one_want(signed_in, person):
    kept, gone = make_album("Kind of Blue"), make_album("Kind Of Blue (mono)")
    make_want(person, gone)
    merge_into([gone.pk], kept)
    for album in (kept, gone):
        signed_in.post(reverse("accounts:want"), {"album_id": album.pk})
    assert Want.objects.count() == 1


def test_two_wants_that_a_merge_made_one_go_and_come_back_together(signed_in, person):
    kept, gone = make_album("Kind of Blue"), make_album("Kind Of Blue (mono)")
    wants = [make_want(person, album) for album in (gone, kept)]
    pressing = make_want(person, release=make_release(kept))
    merge_into([gone.pk], kept)
    page = signed_in.get(reverse("pricing:wants")).content.decode()
    assert sorted(map(int, re.findall(r'id="row-(\d+)"', page))) == [wants[1].pk, pressing.pk]
    assert '<b id="nav-wants">2</b>' in page, "the header counts what the page shows"
    answer = signed_in.post(reverse("pricing:wants_remove", args=[wants[1].pk]), follow=True)
    assert list(Want.objects.all()) == [pressing]
    token = re.search(r'name="removed" value="([^"]+)"', answer.content.decode())[1]
    signed_in.post(reverse("pricing:wants_undo"), {"removed": token})
    assert set(Want.objects.values_list("album_id", flat=True)) == {kept.pk, gone.pk, None}


def test_lines_of_one_shape_keep_their_own_addresses_and_words(signed_in, person):
    """Alike lines are drawn together: each still says what it is."""
    wants = fill(person, "wants", 3)
    for at, want in enumerate(wants):
        Want.objects.filter(pk=want.pk).update(notes=f"note <{at}>")
        make_best_price(
            make_quote(want.release.album, want.release, amount=f"2{at}.00", shipping="1.00")
        )
    body = signed_in.get(reverse("pricing:wants")).content.decode()
    for at, want in enumerate(wants):
        line = re.search(rf'(?s)<li id="row-{want.pk}">.*?</li>', body)[0]
        album, release = want.release.album_id, want.release_id
        assert f'href="/albums/{album}/#p{release}"' in line and f"/sleeves/{album}.svg" in line
        assert f'action="/wants/{want.pk}/remove/"' in line and f'href="/wants/{want.pk}/"' in line
        assert f'id="price-{album}-{release}-{want.pk}"' in line
        assert f"Album {at:02}" in line and f"Artist {at:02}" in line
        assert f"“note &lt;{at}&gt;”" in line and f"2{at + 1}.00" in line
        others = {str(one.pk) for one in wants if one is not want}
        assert not others & set(re.findall(r"/wants/(\d+)/", line))
    assert "\ue000" not in body and "98765432109876" not in body
