"""Whether the tags of a record pair, also where nothing of it is kept. Pure.

The quick ways look for the sections that they want, so a tag that is missing hides what stands
behind it: a pressing without its companies would look as one that has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.parsers import expat

# Letters do not matter here, nor do signs that are no XML: whoever keeps a text looks at its own.
_PLAIN = bytes(
    one if 32 <= one < 127 and one != ord("&") else ord(" ") if one < 32 else ord("x")
    for one in range(256)
)


def whole(records: Sequence[bytes]) -> tuple[Sequence[bytes], list[bytes]]:
    """(the records whose tags pair, the others)."""
    if pair(records):
        return records, []
    paired = [pair((one,)) for one in records]
    return (
        [one for one, fits in zip(records, paired, strict=True) if fits],
        [one for one, fits in zip(records, paired, strict=True) if not fits],
    )


def pair(records: Sequence[bytes]) -> bool:
    """Whether the tags of each of these records do: together costs less than one by one."""
    text = b"<all>%b</all>" % b"".join(records)
    try:
        expat.ParserCreate().Parse(text.translate(_PLAIN), True)
    except expat.ExpatError:
        return False
    return True
