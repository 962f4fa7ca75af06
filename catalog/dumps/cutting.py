"""Records cut out of unpacked XML without parsing what is not wanted. Pure.

Every byte is looked at once, by `bytes.find`: from the start of a record to its formats, from
there to its end. Only text that XML has escaped stands between tags, so a tag that is found is a
tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.dumps.records import MEDIA

_BEGIN, _END = b"<release ", b"</release>"
_NAMELESS = b"<release>"
_FORMATS, _FORMATS_END = b"<formats>", b"</formats>"
_WANTED = re.compile(b'name="(?:' + b"|".join(re.escape(name).encode() for name in MEDIA) + b')"')
_FIRST = re.compile(rb'<format name="([^"]*)"')


def cut_releases(block: bytes) -> tuple[list[bytes], int]:
    """The records on a collected medium in a block of whole records, and how many there are of
    all kinds. Among the first are those that have lost their end and run into the next: no parser
    reads these, and so they are told."""
    wanted: list[bytes] = []
    read = at = 0
    find = block.find
    while True:
        formats = find(_FORMATS, at)
        if formats < 0:
            return wanted, read + block.count(_END, at)
        # A record without formats lies between: it cannot be on vinyl, and is counted.
        between = find(_END, at, formats)
        while between >= 0:
            read += 1
            at = between + len(_END)
            between = find(_END, at, formats)
        formats_end = find(_FORMATS_END, formats)
        end = find(_END, formats_end)
        if formats_end < 0 or end < 0:
            return wanted, read
        read += 1
        end += len(_END)
        if _WANTED.search(block, formats, formats_end) or find(_BEGIN, formats_end, end) >= 0:
            wanted.append(block[_start(block, at, formats) : end])
        at = end


def _start(block: bytes, at: int, formats: int) -> int:
    """Where the record of these formats begins, behind the end of the one before. One without a
    number is told as that by whoever reads it."""
    for beginning in (_BEGIN, _NAMELESS):
        start = block.find(beginning, at, formats)
        if start >= 0:
            return start
    return at


# How each kind of record begins. Labels hold `<label id="2">` below `<sublabels>`.
_OPENINGS = {"artist": b"<artist>", "label": b"<label>", "master": b"<master "}


def cut_all(block: bytes, tag: str) -> Iterator[bytes]:
    """Every record of a block of whole artist, label or master records."""
    opening, inner, closing = _OPENINGS[tag], f"<{tag} ".encode(), f"</{tag}>".encode()
    at = 0
    while (start := block.find(opening, at)) >= 0:
        end = block.find(closing, start)
        # Each element of the same name inside ends with the same tag.
        nested = block.count(inner, start + 1, end)
        while nested and end >= 0:
            later = block.find(closing, end + 1)
            nested += block.count(inner, end, later) - 1
            end = later
        if end < 0:
            return
        at = end + len(closing)
        yield block[start:at]
