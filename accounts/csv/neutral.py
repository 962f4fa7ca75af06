"""Cells that a spreadsheet would run as a formula, and back. Pure.

A quotation mark in front makes a spreadsheet take a cell for text. A cell that already begins with
such marks gets one more, so that taking one off gives back every text as it was.
"""

from __future__ import annotations

import re

# After the list of the OWASP page on CSV injection, with the full-width forms.
_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def neutralised(cell: str) -> str:
    """The cell as it may stand in a file that is opened with a spreadsheet."""
    return f"'{cell}" if _RUNS.match(cell) else cell


def undone(cell: str) -> str:
    """What `neutralised` was given."""
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell) else cell
