"""What people type beside a name: a year, the medium, words of an edition. Pure.

"low 1977", "unknown pleasures 2007 remaster" and "remain in light vinyl" mean an album and one of
its pressings. Such words may be a name's own as well ("1999", "Vinyl Conflict"), so they are set
apart here and nothing is decided.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.matching.folding import words

_YEAR = re.compile(r"19\d\d|20[0-4]\d")
_BEGUN_YEAR = re.compile(r"1|19\d?|2|20[0-4]?")
_COUNTED = re.compile(r"\d{1,2}x?lps?|\d{2,3}(?:g|gr|gram|grams)|(?:7|10|12)inch")
# As they are folded: without accents.
_WORDS = frozenset(
    "vinyl vinyls vinilo vinilos vinyle vinyles vinile vinili lp lps ep cd album "
    "remaster remastered remasters remastering remasterizado remasterizada remasterise "
    "remasterisee remasterizzato remasterizzata remastert "
    "reissue reissued reissues repress repressed repressing reedicion reedition ristampa "
    "neuauflage nachpressung pressing press prensaje pressung "
    "edition edicion edizione editie ausgabe auflage deluxe expanded limited limitada limitado "
    "limitee limitata anniversary aniversario anniversaire import importacion "
    "mono stereo gatefold coloured colored audiophile heavyweight rsd".split()
)
# Two that are one; before some the number counts too: "180 gram", "40th anniversary".
_PAIRS = re.compile(
    r"(?:\d{2,3} (?:g|gr|grams?|gramos|gramm)|(?:7|10|12) inch|\d{1,3}(?:st|nd|rd|th) anniversary|"
    r"(?:first|1st|second|2nd|original|new) press(?:ing)?|picture dis[ck]|box set|half speed|"
    r"super deluxe)"
)


@dataclass(frozen=True)
class Parted:
    """A text that was typed, its words set apart.

    `name` is what is left ("" where nothing is), `begun` the same without its last word, where that
    may be the beginning of such a word ("abbey road 196"), else "". `years` and `words` were set
    apart; `behind` says that all of it stands behind the name.
    """

    name: str
    begun: str = ""
    words: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    behind: bool = False


def part(typed: str) -> Parted:
    """The name in what somebody typed, and what stands beside it."""
    found = words(typed)
    taken = _without_a_name_of_years(found, _taken(found))
    kept = [word for at, word in enumerate(found) if at not in taken]
    apart = tuple(word for at, word in enumerate(found) if at in taken)
    return Parted(
        name=" ".join(kept),
        begun=" ".join(kept[:-1]) if kept and _begins(kept[-1]) and kept[-1] == found[-1] else "",
        words=apart if kept else (),
        years=tuple(int(word) for word in apart if _YEAR.fullmatch(word)) if kept else (),
        behind=bool(kept) and min(taken, default=0) == len(kept),
    )


def _taken(found: list[str]) -> set[int]:
    """The places of the words that stand beside the name."""
    taken = {
        at
        for at, word in enumerate(found)
        if word in _WORDS or _YEAR.fullmatch(word) or _COUNTED.fullmatch(word)
    }
    for at in range(len(found) - 1):
        if _PAIRS.fullmatch(f"{found[at]} {found[at + 1]}"):
            taken |= {at, at + 1}
    return taken


def _without_a_name_of_years(found: list[str], taken: set[int]) -> set[int]:
    """Where nothing else is left a year is the name: "1984 lp", the first one of "1999 1982"."""
    years = [at for at, word in enumerate(found) if _YEAR.fullmatch(word)]
    if len(found) > 1 and len(taken) == len(found) and years:
        return taken - {years[0]}
    return taken


def _begins(word: str) -> bool:
    """Whether a year or one of the words may be meant by somebody who types on."""
    if word.isdecimal():
        return _BEGUN_YEAR.fullmatch(word) is not None
    return any(one.startswith(word) for one in _WORDS)
