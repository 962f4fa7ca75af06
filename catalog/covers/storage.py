"""The files of stored pictures: two for each, named by their content.

An address that names its content never changes what it shows, so browsers may keep it for ever.
Several machines that serve one site need one folder, as for uploads.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

from catalog.covers.encoding import Encoded

SIZES = ("small", "large")
_NAME = re.compile(r"([0-9a-f]{32})-(small|large)")


def folder() -> Path:
    """Where the files lie."""
    return Path(settings.MEDIA_ROOT) / "covers"


def _path(key: str, size: str) -> Path:
    return folder() / key[:2] / f"{key}-{size}.webp"


def save(pictures: Encoded) -> str:
    """Write both files, each at once whole, and return the key that names them."""
    key = hashlib.sha256(pictures.large).hexdigest()[:32]
    for size, body in (("small", pictures.small), ("large", pictures.large)):
        _write(_path(key, size), body)
    return key


def _write(place: Path, body: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        os.chmod(name, 0o644)
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(name: str) -> bytes | None:
    """The file of a name as addresses have it ("<key>-small"); None for any other name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return _path(*found.groups()).read_bytes()
    except FileNotFoundError:
        return None


def delete(key: str) -> None:
    """Remove both files; fine where they are gone."""
    for size in SIZES:
        _path(key, size).unlink(missing_ok=True)
