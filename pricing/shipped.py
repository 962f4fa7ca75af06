"""The import rules that come with the product, read from a file. Pure.

Rows marked as estimates are what we believe and nobody confirmed; curators correct them in the
admin, and a corrected row is never overwritten.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

RULES = Path(__file__).resolve().parent / "data" / "import_rules.csv"
_AMOUNTS = ("share_low", "share_high", "fixed_low", "fixed_high", "above", "up_to", "waived_up_to")
_DAYS = ("valid_from", "valid_until", "checked_on")


def shipped_rules() -> list[dict[str, Any]]:
    """One dictionary of ImportRule's fields for each rule."""
    with RULES.open(encoding="utf-8", newline="") as lines:
        return [_row(line) for line in csv.DictReader(lines)]


def _row(line: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = dict(line)
    row |= {name: Decimal(line[name]) if line[name] else None for name in _AMOUNTS}
    row |= {name: date.fromisoformat(line[name]) if line[name] else None for name in _DAYS}
    row["is_estimate"] = line["is_estimate"] == "yes"
    return row
