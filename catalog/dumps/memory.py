"""What was worked out once and is wanted again soon. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
MOST = 50_000


class Memory(dict[Key, Value]):
    """A dictionary that works out what it does not hold, and starts anew when it is full: looking
    up costs a tenth of functools.lru_cache's keeping of order."""

    def __init__(self, work_out: Callable[[Key], Value], most: int = MOST) -> None:
        super().__init__()
        self._work_out = work_out
        self._most = most

    def __missing__(self, key: Key) -> Value:
        if len(self) >= self._most:
            self.clear()
        value = self[key] = self._work_out(key)
        return value
