"""Rows written as a file that Discogs' own readers and spreadsheets take. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from accounts.csv.neutral import neutralised
from accounts.csv.rows import COLUMNS


def written(name: str, rows: Iterable[Mapping[str, str]], own: Iterable[str] = ()) -> str:
    """The file's text: Discogs' columns, then the person's own (`own`, full names). Cells that a
    spreadsheet would run are neutralised."""
    columns = [*COLUMNS[name], *own]
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([neutralised(column) for column in columns])
    for row in rows:
        writer.writerow([neutralised(row.get(column, "")) for column in columns])
    return target.getvalue()
