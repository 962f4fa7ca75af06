"""Small readers for what services really send: numbers as strings, one for many, "" for none.

Pure. Unknown fields are ignored by never being asked for; a missing optional field becomes
the empty value of its type; a missing *required* one raises `Malformed`, which the clients
turn into BadAnswer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

T = TypeVar("T")

CENT = Decimal("0.01")
WHOLE_CURRENCIES = frozenset({"JPY", "KRW", "ISK", "CLP", "VND"})
# No column holds more, and nothing that a service counts or sells comes near.
LARGEST = 2**63 - 1
LARGEST_AMOUNT = Decimal(10**12)
# What PostgreSQL stores in no text: NUL, and halves of a pair of surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_YEAR = re.compile(r"\d{4}")
_DISAMBIGUATION = re.compile(r"\s\((\d{1,4})\)$")


class Malformed(ValueError):
    """A required field is missing or has a type that cannot be read."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list. `total` is what the service says there is, which may be more than
    can be paged to: `reachable` rows, where there is such a cap (Discogs' and eBay's 10,000).
    `partial`: the page holds less than the service says is on it, or rows that could not be read,
    so that what is not on it may still be there."""

    items: tuple[T, ...]
    page: int
    pages: int
    total: int
    reachable: int | None = None
    partial: bool = False

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def is_last(self) -> bool:
        return self.page >= self.pages or not self.items

    @property
    def capped(self) -> bool:
        """Whether there is more than can be paged to in this order."""
        return self.reachable is not None and self.total > self.reachable


class Dated(tuple[T, ...]):
    """A whole list, and until when the answer's headers let it be kept: None where they say
    nothing."""

    fresh_until: datetime | None

    def __new__(cls, items: Iterable[T], fresh_until: datetime | None = None) -> Dated[T]:
        made = super().__new__(cls, items)
        made.fresh_until = fresh_until
        return made


def mapping(value: Any, what: str = "answer") -> Mapping[str, Any]:
    """The value as a mapping, or Malformed."""
    if isinstance(value, Mapping):
        return value
    raise Malformed(f"{what} is no object")


def sub(value: Any, key: str) -> Mapping[str, Any]:
    """An optional nested object; {} where it is missing, null, a string or a list."""
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def rows(value: Any) -> list[Mapping[str, Any]]:
    """A list of objects: one object alone becomes a list of one, anything else is dropped."""
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, list):
        return [row for row in value if isinstance(row, Mapping)]
    return []


def each(value: Any, parse: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    """Every object of a list, parsed. Odd rows are left out, so that one of them cannot spoil a
    page; Malformed only when there were rows and not one could be read."""
    found: list[T] = []
    given = rows(value)
    reason: Malformed | None = None
    for row in given:
        try:
            found.append(parse(row))
        except Malformed as error:
            reason = error
    if reason is not None and not found:
        raise Malformed(f"none of {len(given)} rows can be read: {reason}")
    return tuple(found)


def listed(value: Any, parse: Callable[[Mapping[str, Any]], T], *, expected: int) -> tuple[T, ...]:
    """As `each`, of a page on which the service itself says there are `expected` rows: Malformed
    when it sends none of them. No rows mean that there are none only where none were announced."""
    if expected > 0 and not rows(value):
        raise Malformed(f"none of {expected} rows came")
    return each(value, parse)


def text(value: Any) -> str:
    """A string that can be stored; numbers become their digits, null and objects become ""."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value).strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float | Decimal):
        return str(value)
    return ""


def texts(value: Any) -> tuple[str, ...]:
    """A tuple of non-empty strings from a list, or from one string standing alone."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return ()
    return tuple(word for word in (text(item) for item in value) if word)


def whole(value: Any, default: int = 0) -> int:
    """An int from 12, "12", "1,234" or 12.0; the default where there is none."""
    found = maybe_whole(value)
    return default if found is None else found


def maybe_whole(value: Any) -> int | None:
    """An int that a bigint holds, or None where the service sent nothing readable."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if -LARGEST <= value <= LARGEST else None
    number = maybe_number(value)
    return int(number) if number is not None and -LARGEST <= number <= LARGEST else None


def required_id(value: Any, what: str) -> int:
    """A positive whole number, or Malformed."""
    found = maybe_whole(value)
    if found is None or found <= 0:
        raise Malformed(f"{what} has no id")
    return found


def required_text(value: Any, what: str) -> str:
    """A non-empty string, or Malformed."""
    found = text(value)
    if not found:
        raise Malformed(f"{what} is missing")
    return found


def maybe_number(value: Any) -> Decimal | None:
    """A finite Decimal from a number or a string of one; None otherwise."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def amount(value: Any, currency: str) -> Decimal | None:
    """Money as Decimal, rounded half up to the currency's smallest coin.

    Services compute in floats: 8.415000000000001 becomes 8.42 (half up of the printed digits),
    120 becomes 120.00. Negative, absurd and unreadable amounts are None.
    """
    number = maybe_number(value)
    if number is None or not 0 <= number < LARGEST_AMOUNT:
        return None
    unit = Decimal(1) if currency in WHOLE_CURRENCIES else CENT
    return number.quantize(unit, rounding=ROUND_HALF_UP)


_MONEY_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "$": "USD", "CA$": "CAD", "A$": "AUD",
                "MX$": "MXN", "R$": "BRL", "NZ$": "NZD", "CHF": "CHF", "SEK": "SEK",
                "ZAR": "ZAR"}  # fmt: skip
_PRINTED = re.compile(r"\s*([^\d\s.,-]*)\s*(\d[\d,]*(?:\.\d+)?)\s*$")


def printed_amount(value: Any) -> tuple[Decimal, str] | None:
    """(101.72, "EUR") from "€101.72": money as English pages print it. None for what is not, and
    for a sign that stands for no currency of ours."""
    match = _PRINTED.match(text(value))
    if match is None:
        return None
    currency = _MONEY_SIGNS.get(match.group(1).upper(), "")
    found = amount(match.group(2), currency)
    return (found, currency) if found is not None and currency else None


def year(value: Any) -> int | None:
    """The year of 1987, "1987", "1987-07-00"; None for 0, "" and nonsense."""
    match = _YEAR.match(text(value))
    found = int(match.group()) if match else 0
    return found or None


def moment(value: Any) -> datetime | None:
    """An aware UTC time from ISO text (a missing zone is read as UTC) or from epoch seconds."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(float(value), UTC)
        except (OverflowError, OSError, ValueError):
            return None
    try:
        found = datetime.fromisoformat(text(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def split_disambiguation(name: str) -> tuple[str, str]:
    """("Nirvana", "2") from "Nirvana (2)"; the number is Discogs' own and no part of a name."""
    match = _DISAMBIGUATION.search(name)
    if match is None or match.start() == 0:
        return name, ""
    return name[: match.start()], match.group(1)
