"""Which process holds a lease or a lock, and whether it is gone: known only on its own machine.

A holder is "machine:process:started". The machine is its boot and its namespace of process
numbers, so neither another computer nor another container is ever mistaken for this one. Where
the kernel tells no such thing, nobody is called gone and the lease's end decides.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from vinyl.embedded import processes

UNKNOWN = "unknown"


@cache
def this_machine() -> str:
    """This boot of this machine (or container), ending in a colon."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        numbers = os.readlink("/proc/self/ns/pid")
    except OSError:
        return f"{UNKNOWN}:"
    return f"{boot}-{numbers.strip('pid:[]')}:"


@cache
def _holder(process: int) -> str:
    return f"{this_machine()}{process}:{processes.started_at(process) or 0:.0f}"


def this_process() -> str:
    """What whoever takes something now writes down."""
    return _holder(os.getpid())


def is_gone(holder: str) -> bool:
    """The process that took it has ended. False where that cannot be known."""
    machine, _colon, process = holder.partition(":")
    if f"{machine}:" != this_machine() or machine == UNKNOWN:
        return False
    number, _colon, started = process.partition(":")
    if not number.isdecimal() or not processes.running(int(number)):
        return True
    now = processes.started_at(int(number))
    return now is not None and abs(now - float(started or 0)) > 2
