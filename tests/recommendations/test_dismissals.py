"""Why an album is dismissed, what follows from it, and how all of it is taken back."""

import json
import re

import pytest
from django.urls import reverse

from accounts.models import Owned
from catalog.services.identity import merge_into
from recommendations import queries, services
from recommendations.models import Dismissal, Lock, Recommendation
from tests.factories import make_album, make_artist, make_copy, make_person, make_want
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db

PAGE = "/records/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/records/"}


def press(client, name, album, headers=HTMX, **data):
    return client.post(reverse(f"recommendations:{name}", args=[album.pk]), data, headers=headers)


def shown(person):
    return [card.album for card in queries.cards(person).cards]


def test_the_toast_after_a_dismissal_offers_the_reasons(nuria, sign_in, with_list):
    albums = with_list(12)
    html = press(sign_in(nuria), "dismiss", albums[3]).content.decode()
    assert reverse("recommendations:why", args=[albums[3].pk]) in html
    words = ["This album only", "Not this artist", "Already have it", "Too dear", "Not my taste"]
    found = re.findall(r'<button type="submit" name="reason" value="(\w*)">([^<]+)</button>', html)
    assert [text for _value, text in found] == words
    assert {value for value, _text in found} == set(Dismissal.Reason.values)


def test_without_script_the_page_that_comes_back_offers_them_too(nuria, sign_in, with_list):
    albums = with_list(12)
    client = sign_in(nuria)
    away = press(client, "dismiss", albums[0], headers={"Referer": f"{PAGE}?genre=Jazz"})
    html = client.get(away["Location"]).content.decode()
    assert f'action="{reverse("recommendations:undo", args=[albums[0].pk])}"' in html
    assert f'action="{reverse("recommendations:why", args=[albums[0].pk])}"' in html
    away = press(client, "why", albums[0], headers={"Referer": PAGE}, reason="price")
    assert Dismissal.objects.get().reason == "price"
    assert "too dear" in client.get(away["Location"]).content.decode()


@pytest.mark.parametrize("reason", ["", "price", "taste"])
def test_a_reason_is_kept_and_can_be_undone(nuria, sign_in, with_list, reason):
    albums = with_list(12)
    client = sign_in(nuria)
    press(client, "dismiss", albums[3])
    html = press(client, "why", albums[3], reason=reason).content.decode()
    assert Dismissal.objects.get().reason == reason
    assert "data-card" not in html
    back = press(client, "undo", albums[3], what="dismiss")
    # Focus goes on at the card that came back.
    where = json.loads(back["HX-Trigger-After-Settle"])["card-restored"]["id"]
    assert f'id="{where}"' in back.content.decode()
    assert albums[3] in shown(nuria)


def test_not_this_artist_takes_their_other_albums_at_once_and_undo_brings_them_back(
    nuria, sign_in, with_list
):
    albums = with_list(12)  # two by each artist
    client = sign_in(nuria)
    press(client, "dismiss", albums[2])
    html = press(client, "why", albums[2], reason="artist").content.decode()
    assert 'id="cards" hx-swap-oob="true"' in html
    assert f'id="album-{albums[3].pk}"' not in html
    assert albums[3] not in shown(nuria)
    services.make_set(nuria)
    assert albums[3] not in shown(nuria)
    press(client, "undo", albums[2], what="dismiss")
    services.make_set(nuria)
    assert {albums[2], albums[3]} <= set(shown(nuria))


def test_what_is_kept_stays_when_its_artist_is_dismissed(nuria, with_list):
    albums = with_list(12)
    services.lock(nuria, albums[3])
    services.dismiss(nuria, albums[2], reason="artist")
    assert albums[3] in shown(nuria)


def test_already_have_it_puts_a_copy_on_the_shelf(nuria, sign_in, with_list):
    albums = with_list(12)
    client = sign_in(nuria)
    press(client, "dismiss", albums[3])
    html = press(client, "why", albums[3], reason="owned").content.decode()
    assert "is on your shelf." in html
    assert Owned.objects.get().album == albums[3]
    assert not Dismissal.objects.exists()
    press(client, "undo", albums[3], what="own")
    assert not Owned.objects.exists()
    assert albums[3] in shown(nuria)


def test_reasons_for_what_is_not_dismissed_or_unheard_of_change_nothing(nuria, sign_in, with_list):
    albums = with_list(12)
    client = sign_in(nuria)
    assert press(client, "why", albums[3], reason="owned").status_code == 200
    assert not Owned.objects.exists()
    press(client, "dismiss", albums[3])
    press(client, "why", albums[3], reason="<script>")
    assert Dismissal.objects.get().reason == ""
    stranger = sign_in(make_person("stranger@vinilogy.test"))
    press(stranger, "why", albums[3], reason="artist")
    assert Dismissal.objects.get().reason == ""


# --- all of it, on a page -----------------------------------------------------------------


def test_the_list_says_how_many_are_dismissed_and_leads_to_them(nuria, sign_in, with_list):
    albums = with_list(12)
    client = sign_in(nuria)
    there = reverse("recommendations:dismissed")
    assert there not in client.get(PAGE).content.decode()
    html = press(client, "dismiss", albums[3], reason="taste").content.decode()
    assert 'id="dismissed" hx-swap-oob="true"' in html
    assert "1 album dismissed." in html
    html = client.get(PAGE).content.decode()
    assert there in html
    assert html.count('id="dismissed"') == 1
    page = client.get(there).content.decode()
    assert albums[3].title in page
    assert "Not my taste" in page
    client.post(reverse("recommendations:bring_back", args=[albums[3].pk]))
    assert albums[3] in shown(nuria)
    assert "Nothing is dismissed" in client.get(there).content.decode()


def test_starting_afresh_brings_all_back_and_can_be_undone(nuria, sign_in, with_list):
    albums = with_list(12)
    client = sign_in(nuria)
    for album, reason in ((albums[2], "artist"), (albums[5], "taste")):
        services.dismiss(nuria, album, reason=reason)
    before = list(Dismissal.objects.order_by("album").values_list("album", "reason", "created_at"))
    away = client.post(reverse("recommendations:reset"))
    assert not Dismissal.objects.exists()
    assert {albums[2], albums[3], albums[5]} <= set(shown(nuria))
    html = client.get(away["Location"]).content.decode()
    assert "2 albums may come again." in html
    for _twice in range(2):
        client.post(reverse("recommendations:reset_undo"))
    after = list(Dismissal.objects.order_by("album").values_list("album", "reason", "created_at"))
    assert after == before
    assert Job.objects.filter(kind=queries.MAKE_SET, owner=nuria).exists()


def test_nobody_undoes_anothers_reset(nuria, sign_in, with_list):
    albums = with_list(12)
    services.dismiss(nuria, albums[0])
    sign_in(nuria).post(reverse("recommendations:reset"))
    stranger = make_person("stranger@vinilogy.test")
    sign_in(stranger).post(reverse("recommendations:reset_undo"))
    assert not Dismissal.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_dismissals_costs_the_same_for_one_and_three(
    nuria, sign_in, with_list, django_assert_num_queries, count
):
    for album in with_list(12)[:count]:
        services.dismiss(nuria, album)
    client = sign_in(nuria)
    with django_assert_num_queries(DISMISSED_QUERIES):
        client.get(reverse("recommendations:dismissed"))


DISMISSED_QUERIES = 5


# --- merges -------------------------------------------------------------------------------


def test_what_was_said_to_an_album_holds_after_it_was_merged(nuria, sign_in, with_list):
    albums = with_list(12)
    twins = [make_album(f"{album.title} (mono)", make_artist("Twin")) for album in albums[:4]]
    services.lock(nuria, albums[0])
    services.dismiss(nuria, albums[1])
    make_copy(nuria, albums[2])
    make_want(nuria, albums[3])
    for album, twin in zip(albums, twins, strict=False):
        merge_into([album.pk], twin)
    cards = {card.album: card for card in queries.cards(nuria).cards}
    assert cards[twins[0]].kept
    assert cards[twins[3]].wanted
    assert not {twins[1], twins[2], *albums[:4]} & cards.keys()
    services.make_set(nuria)
    cards = {card.album: card for card in queries.cards(nuria).cards}
    assert cards[twins[0]].kept
    assert cards[twins[3]].wanted
    assert cards[twins[3]].score.parts[0].points > 0, "its plays came along"
    assert not {twins[1], twins[2], *albums[:4]} & cards.keys()
    client = sign_in(nuria)
    press(client, "lock", albums[0])  # from a page that was open before
    assert not Lock.objects.exists()
    press(client, "undo", twins[1], what="dismiss")
    assert not Dismissal.objects.exists()


def test_two_albums_of_a_list_that_become_one_stand_once(nuria, with_list):
    albums = with_list(12)
    merge_into([albums[7].pk], albums[1])
    found = shown(nuria)
    assert found.count(albums[1]) == 1
    assert albums[7] not in found
    assert Recommendation.objects.filter(album=albums[7]).exists()


@pytest.mark.parametrize("what", ["dismiss", "own"])
def test_what_did_not_leave_the_list_or_came_back_is_not_said_to_be_gone(
    nuria, sign_in, with_list, what
):
    album, client = with_list(12)[3], sign_in(nuria)
    undo = f'action="{reverse("recommendations:undo", args=[album.pk])}"'
    assert undo not in client.get(f"{PAGE}?{what}={album.pk}").content.decode()
    away = press(client, what, album, headers={"Referer": PAGE})
    assert undo in client.get(away["Location"]).content.decode()
    press(client, "undo", album, headers={"Referer": PAGE}, what=what)
    assert undo not in client.get(away["Location"]).content.decode(), "also by Back"


@pytest.mark.parametrize("headers", [HTMX, {"Referer": PAGE}])
def test_dismissed_as_owned_already_is_undone_by_what_the_toast_sends(
    nuria, sign_in, with_list, headers
):
    album, client = with_list(12)[3], sign_in(nuria)
    answer = press(client, "dismiss", album, headers=headers, reason="owned")
    if answer.status_code == 302:
        answer = client.get(answer["Location"])
    html = answer.content.decode()
    assert "is on your shelf." in html and Owned.objects.get().album == album
    [what] = re.findall(r'name="what" value="(\w+)"', html)
    press(client, "undo", album, headers=headers, what=what)
    assert not Owned.objects.exists() and album in shown(nuria)


@pytest.mark.parametrize("name", ["HX-Current-URL", "Referer"])
def test_a_page_that_is_no_address_is_no_fault(nuria, sign_in, with_list, name):
    album, client = with_list(12)[3], sign_in(nuria)
    headers = {"HX-Request": "true", name: "http://[::1"}
    assert press(client, "dismiss", album, headers=headers).status_code == 200
    assert press(client, "undo", album, headers={name: "http://[::1"}).status_code == 302
