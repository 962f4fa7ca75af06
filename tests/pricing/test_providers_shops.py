"""Shops: whose feeds are read and how, what their rules forbid, which are near."""

import json
from contextlib import suppress
from functools import partial

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from pricing import feeds, queries, services, shop_tests
from pricing.models import PriceAsk, Quote, Shop
from pricing.places import city_of
from sandbox import shop_feeds
from sandbox.world import load_world
from tests.factories import make_person
from tests.pricing.helpers import known_album, run_asks
from vinyl.jobs.services import run_pending_jobs

KINDS = {shop_feeds.WOO: "woocommerce", shop_feeds.SHOPIFY: "shopify", shop_feeds.JSONLD: "jsonld"}


@pytest.fixture(autouse=True)
def _no_memory():
    cache.clear()


def make_shop(slug, feed="", *, allowed=True, **fields):
    values = {
        "name": shop_feeds.NAMES.get(slug, slug), "url_template": "https://shop.example/?s={q}",
        "feed": feed, "feed_url": "https://shop.example",
    }  # fmt: skip
    if allowed:
        values |= {"feed_allowed_at": timezone.now(), "feed_allowed_note": "a letter"}
    return Shop.objects.create(slug=slug, **values | fields)


def stocked(slug):
    """(album here, its record there) of the first famous album that the shop has and can sell."""
    world = load_world()
    for there in sorted(world.albums, key=lambda album: -album.fame):
        records = [one for one in shop_feeds.wares(slug, there) if one.kind == "lp"]
        named = len(there.title) > 6 and there.title.casefold() not in there.credit.casefold()
        if records and records[0].in_stock and there.known and named:
            return known_album(there.artist.name, there.title, pressings=1), records[0]
    raise AssertionError(slug)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", KINDS)
def test_a_feed_of_each_kind_tells_what_the_shop_asks(sandbox, slug):
    make_shop(slug, KINDS[slug])
    album, record = stocked(slug)
    person = make_person()
    jobs = services.ask_prices(person, album_id=album.pk)
    assert [job.payload["provider"] for job in jobs] == ["discogs", "ebay", "shop"]
    run_asks()
    quote = Quote.objects.get(source=f"shop:{slug}")
    assert (quote.album_id, quote.currency, quote.shipping) == (album.pk, "EUR", None)
    assert quote.seller_country == "ES"
    assert int(quote.amount * 100) == record.cents
    shops = queries.provider_blocks(album.pk, queries.viewer_for(person))[2]
    assert shops.offers[0].url == quote.url
    assert shops.offers[0].sum_text == "+ shipping?"


@pytest.mark.django_db
def test_a_feed_that_nobody_confirmed_is_not_read(sandbox):
    make_shop(shop_feeds.WOO, "woocommerce", allowed=False)
    album, _record = stocked(shop_feeds.WOO)
    jobs = services.ask_prices(make_person(), album_id=album.pk)
    assert "shop" not in {job.payload["provider"] for job in jobs}
    run_asks()
    assert sandbox.asked("shops") == 0


@pytest.mark.django_db
def test_a_shops_rules_for_robots_are_obeyed_and_told(sandbox):
    make_shop(shop_feeds.CLOSED, "shopify")
    album = known_album(pressings=1)
    person = make_person()
    services.ask_prices(person, album_id=album.pk)
    run_asks()
    ask = PriceAsk.objects.get(source="shop")
    assert ask.left_out == {"robots": 1}
    paths = [line["path"] for line in sandbox.counters()["requests"] if line["upstream"] == "shops"]
    assert [path.rpartition("/")[2] for path in paths] == ["robots.txt"]


@pytest.mark.django_db
def test_a_shop_that_is_down_holds_up_no_other(sandbox):
    make_shop(shop_feeds.WOO, "woocommerce")
    make_shop(shop_feeds.JSONLD, "jsonld")
    album, _record = stocked(shop_feeds.JSONLD)
    sandbox.fault("shops", "500html", f"/{shop_feeds.WOO}")
    services.ask_prices(make_person(), album_id=album.pk)
    run_asks()
    assert PriceAsk.objects.get(source="shop").left_out["shop_silent"] == 1
    assert Quote.objects.filter(source=f"shop:{shop_feeds.JSONLD}").exists()


@pytest.mark.django_db
def test_shops_that_do_not_answer_are_named_where_their_older_prices_stand(sandbox):
    make_shop(shop_feeds.WOO, "woocommerce")
    make_shop(shop_feeds.JSONLD, "jsonld")
    album, _record = stocked(shop_feeds.WOO)
    person = make_person()
    viewer = queries.viewer_for(person)

    def told():
        services.ask_prices(person, album_id=album.pk)
        run_asks()
        return queries.provider_blocks(album.pk, viewer)[2]

    assert told().message == ""
    sandbox.fault("shops", "500html", f"/{shop_feeds.WOO}")
    down = told()
    name = shop_feeds.NAMES[shop_feeds.WOO]
    assert down.message == f"{name} does not answer: what stands here of it was seen before."
    assert down.offers  # it is not gone because nobody answered
    sandbox.fault("shops", "500html")
    assert " do not answer: what stands here of them" in told().message
    sandbox.clear()
    assert told().message == ""


@pytest.mark.django_db
def test_shops_near_stand_first_and_those_of_other_countries_are_not_shown():
    album = known_album(pressings=1)
    Shop.objects.filter(slug="bora-bora").update(countries=["DE"])
    person = make_person(postcode="08001")
    viewer = queries.viewer_for(person)
    groups = queries.provider_blocks(album.pk, viewer)[2].groups
    assert groups[0].title == "Near, in Barcelona"
    assert [name for name, _url in groups[0].links] == ["Revolver"]
    assert "Bora Bora" not in {name for group in groups for name, _url in group.links}
    chosen = queries.provider_blocks(album.pk, viewer, city="Madrid")[2]
    assert chosen.groups[0].title == "Near, in Madrid"
    assert "Madrid" in chosen.cities


def test_a_spanish_postcode_tells_its_province():
    assert (city_of("ES", "28013"), city_of("ES", "52001")) == ("Madrid", "Melilla")
    assert (city_of("ES", ""), city_of("ES", "99000"), city_of("ES", "²8")) == ("", "", "")


@pytest.mark.parametrize(
    ("country", "postcode", "city"),
    [
        ("DE", "10999", "Berlin"), ("FR", "93100", "Paris"), ("GB", "sw9 8pr", "London"),
        ("GB", "NE1 4ST", "Newcastle"), ("GB", "N1 9AG", "London"), ("NL", "1012 AB", "Amsterdam"),
        ("PT", "1200-109", "Lisboa"), ("DE", "99999", ""), ("JP", "150-0001", ""), ("GB", "", ""),
    ],
)  # fmt: skip
def test_a_postcode_elsewhere_tells_the_large_city_it_lies_by(country, postcode, city):
    assert city_of(country, postcode) == city


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "postcode", "at", "near"),
    [
        ("DE", "14193", "10997", True), ("DE", "99084", "99423", True),
        ("DE", "80331", "10997", False),
        ("GB", "E8 3RH", "W1F 9TB", True), ("GB", "EH1 1AA", "E8 3RH", False),
    ],
)  # fmt: skip
def test_shops_are_near_by_postcode_in_other_countries_too(country, postcode, at, near):
    Shop.objects.create(
        name="Around the Corner", slug="corner", city="A Suburb", country=country, postcode=at,
        url_template="https://corner.example/?q={q}",
    )  # fmt: skip
    viewer = queries.viewer_for(make_person(country=country, postcode=postcode))
    groups = queries.provider_blocks(known_album(pressings=1).pk, viewer)[2].groups
    first = groups[0].title
    assert (first == "Near, in A Suburb") is near


@pytest.mark.django_db
@pytest.mark.parametrize(("country", "site"), [("ES", "Amazon.es"), ("AT", "Amazon.de")])
def test_amazon_is_a_link_to_the_site_of_ones_country(country, site, settings):
    settings.SANDBOX = False
    viewer = queries.viewer_for(make_person(country=country))
    groups = queries.provider_blocks(known_album(pressings=1).pk, viewer)[2].groups
    links = {name: url for group in groups for name, url in group.links if "Amazon" in name}
    assert list(links) == [site]
    assert f"www.{site.lower()}/s?k=Can+Tago+Mago" in links[site]


def test_json_ld_is_read_from_graphs_lists_and_single_things():
    html = (
        '<html><script type="application/ld+json">{"@graph":[{"@type":["Product"],'
        '"name":"Blue &amp; Green LP","brand":{"name":"Somebody"},"gtin13":"8412345678905",'
        '"offers":[{"price":"21,90","priceCurrency":"EUR"},{"price":19.5,"priceCurrency":"EUR",'
        '"availability":"https://schema.org/OutOfStock","url":"/p/1"}]}]}</script>'
        '<script type="application/ld+json">not json</script>'
        '<script type="application/ld+json">{"@type":"ItemList","itemListElement":['
        '{"url":"/p/2"},{"item":{"@id":"https://elsewhere.example/p/3"}}]}</script>'
    )
    products, listed = feeds.jsonld(html, page_url="https://shop.example/s?q=x")
    (one,) = products
    assert (one.name, one.maker, one.in_stock) == ("Blue & Green LP", "Somebody", False)
    assert (str(one.price.amount), one.url, one.barcode) == (
        "19.5", "https://shop.example/p/1", "8412345678905",
    )  # fmt: skip
    assert listed == ["https://shop.example/p/2"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("products", "variants", "prices", "price", "name", "title", "handle",
                             "permalink", "currency_code", "currency_minor_unit", "offers",
                             "@type", "@graph", "priceCurrency")),
            inner, max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    ("read", "nothing", "broken"),
    [
        (feeds.woocommerce, [], [None, {}, [{"name": "LP"}], ["x"]]),
        (
            partial(feeds.shopify, base="https://shop.example", currency="EUR"),
            {"products": []},
            [None, [], {}, {"products": None}, {"products": [{"title": "LP"}]}],
        ),
    ],
)
def test_only_an_empty_list_says_that_a_shop_has_nothing(read, nothing, broken):
    assert read(nothing) == []
    for one in broken:
        with pytest.raises(feeds.NoFeed):
            read(one)


@given(JUNK)
def test_a_broken_feed_is_no_product_and_no_fall(data):
    html = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    found = feeds.jsonld(html, page_url="https://shop.example/")[0]
    for read in (
        feeds.woocommerce,
        partial(feeds.shopify, base="https://shop.example", currency="EUR"),
    ):
        with suppress(feeds.NoFeed):
            found += read(data)
    assert all(one.price.amount > 0 and one.name for one in found)


@pytest.mark.django_db
def test_a_curator_orders_tests_and_confirms_a_shop(client, sandbox):
    curator = make_person(is_staff=True, is_superuser=True)
    client.force_login(curator)
    stocked(shop_feeds.WOO)
    shop = make_shop(shop_feeds.WOO, allowed=False)
    change = reverse("admin:pricing_shop_change", args=[shop.pk])
    values = {
        "name": shop.name, "slug": shop.slug, "city": "Valencia", "postcode": "46001",
        "country": "es", "countries": "es, pt", "url_template": shop.url_template,
        "enabled": "on", "position": "5", "notes": "", "feed": "woocommerce",
        "feed_url": "https://shop.example/", "feed_currency": "eur", "feed_max_age_hours": "12",
        "feed_allowed": "on",
    }  # fmt: skip
    refused = client.post(change, values)
    assert "Say how the shop allowed it." in refused.content.decode()
    odd = client.post(change, values | {"url_template": "https://eyes.example/{q}/{foo}"})
    assert "only {q} is filled in" in odd.content.decode()
    assert client.post(change, values | {"feed_allowed_note": "a letter"}).status_code == 302
    shop.refresh_from_db()
    assert (shop.country, shop.countries, shop.feed_allowed_by) == ("ES", ["ES", "PT"], curator)
    assert shop.feed_allowed
    listed = reverse("admin:pricing_shop_changelist")
    client.post(listed, {"action": "test", "_selected_action": [shop.pk]})
    run_pending_jobs([shop_tests.TEST])
    shop.refresh_from_db()
    assert shop.tested_at is not None
    assert "Feed:" in client.get(listed).content.decode()
    moved = values | {"feed_allowed_note": "a letter", "feed": "", "feed_allowed": ""}
    assert client.post(change, moved).status_code == 302
    shop.refresh_from_db()
    assert (shop.feed_allowed_at, shop.feed_allowed_by) == (None, None)
