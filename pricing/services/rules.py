"""Import rules: bringing those that the product ships."""

from __future__ import annotations

from pricing.models import ImportRule
from pricing.shipped import shipped_rules


def load_shipped_rules() -> int:
    """Add the shipped rules that are not there yet, by code and first day; what a curator changed
    stays. Returns how many were added."""
    known = set(ImportRule.objects.values_list("code", "valid_from"))
    new = [row for row in shipped_rules() if (row["code"], row["valid_from"]) not in known]
    ImportRule.objects.bulk_create([ImportRule(**row) for row in new], ignore_conflicts=True)
    return len(new)
