"""What was worked out once and is wanted again soon, and memory that is used again. Pure."""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
MOST = 50_000


# Of malloc.h: what is kept at the end of the heap, what is asked for at a time, and from which
# size on a piece is asked for by itself.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_KEPT = {_MMAP_THRESHOLD: 64 << 20, _TRIM_THRESHOLD: 64 << 20, _TOP_PAD: 8 << 20}


def keep_freed_memory() -> None:
    """Tell the C library to keep what this process frees. A block's columns of some megabytes are
    made and freed over and over: given back each time, half of the system's work for a loading
    process is handing out empty pages. Does nothing where the library is not GNU's."""
    try:
        tune = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    for what, amount in _KEPT.items():
        tune(what, amount)


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


class Numbers:
    """Which numbers have been met: a bit for each, so that millions of near ones take few
    megabytes, and one far off takes eight kilobytes."""

    _PAGE = 65_536

    def __init__(self) -> None:
        self._pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(self._PAGE // 8))

    def add(self, number: int) -> bool:
        """Whether it is met for the first time."""
        page, place = divmod(number, self._PAGE)
        bits, bit = self._pages[page], 1 << place % 8
        new = not bits[place // 8] & bit
        bits[place // 8] |= bit
        return new
