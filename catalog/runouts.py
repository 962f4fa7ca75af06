"""How alike two runouts are, and the numbers in what somebody typed. Pure.

A runout is read from scratched vinyl under a lamp: signs are missing, 8 looks like B, and only a
part of it is typed. So signs that stand in the same order are counted instead of asking for
equality.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from catalog.matching import normalise_number, normalise_title

LONGEST = 400
LEAST = 3
BARCODE = range(8, 15)
# Several numbers in one line are taken apart at blanks; a number has at most so many parts.
PARTS, MOST_TOKENS = 6, 16
_APART = re.compile(r"[\n\r,;|]+")


@dataclass(frozen=True)
class Typed:
    """What somebody typed, taken apart.

    `numbers` are keys of whole lines with a digit in them, `inside` those of parts of lines,
    `words` what has no digit: a label, a country, an artist. `too_short` is what says too little.
    """

    numbers: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    too_short: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.numbers, *self.inside)))

    @property
    def barcodes(self) -> tuple[str, ...]:
        """Every spelling of the barcodes: a UPC is an EAN with a 0 in front."""
        found: list[str] = []
        for key in self.keys:
            if key.isdecimal() and len(key) in BARCODE:
                bare = key.lstrip("0")
                found += [key, bare, f"0{bare}", bare.zfill(12), bare.zfill(13)]
        return tuple(dict.fromkeys(found))


def take_apart(text: str) -> Typed:
    """The numbers and words of a text with one or several of them, in any order."""
    numbers: list[str] = []
    inside: list[str] = []
    words: set[str] = set()
    short: list[str] = []
    for piece in _APART.split(text[:LONGEST]):
        key = normalise_number(piece)
        tokens = piece.split()[:MOST_TOKENS]
        if any(sign.isdigit() for sign in key):
            if len(key) >= LEAST:
                numbers.append(key)
            else:
                short.append(piece.strip())
            inside += _runs(tokens)
        elif 0 < len(key) < LEAST and len(tokens) == 1 and not key.isalpha():
            short.append(piece.strip())
        for token in tokens:
            if not any(sign.isdigit() for sign in token):
                words.update(normalise_title(token).split() if token.isalpha() else ())
    own = dict.fromkeys(numbers)
    parts = (key for key in dict.fromkeys(inside) if key not in own)
    return Typed(tuple(own), tuple(parts), frozenset(words), tuple(short))


# EAN-8, UPC-A, EAN-13 and GTIN-14 (GS1 General Specifications, 7.9).
_CHECKED = frozenset((8, 12, 13, 14))


def is_wrong_barcode(key: str) -> bool:
    """Whether digits that are as long as a barcode are none: the last one is the check digit, which
    brings the sum of all, every second from behind three times, to tens."""
    if not (key.isascii() and key.isdecimal()) or len(key) not in _CHECKED:
        return False
    digits = [int(sign) for sign in reversed(key)]
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 != 0


@dataclass(frozen=True)
class Likeness:
    """`equal` of the `of` signs of the shorter one stand in the same order in both; `share` is
    0 to 1 and lower where they stand far apart."""

    equal: int
    of: int
    share: float


def likeness(typed: str, runout: str) -> Likeness:
    """How much of what was typed is in a runout; both are keys. A part of a runout counts as that
    part: "stumm128a" is wholly in "stumm128a1mpo"."""
    if not typed or not runout:
        return Likeness(0, len(typed), 0.0)
    if typed in runout:
        return Likeness(len(typed), len(typed), 1.0)
    blocks = SequenceMatcher(None, typed, runout, autojunk=False).get_matching_blocks()
    equal = sum(block.size for block in blocks if block.size > 1 or len(typed) < 6)
    return Likeness(equal, len(typed), equal / len(typed))


def _runs(tokens: Sequence[str]) -> list[str]:
    """Keys of neighbouring tokens together, as a number may be typed with blanks in it."""
    found: list[str] = []
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + PARTS, len(tokens)) + 1):
            key = normalise_number("".join(tokens[start:end]))
            if len(key) >= LEAST and any(sign.isdigit() for sign in key):
                found.append(key)
    return found
