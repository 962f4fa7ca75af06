"""Grades of used records, after the scale that Discogs and most sellers use. Pure.

Codes best first: M, NM, VG+, VG, G+, G, F, P. An empty code is a grade that nobody told.
"""

from __future__ import annotations

import re

GRADES = ("M", "NM", "VG+", "VG", "G+", "G", "F", "P")
_RANK = {code: len(GRADES) - place for place, code in enumerate(GRADES)}
_IN_BRACKETS = re.compile(r"\(([A-Z]+\+?)(?: or [^)]*)?\)\s*$")
# Excellent is the British scale's step between near mint and very good; Discogs calls it VG+.
_SAME = {
    "M-": "NM",
    "MINT": "M",
    "EX": "VG+",
    "EX+": "VG+",
    "EXC": "VG+",
    "E": "VG+",
    "VG++": "VG+",
}
# The word of a title that is a grade: "... LP 1977 VG+". Single letters are too often a name.
_IN_TITLE = re.compile(r"(?<![\w+])(NM|M-|EX\+?|VG\+{0,2}|G\+)(?![\w+])")


def grade_code(text: str) -> str:
    """The code of "Very Good Plus (VG+)", "VG+" or "EX"; "" for anything that is no grade."""
    clean = (text or "").strip()
    found = _IN_BRACKETS.search(clean)
    code = found.group(1) if found else clean.upper()
    code = _SAME.get(code, code)
    return code if code in _RANK else ""


def grade_in_title(title: str) -> str:
    """The worst grade that a listing's title names (record and sleeve differ), or ""."""
    codes = [grade_code(found) for found in _IN_TITLE.findall(title)]
    known = [code for code in codes if code]
    return min(known, key=rank) if known else ""


def rank(code: str) -> int:
    """8 for mint down to 1 for poor; 0 where the grade is not known."""
    return _RANK.get(code, 0)


def good_enough(code: str, least: str) -> bool:
    """Whether a copy of this grade suits somebody who wants at least ``least``.

    A grade that nobody told passes: Discogs' figures never tell it, and leaving them out would
    hide nearly every price. The page says that it is not known.
    """
    return not code or rank(code) >= rank(least)


def at_least(least: str) -> tuple[str, ...]:
    """The grades that suit somebody who wants at least ``least``; all where it is no grade."""
    return tuple(code for code in GRADES if rank(code) >= rank(least))
