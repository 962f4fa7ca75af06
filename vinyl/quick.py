"""How a process whose threads answer people uses the interpreter."""

from __future__ import annotations

import gc
import sys

# A thread that computes gives the interpreter back after so long when another one wants it.
SWITCH_AFTER_S = 0.0005
# The collector looks at what is new after so many more objects than went; Python's usual 700 are
# made in a millisecond, and nearly all of them go without it.
NEW_OBJECTS = 10_000


def be_quick() -> None:
    """Call it when all is loaded. Threads wait for services and for the database most of the time,
    and at Python's usual 5 ms each answer would wait so long whenever another thread is busy. The
    collector leaves alone what is loaded: it would otherwise look through all of it now and then,
    and everybody waits meanwhile."""
    sys.setswitchinterval(SWITCH_AFTER_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
