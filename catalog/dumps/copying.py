"""Rows in PostgreSQL's COPY text format. Pure.

https://www.postgresql.org/docs/current/sql-copy.html, "Text Format": fields are parted by tabs,
rows by line feeds, and a backslash stands before each of these, before a carriage return and
before itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

# What stands before and behind the rows of the same page's "Binary Format".
BINARY_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_END = b"\xff\xff"
NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def field(text: str) -> str:
    """One value, escaped."""
    return _SPECIAL.sub(_escape, text)


def row(values: Sequence[str]) -> str:
    """One row without its line feed; the values are not escaped yet."""
    line = "\t".join(values)
    # Hardly any value needs an escape, so one look at the whole row stands for a look at each.
    if (
        "\\" not in line and "\n" not in line and "\r" not in line
        and line.count("\t") == len(values) - 1
    ):  # fmt: skip
        return line
    return "\t".join([field(value) for value in values])


def array_text(values: tuple[str, ...]) -> str:
    """A text[] value as PostgreSQL writes it."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}' if values else "{}"


@lru_cache(maxsize=65536)
def array(values: tuple[str, ...]) -> str:
    """A text[] value, escaped for COPY."""
    return field(array_text(values))


def json_field(text: str) -> str:
    """JSON without raw line breaks, escaped for COPY."""
    return text.replace("\\", "\\\\") if "\\" in text else text


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]
