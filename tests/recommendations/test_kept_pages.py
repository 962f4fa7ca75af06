"""A page of the list is drawn once and kept, and never shown again once anything of it changed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Owned, Want
from catalog.models import Album
from pricing.models import PriceAsk, Quote
from recommendations import services
from recommendations.models import Dismissal, Lock, Recommendation, RecommendationSet
from recommendations.queries import Look
from recommendations.queries.version import LONGEST, version_of_list
from tests.factories import make_best_price, make_person, make_quote

pytestmark = pytest.mark.django_db
PAGE = "/records/"
DRAWN_AT_MOST, KEPT = 9, 3


def text_of(client, query=""):
    return client.get(PAGE + query).content.decode()


def test_the_second_look_asks_the_database_three_things(nuria, sign_in, with_list):
    with_list(12)
    client = sign_in(nuria)
    with CaptureQueriesContext(connection) as drawn:
        first = text_of(client)
    with CaptureQueriesContext(connection) as kept:
        second = text_of(client)
    assert len(drawn) <= DRAWN_AT_MOST
    assert len(kept) == KEPT, "session, person, state of the list"
    assert first.count("data-card data-row") == second.count("data-card data-row") == 12


def test_a_kept_page_carries_its_own_visitors_token(nuria, with_list):
    albums = with_list(3)
    pages = []
    for _ in range(2):
        client = Client(enforce_csrf_checks=True)
        client.force_login(nuria)
        text = text_of(client)
        token = text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        lock = reverse("recommendations:lock", args=[albums[0].pk])
        assert client.post(lock, {"csrfmiddlewaretoken": token}).status_code == 302
        pages.append(token)
    assert pages[0] != pages[1]
    assert len(pages[0]) == 64


def own(nuria, album):
    Owned.objects.create(user=nuria, album=album, added_at=timezone.now())


def dismiss_another(nuria, album):
    Dismissal.objects.create(user=nuria, album=album, reason="artist")


def keep(nuria, album):
    Lock.objects.create(user=nuria, album=album)


def want(nuria, album):
    Want.objects.create(user=nuria, album=album)


def price(nuria, album):
    make_best_price(make_quote(album))


def ask(nuria, album):
    PriceAsk.objects.create(
        source="ebay", album=album, territory="ES", state="asking", asked_at=timezone.now()
    )


def rename(nuria, album):
    Album.objects.filter(pk=album.pk).update(title="Another name")


def merge(nuria, album):
    others = Album.objects.exclude(pk=album.pk).order_by("-pk")
    Album.objects.filter(pk=album.pk).update(merged_into=others[0])


def rescore(nuria, album):
    Recommendation.objects.filter(album=album).update(taste=Decimal(3))


def move(nuria, album):
    nuria.country = "JP"
    nuria.save()


def speak(nuria, album):
    nuria.language = "es"
    nuria.save()


def darken(nuria, album):
    nuria.theme = "dark"
    nuria.save()


def grow_old(nuria, album):
    RecommendationSet.objects.update(expires_at=timezone.now())


def make_again(nuria, album):
    services.request_refresh(nuria)


CHANGES = [own, dismiss_another, keep, want, price, ask, rename, merge, rescore, move, speak,
           darken, grow_old, make_again]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_whatever_changes_the_page_makes_it_another(nuria, sign_in, with_list, change):
    album = with_list(4)[1]
    client = sign_in(nuria)
    before = text_of(client)
    assert text_of(client).count("data-row") == before.count("data-row")
    change(nuria, album)
    with CaptureQueriesContext(connection) as asked:
        text_of(client)
    assert len(asked) > KEPT, "drawn anew"


def test_a_price_that_ends_is_gone_with_its_last_second(nuria, sign_in, with_list):
    album = with_list(2)[0]
    row = make_best_price(make_quote(album, amount="77.70", shipping="0.00"))
    client = sign_in(nuria)
    assert "77.70" in text_of(client)
    version = version_of_list(nuria, Look())
    assert version.until == min(row.valid_until, version.until) <= timezone.now() + LONGEST
    type(row).objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    Quote.objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    assert "77.70" not in text_of(client)


def test_a_page_is_kept_no_longer_than_its_first_price_lives(nuria, with_list):
    album = with_list(2)[0]
    soon = timezone.now() + timedelta(minutes=2)
    make_best_price(make_quote(album, valid_until=soon))
    assert version_of_list(nuria, Look()).until <= soon


def test_nobody_sees_what_was_drawn_for_another(nuria, sign_in, with_list):
    albums = with_list(3)
    assert albums[0].title in text_of(sign_in(nuria))
    stranger = make_person("stranger@vinilogy.test")
    assert albums[0].title not in text_of(sign_in(stranger))
    client = Client()
    assert client.get(PAGE).status_code == 302


def test_a_message_that_is_read_once_stands_on_one_page_only(nuria, sign_in, with_list):
    albums = with_list(3)
    client = sign_in(nuria)
    text_of(client)
    client.post(reverse("recommendations:more_like", args=[albums[0].pk]), {"next": PAGE})
    assert "from now on" in text_of(client)
    assert "from now on" not in text_of(client)


def test_forgotten_lists_leave_no_page_behind(nuria, sign_in, with_list):
    with_list(3)
    client = sign_in(nuria)
    text_of(client)
    services.forget_sets(nuria)
    assert "data-card" not in text_of(client)


def test_without_its_server_every_page_is_drawn(nuria, sign_in, with_list, settings):
    albums = with_list(3)
    settings.CACHE_URL = "redis://127.0.0.1:1/0"
    client = sign_in(nuria)
    for _ in range(2):
        assert albums[0].title in text_of(client)
