"""A dump file as it was published: unpacked in blocks of whole records, never to disk."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from typing import cast

from isal import igzip, isal_zlib

PIECE = 1024 * 1024
# What is unpacked at a time: where a file is damaged, at most this much before it is lost.
_STEP = 64 * 1024
# The library's stub calls its exception class an exception.
_UNPACKING = cast("type[Exception]", isal_zlib.error)
# In the words of the library's errors about the checksum and the length at the end of a file.
_ENDINGS = ("CRC check failed", "Incorrect length")
_UNREADABLE = (EOFError, OSError, zlib.error, _UNPACKING)
# So exactly places in a packed file are told.
_PROBE = 1024
_PACKED = b"\x1f\x8b"
_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(\w+)", re.DOTALL)
_ROOTS = ("releases", "masters", "artists", "labels")


class Damaged(Exception):
    """The file ends too early or cannot be unpacked; the message says what is wrong and where.

    `unplaced`: only the checksum at its end says so, so the damage is anywhere before."""

    def __init__(self, message: str, *, unplaced: bool = False) -> None:
        super().__init__(message)
        self.unplaced = unplaced


class ChecksumDiffers(Exception):
    """The file is not the one that was published."""


class OtherFile(Exception):
    """The file is none of what it was given as; the message says what it seems to be."""


class Older(Exception):
    """The file is of an earlier month than what is here."""


def demand(path: Path, tag: str) -> None:
    """OtherFile unless the file begins as one of `<tag>` records does. What cannot be unpacked at
    all passes: reading it says where it is damaged."""
    try:
        with path.open("rb") as raw:
            start = _unpacking(raw).read(_STEP)
    except _UNREADABLE:
        return
    found = _ROOT.match(start)
    root = found[1].decode() if found else ""
    if root == f"{tag}s":
        return
    if root in _ROOTS:
        raise OtherFile(f"{path.name} holds {root}, not {tag}s: give it as --{root}.")
    raise OtherFile(
        f"{path.name} is no dump of Discogs' {tag}s: it does not begin with <{tag}s>. Fetch "
        "it from Discogs' data page, or look whether an error page was saved under its name."
    )


def checksum_files(path: Path) -> list[Path]:
    """The `*CHECKSUM.txt` beside a file."""
    return sorted(path.parent.glob("*CHECKSUM.txt"))


def published_checksum(path: Path) -> str | None:
    """The SHA-256 that a `*CHECKSUM.txt` beside the file gives for it; None without one."""
    for listing in checksum_files(path):
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


def _unpacking(raw: BufferedReader) -> BufferedIOBase:
    packed = raw.read(2) == _PACKED
    raw.seek(0)
    return igzip.open(raw, "rb") if packed else raw


def packed_position(path: Path, unpacked: int) -> int:
    """How many bytes of a file have to be read for so many unpacked ones; all that can be unpacked
    at most. It unpacks the file up to there."""
    with path.open("rb") as raw:
        if raw.read(2) != _PACKED:
            return unpacked
        raw.seek(0)
        unpacker, found = isal_zlib.decompressobj(wbits=31), 0
        while found < unpacked and (piece := raw.read(_PROBE)):
            while piece:
                try:
                    found += len(unpacker.decompress(piece))
                except _UNREADABLE:
                    return raw.tell()
                piece = unpacker.unused_data
                if piece:  # another part of the file begins
                    unpacker = isal_zlib.decompressobj(wbits=31)
        return raw.tell()


def between(first: int, last: int, size: int) -> str:
    """A part of a packed file in words."""
    return f"between bytes {first:,} and {min(last, size):,} of {size:,}"


def place_of_chunk(path: Path, tag: str, number: int, size: int) -> str:
    """Where in the packed file a block of `size` stands, the first being 0. It unpacks the file up
    to there twice."""
    file, room = DumpFile(path, tag), memoryview(bytearray(size))
    try:
        for _ in range(number):
            file.fill(room)
        start = file.unpacked
        end = start + file.fill(room)
        first = packed_position(path, start)
        return between(max(0, first - _PROBE), packed_position(path, end) + _PROBE, file.size)
    finally:
        file.close()


class DumpFile:
    """Reads `<tag>` records out of a .xml.gz (or .xml) file.

    After the last block `position` is how much of the packed file has been read, in bytes.
    """

    def __init__(self, path: Path, tag: str) -> None:
        self.path = path
        self._opening = f"<{tag}>".encode(), f"<{tag} ".encode()
        self._closing = f"</{tag}>".encode()
        self._root = f"</{tag}s>".encode()
        self._raw: BufferedReader = path.open("rb")
        self._unpacked = _unpacking(self._raw)
        self.size = path.stat().st_size
        # What was unpacked behind the last whole record, and what went wrong then.
        self._carry = b""
        self._trouble: str | None = None
        # How much of what was unpacked was given out as whole records.
        self.unpacked = 0

    @property
    def position(self) -> int:
        return self._raw.tell()

    def blocks(self, size: int) -> Iterator[bytes]:
        """Blocks of whole records, cut at the same places every time for the same `size`.

        Damaged after the last whole record that could be unpacked.
        """
        room = memoryview(bytearray(size))
        while length := self.fill(room):
            yield bytes(room[:length])

    def fill(self, room: memoryview) -> int:
        """Puts the next block of whole records into `room` and returns its length, 0 at the end.

        Rooms of the same size are cut at the same places every time. Damaged after the last whole
        record that could be unpacked.
        """
        length = len(self._carry)
        room[:length] = self._carry
        while self._trouble is None and length < len(room):
            try:
                read = self._unpacked.readinto(room[length : length + _STEP])
            except _UNREADABLE as error:
                self._trouble = str(error) or type(error).__name__
                break
            if not read:
                break
            length += read
        cut = self._end_of_records(room[:length])
        self._carry = bytes(room[cut:length])
        self.unpacked += cut
        if not cut:
            self._check_end(len(room))
        return cut

    def _end_of_records(self, unpacked: memoryview) -> int:
        """Where the last whole record ends. It is near the end, so not all is searched."""
        size = _STEP
        while True:
            tail = bytes(unpacked[-size:])
            found = tail.rfind(self._closing)
            if found >= 0:
                return len(unpacked) - len(tail) + found + len(self._closing)
            if len(tail) == len(unpacked):
                return 0
            size *= 8

    def _check_end(self, size: int) -> None:
        """Damaged unless what is left is what stands behind the last record."""
        name = self.path.name
        if self._trouble is not None:
            if self._trouble.startswith(_ENDINGS):
                raise Damaged(
                    f"{name} is damaged: its content does not give the checksum at its end "
                    f"({self._trouble})",
                    unplaced=True,
                )
            raise Damaged(f"{name} is damaged {self._place()}: {self._trouble}")
        if len(self._carry) >= size:
            raise Damaged(f"{name} is damaged {self._place()}: no record ends for {size:,} bytes")
        if self._root not in self._carry:
            raise Damaged(f"{name} is damaged: it ends in the middle, at byte {self.size:,}")
        if any(opening in self._carry for opening in self._opening):
            raise Damaged(f"{name} is damaged: its last record has no end")

    def _place(self) -> str:
        """From the last whole record to what has been read of the packed file."""
        first = packed_position(self.path, self.unpacked)
        return between(max(0, first - _PROBE), max(first, self.position), self.size)

    def close(self) -> None:
        self._unpacked.close()
        self._raw.close()
