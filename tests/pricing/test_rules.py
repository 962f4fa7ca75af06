"""Listings, grades, territories and rates: the small rules behind a price."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from celery.signals import beat_init
from django.utils import timezone

from pricing import rates
from pricing.grades import grade_code, grade_in_title
from pricing.listing_rules import unfit_because
from pricing.models import ExchangeRate, Quote
from pricing.providers.base import FoundQuote, Part
from pricing.services import record_quotes
from pricing.tasks import rates_at_start
from pricing.territories import territory_of
from pricing.viewer import viewer_for
from tests.factories import make_album, make_person
from vinyl.jobs.models import Job
from vinyl.jobs.services import enqueue, run_pending_jobs
from vinyl.money import Money


@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        ("CAN - Tago Mago LP Vinyl DE 1971 VG+", ""),
        ("Can Tago Mago 2 LP + CD reissue", ""),
        ("Can Tago Mago LP with poster", ""),
        ("Can – Tago Mago (2xLP, 180g) NEU", ""),
        ("Can Tago Mago CD Album 1989", "cd"),
        ("Can Tago Mago 2CD digipak", "cd"),
        ("Can Tago Mago Cassette Tape MC", "cassette"),
        ("Can Tago Mago K7", "cassette"),
        ("Can Tago Mago EMPTY SLEEVE / COVER ONLY - NO VINYL", "sleeve"),
        ("Can Tago Mago nur Hülle, LP fehlt", "sleeve"),
        ("Can Tago Mago solo portada LP", "sleeve"),
        ("Can Tago Mago + 5 more LP Vinyl Lot Konvolut", "lot"),
        ("Can Tago Mago promo poster LP release", "other"),
        ("Can Tago Mago T-Shirt", "other"),
        ("Can Ege Bamyasi LP Vinyl", "another"),
    ],
)
def test_a_listing_is_the_record_or_left_out_with_its_reason(listing, reason):
    assert unfit_because(listing, artist="Can", title="Tago Mago") == reason


@pytest.mark.parametrize(
    ("artist", "title", "listing"),
    [
        ("Tapeworms", "Cassette", "Tapeworms - Cassette LP Vinyl UK 1979 NM"),
        ("The Lot", "No Cover", "The Lot No Cover LP 1981"),
        ("Björk", "Début", "BJORK Debut LP Vinyl"),
    ],
)
def test_words_of_the_names_are_no_evidence_against_a_record(artist, title, listing):
    assert unfit_because(listing, artist=artist, title=title) == ""


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("EMPT", "sleeve"),
        ("EMPTY", "sleeve"),
        ("sleeve onl", "sleeve"),
        ("NO VIN", "sleeve"),
        ("Konvolu", "lot"),
        ("reprodu", "reprint"),
        ("original vin", ""),
        ("vinyl recor", ""),
        ("gatefold", ""),
        ("VG+", ""),
    ],
)
def test_a_title_cut_off_within_a_word_that_tells_against_it_is_doubtful(end, reason):
    start = "David Bowie Rise and Fall of Ziggy Stardust LP 1972 UK".ljust(79 - len(end), "x")
    listing = f"{start} {end}"
    assert len(listing) == 80
    names = {"artist": "David Bowie", "title": "Rise and Fall of Ziggy Stardust"}
    assert unfit_because(listing, **names) == reason
    assert unfit_because("David Bowie Rise and Fall of Ziggy Stardust LP EMPT", **names) == ""


def test_grades_are_read_from_words_and_titles():
    assert grade_code("Very Good Plus (VG+)") == "VG+"
    assert grade_code("Near Mint (NM or M-)") == "NM"
    assert grade_code("Generic") == ""
    assert grade_in_title("Can Tago Mago LP 1971 NM/VG+") == "VG+"
    assert grade_in_title("M by M, LP, G") == ""


@pytest.mark.parametrize(
    ("country", "postcode", "territory"),
    [
        ("ES", "28001", "ES"),
        ("ES", "35001", "ES-CN"),
        ("ES", "38612", "ES-CN"),
        ("ES", "51001", "ES-CE"),
        ("ES", "52001", "ES-ML"),
        ("DE", "35037", "DE"),
    ],
)
def test_territories_outside_the_vat_area_are_their_own(country, postcode, territory):
    assert territory_of(country, postcode) == territory


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
