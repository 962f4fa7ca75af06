"""Exchange rates: whose day they are, how they are brought, what is said where they are old."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from celery.signals import beat_init
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from pricing import queries, rates, services
from pricing.block_facts import read_facts
from pricing.blocks import blocks_of
from pricing.models import ExchangeRate, FollowedSeller, Quote, Seller
from pricing.parts import rate_line
from pricing.providers.base import FoundQuote, Part
from pricing.services import record_quotes
from pricing.tasks import rates_at_start
from pricing.viewer import Viewer, viewer_for
from tests.factories import make_album, make_person, make_quote, make_release, make_want
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.money import Money
from vinyl.upstreams import door


@pytest.mark.django_db
def test_conversion_takes_the_last_bank_day_and_says_which():
    day = date(2026, 11, 20)
    ExchangeRate.objects.create(currency="USD", day=day, rate=Decimal("1.25"))
    sunday = rates.convert(Money(Decimal("10.00"), "USD"), "EUR", date(2026, 11, 22))
    assert (sunday.money, sunday.rate_day) == (Money(Decimal("8.00"), "EUR"), day)
    euros = rates.convert(Money(Decimal("8.00"), "EUR"), "EUR", day)
    assert euros.rate_day is None
    with pytest.raises(rates.NoRate):
        rates.convert(Money(Decimal("1.00"), "XXX"), "EUR", day)


@given(
    amount=st.decimals("0.01", "100000", places=2),
    rate=st.decimals("0.01", "2000", places=4),
)
def test_there_and_back_again_is_the_same_but_for_the_rounding(amount, rate):
    day = date(2026, 11, 20)
    book = rates.Rates(day, {"USD": (rate, day)})
    there = book.convert(Money(amount, "EUR"), "USD")
    back = book.convert(there.money, "EUR").money
    assert there.rate_day == day
    assert abs(back.amount - amount) <= Decimal("0.005") / rate + Decimal("0.005")


@pytest.mark.django_db
def test_rates_of_several_currencies_are_one_query(django_assert_num_queries):
    day = date(2026, 11, 20)
    for back, rate in ((0, "1.10"), (3, "1.20")):
        ExchangeRate.objects.create(
            currency="USD", day=day - timedelta(days=back), rate=Decimal(rate)
        )
    with django_assert_num_queries(1):
        book = rates.rates_on(day, {"USD", "GBP", "JPY", "EUR"})
    assert book.rate("USD") == (Decimal("1.10"), day)
    assert book.rate("GBP")[1] <= day
    with pytest.raises(rates.NoRate):
        book.rate("XXX")
    assert rates.rates_on(day - timedelta(days=1), {"USD"}).rate("USD")[0] == Decimal("1.20")


@pytest.mark.django_db
def test_rates_are_there_before_the_bank_was_ever_asked():
    rate, day = rates.rate_on("GBP", date(2026, 11, 1))
    assert Decimal("0.5") < rate < Decimal("1.5")
    assert day <= date(2026, 11, 1)


@pytest.mark.django_db
def test_the_daily_job_stores_the_banks_rates(sandbox):
    enqueue("pricing.daily_rates")
    [job] = run_pending_jobs(["pricing.daily_rates"])
    assert job.state == "done"
    days = ExchangeRate.objects.filter(currency="USD").count()
    assert days > 50
    enqueue("pricing.daily_rates")
    run_pending_jobs(["pricing.daily_rates"])
    assert ExchangeRate.objects.filter(currency="USD").count() == days


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "asked"), [(None, 1), (9, 1), (2, 1), (1, 0), (0, 0)])
def test_where_no_rate_of_the_last_day_is_held_the_bank_is_asked_when_beat_starts(days, asked):
    if days is not None:
        day = timezone.now().date() - timedelta(days=days)
        ExchangeRate.objects.create(currency="USD", day=day, rate=Decimal("1.1"))
    for _again in range(2):
        rates_at_start()
    assert Job.objects.filter(kind="pricing.daily_rates", state="queued").count() == asked
    assert rates_at_start in [ref() for _key, ref, *_more in beat_init.receivers]


@pytest.mark.parametrize(("days", "old"), [(0, False), (7, False), (8, True), (40, True)])
def test_a_rate_of_more_than_a_week_before_is_called_old(days, old):
    on = date(2026, 11, 20)
    said = rate_line(on - timedelta(days=days), on)
    assert ("older than a week" in said) == old
    assert rate_line(None, on) == ""


@pytest.mark.django_db
def test_when_no_rates_came_for_a_week_prices_go_on_and_say_so(client):
    """The bank's file failed: the last rates that are known are used, and every price says it."""
    today = timezone.now().date()
    last = today - timedelta(days=9)
    ExchangeRate.objects.create(currency="GBP", day=last, rate=Decimal("0.80"))
    album = make_album()
    offer = FoundQuote(
        key="1", kind="offer", item=Money(Decimal("20.00"), "GBP"), grade="NM",
        shipping=Money(Decimal("4.00"), "GBP"), seller_country="DE",
    )  # fmt: skip
    services.record_quotes(
        source="ebay", album_id=album.pk, territory="ES", part=Part((offer,), about=(None,))
    )
    quote = Quote.objects.get()
    assert quote.rate_day == last
    assert (quote.amount_eur, quote.total_eur) == (Decimal("25.00"), Decimal("30.00"))
    blocks = blocks_of(read_facts(album.pk, Viewer()), Viewer())
    (row,) = next(one for one in blocks if one.key == "ebay").offers
    assert "older than a week" in row.detail
    for tag in (
        queries.price_tags([album.pk], Viewer())[album.pk],
        queries.album_tag(read_facts(album.pk, Viewer()), Viewer()),
    ):
        assert tag.money == Money(Decimal("30.00"), "EUR") and "older than a week" in tag.old_rate
    page = client.get(album.get_absolute_url()).content.decode()
    assert page.count("older than a week") == 2  # beside the best price, and in the offer's line


def _priced_in_dollars(album):
    """What the album's tag says of the rate, after a copy in dollars was seen."""
    offer = FoundQuote("1", "offer", Money(Decimal(20), "USD"), grade="NM", seller_country="ES")
    part = Part((offer,), about=(None,))
    services.record_quotes(source="ebay", album_id=album.pk, territory="ES", part=part)
    return queries.price_tags([album.pk], Viewer())[album.pk].old_rate


@pytest.mark.django_db
def test_the_banks_failure_of_a_week_is_told_and_its_return_ends_it(sandbox):
    last = timezone.now().date() - timedelta(days=9)
    ExchangeRate.objects.create(currency="USD", day=last, rate=Decimal("1.10"))
    sandbox.fault("ecb", "500html")
    enqueue("pricing.daily_rates")
    run_pending_jobs(["pricing.daily_rates"])
    assert ExchangeRate.objects.get().day == last
    album = make_album()
    assert "older than a week" in _priced_in_dollars(album)
    sandbox.clear()
    door.forget_everything()
    enqueue("pricing.daily_rates")
    run_pending_jobs(["pricing.daily_rates"])
    assert _priced_in_dollars(album) == ""


@pytest.mark.django_db
def test_a_readers_old_rate_is_told_wherever_a_price_stands(client):
    """Prices in euros, read in yen at a rate of nine days ago."""
    person = make_person(currency="JPY")
    last = timezone.now().date() - timedelta(days=9)
    ExchangeRate.objects.create(currency="JPY", day=last, rate=Decimal("160"))
    album = make_album()
    part = Part((FoundQuote("1", "lowest", Money(Decimal(20), "EUR")),), about=(None,))
    services.record_quotes(source="discogs", album_id=album.pk, territory="", part=part)
    make_want(person, album)
    client.force_login(person)
    stock = {"source": "discogs:stock", "seller": "blue_crate", "territory": ""}
    make_quote(album, make_release(album), shipping=None, **stock)
    seller = Seller.objects.create(username="blue_crate", state="read", read_at=timezone.now())
    followed = FollowedSeller.objects.create(user=person, seller=seller)
    # Beside the best, in two sources' lines and where the past tells of now.
    told = {album.get_absolute_url(): 3, reverse("pricing:wants"): 1,
            reverse("pricing:seller", args=[followed.pk]): 2}  # fmt: skip
    for address, least in told.items():
        page = client.get(address).content.decode()
        assert page.count("older than a week") >= least, address
    (row, *_rest) = client.get(f"/api/v1/prices/{album.pk}").json()
    assert (row["rate_day"], row["rate_is_old"]) == (last.isoformat(), True)
    assert queries.price_tags([album.pk], Viewer())[album.pk].old_rate == ""


@pytest.mark.django_db
def test_a_currency_without_a_rate_is_left_out_and_counted():
    album = make_album()
    offer = FoundQuote(key="1", kind="offer", item=Money(Decimal(20), "XAG"), grade="NM")
    stored = services.record_quotes(
        source="ebay", album_id=album.pk, territory="ES", part=Part((offer,), about=(None,))
    )
    assert stored == (0, {"no_rate": 1})


@pytest.mark.django_db
def test_a_price_in_another_currency_keeps_its_own_amount_and_the_day_of_its_rate():
    ExchangeRate.objects.create(currency="PLN", day=timezone.now().date(), rate=Decimal("4"))
    album = make_album()
    found = FoundQuote(
        key="offer:1", kind="offer", item=Money(Decimal("40.00"), "PLN"),
        shipping=Money(Decimal("8.00"), "PLN"), seller_country="PL",
    )  # fmt: skip
    odd = FoundQuote(key="offer:2", kind="offer", item=Money(Decimal("1.00"), "XXX"))
    stored, left_out = record_quotes(
        source="ebay", album_id=album.pk, territory="ES", part=Part((found, odd), (None,))
    )
    assert (stored, left_out) == (1, {"no_rate": 1})
    quote = Quote.objects.get()
    assert (quote.amount, quote.currency) == (Decimal("40.00"), "PLN")
    assert (quote.amount_eur, quote.total_eur) == (Decimal("10.00"), Decimal("12.00"))
    assert quote.rate_day == timezone.now().date()


@pytest.mark.django_db
def test_a_person_sees_prices_in_their_own_currency():
    ExchangeRate.objects.create(currency="SEK", day=timezone.now().date(), rate=Decimal("11.5"))
    viewer = viewer_for(make_person(country="SE", currency="SEK"))
    assert viewer.money(Decimal("10.00")) == Money(Decimal("115.00"), "SEK")


def test_the_day_of_a_rate_is_written_in_the_pages_language():
    with translation.override("es"):
        assert "30 oct 2026" in rate_line(date(2026, 10, 30), date(2026, 10, 30))
