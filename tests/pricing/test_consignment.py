"""Several wants at one seller: what they cost in one parcel and in several, and who is told."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.tokens import make_token
from catalog.services.identity import merge_into
from pricing.consignment import Copy, Span, consign
from pricing.landed_cost import landed_cost
from pricing.models import FollowedSeller, Seller
from pricing.sellers.consignments import notes_of, rows_of, saved, wants_here
from pricing.sellers.queries import offers_for_wants, offers_of, sellers_of
from pricing.services.rules import load_shipped_rules
from pricing.viewer import viewer_for
from tests.factories import make_album, make_person, make_quote, make_release, make_want
from tests.pricing.test_landed_cost import AMOUNTS, BOOKS, EU_BOOK, ON, SHIPPING, euros

PLACES = st.sampled_from(("US", "DE", ""))
ANY_BOOK = BOOKS | st.just(EU_BOOK)


def copy(item, shipping=None, origin="US"):
    return Copy(euros(item), None if shipping is None else euros(shipping), origin)


def sent(copies, book=EU_BOOK, destination="ES"):
    return consign(copies, destination=destination, book=book, on=ON)


def copies_of(shipping, places=PLACES, **size):
    return st.lists(st.builds(copy, AMOUNTS, shipping, places), **{"min_size": 1, **size})


@given(one=st.builds(copy, AMOUNTS, st.none() | SHIPPING, PLACES), book=ANY_BOOK)
def test_one_parcel_of_one_record_costs_what_the_record_costs(one, book):
    alone = landed_cost(
        one.item, one.shipping, origin=one.origin, destination="ES", book=book, on=ON
    )
    found = sent([one], book)
    assert found.together == found.apart and not found.passes_threshold
    total = Span(alone.least, alone.total) if alone.known else None
    assert found.together.total == total


@given(data=st.data(), copies=copies_of(st.none() | SHIPPING, max_size=4), book=ANY_BOOK)
def test_the_order_of_the_records_does_not_matter(data, copies, book):
    other = data.draw(st.permutations(copies))
    assert sent(copies, book) == sent(other, book)


@given(copies=copies_of(st.none() | SHIPPING, max_size=4), book=ANY_BOOK)
def test_unknown_stays_unknown_and_nothing_is_cheaper_than_the_goods(copies, book):
    found = sent(copies, book)
    goods = sum(one.item.amount for one in copies)
    for way in (found.together, found.apart):
        assert way.goods == euros(goods)
        if any(one.shipping is None for one in copies):
            assert (way.shipping, way.total) == (None, None)
        if not all(one.origin for one in copies):
            assert (way.charges, way.before_shipping, way.total) == (None, None, None)
        for span in (way.before_shipping, way.total):
            assert span is None or span.low.amount >= goods
            assert span is None or span.high is None or not span.high < span.low


@given(copies=copies_of(SHIPPING, st.just("US"), max_size=4), book=ANY_BOOK)
def test_what_is_said_without_shipping_holds_whatever_shipping_comes_to(copies, book):
    known = sent(copies, book)
    unknown = sent([Copy(one.item, None, one.origin) for one in copies], book)
    for without, told in ((unknown.together, known.together), (unknown.apart, known.apart)):
        assert not told.charged.low < without.charged.low
        by_kind = {one.charge: one.span for one in told.charges}
        for one in without.charges:
            if one.span.high is not None:
                assert by_kind[one.charge] == one.span
    dearest = max(one.shipping.amount for one in copies)
    every = sum(one.shipping.amount for one in copies)
    assert known.together.shipping == Span(euros(dearest), euros(every))
    assert known.apart.shipping == Span(euros(every), euros(every))


def test_without_shipping_the_duty_is_exact_and_the_tax_has_no_upper_end():
    found = sent([copy("20.00"), copy("20.00")])
    spans = {one.charge: one.span for one in found.together.charges}
    assert spans["duty"] == Span(euros("3.00"), euros("6.00"))
    assert spans["vat"] == Span(euros("9.03"), None)  # 21% of 43 and of what shipping adds
    assert spans["handling"] == Span(euros("0.00"), euros("15.00"))
    assert found.together.before_shipping == Span(euros("52.03"), None)
    assert found.apart.before_shipping == Span(euros("55.66"), None)


def test_goods_that_pass_a_threshold_together_are_told():
    found = sent([copy("90.00", "10.00"), copy("90.00", "10.00")])
    assert found.passes_threshold
    assert "duty" not in {one.charge for one in found.together.charges}
    assert {one.charge for one in found.apart.charges} == {"duty", "vat", "handling"}
    assert not sent([copy("20.00", "1.00"), copy("20.00", "1.00")]).passes_threshold


def test_copies_from_both_sides_of_a_border_make_no_parcel_that_can_be_reckoned():
    found = sent([copy("20.00", "5.00", "DE"), copy("20.00", "5.00", "US")])
    assert found.together.charges is None and found.apart.charges is not None
    inside = sent([copy("20.00", "5.00", "DE"), copy("20.00", "6.00", "FR")])
    assert inside.together.total == Span(euros("46.00"), euros("51.00"))
    with pytest.raises(ValueError, match="nothing"):
        sent([])


# --- a person and a seller ------------------------------------------------------------------------


@pytest.fixture
def person(db):
    load_shipped_rules()
    return make_person()


@pytest.fixture
def followed(person):
    seller = Seller.objects.create(username="blue_crate", state="read", read_at=timezone.now())
    return FollowedSeller.objects.create(user=person, seller=seller)


def stocked(amount="20.00", shipping=None, release=None, **fields):
    """A copy that the seller has, of an album of its own."""
    release = release or make_release(make_album())
    place = {"source": "discogs:stock", "seller": "blue_crate", "territory": ""}
    return make_quote(
        release.album, release, amount, shipping, **place | {"seller_country": "US"} | fields
    )


def wanted(person, *quotes, **options):
    for quote in quotes:
        make_want(person, quote.album, **options)


def here_for(person, followed):
    viewer = viewer_for(person)
    return wants_here(person, viewer, offers_of(followed.seller, viewer))


def test_each_want_counts_with_its_cheapest_fitting_copy(person, followed):
    cheap, dear, foreign = stocked("10.00"), stocked("30.00"), stocked("9.00")
    stocked("25.00", release=cheap.release)
    stocked("1.00", release=cheap.release, doubt="low")
    stocked("1.00", release=cheap.release, is_auction=True)
    stocked("4.00", release=make_release(dear.album, country="Japan"), edition="reissue")
    wanted(person, cheap)
    wanted(person, dear, countries=["US"])
    wanted(make_person(), cheap, foreign)  # another's
    limited = stocked("50.00")
    wanted(person, limited, max_price=Decimal(40), currency="EUR")
    here = here_for(person, followed)
    assert (here.wants, here.copies, here.goods) == (2, 2, euros("40.00"))
    make_want(person, release=cheap.release)
    here = here_for(person, followed)
    assert (here.wants, here.copies, here.goods) == (3, 2, euros("40.00")), "one copy for two"


def test_a_want_is_found_in_a_stock_under_the_name_that_a_merge_left(person, followed):
    kept, gone = make_album(), make_album("Remain In Light (2)")
    quote = stocked("10.00", release=make_release(kept))
    before = stocked("12.00", release=make_release(gone))
    make_want(person, gone, countries=["US"])
    merge_into([gone.pk], kept)
    viewer = viewer_for(person)
    for twice in (False, True):
        if twice:  # the other name is wanted, too: one want of one album
            make_want(person, kept)
        here = here_for(person, followed)
        assert (here.wants, here.copies, here.goods) == (1, 1, euros("10.00"))
        (line,) = sellers_of(person, viewer)
        assert line.wants == 1
        held = offers_for_wants(person, followed.seller, viewer)
        assert [one.pk for one in held] == [quote.pk, before.pk]


def test_a_colour_is_looked_for_in_all_that_is_told_of_a_pressing(person, followed):
    black = stocked("10.00")
    red = stocked("15.00", release=make_release(black.album, format="LP, Album, Red"))
    wanted(person, black, colour="red")
    assert here_for(person, followed).goods == euros(red.amount)


@pytest.mark.parametrize(
    ("country", "origin", "queries"), [("ES", "DE", 1), ("ES", "US", 2), ("GB", "US", 2)]
)
def test_it_takes_one_query_and_one_for_the_rules(
    person, followed, django_assert_num_queries, country, origin, queries
):
    person.country = country
    person.save()
    for _number in range(3):
        wanted(person, stocked(seller_country=origin))
    viewer = viewer_for(person)
    offers = offers_of(followed.seller, viewer)
    with django_assert_num_queries(queries):
        assert wants_here(person, viewer, offers).together.charges is not None


@pytest.mark.parametrize("currency", ["USD", "JPY", "EUR"])
def test_shown_parts_add_up_in_ones_own_currency(person, followed, currency):
    person.currency, person.postcode = currency, "35001"
    person.save()
    for amount in ("10.01", "20.02", "33.33"):
        wanted(person, stocked(amount, "7.77", total_eur=None, seller_country="ES"))
    here = here_for(person, followed)
    assert here.territory == "ES-CN" and here.goods.currency == currency
    way = here.together
    parts = [one.span.high.amount for one in way.charges]
    assert way.total.high.amount == here.goods.amount + way.shipping.high.amount + sum(parts)
    viewer = viewer_for(person)
    single = [viewer.money(Decimal(one)).amount for one in ("10.01", "20.02", "33.33")]
    assert here.goods.amount == sum(single)
    assert rows_of(here)[-1].label == "Delivered to the Canary Islands"


def test_no_shipping_is_never_written_as_nothing(client, person, followed):
    wanted(person, stocked("20.00"), stocked("30.00"))
    client.force_login(person)
    page = client.get(reverse("pricing:seller", args=[followed.pk])).content.decode()
    assert "2 of your wants here, goods together €50.00" in page
    assert "Shipping is not told, and is no part of these sums." in page
    assert "To Spain, before shipping" in page and "Delivered to Spain" not in page
    here = here_for(person, followed)
    rows = {row.label: (row.together, row.apart) for row in rows_of(here)}
    assert rows["Shipping"] == ("not told", "not told")
    assert rows["Duty"] == ("€3.00 to €6.00", "€6.00")
    assert rows["Import VAT"] == ("at least €11.13", "at least €11.76")
    assert rows["To Spain, before shipping"] == ("at least €64.13", "at least €67.76")
    assert saved(here) == (euros("3.63"), None)
    assert "The least that is charged is €3.63 lower in one parcel." in notes_of(here)


def test_inside_the_union_only_shipping_is_added(client, person, followed):
    wanted(
        person,
        stocked("20.00", "5.00", seller_country="DE"),
        stocked("30.00", "6.00", seller_country="FR"),
    )
    client.force_login(person)
    page = client.get(reverse("pricing:seller", args=[followed.pk])).content.decode()
    for told in ("€6.00 to €11.00", "€56.00 to €61.00", "€61.00", "Delivered to Spain"):
        assert told in page
    assert "shipping is not known" not in page
    assert [row.together for row in rows_of(here_for(person, followed))][2] == "none"


@pytest.mark.parametrize(("origin", "asked"), [("DE", 7), ("US", 8)])
def test_the_page_asks_at_most_twice_more(
    client, person, followed, django_assert_num_queries, origin, asked
):
    for _number in range(2):
        wanted(person, stocked(seller_country=origin))
    client.force_login(person)
    address = reverse("pricing:seller", args=[followed.pk])
    client.get(address)
    with django_assert_num_queries(asked):  # the list alone takes six
        client.get(address)


def test_one_copy_has_no_other_way_and_nothing_wanted_has_no_table(client, person, followed):
    client.force_login(person)
    address = reverse("pricing:seller", args=[followed.pk])
    quote = stocked()
    assert "together-title" not in client.get(address).content.decode()
    wanted(person, quote)
    page = client.get(address).content.decode()
    assert "1 of your wants here" in page and "In one parcel" in page
    assert "In 1 parcel<" not in page


def test_a_program_is_told_the_same(person, followed):
    wanted(person, stocked("20.00"), stocked("30.00"))
    api = APIClient()
    secret = make_token(person, name="script", can_write=False).secret
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    address = f"/api/v1/sellers/{followed.pk}"
    told = api.get(address).json()["together"]
    assert (told["wants"], told["copies"], told["goods"]) == (2, 2, "50.00")
    assert (told["territory"], told["currency"]) == ("ES", "EUR")
    one, several = told["one_parcel"], told["several_parcels"]
    assert (one["parcels"], several["parcels"]) == (1, 2)
    assert one["before_shipping"] == {"low": "64.13", "high": None}
    assert one["shipping"] is one["delivered"] is several["delivered"] is None
    stranger = make_person()
    other = FollowedSeller.objects.create(user=stranger, seller=followed.seller)
    assert api.get(f"/api/v1/sellers/{other.pk}").status_code == 404
    person.wants.all().delete()
    assert api.get(address).json()["together"] is None
