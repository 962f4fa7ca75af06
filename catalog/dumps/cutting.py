"""Records cut out of unpacked XML without parsing what is not wanted. Pure.

Every byte is looked at once, by `bytes.find`: from the start of a record to its formats, from
there to its end. Only text that XML has escaped stands between tags, so a tag that is found is a
tag. What is left out is left out for what its formats say in the usual shape; a parser decides
about every other record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.dumps.records import MEDIA

_BEGIN, _END = b"<release ", b"</release>"
_NAMELESS = b"<release>"
_FORMATS = b"<formats>"
# The inside of `<formats>` as Discogs writes it, when none of the formats is collected: their names
# are plain, as a parser would give them, what stands behind them follows on formats, and no format
# stands before them. The same is in native/cutting.h.
_LEFT_OUT = re.compile(
    rb"""(?<!</format><formats>)(?<!</descriptions><formats>)(?<!"/><formats>)
    (?:<format[ ]name="(?!(?:%b)")[!#-%%'-;=-\x7f](?:[ !#-%%'-;=-\x7f]*[!#-%%'-;=-\x7f])?"
    [ ]qty="[^"<]*"(?:[ ]text="[^"<]*")?
    (?:/>|>(?:<descriptions>(?:<description>[^<]*</description>)*</descriptions>)?</format>))+
    </formats>(?=<(?:genres|styles|country|released|notes|data_quality)>)"""
    % b"|".join(re.escape(name).encode() for name in MEDIA),
    re.VERBOSE,
)


def cut_releases(block: bytes) -> tuple[list[bytes], int]:
    """The records of a block of whole ones that are on a collected medium or for a parser to tell,
    and how many there are of all kinds. Among the first are those that have lost their end and run
    into the next: no parser reads these, and so they are told."""
    wanted: list[bytes] = []
    read = at = 0
    find = block.find
    while True:
        formats = find(_FORMATS, at)
        before = formats if formats >= 0 else len(block)
        # A record without formats lies between.
        while (between := find(_END, at, before)) >= 0:
            read += 1
            between += len(_END)
            wanted.append(block[_start(block, at, between) : between])
            at = between
        if formats < 0:
            return wanted, read
        behind = formats + len(_FORMATS)
        left_out = _LEFT_OUT.match(block, behind)
        if left_out is not None:
            behind = left_out.end()
        end = find(_END, behind)
        if end < 0:
            return wanted, read
        read += 1
        end += len(_END)
        if left_out is None or find(_BEGIN, behind, end) >= 0:
            wanted.append(block[_start(block, at, formats) : end])
        at = end


def _start(block: bytes, at: int, before: int) -> int:
    """Where the record begins that has its formats or its end there, behind the end of the one
    before. One without a number is told as that by whoever reads it."""
    for beginning in (_BEGIN, _NAMELESS):
        start = block.find(beginning, at, before)
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
