"""The quick way's library, compiled once on the machine that it runs on.

It lies in a folder of the installation under a name made from its source, the compiler's words and
the platform, so an update or another machine makes its own. Several processes may build at once:
each compiles to a name of its own and moves the whole file into its place.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

SOURCE = Path(__file__).with_name("releases.c")
_FLAGS = ("-std=c99", "-O2", "-fPIC", "-shared")
_PATIENCE = 120.0


class CannotBuild(Exception):
    """There is no library; the message says why in one line."""


def library(compiler: str, folder: Path) -> Path:
    """The library's path in `folder`, compiled with the command `compiler` where it is not there
    yet. CannotBuild without a compiler that does it."""
    words = shlex.split(compiler)
    if not words:
        raise CannotBuild("no compiler is set")
    path = folder / f"releases-{_fingerprint(words)}.so"
    if not path.is_file():
        _compile(words, path)
    return path


def _fingerprint(words: list[str]) -> str:
    digest = sha256("\0".join((*words, *_FLAGS, sys.platform, platform.machine())).encode())
    for source in sorted(SOURCE.parent.glob("*.[ch]")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def _compile(words: list[str], path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        number, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(number)
    except OSError as error:
        raise CannotBuild(f"{path.parent} cannot be written: {error.strerror}") from None
    try:
        done = subprocess.run(
            [*words, *_FLAGS, "-o", unfinished, str(SOURCE)],
            capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            raise CannotBuild(f"{words[0]} says: {said[0]}")
        os.replace(unfinished, path)
    except FileNotFoundError:
        raise CannotBuild(f"there is no {words[0]}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBuild(f"{words[0]} did not run: {error}") from None
    finally:
        Path(unfinished).unlink(missing_ok=True)
