"""What the clients for eBay and the ECB ask, and the traps a body alone cannot show."""

import json
from base64 import b64encode
from datetime import date
from decimal import Decimal

import pytest

from tests.upstreams.scripted import Reply
from vinyl.upstreams import (
    budget,
    ebay,
    ecb,
)
from vinyl.upstreams.errors import (
    BadAnswer,
    NotConfigured,
)

# --- eBay ----------------------------------------------------------------------------------


def ebay_item(number: int, country: str = "DE", **more: object) -> dict:
    return {
        "itemId": f"v1|{number}|0", "title": "x", "itemLocation": {"country": country},
        "price": {"value": "24.90", "currency": "EUR"}, **more,
    }  # fmt: skip


@pytest.fixture
def ebay_token(outside):
    outside.on(
        "/ebay/identity/v1/oauth2/token", Reply('{"access_token": "app", "expires_in": 7200}')
    )
    return outside


def test_ebay_asks_for_vinyl_in_the_eu_delivered_to_the_person(ebay_token, settings):
    ebay_token.on("/ebay/buy", Reply('{"total": 0}'))

    found = ebay.Client().search(q='Faros (live), "x*"', country="ES", postcode="28001", limit=20)

    assert (found.items, found.total) == ((), 0)
    mint, search = ebay_token.seen
    pair = f"{settings.EBAY_APP_ID}:{settings.EBAY_CERT_ID}"
    assert mint.headers["authorization"] == "Basic " + b64encode(pair.encode()).decode()
    assert search.headers["authorization"] == "Bearer app"
    assert search.headers["x-ebay-c-marketplace-id"] == "EBAY_ES"
    context = search.headers["x-ebay-c-enduserctx"]
    assert context == "contextualLocation=country%3DES%2Czip%3D28001"
    assert search.query == {
        "q": "Faros live x",
        "category_ids": "176985",
        "filter": "itemLocationRegion:EUROPEAN_UNION,buyingOptions:{FIXED_PRICE},"
        "deliveryCountry:ES,deliveryPostalCode:28001",
        "sort": "price",
        "limit": "20",
        "offset": "0",
    }


def test_ebay_token_is_minted_once_for_all(ebay_token):
    ebay_token.on("/ebay/buy", Reply('{"total": 0}'))

    for number in range(3):
        ebay.Client().search(gtin=f"84123456789{number}", country="ES")

    assert len(ebay_token.asked("/ebay/identity")) == 1
    tokens = [use for use in budget.usage("ebay") if use.bucket == "ebay_tokens"]
    assert [use.background for use in tokens] == [1]


def test_ebay_token_is_not_readable_in_valkey(ebay_token, valkey):
    ebay_token.on("/ebay/buy", Reply('{"total": 0}'))
    ebay_token.on("/ebay/identity", Reply('{"access_token": "mark-token", "expires_in": 7200}'))

    ebay.Client().search(q="x", country="ES")

    stored = [valkey.get(key) for key in valkey.keys("*token*") if valkey.type(key) == b"string"]
    assert stored and not any(b"mark-token" in value for value in stored)


def test_ebay_revoked_token_is_replaced_once(ebay_token):
    ebay_token.on(
        "/ebay/buy",
        Reply('{"errors": [{"errorId": 1001}]}', status=401),
        Reply('{"total": 0}'),
    )

    assert ebay.Client().search(q="x", country="ES").total == 0
    assert len(ebay_token.asked("/ebay/identity")) == 2


def test_ebay_wrong_keys_are_not_configured(outside):
    outside.on("/ebay/identity", Reply('{"error": "invalid_client"}', status=401))

    with pytest.raises(NotConfigured):
        ebay.Client().search(q="x", country="ES")


def test_ebay_warnings_are_a_bad_answer(ebay_token):
    body = {"total": 1, "itemSummaries": [ebay_item(1)], "warnings": [{"errorId": 12002}]}
    ebay_token.on("/ebay/buy", Reply(json.dumps(body)))

    with pytest.raises(BadAnswer) as caught:
        ebay.Client().search(q="x", country="ES")
    assert caught.value.detail == "warnings 12002"


@pytest.mark.parametrize(
    "body",
    [{"total": 80}, {"total": 80, "itemSummaries": []}, {"total": 80, "itemSummaries": None}, {},
     {"total": 0, "next": "https://api.ebay.com/x"}, {"total": "many"}],
)  # fmt: skip
def test_ebay_saying_that_there_are_offers_and_bringing_none_is_a_bad_answer(ebay_token, body):
    ebay_token.on("/ebay/buy", Reply(json.dumps(body)))

    with pytest.raises(BadAnswer):
        ebay.Client().search(q="x", country="ES")


def test_ebay_page_with_holes_says_so(ebay_token):
    body = {"total": 3, "itemSummaries": [ebay_item(1), {"itemId": "v1|2|0"}]}
    ebay_token.on("/ebay/buy", Reply(json.dumps(body)))
    assert ebay.Client().search(q="x", country="ES").partial

    ebay_token.on("/ebay/buy", Reply(json.dumps({"total": 1, "itemSummaries": [ebay_item(1)]})))
    assert not ebay.Client().search(q="y", country="ES").partial


def test_ebay_items_outside_the_eu_are_dropped_whatever_ebay_says(ebay_token):
    items = [
        ebay_item(1),
        ebay_item(2, "US"),
        ebay_item(3, "GB"),
        ebay_item(4, "PT"),
        ebay_item(5, ""),
    ]
    ebay_token.on("/ebay/buy", Reply(json.dumps({"total": 5, "itemSummaries": items})))

    found = ebay.Client().search(q="x", country="MT")

    assert [item.item_id for item in found] == ["v1|1|0", "v1|4|0"]
    assert ebay_token.seen[-1].headers["x-ebay-c-marketplace-id"] == "EBAY_DE"


def test_ebay_shipping_is_unknown_unless_told(ebay_token):
    cost = {"shippingCostType": "FIXED", "shippingCost": {"value": "0.00", "currency": "EUR"}}
    items = [
        ebay_item(1),
        ebay_item(2, shippingOptions=[{"shippingCostType": "CALCULATED"}]),
        ebay_item(3, shippingOptions=[cost]),
    ]
    ebay_token.on("/ebay/buy", Reply(json.dumps({"total": 3, "itemSummaries": items})))

    found = ebay.Client().search(q="x", country="ES")

    assert [(one.shipping, one.shipping_kind) for one in found] == [
        (None, ""), (None, "CALCULATED"), (Decimal("0.00"), "FIXED"),
    ]  # fmt: skip


def test_ebay_words_are_cut_between_words():
    words = "una palabra larga " * 10

    assert len(ebay.query(words)) <= 100
    assert words.startswith(ebay.query(words) + " ")
    assert len(ebay.query(words) + " palabra") > 100


def test_ebay_postcode_cannot_end_the_filter(ebay_token):
    ebay_token.on("/ebay/buy", Reply('{"total": 0}'))

    ebay.Client().search(q="x", country="ES", postcode="28001,price:[1..2]\r\nX-Y: z")

    assert ebay_token.seen[-1].query["filter"].endswith(",deliveryPostalCode:28001price12")


# --- ECB -----------------------------------------------------------------------------------

RATES = """<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube>{}</Cube></gesmes:Envelope>"""


def test_ecb_rates_are_decimals_of_a_day(outside):
    cube = "<Cube time='2026-11-20'><Cube currency='USD' rate='1.1523'/></Cube>"
    outside.on("/ecb/stats/eurofxref/eurofxref-daily.xml", Reply(RATES.format(cube)))

    table = ecb.Client().daily()

    assert table == ecb.RateTable(date(2026, 11, 20), {"USD": Decimal("1.1523")})


@pytest.mark.parametrize(
    "body",
    ["<html></html>", "", RATES.format(""),
     RATES.format("<Cube time='2026-11-20'><Cube currency='USD' rate='1,15'/></Cube>"),
     RATES.format("<Cube time='2026-11-20'><Cube currency='USD' rate='0'/></Cube>"),
     "<!DOCTYPE x [<!ENTITY a 'b'>]>" + RATES.format("<Cube time='2026-11-20'/>")],
    ids=["a page", "nothing", "no table", "comma", "zero", "entities"],
)  # fmt: skip
def test_ecb_file_that_is_not_right_is_refused_whole(outside, body):
    outside.on("/ecb", Reply(body, headers={"Content-Type": "text/xml"}))

    with pytest.raises(BadAnswer):
        ecb.Client().daily()
