"""A card that tells the same is drawn once; what it tells otherwise is seen on the next page."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Want
from catalog.models import Album, Cover
from pricing.tags import EditionPrice, PriceTag
from recommendations.models import Lock, Recommendation
from tests.factories import make_best_price, make_person, make_quote
from vinyl.look import Card, CardUrls, Score, ScorePart
from vinyl.money import Money

pytestmark = pytest.mark.django_db
PAGE = "/records/"


def card_in(text, album):
    """The part of the page that is this album's card."""
    return text.split(f'id="album-{album.pk}"')[1].split("</li>")[0]


def seen(client, album):
    return card_in(client.get(PAGE).content.decode(), album)


def retitle(nuria, album):
    Album.objects.filter(pk=album.pk).update(title="Soon Over Babaluma")
    return "Soon Over Babaluma"


def recredit(nuria, album):
    Album.objects.filter(pk=album.pk).update(artist_line="Can and Friends")
    return "Can and Friends"


def redate(nuria, album):
    Album.objects.filter(pk=album.pk).update(year=1931)
    return "1931"


def rate(nuria, album):
    told = {"rating": Decimal("4.21"), "rating_count": 77, "rating_at": timezone.now()}
    Album.objects.filter(pk=album.pk).update(**told)
    return "<b>8</b>/ 10"


def picture(nuria, album):
    Cover.objects.create(
        album=album, source="coverart", state="stored", key="ab" * 16, width=400, height=400
    )
    return "ab" * 16


def explain(nuria, album):
    causes = [{"kind": "seed", "artist": "Holger"}]
    Recommendation.objects.filter(album=album).update(causes=causes)
    return "Holger"


def rescore(nuria, album):
    Recommendation.objects.filter(album=album).update(listening=Decimal(3), taste=Decimal(4))
    return "<b>7</b>"


def keep(nuria, album):
    Lock.objects.create(user=nuria, album=album)
    return 'aria-pressed="true" data-key="l"'


def want(nuria, album):
    Want.objects.create(user=nuria, album=album)
    return 'aria-pressed="true" data-key="w"'


def price(nuria, album):
    make_best_price(make_quote(album, amount="31.00", shipping="2.40"))
    return "33.40"


def speak(nuria, album):
    nuria.language = "es"
    nuria.save()
    return "Quitar"


CHANGES = [retitle, recredit, redate, rate, picture, explain, rescore, keep, want, price, speak]


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_what_a_card_tells_otherwise_is_seen_at_once(nuria, sign_in, with_list, change):
    album = with_list(4)[2]
    client = sign_in(nuria)
    before = seen(client, album)
    told = change(nuria, album)
    assert told not in before

    assert told in seen(client, album)


def test_a_price_in_another_currency_or_without_its_end_is_another_card(nuria, sign_in, with_list):
    album = with_list(3)[1]
    row = make_best_price(make_quote(album, amount="31.00", shipping="2.40"))
    client = sign_in(nuria)
    assert "33.40" in seen(client, album)
    type(row).objects.all().delete()
    assert "33.40" not in seen(client, album)


def test_the_card_that_comes_first_is_drawn_large(nuria, sign_in, with_list):
    first, second, _third = with_list(3)
    client = sign_in(nuria)
    assert "Each arc is one part" in seen(client, first)
    Lock.objects.create(user=nuria, album=second)
    assert "Each arc is one part" in seen(client, second)
    assert "Each arc is one part" not in seen(client, first)


def test_two_people_with_the_same_album_send_their_own_token(nuria, sign_in, with_list, client):
    album = with_list(3)[1]
    mine = seen(sign_in(nuria), album)
    other = make_person("twin@vinilogy.test")
    found = nuria.recommendation_sets.get()
    rows = list(found.items.all())
    found.pk, found.user = None, other
    found.save()
    for row in rows:
        row.pk, row.set = None, found
    Recommendation.objects.bulk_create(rows)
    theirs = seen(sign_in(other), album)
    tokens = [text.split('name="csrfmiddlewaretoken" value="')[1][:64] for text in (mine, theirs)]
    assert tokens[0] != tokens[1]
    assert mine.replace(tokens[0], "") == theirs.replace(tokens[1], "")


# --- nothing is left out ----------------------------------------------------------------------


def other_than(value):
    """Something else of the same kind."""
    if isinstance(value, SafeString):
        return str(value) + "!"
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | Decimal):
        return value + 1
    if isinstance(value, str):
        return "USD" if value == "EUR" else value + "x"
    if isinstance(value, datetime):
        return value.replace(year=value.year + 1)
    if isinstance(value, dict):
        return value | {"more": 1}
    return ()


def variants(value):
    """The same with one thing changed, for each thing in it."""
    if isinstance(value, tuple) and value:
        for place, one in enumerate(value):
            for changed in variants(one):
                yield (*value[:place], changed, *value[place + 1 :])
    elif is_dataclass(value):
        for one in fields(value):
            for changed in variants(getattr(value, one.name)):
                yield replace(value, **{one.name: changed})
    elif isinstance(value, Album):
        yield Album(pk=value.pk + 1)
        pictured = Album(pk=value.pk)
        pictured.cover_url = "/covers/other-small.jpg"
        yield pictured
    else:
        yield other_than(value)


def test_a_card_is_found_by_all_that_it_tells():
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    money = Money(Decimal("20.00"), "EUR")
    tag = PriceTag(
        money=money, median_percent=20, release_label="1973 UK", observed_at=moment, who="Discogs",
        next_try=moment, source="discogs", album_id=1, release_id=2, job_ids=(3,), grade="NM",
        beside=(EditionPrice("2014 EU reissue", money, True),),
    )  # fmt: skip
    part = ScorePart("taste", "Taste", Decimal(12), 30, "You named Can.")
    card = Card(
        Album(pk=1), "Future Days", "Can", 1973, CardUrls(album="/albums/1/"),
        score=Score(Decimal(12), (part,)), reason=mark_safe("You named <b>Can</b>."),
        causes=(mark_safe("You named <b>Can</b>."), "You keep it."), genre_line="Krautrock",
        tag=tag, element_id="album-1",
    )  # fmt: skip
    others = [one.told for one in variants(card)]
    assert len(others) > 40
    assert card.told not in others
    assert len(set(others)) == len(others)
    plain = replace(card, reason="You named <b>Can</b>.")
    assert plain.told != card.told, "written as it stands, not as markup"
