"""Money: exact, with its currency; and what a price is made of."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from pricing import best, queries, services
from pricing.block_facts import read_facts
from pricing.blocks import blocks_of
from pricing.labels import place_name
from pricing.models import Quote
from pricing.parts import price_lines, shown_price, sum_line
from pricing.providers import ebay
from pricing.providers.base import FoundQuote, Part
from pricing.services.rules import load_shipped_rules
from pricing.viewer import Viewer, viewer_for
from tests.factories import make_album, make_person, make_quote
from vinyl.money import CURRENCIES, CurrencyMismatch, Money, minor_units
from vinyl.templatetags.vinyl_tags import money_text
from vinyl.upstreams.ebay import Item

AMOUNTS = st.decimals("0", "1000000", places=4)
CODES = st.sampled_from(CURRENCIES)


@given(amount=AMOUNTS, currency=CODES)
def test_an_amount_is_rounded_to_its_currencys_own_minor_unit(amount, currency):
    rounded = Money(amount, currency).rounded()
    step = Decimal(1).scaleb(-minor_units(currency))
    assert rounded.amount % step == 0
    assert abs(rounded.amount - amount) <= step / 2
    assert rounded.rounded() == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("1234.5", "JPY", "1235"),
        ("0.5", "KRW", "1"),
        ("10.005", "EUR", "10.01"),
        ("10.004", "HUF", "10.00"),
        ("1.2345", "KWD", "1.235"),
    ],
)
def test_halves_go_up_as_in_shops(amount, currency, rounded):
    assert Money(Decimal(amount), currency).rounded().amount == Decimal(rounded)


@given(one=CODES, other=CODES, amount=AMOUNTS)
def test_two_currencies_are_never_added_compared_or_taken_off(one, other, amount):
    first, second = Money(amount, one), Money(amount, other)
    if one == other:
        assert (first + second).amount == 2 * amount
        assert (first - second).amount == 0
        return
    for action in (Money.__add__, Money.__sub__, Money.__lt__):
        with pytest.raises(CurrencyMismatch):
            action(first, second)


def test_an_amount_is_a_decimal_and_a_currency_a_code():
    for amount, currency in ((1.5, "EUR"), (2, "EUR")):
        with pytest.raises(TypeError):
            Money(amount, currency)
    for currency in ("eur", "EURO", ""):
        with pytest.raises(ValueError, match="ISO 4217"):
            Money(Decimal(1), currency)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "€1,234.50"), ("es", "1234,50\N{NO-BREAK SPACE}€")]
)
def test_an_amount_is_written_as_the_persons_language_writes_it(language, said):
    with translation.override(language):
        assert money_text(Money(Decimal("1234.5"), "EUR")) == said
        assert "." not in money_text(Money(Decimal("15000"), "JPY")).replace(",", "")[-3:]


# --- what a price is made of --------------------------------------------------------------------


def offer_from(country, *, shipping="10.00", territory="ES"):
    album = make_album()
    offer = FoundQuote(
        key=f"{country}:{territory}", kind="offer", item=Money(Decimal("20.00"), "EUR"),
        shipping=None if shipping is None else Money(Decimal(shipping), "EUR"), grade="NM",
        seller_country=country,
    )  # fmt: skip
    services.record_quotes(
        source="ebay", album_id=album.pk, territory=territory, part=Part((offer,), about=(None,))
    )
    return Quote.objects.get(album=album)


@pytest.mark.django_db
def test_the_parts_of_a_price_add_up_to_it_and_name_their_source():
    load_shipped_rules()
    quote = offer_from("US")
    lines = price_lines(quote, Viewer())
    assert [line.label for line in lines] == [
        "Item", "Shipping", "Duty", "Import VAT", "Handling by the carrier",
    ]  # fmt: skip
    assert sum(line.high.amount for line in lines) == quote.total_eur
    assert sum(line.low.amount for line in lines) == quote.total_eur - quote.spread_eur
    assert all(line.url.startswith("https://") for line in lines[2:])
    assert [line.estimate for line in lines[2:]] == [True, False, True]
    assert sum_line(quote, Viewer()).startswith("20.00 + 10.00 + ")
    assert " to " in sum_line(quote, Viewer())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "place, lives, charged",
    [
        ({"country": "ES", "postalCode": "35***"}, "ES-CN", False),
        ({"country": "ES", "postalCode": "38001"}, "ES", True),
        ({"country": "ES", "postalCode": "51***"}, "DE", True),
        ({"country": "ES", "postalCode": "28***"}, "ES-CN", True),
        ({"country": "ES", "postalCode": "28***"}, "ES", False),
        ({"country": "ES", "postalCode": "***"}, "DE", False),
        ({"country": "DE", "postalCode": "35***"}, "ES", False),
        ({"country": "ES"}, "ES", False),
        ({"country": "FR", "postalCode": "97***"}, "FR", True),
        ({"country": "FR", "postalCode": "974**"}, "DE", True),
        ({"country": "FR", "postalCode": "75***"}, "DE", False),
        ({"country": "IT", "postalCode": "23041"}, "IT", True),
    ],
)
def test_an_offer_at_ebay_comes_from_where_its_postcode_begins(place, lives, charged):
    """The Canaries, Ceuta and Melilla are Spain with a border round them; Réunion is France."""
    load_shipped_rules()
    item = Item.from_json({
        "itemId": "v1|7|0", "title": "Can - Tago Mago LP", "itemLocation": place,
        "price": {"value": "40.00", "currency": "EUR"},
        "shippingOptions": [
            {"shippingCostType": "FIXED", "shippingCost": {"value": "10.00", "currency": "EUR"}}
        ],
    })  # fmt: skip
    offer = ebay.offer_of(item, key="7", release_id=None)
    services.record_quotes(
        source="ebay", album_id=make_album().pk, territory=lives, part=Part((offer,), (None,))
    )
    quote = Quote.objects.get()
    assert quote.seller_country == place["country"]
    assert any(row["charge"] == "vat" for row in quote.charges) == charged
    assert (quote.total_eur > 50) == charged


@pytest.mark.django_db
def test_within_the_union_the_parts_are_item_and_shipping():
    quote = offer_from("DE")
    assert sum_line(quote, Viewer()) == "20.00 + 10.00"
    assert [line.label for line in price_lines(quote, Viewer())] == ["Item", "Shipping"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lives, name", [("ES-CN", "IGIC"), ("ES-CE", "IPSI"), ("DE", "Import VAT")]
)
def test_the_tax_is_called_what_it_is_called_there(lives, name):
    load_shipped_rules()
    lines = price_lines(offer_from("US", territory=lives), Viewer(territory=lives))
    assert name in [line.label for line in lines]


@pytest.mark.django_db
def test_unknown_shipping_and_unknown_charges_are_called_unknown():
    load_shipped_rules()
    lines = price_lines(offer_from("US", shipping=None), Viewer())
    assert [(line.label, line.high) for line in lines[1:]] == [
        ("Shipping", None), ("Import charges", None),
    ]  # fmt: skip
    # Nobody wrote a rule for Brazil.
    lines = price_lines(offer_from("US", territory="BR"), Viewer(territory="BR"))
    assert lines[-1].high is None
    assert lines[1].high == Money(Decimal("10.00"), "EUR")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lives, seller, told, lines",
    [
        ("CH", "", "+ shipping, import?", ["Item", "Shipping", "Import charges"]),
        ("CH", "ES", "+ shipping, import?", ["Item", "Shipping", "Import charges"]),
        ("CH", "CH", "+ shipping?", ["Item", "Shipping"]),
        ("ES-CN", "ES", "+ shipping, import?", ["Item", "Shipping", "Import charges"]),
        # Most of who nobody knows sends from the same area: the parts say what is not known.
        ("ES", "", "+ shipping?", ["Item", "Shipping", "Import charges"]),
        ("ES", "DE", "+ shipping?", ["Item", "Shipping"]),
        ("ES", "JP", "+ shipping, import?", ["Item", "Shipping", "Import charges"]),
    ],
)
def test_of_prices_that_hold_everywhere_the_border_stays_open(lives, seller, told, lines):
    """Discogs' lowest, a followed seller's stock, a shop's feed: what the border takes depends on
    who looks, and where the seller's place is not known nobody can say."""
    quote = offer_from(seller, shipping=None, territory="")
    album, viewer = quote.album, Viewer(territory=lives, country=lives[:2])
    assert [line.label for line in price_lines(quote, viewer)] == lines
    facts = read_facts(album.pk, viewer)
    (row,) = next(one for one in blocks_of(facts, viewer) if one.key == "ebay").offers
    assert row.sum_text == told
    tag = queries.album_tag(facts, viewer)
    assert (tag.missing == "both") == ("import" in told)


@pytest.mark.django_db
def test_the_album_pages_prices_take_two_statements(django_assert_num_queries):
    album = make_album()
    make_quote(album, amount="30.00")
    make_quote(album, amount="20.00", source="ebay", key="2")
    with django_assert_num_queries(2):
        facts = read_facts(album.pk, Viewer())
        blocks = blocks_of(facts, Viewer())
        tag = queries.album_tag(facts, Viewer())
    assert len(blocks) == 3
    assert tag.money == Money(Decimal("25.50"), "EUR")


@pytest.mark.django_db
def test_the_tag_beside_the_blocks_is_the_one_of_the_cards():
    album = make_album()
    for source, amount, more in (
        ("ebay", "9.00", {"doubt": "low"}),
        ("ebay", "10.00", {"is_auction": True}),
        ("ebay", "12.00", {"grade": "G"}),
        ("discogs", "20.00", {"shipping": None}),
        ("ebay", "22.00", {}),
    ):
        make_quote(album, source=source, amount=amount, **more)
    best.refresh(album.pk, timezone.now())
    viewer = viewer_for(make_person())
    card = queries.price_tags([album.pk], viewer)[album.pk]
    tag = queries.album_tag(read_facts(album.pk, viewer), viewer)
    assert (tag.money, tag.state, tag.release_label) == (
        card.money, card.state, card.release_label,
    )  # fmt: skip
    assert tag.money == Money(Decimal("27.50"), "EUR")


@pytest.mark.django_db
def test_of_many_offers_a_block_shows_the_cheapest_and_counts_them_all():
    album = make_album()
    for number in range(12):
        grade = "NM" if number % 2 else "G"
        make_quote(
            album, source="ebay", key=str(number), amount=f"{20 + number}.00", grade=grade,
            edition="original" if number == 11 else "reissue",
        )  # fmt: skip
    viewer = Viewer(least_grade="VG+")
    facts = read_facts(album.pk, viewer)
    block = next(one for one in blocks_of(facts, viewer) if one.key == "ebay")
    shown = [row.money.amount for row in block.offers]
    assert shown == sorted(shown) and len(shown) == 3
    assert block.offers[0].grade == "NM" and "6 offers" in block.note
    assert {one.below for one in facts.quotes["ebay"]} == {6}
    tag = queries.album_tag(facts, viewer)
    assert tag.money == block.offers[0].money
    # The dearest of all is the only original, so it stands beside the best.
    assert [one.money for one in tag.beside] == [Money(shown[0] + Decimal(10), "EUR")]


@pytest.mark.django_db
def test_all_offers_of_a_block_can_be_seen_by_the_pages_address(client, django_assert_num_queries):
    album = make_album()
    for number in range(8):
        make_quote(album, source="ebay", key=str(number), amount=f"{20 + number}.00")
    make_quote(album, source="ebay", key="odd", amount="0.05", doubt="low")
    for number in range(4):
        make_quote(album, source="ebay", key=f"bid{number}", amount="1.00", is_auction=True)
    make_quote(album, source="discogs", key="one")
    with django_assert_num_queries(2):
        few = blocks_of(read_facts(album.pk, Viewer()), Viewer())
    with django_assert_num_queries(2):
        facts = read_facts(album.pk, Viewer(), full="ebay")
        full = blocks_of(facts, Viewer())
    told = [(len(one.offers), len(one.auctions), one.in_all, one.full) for one in few]
    assert told == [(1, 0, 0, False), (3, 2, 13, False), (0, 0, 0, False)]
    shown = full[1]
    assert (len(shown.offers), len(shown.auctions), shown.full) == (9, 4, True)
    assert "perhaps a mistake" in shown.offers[-1].warning
    page = reverse("pricing:album", args=[album.pk])
    assert f"{page}?offers=ebay#prices-at-ebay" in client.get(page).content.decode()
    text = client.get(page, {"offers": "ebay"}).content.decode()
    assert text.count("plattenkiste_hh") == 14 and "Show fewer" in text
    client.force_login(make_person())
    part = client.get(reverse("pricing:block", args=[album.pk, "ebay"]), {"offers": "ebay"})
    assert part.content.decode().count("plattenkiste_hh") == 13
    assert "HX-Trigger" not in part.headers


@given(
    item=st.decimals("0.01", "400", places=2),
    shipping=st.decimals("0", "60", places=2),
    charges=st.lists(st.decimals("0.01", "90", places=2), max_size=3),
    rate=st.decimals("0.01", "400", places=4),
    currency=CODES,
)
def test_the_shown_parts_of_a_price_add_up_to_its_shown_total(
    item, shipping, charges, rate, currency
):
    if currency == "EUR":
        rate = Decimal(1)  # one euro is one euro
    rows = [
        {"charge": kind, "low": str(much), "high": str(much), "currency": "EUR", "code": "",
         "source": "", "estimate": True}
        for kind, much in zip(("duty", "vat", "handling"), charges, strict=False)
    ]  # fmt: skip
    quote = Quote(
        amount_eur=item, shipping=shipping, shipping_currency="EUR", charges=rows,
        total_eur=item + shipping + sum(charges, Decimal(0)),
    )  # fmt: skip
    viewer = Viewer(currency=currency, rate=rate)
    shown = shown_price(quote, viewer)
    zero = Money(Decimal(0), currency)
    assert shown == sum((one.high for one in price_lines(quote, viewer)), zero)
    step = Decimal(1).scaleb(-minor_units(currency))
    assert abs(shown.amount - viewer.money(quote.total_eur).amount) <= 3 * step


@pytest.mark.parametrize(
    ("territory", "name"),
    [
        ("ES", "Spain"),
        ("ES-CN", "the Canary Islands"),
        ("ES-CE", "Ceuta"),
        ("DE", "Germany"),
        ("FI-AX", "Åland Islands"),
        ("RE", "Réunion"),
        ("DE-HEL", "Heligoland"),
    ],
)
def test_where_a_price_is_delivered_to_is_the_territory_whose_charges_are_counted(territory, name):
    assert place_name(territory) == name


@pytest.mark.django_db
def test_an_album_page_names_the_islands(client):
    client.force_login(make_person(country="ES", postcode="35001"))
    page = client.get(make_album().get_absolute_url())
    assert "Prices, delivered to the Canary Islands" in page.text


@pytest.mark.django_db
def test_a_price_is_not_known_on_an_island_outside_the_vat_area(client):
    """Réunion is France, but not of the EU's VAT area: no charges would be a promise."""
    load_shipped_rules()
    client.force_login(make_person(country="FR", postcode="97400"))
    quote = offer_from("DE", territory="RE")
    page = client.get(quote.album.get_absolute_url())
    assert "Prices, delivered to Réunion" in page.text
    assert quote.total_eur is None
    assert "+ import?" in page.text
