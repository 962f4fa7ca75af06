"""The import rules of the database as a book in one currency, for pricing.landed_cost."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal

from django.db.models import Q

from pricing.landed_cost import Rule, RuleBook
from pricing.models import ImportRule
from pricing.rates import EURO, NoRate, Rates, rates_on
from vinyl.money import Money

_AMOUNTS = ("fixed_low", "fixed_high", "above", "up_to", "waived_up_to")
_PLAIN = tuple(field.name for field in fields(Rule) if field.name not in _AMOUNTS)


def rule_book(on: date, currency: str = EURO) -> RuleBook:
    """The rules that hold on a day, their amounts in `currency` at that day's rates. A rule in a
    currency without a rate is left out: its parcels then cost what nobody knows. Two queries."""
    held = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    rows = list(ImportRule.objects.filter(held, valid_from__lte=on))
    rates = rates_on(on, {currency, *(row.currency for row in rows)})
    found = [_rule(row, currency, rates) for row in rows]
    return RuleBook(currency, tuple(rule for rule in found if rule is not None))


def _rule(row: ImportRule, currency: str, rates: Rates) -> Rule | None:
    def there(amount: Decimal | None) -> Decimal | None:
        if amount is None or not amount:
            return amount
        return rates.convert(Money(amount, row.currency), currency).money.amount

    try:
        amounts = {name: there(getattr(row, name)) for name in _AMOUNTS}
    except NoRate:
        return None
    return Rule(**{name: getattr(row, name) for name in _PLAIN}, **amounts)  # type: ignore[arg-type]  # fields of mixed types, read by name
