"""Numbers of rows as people, forms and addresses write them."""

from __future__ import annotations

LARGEST_ID = 2**63 - 1  # PostgreSQL's bigint


def row_id(text: str) -> int | None:
    """The number that is written there; None for what is none, or larger than any row's."""
    # Counted first: Python refuses to read numbers of thousands of digits.
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(LARGEST_ID)):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None
