"""The import rules of the database as a book in one currency, for pricing.landed_cost."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery

from pricing.landed_cost import Rule, RuleBook
from pricing.models import ExchangeRate, ImportRule
from pricing.rates import EURO, NoRate, Rates, rates_among, rates_on
from pricing.territories import zones
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


def rules_to(destination: str, on: date) -> RuleBook:
    """The rules of `rule_book` for parcels to one territory, in euros. One query, for pages."""
    held = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    newest = ExchangeRate.objects.filter(currency=OuterRef("currency"), day__lte=on)
    newest = newest.order_by("-day")
    rows = list(
        ImportRule.objects.filter(held, valid_from__lte=on, destination__in=zones(destination))
        .annotate(rate=Subquery(newest.values("rate")[:1]))
        .annotate(rate_day=Subquery(newest.values("day")[:1]))
    )
    stored = {row.currency: (row.rate, row.rate_day) for row in rows if row.rate is not None}
    rates = rates_among(stored, {row.currency for row in rows}, on)
    found = [_rule(row, EURO, rates) for row in rows]
    return RuleBook(EURO, tuple(rule for rule in found if rule is not None))


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
