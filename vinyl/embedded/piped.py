"""What a command does when nobody reads its output any more (`manage.py ... | head`)."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# As a shell tells of a program that this signal ended, which is the usual end of one in a pipe.
STATUS = 128 + signal.SIGPIPE


@contextmanager
def ends_quietly() -> Iterator[None]:
    """End without a word where standard output was a pipe whose reader is gone. Another broken pipe
    is an error like any other."""
    try:
        try:
            yield
        finally:
            # Python would do that at the very end, where nobody can catch what comes of it.
            sys.stdout.flush()
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        # What is still held back goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(STATUS)


def _nobody_reads() -> bool:
    output = select.poll()
    output.register(sys.stdout.fileno(), select.POLLOUT)
    return any(event & (select.POLLERR | select.POLLHUP) for _fd, event in output.poll(0))
