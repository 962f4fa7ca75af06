"""eBay: tokens, filters that work, filters that are silently ignored, and what searches find."""

import pytest

from tests.sandbox.asking import ebay, session

EU = "itemLocationRegion:EUROPEAN_UNION,deliveryCountry:ES"


@pytest.fixture
def shop(sandbox):
    asking = ebay(sandbox.url)

    def search(**params):
        return asking.get(
            f"{sandbox.url}/ebay/buy/browse/v1/item_summary/search", params=params, timeout=20
        )

    search.session, search.url = asking, sandbox.url
    return search


def items(answer):
    return answer.json().get("itemSummaries", [])


def test_wrong_client_gets_no_token(sandbox):
    answer = session().post(
        f"{sandbox.url}/ebay/identity/v1/oauth2/token",
        auth=("sandbox-ebay-app", "wrong"),
        data={"grant_type": "client_credentials"},
        timeout=5,
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_search_without_token_or_with_an_old_one_is_401(sandbox, shop):
    path = f"{sandbox.url}/ebay/buy/browse/v1/item_summary/search?q=can"
    assert session().get(path, timeout=5).status_code == 401
    sandbox.advance(7201)
    assert shop(q="can").json()["errors"][0]["errorId"] == 1001


def test_words_are_joined_by_and(shop):
    found = items(shop(q="pink floyd animals", limit=200))
    assert found
    assert all("animals" in item["title"].lower() for item in found)
    assert items(shop(q="pink floyd animals zzzz")) == []


def test_nothing_found_has_no_list_at_all(shop):
    body = shop(q="zzzz").json()
    assert body["total"] == 0
    assert "itemSummaries" not in body


def test_auctions_come_only_when_asked_for(shop):
    plain = items(shop(q="pink floyd", limit=200))
    asked = items(shop(q="pink floyd", limit=200, filter="buyingOptions:{AUCTION}"))
    assert all("FIXED_PRICE" in item["buyingOptions"] for item in plain)
    assert asked
    assert all("AUCTION" in item["buyingOptions"] for item in asked)


def test_country_filter_filters(shop):
    found = items(shop(q="pink floyd", limit=200, filter="itemLocationCountry:DE"))
    assert {item["itemLocation"]["country"] for item in found} == {"DE"}


def test_european_region_lets_items_of_the_united_states_slip_in(shop):
    found = items(shop(q="pink floyd", limit=200, filter=EU))
    countries = {item["itemLocation"]["country"] for item in found}
    assert "US" in countries
    assert "GB" not in countries
    assert {"DE", "ES"} <= countries


@pytest.mark.parametrize(
    ("params", "number"),
    [
        ({"filter": "colour:red,itemLocationCountry:DE"}, 12002),
        ({"filter": "price:[10..20],itemLocationCountry:DE"}, 12012),
        ({"filter": "buyingOptions:{GIFT},itemLocationCountry:DE"}, 12008),
        ({"filter": "itemLocationCountry:DE", "sort": "priceWithShipping"}, 12003),
    ],
)
def test_bad_filters_are_200_with_warnings_and_unfiltered(shop, params, number):
    answer = shop(q="pink floyd", limit=200, **params)
    assert answer.status_code == 200
    assert [one["errorId"] for one in answer.json()["warnings"]] == [number]
    assert len({item["itemLocation"]["country"] for item in items(answer)}) > 1


def test_price_filter_and_sort(shop):
    found = items(
        shop(q="pink floyd", limit=200, filter="price:[10..30],priceCurrency:EUR", sort="price")
    )
    prices = [float(item["price"]["value"]) for item in found]
    assert prices
    assert all(10 <= price <= 30 for price in prices)

    def total(item):
        shipping = item.get("shippingOptions", [{}])[0].get("shippingCost", {"value": 0})
        return float(item["price"]["value"]) + float(shipping["value"])

    totals = [total(item) for item in found]
    assert totals == sorted(totals)


def test_some_shipping_is_unknown_and_prices_are_in_the_site_s_currency(shop):
    found = items(shop(q="pink floyd", limit=200))
    known = [bool(item.get("shippingOptions")) for item in found]
    assert True in known
    assert False in known
    assert {item["price"]["currency"] for item in found} == {"EUR"}
    assert any("convertedFromValue" in item["price"] for item in found)


def test_results_hold_more_than_records(shop):
    everything = items(shop(q="the beatles", limit=200))
    titles = " | ".join(item["title"] for item in everything)
    for trap in ("CD Album", "EMPTY SLEEVE", "Lot"):
        assert trap in titles
    vinyl = items(shop(q="the beatles", category_ids="176985", limit=200))
    assert all("CD Album" not in item["title"] for item in vinyl)


def test_pages_add_up(shop):
    total = shop(q="the beatles", limit=50).json()["total"]
    numbers = []
    for offset in range(0, total, 50):
        numbers += [
            item["itemId"] for item in items(shop(q="the beatles", limit=50, offset=offset))
        ]
    assert len(set(numbers)) == len(numbers) == total


@pytest.mark.parametrize(
    ("params", "status", "number"),
    [
        ({}, 400, 12001),
        ({"q": "can", "limit": 201}, 400, 12006),
        ({"q": "can", "limit": 50, "offset": 25}, 400, 12029),
        ({"q": "can", "category_ids": "176985,176984"}, 400, 12030),
        ({"category_ids": "11233"}, 409, 12013),
    ],
)
def test_refusals(shop, params, status, number):
    answer = shop(**params)
    assert (answer.status_code, answer.json()["errors"][0]["errorId"]) == (status, number)


def test_item_answers_and_gone_ones_do_not(shop):
    found = items(shop(q="pink floyd", limit=200))
    item = found[0]["itemId"].replace("|", "%7C")
    body = shop.session.get(f"{shop.url}/ebay/buy/browse/v1/item/{item}", timeout=5).json()
    assert body["itemId"] == found[0]["itemId"]
    assert body["estimatedAvailabilities"]
    gone = shop.session.get(f"{shop.url}/ebay/buy/browse/v1/item/v1%7C1%7C0", timeout=5)
    assert (gone.status_code, gone.json()["errors"][0]["errorId"]) == (404, 11001)


def test_daily_quota_is_429(sandbox, shop):
    sandbox.speed(1)
    sandbox.fill_limit("ebay", 5000)
    assert shop(q="can").status_code == 429
