"""Damage in a dump file: which records count as damaged, where the first are, and its words. Pure.

What was left out because Discogs says so (a draft, a number that stood there before) is no damage.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from catalog.dumps import careful
from catalog.dumps.cutting import cut_releases
from catalog.dumps.files import Damaged
from catalog.dumps.records import BAD, BadRecord, numbers_fit, unreadable

# So many damaged records are named, of a chunk and in all.
NAMED = 5
# How the counts name what no text holds; it may stand where nothing is kept.
NULS = "NUL signs"
NUMBERLESS = "one without a number"
_NUL = b"\0"
_ID = re.compile(rb'<release\b[^>]*?\sid="(\d+)"')
_RECORD, _END = b"<release", b"</release>"


def note_nuls(block: bytes, counts: Counter[str]) -> None:
    """Counts the signs of a block that XML does not know and a broken disk writes."""
    if _NUL in block:
        counts[NULS] += block.count(_NUL)


def is_damaged(counts: Mapping[str, int]) -> bool:
    return bool(unreadable(counts) or counts.get(NULS))


def first_names(block: bytes) -> list[str]:
    """The first damaged releases of a block, by their numbers; of one that has none, the number of
    the one before."""
    places = sorted({*_unreadable_places(block), *_nul_places(block)})
    return [_name(block, at) for at in places[:NAMED]]


def _unreadable_places(block: bytes) -> Iterator[int]:
    found = at = 0
    for record in cut_releases(block)[0]:
        at = block.find(record, at)
        if not _can_be_read(record):
            yield at
            found += 1
        if found == NAMED:
            return
        at += len(record)


def _can_be_read(record: bytes) -> bool:
    try:
        return numbers_fit(careful.read_release(record))
    except BadRecord as error:
        return not str(error).startswith(BAD)


def _nul_places(block: bytes) -> Iterator[int]:
    """Where the first records begin that such signs stand in."""
    at = block.find(_NUL)
    for _ in range(NAMED):
        if at < 0:
            return
        yield max(0, block.rfind(_RECORD, 0, at))
        end = block.find(_END, at)
        at = block.find(_NUL, end) if end >= 0 else -1


def _name(block: bytes, at: int) -> str:
    head = _ID.match(block, at)
    if head is not None:
        return head[1].decode()
    before = _ID.findall(block, 0, at)
    return f"{NUMBERLESS} behind {before[-1].decode()}" if before else NUMBERLESS


def of_records(
    name: str, counts: Mapping[str, int], first: Sequence[str], kept: str, *, verified: bool
) -> str:
    """What is said of a file that was read to its end but for some records; "" for a whole one.
    `first` names some of them, `kept` says what is in the catalogue."""
    found = []
    if records := unreadable(counts):
        found.append(f"{records:,} of its records cannot be read")
    if signs := counts.get(NULS):
        found.append(f"{signs:,} NUL {'sign stands' if signs == 1 else 'signs stand'} in it")
    if not found:
        return ""
    told = f"{name} is damaged: {' and '.join(found)}"
    told += f" (the first: {', '.join(first)})" if first else ""
    told += f". What could be read is in the catalogue ({kept}). "
    if verified:
        return told + (
            "The file is the one that was published, so fetching it again brings the same: a later "
            "month's may bring these records."
        )
    return told + _again("only what is missing or differs is written then")


def of_file(damage: Damaged, kept: str) -> str:
    """What is to be known after a file could not be read to its end."""
    if damage.unplaced:
        words = f"What could be read is in the catalogue ({kept}); letters in some of it may be"
        words += " wrong until an undamaged file brings the right ones"
    else:
        words = f"What stood before is in the catalogue ({kept})"
    return f". {words}. {_again()}"


def _again(then: str = "") -> str:
    return (
        "Fetch the file again, with the *CHECKSUM.txt of its month beside it, which is checked "
        f"then, and run this again{': ' + then if then else ''}."
    )
