"""Originals and reissues, told apart by what the catalogue knows of a pressing. Pure."""

from __future__ import annotations

ORIGINAL, REISSUE, UNKNOWN = "original", "reissue", ""
# Words of a format that only later pressings carry.
LATER = frozenset({"reissue", "repress", "unofficial release"})


def edition(year: int | None, marks: str, *, unofficial: bool, first: int | None) -> str:
    """ORIGINAL: of the album's first year, official, and not said to be a repress. UNKNOWN where
    neither its year nor its marks ("LP, Album, Reissue") tell."""
    later = not LATER.isdisjoint(word.strip().lower() for word in marks.split(","))
    if later or unofficial:
        return REISSUE
    if year is None or first is None:
        return UNKNOWN
    return ORIGINAL if year == first else REISSUE
