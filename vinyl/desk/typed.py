"""A call's result as rows of fields with their types, for people to read.

Fields that a dataclass keeps out of its repr are secrets or bodies: only their presence is told.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping
from typing import Any

MOST_ROWS = 400
LONGEST = 300
HIDDEN = "***"


def rows_of(result: Any) -> tuple[list[dict[str, str]], int]:
    """([{name, type, value}], how many more there are)."""
    found: list[dict[str, str]] = []
    more = 0
    for name, kind, value in _walk("", result):
        if len(found) < MOST_ROWS:
            found.append({"name": name or "=", "type": kind, "value": value})
        else:
            more += 1
    return found, more


def _walk(name: str, value: Any) -> Iterator[tuple[str, str, str]]:
    kind = type(value).__name__
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for one in dataclasses.fields(value):
            part = f"{name}.{one.name}" if name else one.name
            inner = getattr(value, one.name)
            if one.repr:
                yield from _walk(part, inner)
            else:
                yield part, type(inner).__name__, HIDDEN if inner else ""
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(f"{name}[{_text(key)}]", inner)
    elif isinstance(value, list | tuple | set | frozenset):
        yield name, kind, str(len(value))
        for place, inner in enumerate(value):
            yield from _walk(f"{name}[{place}]", inner)
    elif isinstance(value, bytes):
        yield name, kind, f"{len(value)} B"
    else:
        yield name, kind, _text(value)


def _text(value: Any) -> str:
    text = str(value.value) if isinstance(value, enum.Enum) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
