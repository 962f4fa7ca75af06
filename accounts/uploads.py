"""Files that people brought, kept until their worker has read them.

They lie below MEDIA_ROOT in a folder for each kind, readable by this system's user only, under a
name that nobody can guess.
"""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings

# A file whose reading was stopped is kept this long, so that it can be started again.
KEEP_FILES = timedelta(days=2)


def folder(kind: str) -> Path:
    """Where files of one kind wait."""
    place = Path(settings.MEDIA_ROOT) / kind
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def new_file(kind: str, person_id: int) -> Path:
    """Where a file that a person brings now is to lie; it is not there yet. Old ones go first."""
    remove_old_files(kind)
    return folder(kind) / f"{person_id}-{uuid.uuid4().hex}"


def kept_as(path: Path) -> str:
    """How a job names the file: below MEDIA_ROOT."""
    return f"{path.parent.name}/{path.name}"


def found_as(kind: str, kept: str) -> Path:
    """The file that `kept_as` named; never one outside of its folder."""
    return folder(kind) / Path(kept).name


def remove_old_files(kind: str) -> int:
    """Remove files that nobody read within two days; how many."""
    oldest = time.time() - KEEP_FILES.total_seconds()
    gone = 0
    for path in folder(kind).iterdir():
        # A worker may remove its own at this very moment.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
                gone += 1
    return gone
