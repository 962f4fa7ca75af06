"""Only what changed is drawn anew, and what is shown is the same as if all of it were."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog.models import Album
from pricing.models import AlbumBestPrice, PriceAsk, Quote
from pricing.viewer import viewer_for
from recommendations import queries, services
from recommendations.ahead import draw_ahead
from recommendations.listed_cards import listed
from recommendations.models import Lock
from recommendations.queries.card_states import card_states
from recommendations.queries.version import LONGEST
from tests.factories import make_best_price, make_person, make_quote, make_want
from vinyl.upstreams import valkey

pytestmark = pytest.mark.django_db
PAGE = "/records/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/records/"}
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[A-Za-z0-9]{64}')


def text_of(client, query=""):
    """The page without what each answer has of its own."""
    return TOKEN.sub(r"\1", client.get(PAGE + query).content.decode())


def forget_everything():
    server = valkey.connection()
    keys = [one for what in ("page", "cards") for one in server.scan_iter(f"recs:{what}:*")]
    server.delete(*keys)


def press(client, name, album, **data):
    answer = client.post(reverse(f"recommendations:{name}", args=[album.pk]), data, headers=HTMX)
    assert answer.status_code == 200
    return TOKEN.sub(r"\1", answer.content.decode())


def shown_in(text):
    return [int(one) for one in re.findall(r'id="album-(\d+)"', text)]


def asked(client, query=""):
    with CaptureQueriesContext(connection) as watched:
        client.get(PAGE + query)
    return len(watched)


ACTS = {
    "keep": [("lock", 3, {})],
    "keep and release": [("lock", 3, {}), ("lock", 3, {})],
    "keep two": [("lock", 3, {}), ("lock", 5, {})],
    "keep the first": [("lock", 0, {})],
    "want": [("want", 2, {})],
    "want no longer": [("want", 2, {}), ("want", 2, {})],
    "own": [("own", 2, {})],
    "own the first and undo": [("own", 0, {}), ("undo", 0, {"what": "own"})],
    "dismiss": [("dismiss", 4, {})],
    "dismiss the first": [("dismiss", 0, {})],
    "dismiss and undo": [("dismiss", 0, {}), ("undo", 0, {"what": "dismiss"})],
    "dismiss the artist": [("dismiss", 2, {}), ("why", 2, {"reason": "artist"})],
    "less like this": [("less_like", 0, {})],
    "more like this and undo": [("more_like", 6, {}), ("undo", 6, {"what": "lean"})],
}


@pytest.mark.parametrize("acts", ACTS.values(), ids=ACTS.keys())
def test_after_an_act_the_page_is_as_if_it_were_drawn_for_the_first_time(
    nuria, sign_in, with_list, acts
):
    albums = with_list(8)
    for album, amount in zip(albums, ("40.00", "18.00", "25.00", "31.00"), strict=False):
        make_best_price(make_quote(album, amount=amount, shipping="2.00"))
    client = sign_in(nuria)
    before = text_of(client)
    for name, place, data in acts:
        press(client, name, albums[place], **data)
        after = text_of(client)
        assert text_of(client) == after
        forget_everything()
        assert text_of(client) == after
    expected = [card.album.pk for card in queries.cards(User.objects.get(pk=nuria.pk)).cards]
    assert shown_in(after) == expected
    if acts[-1][0] not in {"undo", "want"} and len(acts) == 1:
        assert after != before


def test_the_answer_of_a_button_is_the_card_of_the_next_page(nuria, sign_in, with_list):
    albums = with_list(6)
    client = sign_in(nuria)
    client.get(PAGE)
    for place in (3, 3, 0):
        card = press(client, "lock", albums[place]).split("</li>")[0]
        assert card.startswith("<li") and f'id="album-{albums[place].pk}"' in card
        assert card in text_of(client)


def test_what_another_tab_did_meanwhile_is_true_on_every_page(nuria, with_list):
    album = with_list(5)[2]
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(nuria)
    kept = f'hx-post="{reverse("recommendations:lock", args=[album.pk])}" aria-pressed="true"'
    for client, other in ((here, there), (there, here), (here, there), (here, there)):
        press(client, "lock", album)
        is_kept = Lock.objects.filter(user=nuria, album=album).exists()
        assert (kept in text_of(other)) == (kept in text_of(client)) == is_kept


def test_what_is_said_while_a_page_is_drawn_stands_on_no_page_of_before(nuria, sign_in, with_list):
    album = with_list(4)[2]
    client = sign_in(nuria)
    said = []

    def in_between(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if "recommendations_tastesettings" in sql and not said:
            said.append(Lock.objects.create(user=nuria, album=album))
        return found

    with connection.execute_wrapper(in_between):
        assert 'aria-pressed="true"' in text_of(client)
    for one in said:
        one.delete()
    assert 'aria-pressed="true"' not in text_of(client)


def test_how_much_is_asked_after_an_act(nuria, sign_in, with_list):
    albums = with_list(20)
    client = sign_in(nuria)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as watched:
        press(client, "lock", albums[7])
    reads_and_writes = [one for one in watched if "SAVEPOINT" not in one["sql"]]
    assert len(reads_and_writes) == 15
    assert asked(client) == 4, "session, person, state of the list, state of its cards"
    press(client, "dismiss", albums[12])
    assert asked(client) == 5, "and what is said of fewer cards"
    assert "1 album dismissed." in text_of(client)
    Lock.objects.create(user=nuria, album=albums[9])
    assert asked(client) == 7, "and the row and the prices of one album"
    make_want(nuria, albums[9])
    assert asked(client) == 9, "and what stands round the cards"
    assert asked(client) == 3


def test_a_sticker_goes_to_another_card_whose_own_price_is_the_same(nuria, sign_in, with_list):
    albums = with_list(4)
    for album, amount in zip(albums, ("40.00", "30.00", "50.00"), strict=False):
        make_best_price(make_quote(album, amount=amount, shipping="0.00"))
    client = sign_in(nuria)

    def marked():
        parts = text_of(client).split("<li ")
        return [shown_in(part)[0] for part in parts if 'class="stk"' in part]

    assert marked() == [albums[1].pk]
    make_best_price(make_quote(albums[3], amount="20.00", shipping="0.00"))
    assert marked() == [albums[3].pk]
    AlbumBestPrice.objects.filter(album=albums[3]).delete()
    assert marked() == [albums[1].pk]


def test_a_card_is_true_no_longer_than_its_first_price_and_the_page_no_longer_than_its_cards(
    nuria, with_list, settings
):
    album, other = with_list(2)
    ends = timezone.now() + timedelta(minutes=3)
    make_best_price(make_quote(album, valid_until=ends))
    [chosen] = nuria.recommendation_sets.all()
    viewer = viewer_for(nuria)
    states, _said = card_states(chosen.pk, "own", viewer)
    until = {one.album_id: one.until for one in states}
    assert until[album.pk] == ends < until[other.pk] <= timezone.now() + LONGEST
    assert listed(nuria, chosen.pk, "own", viewer).until == ends
    settings.UPSTREAMS = "real"
    too_old = timezone.now() + timedelta(minutes=1)
    Quote.objects.update(observed_at=too_old - timedelta(hours=6))
    assert listed(nuria, chosen.pk, "own", viewer).until == too_old


def test_a_card_that_tells_how_long_ago_is_drawn_again_after_a_minute(nuria, with_list):
    album = with_list(2)[0]
    PriceAsk.objects.create(
        source="discogs", album=album, territory="ES", state="answered",
        asked_at=timezone.now(), answered_at=timezone.now(),
    )  # fmt: skip
    [chosen] = nuria.recommendation_sets.all()
    until = listed(nuria, chosen.pk, "own", viewer_for(nuria)).until
    assert until <= timezone.now() + timedelta(minutes=1)


def test_each_language_and_currency_has_its_own_cards(nuria, sign_in, with_list):
    albums = with_list(3)
    make_best_price(make_quote(albums[0], amount="20.00", shipping="1.50"))
    client = sign_in(nuria)
    english = text_of(client)
    assert "€</i>21.50" in english
    User.objects.filter(pk=nuria.pk).update(language="es")
    spanish = text_of(client)
    assert "21,50" in spanish and "€</i>21.50" not in spanish
    User.objects.filter(pk=nuria.pk).update(language="en", country="JP")
    assert "21.50" not in text_of(client)
    User.objects.filter(pk=nuria.pk).update(country=nuria.country)
    assert text_of(client) == english


def test_nothing_is_found_beside_a_list_that_is_gone(nuria, sign_in, with_list):
    with_list(3)
    client = sign_in(nuria)
    client.get(PAGE)
    server = valkey.connection()
    [chosen] = nuria.recommendation_sets.values_list("pk", flat=True)
    assert server.exists(f"recs:cards:{chosen}", f"recs:page:{chosen}") == 2
    services.forget_sets(nuria)
    assert server.exists(f"recs:cards:{chosen}", f"recs:page:{chosen}") == 0


def test_coming_back_often_keeps_nothing_longer(nuria, sign_in, with_list):
    albums = with_list(4)
    client = sign_in(nuria)
    client.get(PAGE)
    [chosen] = nuria.recommendation_sets.values_list("pk", flat=True)
    keys = [f"recs:cards:{chosen}", f"recs:page:{chosen}"]
    for key in keys:
        assert 0 < valkey.connection().ttl(key) <= 3600
        valkey.connection().expire(key, 100)
    press(client, "lock", albums[1])
    client.get(PAGE)
    assert all(0 < valkey.connection().ttl(key) <= 100 for key in keys)


# --- drawn ahead ------------------------------------------------------------------------------


def test_what_was_drawn_ahead_is_what_its_person_sees(nuria, sign_in, with_list):
    with_list(6)
    nuria.language, nuria.time_zone = "es", "Asia/Tokyo"
    nuria.save()
    assert draw_ahead(nuria) == 6
    client = sign_in(nuria)
    with CaptureQueriesContext(connection) as watched:
        ahead = text_of(client)
    assert len(watched) == 6, "no row of the list and no price"
    forget_everything()
    assert text_of(client) == ahead


def test_nothing_is_drawn_ahead_for_somebody_without_a_list(nuria):
    assert draw_ahead(nuria) == 0


# --- an album without an artist ---------------------------------------------------------------


def test_a_card_without_an_artist_begins_with_its_year(nuria, sign_in, with_list):
    albums = with_list(3)
    Album.objects.filter(pk__in=[one.pk for one in albums]).update(artist_line="")
    make_want(nuria, albums[2])
    client = sign_in(nuria)
    press(client, "dismiss", albums[1])
    for address in (PAGE, reverse("recommendations:dismissed"), reverse("pricing:wants")):
        text = client.get(address).content.decode()
        assert re.search(r'<p[^>]*><span class="num">19\d\d</span>', text), address
        assert not re.search(r">\s*, <span", text), address
    assert ", <span" in sign_in(make_other(albums)).get(PAGE).content.decode()


def make_other(albums):
    """Somebody whose list has albums by artists."""
    Album.objects.filter(pk__in=[one.pk for one in albums]).update(artist_line="Can")
    other = make_person("other@vinilogy.test")
    for one in albums:
        services.lock(other, one)
    services.make_set(other)
    return other
