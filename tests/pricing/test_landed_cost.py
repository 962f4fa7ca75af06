"""What a copy costs at the door: never less than the item, unknown where anything is unknown."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from pricing import services
from pricing.imports import rule_book
from pricing.landed_cost import (
    Charge,
    Parcel,
    Rule,
    RuleBook,
    landed_cost,
    parcels_cost,
)
from pricing.models import ExchangeRate, ImportRule, Quote
from pricing.providers.base import FoundQuote, Part
from pricing.services.rules import load_shipped_rules
from pricing.shipped import shipped_rules
from pricing.territories import EU_COUNTRIES, territory_of, zones
from tests.factories import make_album, make_person
from vinyl.money import CurrencyMismatch, Money

ON = date(2026, 11, 21)
AMOUNTS = st.decimals("0.50", "400", places=2)
SHIPPING = st.decimals("0", "60", places=2)


def euros(amount):
    return Money(Decimal(amount), "EUR")


def rule(charge, destination="EU", origin="*", **fields):
    return Rule(
        **{
            "code": f"{charge}-{destination}-{origin}", "charge": charge, "origin": origin,
            "destination": destination, "valid_from": date(2021, 7, 1),
        } | {
            name: Decimal(value) if isinstance(value, str) and value[0].isdigit() else value
            for name, value in fields.items()
        }
    )  # fmt: skip


EU_BOOK = RuleBook(
    "EUR",
    (
        rule("vat", "ES", share_low="21", share_high="21", base="all"),
        rule("duty", fixed_low="3", fixed_high="3", per="line", up_to="150"),
        rule("duty", code="duty-above", above="150"),
        rule("handling", fixed_high="15"),
    ),
)


def at_the_door(*parcels, book=EU_BOOK, destination="ES"):
    return parcels_cost(
        [
            Parcel(origin, tuple(euros(one) for one in items), shipping and euros(shipping))
            for origin, items, shipping in parcels
        ],
        destination=destination, book=book, on=ON,
    )  # fmt: skip


@given(item=AMOUNTS, shipping=st.none() | SHIPPING)
def test_without_a_border_it_is_the_sum_or_unknown(item, shipping):
    cost = landed_cost(
        euros(item), None if shipping is None else euros(shipping),
        origin="DE", destination="ES", book=EU_BOOK, on=ON,
    )  # fmt: skip
    assert cost.charges == ()
    if shipping is None:
        assert cost.total is None
        assert cost.order > landed_cost(euros("9999"), euros(0)).order
    else:
        assert cost.total == cost.least == euros(item + shipping)


def test_a_record_from_outside_pays_duty_vat_on_all_and_perhaps_handling():
    cost = at_the_door(("US", ["20.00"], "10.00"))
    assert {one.charge: (one.low, one.high) for one in cost.charges} == {
        "duty": (euros("3.00"), euros("3.00")),
        "vat": (euros("6.93"), euros("6.93")),  # 21% of 33.00
        "handling": (euros("0.00"), euros("15.00")),
    }
    assert (cost.least, cost.total) == (euros("39.93"), euros("54.93"))
    assert cost.is_range


def test_one_consignment_is_one_line_at_least_and_several_parcels_pay_each():
    """Two records at once: one line or two, one handling; in two parcels all of it twice."""
    together = at_the_door(("US", ["20.00", "20.00"], "12.00"))
    apart = at_the_door(("US", ["20.00"], "6.00"), ("US", ["20.00"], "6.00"))
    duty = next(one for one in together.charges if one.charge == "duty")
    assert (duty.low, duty.high) == (euros("3.00"), euros("6.00"))
    assert together.least == euros("66.55")  # (52 + 3) * 1.21
    assert together.total == euros("85.18")  # (52 + 6) * 1.21 + 15
    assert apart.least == euros("70.18")
    assert apart.total == euros("100.18")


def test_thresholds_look_at_the_goods_of_each_parcel():
    apart = at_the_door(("US", ["90.00"], "10.00"), ("US", ["90.00"], "10.00"))
    together = at_the_door(("US", ["90.00", "90.00"], "10.00"))
    assert [one.code for one in apart.charges].count("duty-EU-*") == 2
    assert not any(one.charge == "duty" for one in together.charges)


def test_the_canaries_ceuta_and_melilla_are_outside_of_the_vat_area():
    book = RuleBook("EUR", (rule("vat", "ES-CN", share_low="7", share_high="7"),))
    assert territory_of("ES", "35001") == territory_of("ES", "38650") == "ES-CN"
    assert (territory_of("ES", "51001"), territory_of("ES", "52001")) == ("ES-CE", "ES-ML")
    assert zones("ES-CN") == ("ES-CN", "*")
    for origin in ("ES", "DE"):
        cost = at_the_door((origin, ["100.00"], "10.00"), book=book, destination="ES-CN")
        assert cost.total == euros("117.70")
    home = at_the_door(("ES-CN", ["100.00"], "10.00"), book=book, destination="ES-CN")
    assert home.total == euros("110.00")
    # No rule says what Ceuta takes: it is not known, and not nothing.
    ceuta = at_the_door(("ES", ["100.00"], "10.00"), book=book, destination="ES-CE")
    assert (ceuta.total, ceuta.charges_known) == (None, False)


@pytest.mark.parametrize(("origin", "shipping"), [("US", None), ("", "5.00"), ("", None)], ids=str)
def test_what_is_not_known_makes_the_whole_unknown(origin, shipping):
    cost = at_the_door((origin, ["20.00"], shipping))
    assert (cost.total, cost.least) == (None, None)
    assert cost.shown == euros("20.00")


def test_the_most_exact_rule_of_the_latest_day_counts():
    book = RuleBook(
        "EUR",
        (
            rule("vat", "EU", share_low="10", share_high="10"),
            rule("vat", "ES", share_low="18", share_high="18"),
            rule("vat", "ES", code="new", share_low="21", share_high="21",
                 valid_from=date(2026, 1, 1)),
            rule("vat", "ES", code="next", share_low="25", share_high="25",
                 valid_from=date(2027, 1, 1)),
            rule("vat", "ES", code="gb", origin="GB", share_low="5", share_high="5"),
        ),
    )  # fmt: skip
    assert at_the_door(("US", ["100.00"], "0.00"), book=book).total == euros("121.00")
    assert at_the_door(("GB", ["100.00"], "0.00"), book=book).total == euros("105.00")
    assert at_the_door(("US", ["100.00"], "0.00"), book=book, destination="FR").total == euros(
        "110.00"
    )


def test_a_charge_too_small_to_be_raised_is_nothing():
    book = RuleBook(
        "CHF", (rule("vat", "CH", share_low="8.1", share_high="8.1", waived_up_to="5"),)
    )
    for amount, vat in (("61.00", "0"), ("62.00", "5.02")):
        cost = landed_cost(
            Money(Decimal(amount), "CHF"), Money(Decimal(0), "CHF"),
            origin="DE", destination="CH", book=book, on=ON,
        )  # fmt: skip
        assert cost.total.amount == Decimal(amount) + Decimal(vat)


def test_two_currencies_never_meet():
    with pytest.raises(CurrencyMismatch):
        landed_cost(euros(5), Money(Decimal(5), "USD"))
    with pytest.raises(CurrencyMismatch):
        landed_cost(
            Money(Decimal(5), "USD"), Money(Decimal(5), "USD"),
            origin="US", destination="ES", book=EU_BOOK, on=ON,
        )  # fmt: skip


BANDLESS = st.builds(
    lambda charge, share, more, fixed, extra, per, base: rule(
        charge, share_low=str(share), share_high=str(share + more), fixed_low=str(fixed),
        fixed_high=str(fixed + extra), per=per, base=base,
    ),
    st.sampled_from(("vat", "duty", "handling")),
    st.decimals("0", "30", places=1), st.decimals("0", "20", places=1),
    st.decimals("0", "20", places=2), st.decimals("0", "20", places=2),
    st.sampled_from(("parcel", "line")), st.sampled_from(("goods", "delivered", "all")),
)  # fmt: skip
BOOKS = st.lists(BANDLESS, max_size=4).map(
    lambda rules: RuleBook("EUR", (*rules, rule("vat", "ES", share_low="21", share_high="21")))
)
RECORDS = st.lists(AMOUNTS, min_size=1, max_size=4)


@given(book=BOOKS, records=RECORDS, shipping=SHIPPING)
def test_the_door_never_costs_less_than_the_goods_and_their_shipping(book, records, shipping):
    cost = at_the_door(("US", records, str(shipping)), book=book)
    assert cost.total.amount >= cost.least.amount >= sum(records) + shipping
    charged = sum(one.high.amount for one in cost.charges)
    assert cost.total.amount == sum(records) + shipping + charged


@given(book=BOOKS, records=RECORDS, shipping=SHIPPING, more=AMOUNTS)
def test_a_dearer_or_a_further_record_never_makes_a_parcel_cheaper(book, records, shipping, more):
    before = at_the_door(("US", records, str(shipping)), book=book)
    for changed in ([records[0] + more, *records[1:]], [*records, more]):
        after = at_the_door(("US", changed, str(shipping)), book=book)
        assert after.total.amount >= before.total.amount
        assert after.least.amount >= before.least.amount


@given(book=BOOKS, records=RECORDS, shipping=st.lists(SHIPPING, min_size=4, max_size=4))
def test_one_parcel_never_costs_more_than_the_same_in_several(book, records, shipping):
    """With rules that raise amounts for each parcel and no thresholds, and the same shipping."""
    each = [("US", [record], str(cost)) for record, cost in zip(records, shipping, strict=False)]
    paid = sum(shipping[: len(records)])
    together = at_the_door(("US", records, str(paid)), book=book)
    apart = at_the_door(*each, book=book)
    cents = Decimal("0.01") * len(records) * 3  # each charge is rounded on its own
    assert together.total.amount <= apart.total.amount + cents
    assert together.least.amount <= apart.least.amount + cents


@given(amount=st.decimals("0", "999", places=2))
def test_a_charge_keeps_every_cent_on_its_way_through_the_database(amount):
    charge = Charge("vat", euros(amount), euros(amount + 1), "es-vat", "https://a.example/", False)
    assert Charge.from_json(charge.as_json()) == charge


# --- the rules that are shipped -----------------------------------------------------------------


def test_every_shipped_rule_has_a_source_a_day_and_says_whether_it_is_an_estimate():
    rules = shipped_rules()
    assert {row["destination"] for row in rules} >= EU_COUNTRIES | {
        "EU", "ES-CN", "ES-CE", "ES-ML", "GB", "US", "CH", "NO", "JP", "CA", "AU",
    }  # fmt: skip
    for row in rules:
        assert row["source_url"].startswith("https://"), row["code"]
        assert row["valid_from"], row["code"]
        # What nobody compared with a source is an estimate, and says so.
        assert row["is_estimate"] or row["checked_on"], row["code"]
        assert row["checked_on"] or "memory" in row["note"], row["code"]
    assert len({(row["code"], row["valid_from"]) for row in rules}) == len(rules)


@pytest.fixture
def shipped(db):
    load_shipped_rules()


def test_every_shipped_rule_is_one_that_the_admin_would_take(shipped):
    rows = ImportRule.objects.all()
    assert len(rows) == len(shipped_rules())
    for row in rows:
        row.full_clean()


@pytest.mark.parametrize("on", [date(2026, 6, 30), date(2026, 7, 1)])
def test_since_july_2026_a_parcel_of_little_value_pays_three_euros(shipped, on):
    cost = landed_cost(
        euros("20.00"), euros("10.00"), origin="US", destination="DE", book=rule_book(on), on=on
    )
    duty = sum(one.high.amount for one in cost.charges if one.charge == "duty")
    assert duty == (3 if on.month == 7 else 0)
    assert cost.least == euros("39.27" if duty else "35.70")


@pytest.mark.parametrize("origin", ["US", "GB", "JP", "DE", "ES"])
def test_the_shipped_rules_tell_the_cost_in_every_place_that_they_name(shipped, origin):
    book = rule_book(ON)
    places = {row.destination for row in ImportRule.objects.all()} - {"EU", "*"}
    for place in places:
        for amount in ("5.00", "40.00", "200.00", "2000.00"):
            cost = landed_cost(
                euros(amount), euros("9.00"), origin=origin, destination=place, book=book, on=ON
            )
            # The duty of the EU's customs area there on goods of more value nobody sourced.
            beyond = origin not in EU_COUNTRIES and place in ("ES-CN", "FI-AX")
            if beyond and amount in ("200.00", "2000.00"):
                assert (cost.total, cost.charges_known) == (None, False), (origin, place)
                continue
            assert cost.total is not None, (origin, place)
            assert cost.least.amount >= Decimal(amount) + 9
            assert all(one.source_url for one in cost.charges)


@pytest.mark.parametrize(
    "item, shipping, taxed", [("55.00", "3.00", False), ("45.00", "30.00", True)]
)
def test_in_switzerland_no_fee_is_asked_where_no_tax_is_levied(shipped, item, shipping, taxed):
    """Tax of up to five francs is not levied: it counts with the shipping, so a value of the goods
    alone says nothing."""
    ExchangeRate.objects.create(currency="CHF", day=ON, rate=Decimal("0.95"))
    for destination in ("CH", "LI"):
        cost = landed_cost(
            euros(item), euros(shipping), origin="ES", destination=destination,
            book=rule_book(ON), on=ON,
        )  # fmt: skip
        assert {one.charge for one in cost.charges} == ({"vat", "handling"} if taxed else set())
        assert (cost.total > cost.item + cost.shipping) == taxed


@pytest.mark.parametrize(
    "origin, destination, vat",
    [
        ("MC", "ES", None), ("ES", "MC", None), ("US", "MC", "6.60"), ("CH", "LI", None),
        ("LI", "CH", None), ("FI", "FI-AX", "7.65"), ("FI-AX", "FI", "7.65"),
        ("DE", "FI-AX", "7.65"), ("FI-AX", "FI-AX", None), ("AX", "FI", "7.65"),
        ("AX", "FI-AX", None), ("MC", "ES-CN", "2.10"),
    ],
)  # fmt: skip
def test_small_places_count_as_the_area_that_they_are_of(shipped, origin, destination, vat):
    """Monaco as France, Liechtenstein as Switzerland; Åland is Finland beyond a tax border."""
    cost = landed_cost(
        euros("20.00"), euros("10.00"), origin=origin, destination=destination,
        book=rule_book(ON), on=ON,
    )  # fmt: skip
    taxes = [str(one.high.amount) for one in cost.charges if one.charge == "vat"]
    assert taxes == ([vat] if vat else [])
    assert cost.known
    assert (territory_of("AX"), territory_of("FI", "22100")) == ("FI-AX", "FI-AX")
    assert territory_of("FI", "00100") == "FI"


@pytest.mark.parametrize(
    "origin, destination, told",
    [
        ("FR", "RE", "not known"), ("DE", "GP", "not known"), ("RE", "GP", "not known"),
        ("DE", "DE-HEL", "not known"), ("IT", "IT-LIV", "not known"), ("IT", "IT-CAM", "not known"),
        ("GR", "GR-ATH", "not known"), ("FR-OM", "FR-OM", "not known"), ("RE", "RE", ""),
        ("RE", "FR", "vat 6.00, handling 0.00 to 15.00"),
        ("FR-OM", "FR", "duty 0.00 to 3.00, vat 6.00 to 6.60, handling 0.00 to 15.00"),
        ("IT-CAM", "DE", "vat 5.70, handling 0.00 to 15.00"),
        ("IT-LIV", "IT", "duty 3.00, vat 7.26, handling 0.00 to 15.00"),
        ("PM", "FR", "duty 3.00, vat 6.60, handling 0.00 to 15.00"),
        ("DE-BUS", "CH", ""), ("DE-HEL", "DE", "duty 3.00, vat 6.27, handling 0.00 to 15.00"),
    ],
)  # fmt: skip
def test_places_of_eu_countries_beyond_its_tax_or_customs_border(
    shipped, origin, destination, told
):
    """Those of the customs territory pay no duty into the EU. What they take themselves no source
    told us: that is not known, and not nothing."""
    cost = landed_cost(
        euros("20.00"), euros("10.00"), origin=origin, destination=destination,
        book=rule_book(ON), on=ON,
    )  # fmt: skip
    spans = ((one.charge, sorted({one.low.amount, one.high.amount})) for one in cost.charges)
    words = ", ".join(f"{charge} {' to '.join(map(str, span))}" for charge, span in spans)
    assert (words if cost.charges_known else "not known") == told
    assert cost.known == cost.charges_known


def test_buesingen_counts_as_switzerland(shipped):
    """By the treaty of 1964, turnover tax and all."""
    ExchangeRate.objects.create(currency="CHF", day=ON, rate=Decimal("0.95"))
    there, in_switzerland = (
        landed_cost(
            euros("80.00"), euros("10.00"), origin="DE", destination=place,
            book=rule_book(ON), on=ON,
        )
        for place in ("DE-BUS", "CH")
    )  # fmt: skip
    assert there.charges and there == in_switzerland


def test_what_a_curator_changed_stays(shipped):
    ImportRule.objects.filter(code="es-vat").update(share_low=22, share_high=22)
    assert load_shipped_rules() == 0
    assert ImportRule.objects.get(code="es-vat").share_high == 22


def test_a_quote_from_outside_carries_what_the_border_takes(shipped):
    album = make_album()
    offers = tuple(
        FoundQuote(
            key=country, kind="offer", item=Money(Decimal("20.00"), "EUR"),
            shipping=Money(Decimal("10.00"), "EUR"), grade="NM", seller_country=country,
        )
        for country in ("DE", "US", "")
    )  # fmt: skip
    services.record_quotes(
        source="ebay", album_id=album.pk, territory="ES", part=Part(offers, about=(None,))
    )
    inside, outside, nowhere = (Quote.objects.get(key=key) for key in ("DE", "US", ""))
    assert (inside.total_eur, inside.spread_eur, inside.charges) == (Decimal("30.00"), 0, [])
    assert outside.total_eur - outside.spread_eur >= Decimal("30.00") * Decimal("1.21")
    assert {Charge.from_json(row).charge for row in outside.charges} >= {"vat", "duty"}
    assert nowhere.total_eur is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"valid_until": "2020-01-01"}, "valid_until", "Not before the day it holds from."),
        ({"above": "100", "up_to": "50"}, "up_to", "No goods are worth this little"),
        ({"currency": "XYZ"}, "currency", "No exchange rate is known for XYZ"),
        ({"destination": "ZZ"}, "destination", "No parcel goes there"),
        ({"waived_up_to": "-1"}, "waived_up_to", "Not less than 0."),
        ({"share_low": "30", "share_high": "10"}, "share_high", "Not less than the least percent."),
        ({"share_high": "101"}, "share_high", "Not more than 100 percent."),
        ({"fixed_low": "5", "fixed_high": "1"}, "fixed_high", "Not less than the least amount."),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_at_its_field(client, changed, field, sentence):
    client.force_login(make_person(is_staff=True, is_superuser=True))
    values = {
        "code": "zz-vat", "charge": "vat", "origin": "*", "destination": "ES-CN", "share_low": "7",
        "share_high": "7", "base": "all", "fixed_low": "0", "fixed_high": "0", "per": "parcel",
        "currency": "EUR", "waived_up_to": "0", "valid_from": "2026-01-01",
        "source_url": "https://law.example/",
    }  # fmt: skip
    there = reverse("admin:pricing_importrule_add")
    answer = client.post(there, values | changed)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field] and sentence in errors[field][0]
    assert client.post(there, values).status_code == 302


@pytest.mark.parametrize("item, taxed", [("30.00", False), ("80.00", True)])
def test_in_japan_the_post_asks_its_fee_only_where_it_collects_a_tax(shipped, item, taxed):
    ExchangeRate.objects.create(currency="JPY", day=ON, rate=Decimal("170"))
    cost = landed_cost(
        euros(item), euros("10.00"), origin="ES", destination="JP", book=rule_book(ON), on=ON
    )
    assert {one.charge for one in cost.charges} == ({"vat", "handling"} if taxed else set())
