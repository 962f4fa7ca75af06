"""Figures about catalogue rows that only higher apps know. They register a way to count; nothing
here imports them."""

from __future__ import annotations

from collections.abc import Callable, Collection

# (kind, ids) -> figure by id; ids without one may be left out. One query.
Counter = Callable[[str, Collection[int]], dict[int, int]]

_listeners: list[Counter] = []


def register_listeners(count: Counter) -> None:
    """Say how many people listen to an artist or album; called once, from an AppConfig."""
    if count not in _listeners:
        _listeners.append(count)


def listeners(kind: str, ids: Collection[int]) -> dict[int, int]:
    """How many people here listen to each of these; 0 where nobody counts."""
    found = dict.fromkeys(ids, 0)
    for count in _listeners:
        for pk, number in count(kind, ids).items():
            found[pk] = found.get(pk, 0) + number
    return found
