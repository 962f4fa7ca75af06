"""Text as folded words: case, accents and punctuation gone, letters of every script kept. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
        "ß": "ss",
    }
)  # fmt: skip
AND = frozenset(("and", "y", "und", "et"))
_SILENT = re.compile(r"['’‘`´ʼ]")
# "R.E.M." and "J.T." are one word, "P. de Meyer" is three and "L.Navarre" two.
_INITIALS = re.compile(r"(?<![^\W\d_])([^\W\d_])\.(?=[^\W\d_](?:[\W_]|$))")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_SHORT_AND = re.compile(r"(?<=\s)['’‘]n['’‘]?(?=\s)|(?<=\s)n['’‘](?=\s)")
_DOLLAR = re.compile(r"\$(?=[^\W\d_])|(?<=[^\W\d_])\$(?=\W|$)")
# Without these signs only punctuation has to be taken out.
_ODD = re.compile(r"[$!.,&+'’‘`´ʼ]")
# With these a title may have an edition, and a name a number; other blanks may stand around both.
_PARTING = re.compile(r"[()\[\]\-–—/:\s]")
# Signs of other scripts, of which some belong to the letter before them.
_FOREIGN_SIGN = re.compile(r"[^\w\x00-\x7f]")
_NOT_WORD = re.compile(r"[\x00-/:-@\[-`{-\x7f]+")
_SHOUT = re.compile(r"(?<=\w)!(?=\w)")


def words(text: str) -> list[str]:
    """Folded words: accents off, connecting signs spelled out, punctuation gone.

    Empty for text without a letter or digit. "&", "+", "and", "y", "und" and "et" are "and".
    """
    folded = text.lower() if text.isascii() else fold(text)
    if _ODD.search(folded):
        folded = _spelled_out(folded)
    if _FOREIGN_SIGN.search(folded):
        folded = "".join(
            sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " "
            for sign in folded
        )
    return _joined(_NOT_WORD.sub(" ", folded).split(), text)


def folded_alone(word: str) -> str | None:
    """The folded words of a text without blanks, joined by blanks, if they are the same wherever
    it stands in a name or a title; None where signs in it may say something else there."""
    folded = fold(word)
    if _ODD.search(folded) or _PARTING.search(word):
        return None
    return " ".join(words(word))


def _spelled_out(folded: str) -> str:
    """Signs that stand for letters or words, or for nothing."""
    if "$" in folded:
        folded = _DOLLAR.sub("s", folded)
    if "!" in folded:
        folded = _SHOUT.sub("i", folded)
    if "." in folded:
        folded = _INITIALS.sub(r"\1", folded)
    folded = _THOUSANDS.sub("", folded)
    if _SILENT.search(folded):
        folded = _SILENT.sub("", _SHORT_AND.sub(" and ", folded))
    return folded.replace("&", " and ").replace("+", " and ")


def fold(text: str) -> str:
    """Lower case without accents; punctuation stays, letters of other scripts stay."""
    # No sign joins with a blank, so each word can be folded by itself, and most come again.
    return " ".join(map(_folded, text.split(" ")))


@lru_cache(maxsize=16384)
def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKD", word).casefold().translate(_LETTERS)
    folded = unicodedata.normalize("NFKD", folded)
    # Only these marks are accents; those of kana and Indic scripts are part of the letter.
    folded = "".join(sign for sign in folded if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFC", folded)


def _joined(found: list[str], text: str) -> list[str]:
    if AND.isdisjoint(found):
        return found
    if all(word in AND for word in found):
        return found if re.search(r"\w", text) else []
    return ["and" if word in AND else word for word in found]


def raw(text: str) -> str:
    """Text for which nothing else is left, as it stands: "!!!" stays "!!!"."""
    return unicodedata.normalize("NFKC", text).casefold().strip() or text


def latin(text: str) -> str:
    """The text in Latin letters, sign by sign: "Кино" is "Kino". Kanji come out in Chinese
    reading, so this finds candidates and proves nothing."""
    return anyascii(text)


def is_latin(text: str) -> bool:
    """Whether every letter of the text is a Latin one."""
    return all(not sign.isalpha() or sign < "\u0250" for sign in fold(text))
