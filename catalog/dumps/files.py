"""A dump file as it was published: unpacked in blocks of whole records, never to disk."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, cast

from isal import igzip, isal_zlib

PIECE = 1024 * 1024
# What is unpacked at a time: where a file is damaged, at most this much before it is lost.
_STEP = 64 * 1024
# The library's stub calls its exception class an exception.
_UNPACKING = cast("type[Exception]", isal_zlib.error)
_UNREADABLE = (EOFError, OSError, zlib.error, _UNPACKING)


class Damaged(Exception):
    """The file ends too early or cannot be unpacked; the message says where."""


class ChecksumDiffers(Exception):
    """The file is not the one that was published."""


def published_checksum(path: Path) -> str | None:
    """The SHA-256 that a `*CHECKSUM.txt` beside the file gives for it; None without one."""
    for listing in sorted(path.parent.glob("*CHECKSUM.txt")):
        for line in listing.read_text().splitlines():
            found = re.fullmatch(r"([0-9a-fA-F]{64})\s+\*?(\S+)\s*", line)
            if found and Path(found[2]).name == path.name:
                return found[1].lower()
    return None


def verify(path: Path, published: str) -> None:
    """ChecksumDiffers unless the file's SHA-256 is the published one."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    if digest.hexdigest() != published:
        raise ChecksumDiffers(
            f"{path.name} is not the published file: its SHA-256 is {digest.hexdigest()}, "
            f"published is {published}. Fetch it again."
        )


def fingerprint(path: Path) -> str:
    """Tells one file from another by its size and ends, where no checksum was published."""
    size = path.stat().st_size
    digest = sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(PIECE))
        file.seek(max(0, size - PIECE))
        digest.update(file.read(PIECE))
    return digest.hexdigest()


class DumpFile:
    """Reads `<tag>` records out of a .xml.gz (or .xml) file.

    After the last block `position` is how much of the packed file has been read, in bytes.
    """

    def __init__(self, path: Path, tag: str) -> None:
        self.path = path
        self._closing = f"</{tag}>".encode()
        self._root = f"</{tag}s>".encode()
        self._raw: IO[bytes] = path.open("rb")
        packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        self._unpacked: IO[bytes] = igzip.open(self._raw, "rb") if packed else self._raw
        self.size = path.stat().st_size

    @property
    def position(self) -> int:
        return self._raw.tell()

    def blocks(self, size: int) -> Iterator[bytes]:
        """Blocks of whole records, cut at the same places every time for the same `size`.

        Damaged after the last whole record that could be unpacked.
        """
        carry = b""
        while True:
            piece, trouble = self._read(size - len(carry))
            block = carry + piece
            ended = not piece
            cut = block.rfind(self._closing)
            if cut >= 0:
                cut += len(self._closing)
                yield block[:cut]
                carry = block[cut:]
            else:
                carry = block
            if trouble is not None:
                raise Damaged(
                    f"{self.path.name} is damaged near byte {self.position:,}: {trouble}. What "
                    "stood before is in the catalogue. Fetch the file again and run this again."
                )
            if ended:
                if self._root not in carry:
                    raise Damaged(
                        f"{self.path.name} ends in the middle, at byte {self.position:,}. What "
                        "stood before is in the catalogue. Fetch the file again and run this again."
                    )
                return
            if len(carry) >= size:
                raise Damaged(f"{self.path.name} has a record of more than {size:,} bytes.")

    def close(self) -> None:
        self._unpacked.close()
        self._raw.close()

    def _read(self, size: int) -> tuple[bytes, str | None]:
        """Exactly `size` bytes, fewer only at the end; and what went wrong, if anything."""
        pieces: list[bytes] = []
        while size > 0:
            try:
                piece = self._unpacked.read(min(size, _STEP))
            except _UNREADABLE as error:
                return b"".join(pieces), str(error) or type(error).__name__
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces), None
