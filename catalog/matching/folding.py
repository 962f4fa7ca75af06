"""Text as folded words: case, accents and punctuation gone, letters of every script kept. Pure."""

from __future__ import annotations

import re
import unicodedata

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
_DOT = re.compile(r"\.")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_SHORT_AND = re.compile(r"(?<=\s)['’‘]n['’‘]?(?=\s)|(?<=\s)n['’‘](?=\s)")
_DOLLAR = re.compile(r"\$(?=[^\W\d_])|(?<=[^\W\d_])\$(?=\W|$)")
# ASCII text without these signs needs only its other punctuation taken out.
_ODD = re.compile(r"[$!.,&+'`]")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_SHOUT = re.compile(r"(?<=\w)!(?=\w)")


def words(text: str) -> list[str]:
    """Folded words: accents off, connecting signs spelled out, punctuation gone.

    Empty for text without a letter or digit. "&", "+", "and", "y", "und" and "et" are "and".
    """
    if text.isascii():
        folded = text.lower()
        if not _ODD.search(folded):
            return _joined(_NOT_WORD.sub(" ", folded).split(), text)
    else:
        folded = fold(text)
    folded = _DOLLAR.sub("s", folded)
    folded = _SHOUT.sub("i", folded)
    folded = _THOUSANDS.sub("", _INITIALS.sub(r"\1", folded))
    folded = _SHORT_AND.sub(" and ", folded)
    folded = _SILENT.sub("", folded).replace("&", " and ").replace("+", " and ")
    kept = "".join(
        sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in folded
    )
    return _joined(kept.split(), text)


def fold(text: str) -> str:
    """Lower case without accents; punctuation stays, letters of other scripts stay."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
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
