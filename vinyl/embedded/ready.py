"""How a worker tells the supervisor that it works.

A part has no address to ask when it is a worker or the beat. It writes its process number into a
file named by the environment when Celery says that it is up; without that variable (a worker
that an operator starts by hand) nothing happens.
"""

import os
from pathlib import Path
from typing import Any

from celery.signals import beat_init, worker_ready

from vinyl.embedded.runfile import READY_FILE_VARIABLE


def connect() -> None:
    """Have Celery's workers and beat of this process announce themselves. Safe to repeat."""
    worker_ready.connect(_announce, dispatch_uid="vinilogy-ready")
    beat_init.connect(_announce, dispatch_uid="vinilogy-ready")


def _announce(**_: Any) -> None:
    target = os.environ.get(READY_FILE_VARIABLE)
    if target:
        Path(target).write_text(str(os.getpid()), encoding="ascii")
