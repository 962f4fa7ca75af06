"""Wants and shelf: one's own, paged, with undo."""

import re

import pytest
from django.urls import reverse

from accounts.models import Owned, Want
from tests.factories import (
    make_album,
    make_best_price,
    make_copy,
    make_person,
    make_quote,
    make_release,
    make_want,
)

pytestmark = pytest.mark.django_db
LISTS = ["wants", "shelf"]


@pytest.fixture
def person():
    return make_person()


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    return client


def words(page):
    body = re.sub(r"(?s)<head>.*?</head>", " ", page.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


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


LIST_QUERIES = {"wants": 8, "shelf": 8}


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_as_many_queries_with_three_rows_as_with_one(
    signed_in, person, django_assert_num_queries, name, number
):
    fill(person, name, number)
    with django_assert_num_queries(LIST_QUERIES[name]):
        signed_in.get(reverse(f"pricing:{name}"))
