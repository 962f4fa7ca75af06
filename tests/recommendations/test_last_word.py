"""The later act counts, and whatever was said can be found again and taken back."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.tokens import make_token
from catalog.models import Artist
from recommendations import queries, services
from recommendations.models import Dismissal, Lean, Lock
from tests.factories import make_artist, make_person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/records/"}
LIST = {"Referer": "http://testserver/records/"}
TASTE = "/settings/taste/"


def shown(person):
    return [card.album for card in queries.cards(person).cards]


def program(person):
    client = APIClient()
    secret = make_token(person, name="script", can_write=True).secret
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def dismissed(nuria, with_list):
    """An album of her list that another tab dismissed, and another one by the same artist."""
    album, other = with_list(12)[2:4]

    def dismiss(reason=""):
        services.dismiss(nuria, album, reason=reason)
        return album, other

    return dismiss


def test_keeping_an_album_that_another_tab_dismissed_takes_that_back(nuria, sign_in, dismissed):
    album, _other = dismissed("price")
    address = reverse("recommendations:lock", args=[album.pk])
    html = sign_in(nuria).post(address, headers=HTMX).content.decode()
    assert f'id="album-{album.pk}"' in html
    assert f"{album.title} was dismissed. Now you keep it." in html
    assert not Dismissal.objects.exists() and Lock.objects.get().album == album
    assert album in shown(nuria)


def test_the_same_without_script(nuria, sign_in, dismissed):
    album, _other = dismissed()
    client = sign_in(nuria)
    answer = client.post(reverse("recommendations:lock", args=[album.pk]), follow=True)
    assert f"{album.title} was dismissed. Now you keep it." in answer.content.decode()
    assert album in shown(nuria)


@pytest.mark.parametrize("remade", [False, True])
def test_keeping_an_album_whose_artist_was_dismissed_brings_the_artist_back_and_says_so(
    nuria, sign_in, dismissed, remade
):
    album, other = dismissed("artist")
    if remade:
        services.make_set(nuria)
    assert other not in shown(nuria)
    address = reverse("recommendations:lock", args=[album.pk])
    html = sign_in(nuria).post(address, headers=HTMX).content.decode()
    assert f"Now you keep it, and {album.artist_line} may come again." in html
    assert album in shown(nuria)
    services.make_set(nuria)
    assert {album, other} <= set(shown(nuria))


def test_keeping_another_album_of_a_dismissed_artist_keeps_that_one_alone(nuria, dismissed):
    album, other = dismissed("artist")
    assert services.lock(nuria, other) is None
    assert other in shown(nuria) and album not in shown(nuria)


def test_a_program_that_keeps_a_dismissed_album_is_told(nuria, dismissed):
    album, other = dismissed("taste")
    client = program(nuria)
    answer = client.put(f"/api/v1/recs/{album.pk}/lock")
    assert (answer.status_code, answer.json()["reason"]) == (200, "taste")
    assert answer.json()["detail"] == f"{album.title} was dismissed. Now you keep it."
    assert album in shown(nuria)
    assert client.put(f"/api/v1/recs/{other.pk}/lock").status_code == 204


# --- without script -------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "said"), [("more", "More like"), ("less", "Less like")])
def test_without_script_more_and_less_offer_undo(nuria, sign_in, with_list, way, said):
    album, client = with_list(12)[4], sign_in(nuria)
    away = client.post(f"/records/{album.pk}/{way}/", headers=LIST)
    html = client.get(away["Location"]).content.decode()
    assert f"{said} {album.artist_line} from now on." in html
    undo = reverse("recommendations:undo", args=[album.pk])
    assert f'action="{undo}"' in html
    assert 'name="what" value="lean"' in html
    client.post(undo, {"what": "lean"}, headers=LIST)
    assert not Lean.objects.exists()
    assert f'action="{undo}"' not in client.get(away["Location"]).content.decode(), "taken back"


@pytest.mark.parametrize("reason", ["price", "artist", "owned"])
def test_without_script_a_reason_offers_undo(nuria, sign_in, with_list, reason):
    album, client = with_list(12)[4], sign_in(nuria)
    client.post(f"/records/{album.pk}/dismiss/", headers=LIST)
    away = client.post(f"/records/{album.pk}/why/", {"reason": reason}, headers=LIST)
    html = client.get(away["Location"]).content.decode()
    assert f'action="{reverse("recommendations:undo", args=[album.pk])}"' in html
    what = "own" if reason == "owned" else "dismiss"
    client.post(f"/records/{album.pk}/undo/", {"what": what}, headers=LIST)
    assert album in shown(nuria)


# --- all of it, on a page --------------------------------------------------------------------


def test_what_one_wants_more_and_less_of_stands_in_the_settings(nuria, sign_in, with_list):
    albums, client = with_list(12), sign_in(nuria)
    assert "You asked for more or less of nobody yet." in client.get(TASTE).content.decode()
    for album, way in ((albums[0], "less"), (albums[4], "more")):
        client.post(f"/records/{album.pk}/{way}/", {"next": f"/albums/{album.pk}/"})
    _head, html = client.get(TASTE).content.decode().split('id="leans"')
    assert html.index("Artist 2") < html.index("Artist 0"), "the latest first"
    assert "More like this, " in html and "Less like this, " in html
    artist = albums[0].credits.get().artist
    address = reverse("recommendations:lean_back", args=[artist.pk])
    assert f'action="{address}"' in html
    html = client.post(address, follow=True).content.decode()
    assert "Neither more nor less like Artist 0 from now on." in html
    assert [lean.artist.name for lean in Lean.objects.all()] == ["Artist 2"]


def test_what_was_said_of_an_artist_who_was_merged_can_be_taken_back(nuria, sign_in, with_list):
    artist, other = with_list(12)[0].credits.get().artist, make_artist("The Artist 0")
    services.lean(nuria, artist, -1)
    Artist.objects.filter(pk=artist.pk).update(merged_into=other)
    html = sign_in(nuria).get(TASTE).content.decode()
    assert "The Artist 0" in html
    sign_in(nuria).post(reverse("recommendations:lean_back", args=[other.pk]))
    assert not Lean.objects.exists()


def test_nobody_takes_back_what_another_said(nuria, sign_in, with_list):
    artist = with_list(12)[0].credits.get().artist
    services.lean(nuria, artist, -1)
    stranger = sign_in(make_person("stranger@vinilogy.test"))
    assert stranger.post(reverse("recommendations:lean_back", args=[artist.pk])).status_code == 302
    assert Lean.objects.exists()
