"""Money: an exact amount with its currency, never one without the other."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Minor units by ISO 4217, which every currency not named here has two of.
ZERO_DECIMAL_CURRENCIES = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()
)
THREE_DECIMAL_CURRENCIES = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
# The smallest amount by the number of decimals.
_STEPS = {places: Decimal(1).scaleb(-places) for places in (0, 2, 3)}
CURRENCIES = (
    "EUR USD GBP CAD AUD JPY CHF MXN BRL NZD SEK ZAR DKK NOK PLN CZK HUF RON BGN ISK TRY "
    "HKD SGD KRW INR THB IDR MYR PHP CNY ILS"
).split()


def minor_units(currency: str) -> int:
    """How many decimals an amount of that currency is written and rounded to."""
    if currency in ZERO_DECIMAL_CURRENCIES:
        return 0
    return 3 if currency in THREE_DECIMAL_CURRENCIES else 2


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies met without a rate."""


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in units (not cents) of ``currency`` (ISO 4217, upper case)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("amounts are Decimal")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(f"{self.currency!r} is not an ISO 4217 code")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def rounded(self) -> Money:
        """To the currency's own minor unit, half up as shops do."""
        step = _STEPS[minor_units(self.currency)]
        return Money(self.amount.quantize(step, rounding=ROUND_HALF_UP), self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} need a rate first")
