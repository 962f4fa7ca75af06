"""The page of recommended albums and its buttons, as a browser asks for them."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from accounts.models import Owned, Want
from catalog.services.index import index_artists
from recommendations.models import Dismissal, Lock, RecommendationSet, Seed
from tests.factories import make_album, make_artist, make_person, make_similar, make_want
from vinyl.jobs.models import Job

pytestmark = pytest.mark.django_db

PAGE = "/records/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/records/"}


def press(client, name, album, headers=HTMX, **data):
    return client.post(reverse(f"recommendations:{name}", args=[album.pk]), data, headers=headers)


@pytest.mark.parametrize("count", [3, 20])
def test_the_page_costs_at_most_nine_queries(nuria, sign_in, with_list, count):
    albums = with_list(count)
    client = sign_in(nuria)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(PAGE)
    text = page.content.decode()
    assert text.count("data-card data-row") == count
    assert albums[0].title in text
    assert len(asked) <= 9, "\n".join(one["sql"] for one in asked)


def test_the_page_says_what_the_list_was_made_from(nuria, sign_in, with_list):
    with_list(3)
    text = sign_in(nuria).get(PAGE).content.decode()
    assert "3 albums from" in text
    assert "You played this <b>400</b> times. <b>100</b> of them in the last year." in text


def test_the_page_speaks_spanish_figures_and_keeps_its_evidence(nuria, sign_in, with_list):
    with_list(1)
    nuria.language = "es"
    nuria.save()
    text = sign_in(nuria).get(PAGE).content.decode()
    assert '<html lang="es"' in text
    assert "<b>100</b>" in text


def test_somebody_without_listening_is_told_what_to_do(nuria, sign_in):
    text = sign_in(nuria).get(PAGE).content.decode()
    assert "Nothing to go on yet" in text
    assert reverse("recommendations:seeds") in text
    assert not Job.objects.exists()


def test_filters_stand_in_the_address(nuria, sign_in, with_list):
    albums = with_list(4)
    client = sign_in(nuria)
    text = client.get(PAGE, {"genre": "Jazz"}).content.decode()
    assert albums[0].title in text
    assert f'id="album-{albums[1].pk}"' not in text
    text = client.get(PAGE, {"decade": "1990", "price": "nonsense"}).content.decode()
    assert "Nothing passes these filters" in text
    for nonsense in ("١٩٧٠", "1975", "197", "x"):
        text = client.get(PAGE, {"decade": nonsense}).content.decode()
        assert all(f'id="album-{album.pk}"' in text for album in albums), nonsense


def test_two_tabs_that_press_make_again_start_one_job(nuria, sign_in, with_list):
    with_list(3)
    client = sign_in(nuria)
    first = client.post(reverse("recommendations:refresh"), headers=HTMX)
    second = client.post(reverse("recommendations:refresh"))
    assert first.status_code == 200
    assert second.status_code == 302
    [job] = Job.objects.all()
    assert f"job-{job.pk}" in first.content.decode()
    assert f"job-{job.pk}" in client.get(PAGE).content.decode()


def test_dismiss_and_undo(nuria, sign_in, with_list):
    albums = with_list(12)
    client = sign_in(nuria)
    answer = press(client, "dismiss", albums[3], reason="taste").content.decode()
    assert "data-card" not in answer, "the card gives place"
    assert f"{albums[3].title} dismissed." in answer
    assert Dismissal.objects.get().reason == "taste"
    assert f'id="album-{albums[3].pk}"' not in client.get(PAGE).content.decode()
    answer = press(client, "undo", albums[3], what="dismiss").content.decode()
    assert 'id="cards" hx-swap-oob="true"' in answer
    assert f'id="album-{albums[3].pk}"' in answer
    assert f'id="album-{albums[3].pk}"' in client.get(PAGE).content.decode()


def test_the_next_album_takes_the_first_place(nuria, sign_in, with_list):
    albums = with_list(12)
    answer = press(sign_in(nuria), "dismiss", albums[0])
    assert answer["HX-Retarget"] == "#cards"
    assert f'<li class="first" data-card data-row id="album-{albums[1].pk}"' in (
        answer.content.decode()
    )


def test_keep_want_and_own(nuria, sign_in, with_list):
    albums = with_list(12)
    client = sign_in(nuria)
    answer = press(client, "lock", albums[2]).content.decode()
    assert 'aria-pressed="true"' in answer
    assert Lock.objects.filter(user=nuria, album=albums[2]).exists()
    press(client, "lock", albums[2])
    assert not Lock.objects.exists()
    answer = press(client, "want", albums[2]).content.decode()
    assert Want.objects.get().album == albums[2]
    assert '<b id="nav-wants" hx-swap-oob="true">1</b>' in answer
    answer = press(client, "own", albums[2]).content.decode()
    assert "on your shelf" in answer
    assert '<b id="nav-shelf" hx-swap-oob="true">1</b>' in answer
    assert Owned.objects.get().album == albums[2]
    answer = press(client, "undo", albums[2], what="own").content.decode()
    assert not Owned.objects.exists()
    assert '<b id="nav-shelf" hx-swap-oob="true">0</b>' in answer


@pytest.mark.parametrize("part", [True, False], ids=["with script", "without"])
def test_a_want_that_is_taken_back_comes_back_with_all_that_it_said(
    nuria, sign_in, with_list, part
):
    album = with_list(12)[2]
    make_want(nuria, album, notes="for the party", max_price=Decimal("25.00"), currency="EUR")
    client = sign_in(nuria)
    answer = press(client, "want", album, **({} if part else {"headers": {}}))
    assert not Want.objects.exists()
    said = answer if part else client.get(answer["Location"])
    token = re.search(r'name="taken" value="([^"]+)"', said.content.decode())[1]
    press(client, "undo", album, what="want", taken=token)
    want = Want.objects.get()
    assert (want.album, want.notes, want.max_price) == (album, "for the party", Decimal("25.00"))


def test_the_buttons_work_without_script(nuria, sign_in, with_list):
    albums = with_list(12)
    answer = press(sign_in(nuria), "dismiss", albums[0], headers={"Referer": f"{PAGE}?genre=Jazz"})
    came_back = f"{PAGE}?genre=Jazz&dismiss={albums[0].pk}"
    assert (answer.status_code, answer["Location"]) == (302, came_back)
    assert Dismissal.objects.count() == 1
    page = sign_in(nuria).get(came_back).content.decode()
    assert f"{albums[0].title} dismissed." in page and "Undo" in page
    undone = press(sign_in(nuria), "undo", albums[0], headers={"Referer": came_back})
    assert undone["Location"] == f"{PAGE}?genre=Jazz#album-{albums[0].pk}"
    assert not Dismissal.objects.exists()


def test_an_old_list_is_renewed_by_its_page_and_not_by_reading(nuria, sign_in, with_list):
    with_list(3)
    client = sign_in(nuria)
    assert "submit, load" not in client.get(PAGE).content.decode()
    RecommendationSet.objects.update(expires_at=timezone.now())
    assert 'hx-trigger="submit, load"' in client.get(PAGE).content.decode()
    assert not Job.objects.exists()


def test_a_list_that_was_made_again_is_looked_at_as_before(nuria, sign_in, with_list):
    with_list(3)
    client = sign_in(nuria)
    came = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{PAGE}?tab=discover"}
    strip = client.post(reverse("recommendations:refresh"), headers=came).content.decode()
    page = client.get(f"{PAGE}?tab=discover").content.decode()
    assert f'hx-get="{PAGE}?tab=discover"' in strip
    assert f'hx-get="{PAGE}?tab=discover"' in page


def test_what_one_person_does_is_nothing_to_another(nuria, sign_in, with_list):
    albums = with_list(12)
    client = sign_in(make_person("stranger@vinilogy.test"))
    press(client, "dismiss", albums[0])
    press(client, "undo", albums[1])
    assert not Dismissal.objects.filter(user=nuria).exists()
    assert client.post(reverse("recommendations:lock", args=[987654])).status_code == 404
    sign_in(nuria).post(reverse("recommendations:refresh"))
    job = Job.objects.get(owner=nuria)
    stranger = sign_in(make_person("third@vinilogy.test"))
    assert stranger.get(reverse("jobs:job", args=[job.pk])).status_code == 404


def test_anonymous_people_are_sent_to_sign_in(client, db):
    album = make_album()
    for name in ("lock", "want", "own", "dismiss", "undo", "more_like"):
        answer = press(client, name, album, headers={})
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]
    assert client.get(PAGE).status_code == 302


# --- artists whom people name ------------------------------------------------------------


def test_artists_are_named_and_taken_out_again(nuria, sign_in):
    can = make_artist("Can")
    client = sign_in(nuria)
    text = client.post(
        reverse("recommendations:seed_add"), {"seed": "can"}, headers=HTMX
    ).content.decode()
    assert "<li>Can" in text
    assert Seed.objects.get().artist == can
    gone = reverse("recommendations:seed_remove", args=[can.pk])
    stranger = sign_in(make_person("stranger@vinilogy.test"))
    stranger.post(gone)
    assert Seed.objects.filter(user=nuria).exists(), "a stranger takes nothing out"
    sign_in(nuria).post(gone)
    assert not Seed.objects.exists()


def test_a_pasted_list_says_what_is_not_known(nuria, sign_in):
    make_artist("Can")
    make_artist("Neu!", normalised="neu!")
    client = sign_in(nuria)
    answer = client.post(
        reverse("recommendations:seed_add"), {"seeds": "Can\nCan\n\nQwxyz"}, follow=True
    )
    assert "Not known yet, we look for them: Qwxyz." in answer.content.decode()
    assert [seed.artist.name for seed in Seed.objects.all()] == ["Can"]
    assert Job.objects.get(kind="recommendations.find_artists").payload["names"] == ["Qwxyz"]


# --- without an account ------------------------------------------------------------------


def test_three_artists_make_a_list_without_an_account_and_sign_up_keeps_them(client, db):
    can, neu = make_artist("Can"), make_artist("Neu!")
    make_album("Tago Mago", can)
    near = make_album("Neon Lights", make_artist("Kraftwerk"))
    make_similar(can, near.credits.get().artist, "0.8")
    answer = client.post(
        reverse("try"), {"seed1": "Can", "seed2": "Qwxyz", "seed3": ""}, follow=True
    )
    text = answer.content.decode()
    assert "Tago Mago" in text
    assert "Neon Lights" in text
    assert "recommendations/" not in text
    job = Job.objects.get(kind="recommendations.find_artists")
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DONE, result={"artist_ids": [can.pk, neu.pk], "unknown": ["Qwxyz"]}
    )
    assert "Qwxyz" in client.get(reverse("try")).content.decode()
    client.post(
        reverse("account_signup"),
        {"email": "new@vinilogy.test", "password1": "a-quiet-groove-42", "country": "ES"},
    )
    assert [seed.artist for seed in Seed.objects.all()] == [can, neu]


def test_a_name_that_nobody_has_stays_typed_with_the_one_that_was_likely_meant(client, db):
    can, heads = make_artist("Can"), make_artist("Talking Heads")
    index_artists([can, heads])
    client.post(reverse("try"), {"seed1": "Can", "seed2": "Talkin Heds"})
    jobs = Job.objects.filter(kind="recommendations.find_artists")
    jobs.update(state=Job.State.DONE, result={"artist_ids": [], "unknown": ["Talkin Heds"]})
    page = html.fromstring(client.get(reverse("try")).content)
    (form,) = (one for one in page.iter("form") if one.get("action") == reverse("try"))
    fields = [(one.get("name"), one.get("value")) for one in form.iter("input", "button")]
    assert ("seed2", "Talkin Heds") in fields
    assert fields[-1] == ("seed2", "Talking Heads")  # behind the field: the later value counts
    client.post(reverse("try"), {"seed1": "Can", "seed2": ["Talkin Heds", "Talking Heads"]})
    assert client.session["seeds"] == [can.pk, heads.pk]


def test_trying_needs_a_name(client, db):
    answer = client.post(reverse("try"), {"seed1": " "}, follow=True)
    assert "Type the name of an artist first." in answer.content.decode()
