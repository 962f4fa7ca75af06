"""Words by how they sound, roughly: for misspellings, and for names in another script. Pure."""

from __future__ import annotations

import re

from rapidfuzz.distance import Levenshtein

SLAVIC = 5
_SLAVIC = re.compile(r"(?:[oe](?:v|w|ff|f)a?|[sz]k[iy]j?|[sz]kij|i[ct]s?c?h|witz|vit[sz]|ine?|yn)$")
_DOUBLED = re.compile(r"(.)\1+")


def skeleton(word: str) -> str:
    """A word of Latin letters by its sound, roughly: no vowels behind the first letter, no
    doubles, one letter for what sounds alike in English. Empty for an empty word."""
    word = word.replace("ph", "f").replace("ck", "k").replace("c", "k").replace("z", "s")
    word = word[:1] + re.sub(r"[aeiouyhw]", "", word[1:])
    return _DOUBLED.sub(r"\1", word)


def heard(word: str) -> str:
    """A word as Japanese, Cyrillic or Korean spelling would keep it: consonants only, those that
    such scripts do not tell apart as one ("l" and "r", "v" and "b", "th" and "s")."""
    for letters, sound in (
        ("tch", "C"), ("ch", "C"), ("sh", "s"), ("th", "s"), ("ph", "f"), ("ck", "k"), ("ts", "s"),
        ("x", "ks"), ("qu", "k"), ("c", "k"), ("q", "k"), ("l", "r"), ("v", "b"), ("dj", "z"),
        ("j", "z"), ("f", "h"), ("w", ""),
    ):  # fmt: skip
        word = word.replace(letters, sound)
    return _DOUBLED.sub(r"\1", re.sub(r"[aeiouyh]", "", word))


def heard_alike(one: str, other: str) -> float:
    """How alike two words of different scripts sound, from 0 to 1; 0 where little is left."""
    a, b = heard(one), heard(other)
    return Levenshtein.normalized_similarity(a, b) if min(len(a), len(b)) > 2 else 0.0


def transcribed(word: str) -> str:
    """A name from Russian, Polish, Czech or Yiddish by its consonants, whatever language wrote it
    down: "Tchaikovsky", "Tschaikowsky" and "Chaikovski" are one."""
    for letters, sound in (
        ("schtsch", "S"), ("tsch", "C"), ("tch", "C"), ("tsj", "C"), ("tj", "C"), ("cz", "C"),
        ("sch", "S"), ("ch", "C"), ("sh", "S"), ("sz", "S"), ("sj", "S"), ("zh", "Z"),
        ("kh", "k"), ("ck", "k"), ("x", "ks"), ("ff", "v"), ("w", "v"), ("tz", "s"), ("ts", "s"),
        ("ph", "f"), ("z", "s"), ("c", "k"),
    ):  # fmt: skip
        word = word.replace(letters, sound)
    word = re.sub(r"f$", "v", word)
    return _DOUBLED.sub(r"\1", word[:1] + re.sub(r"[aeiouyhj]", "", word[1:]))


def one_transcribed(one: str, other: str) -> bool:
    """Whether two different words are one Slavic surname, to judge by its ending."""
    return (
        min(len(one), len(other)) > SLAVIC
        and bool(_SLAVIC.search(one) and _SLAVIC.search(other))
        and transcribed(one) == transcribed(other)
    )
