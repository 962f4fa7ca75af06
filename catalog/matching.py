"""Names of artists and albums as keys, and how alike two of them are. Pure.

`normalise_name` makes one key of the spellings of one name: "Beatles, The", "The Beatles" and
"THE BEATLES (2)" are "beatles". A name never becomes the empty key, because all such names
would then be one artist: "!!!" stays "!!!", "The The" stays "the the", "Кино" becomes "кино".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
        "ß": "ss",
    }
)  # fmt: skip
_ARTICLES = frozenset("the los las el la les le die der das".split())
# Of the leading articles only those fall away that people leave out and no name rests on.
_DROPPED_ARTICLES = frozenset(("the", "los", "las"))
_AND = frozenset(("and", "y", "und", "et"))
_SILENT = re.compile(r"[.'’‘`´ʼ]")
_NUMBER_SUFFIX = re.compile(r"\s\(\d{1,4}\)\s*$")
_TRAILING_ARTICLE = re.compile(r"^(?P<name>.+),\s*(?P<article>[^\W\d]+)$")
_EDITION_WORDS = (
    r"re-?master(?:ed|izado)?|deluxe|expanded|anniversary|aniversario|edition|edición|edicion|"
    r"re-?issue|reedición|reedicion|bonus|limited|limitada|special|collector'?s|legacy|"
    r"vinyl|vinilo|lp|2lp|3lp|cd|mono|stereo|180\s?g(?:r|ram|ramos)?|gatefold|coloured|colored|"
    r"picture disc|explicit|clean|original recording|half[- ]speed"
)
_EDITION = re.compile(rf"(?<!\w)(?:{_EDITION_WORDS})(?!\w)", re.IGNORECASE)
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_DASH = re.compile(r"^(.+?)\s+[-–—/:]\s+([^-–—]+)$")
# Words that make another album of the same title.
_OTHER_WORK = re.compile(
    r"(?<!\w)(live|remix(?:es|ed)?|demos?|instrumentals?|acoustic|unplugged|karaoke|"
    r"vol(?:ume)?\.?\s*\w+|part\s*\w+|pt\.?\s*\w+)(?!\w)",
    re.IGNORECASE,
)
# Most names and titles are plain words; for them a key is a lower case away.
_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_NO_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}
SAME_FROM, DOUBTFUL_FROM = 0.9, 0.7


class Verdict(StrEnum):
    SAME = "same"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Match:
    """How sure it is that two names mean one thing, 0 to 1. Between DOUBTFUL_FROM and
    SAME_FROM a person decides."""

    score: float

    @property
    def verdict(self) -> Verdict:
        if self.score >= SAME_FROM:
            return Verdict.SAME
        return Verdict.DOUBTFUL if self.score >= DOUBTFUL_FROM else Verdict.DIFFERENT


def normalise_name(name: str) -> str:
    """The key of an artist's name; never empty unless the name is the empty string.

    A name of punctuation only keeps it.
    """
    if _PLAIN.fullmatch(name):
        words = name.lower().split()
        if not _DROPPED_ARTICLES.isdisjoint(words[:1]) or not _AND.isdisjoint(words):
            words = _without_article(_words(name))
        return " ".join(words) or _raw(name)
    bare = _NUMBER_SUFFIX.sub("", name) or name
    trailing = _TRAILING_ARTICLE.match(bare.strip())
    if trailing and trailing["article"].casefold() in _ARTICLES:
        bare = f"{trailing['article']} {trailing['name']}"
    return " ".join(_without_article(_words(bare))) or _raw(name)


def normalise_title(title: str) -> str:
    """The key of an album's title, without edition words; never empty for a title.

    Articles stay: "The Wall" and "Wall" are two titles.
    """
    if _PLAIN.fullmatch(title):
        words = title.lower().split()
        return " ".join(words if _AND.isdisjoint(words) else _words(title)) or _raw(title)
    bare, _edition = strip_edition(title)
    return " ".join(_words(bare)) or _raw(title)


def normalise_number(number: str) -> str:
    """The key of a catalogue number or barcode: letters and digits, "STUMM-128" is "stumm128"."""
    if number.isascii():
        return number.lower().translate(_NO_SIGNS)
    folded = unicodedata.normalize("NFKC", number).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def strip_edition(title: str) -> tuple[str, str]:
    """("OK Computer", "Deluxe Edition") from "OK Computer (Deluxe Edition)".

    Takes edition words off the end, in brackets or behind a dash. "" for no edition; a title
    that consists of edition words stays whole.
    """
    rest = title.strip()
    found: list[str] = []
    while True:
        tail = _BRACKET.search(rest) or _DASH.match(rest)
        if tail is None:
            break
        words = tail.group(tail.lastindex or 1).strip()
        start = tail.start() if tail.re is _BRACKET else tail.end(1)
        if not _EDITION.search(words) or _OTHER_WORK.search(words) or not rest[:start].strip():
            break
        found.insert(0, words)
        rest = rest[:start].strip()
    return rest, ", ".join(found)


def artist_similarity(a: str, b: str) -> Match:
    """Whether two strings name one artist. 1 for the same key; contained names ("Glenn Miller"
    in "Glenn Miller And His Orchestra") and homonyms ("Scuba", "Scuba (4)") are not the same."""
    if _suffix(a) != _suffix(b):
        return Match(0.6)
    left, right = normalise_name(a), normalise_name(b)
    if left == right:
        return Match(1.0)
    return Match(_alike(left, right))


def album_similarity(artist_a: str, title_a: str, artist_b: str, title_b: str) -> Match:
    """Whether artist and title mean one work: the weaker of both decides."""
    artists = artist_similarity(artist_a, artist_b).score
    return Match(min(artists, title_similarity(title_a, title_b).score))


def title_similarity(a: str, b: str) -> Match:
    """Whether two titles name one work of the same artist. Editions are the same work; live,
    remix, demo and "Vol. 2" albums are another."""
    if _other_work(a) != _other_work(b):
        return Match(0.4)
    left, right = normalise_title(a), normalise_title(b)
    if left == right:
        return Match(1.0)
    if _digits(left) != _digits(right):
        return Match(0.5)
    return Match(_alike(left, right))


def _alike(left: str, right: str) -> float:
    """0 to 1 for two different keys; SAME_FROM where only blanks, order or a letter differ."""
    if left.replace(" ", "") == right.replace(" ", ""):
        return 0.98
    if sorted(left.split()) == sorted(right.split()):
        return 0.95
    ratio = SequenceMatcher(None, left, right, autojunk=False).ratio()
    if min(len(left), len(right)) < 6:
        # "Muse" and "Mose": one letter of few is another name.
        return min(ratio, 0.75)
    first, second = set(left.split()), set(right.split())
    if first < second or second < first:
        return min(ratio, 0.8)
    return ratio


def _without_article(words: list[str]) -> list[str]:
    if len(words) > 1 and words[0] in _DROPPED_ARTICLES and words[1] not in _ARTICLES:
        return words[1:]
    return words


def _words(text: str) -> list[str]:
    """Folded words: accents off, connecting signs spelled out, punctuation gone."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    folded = unicodedata.normalize("NFKD", folded)
    # Only these marks are accents; those of kana and Indic scripts are part of the letter.
    folded = "".join(sign for sign in folded if not "\u0300" <= sign <= "\u036f")
    folded = unicodedata.normalize("NFC", folded)
    folded = re.sub(r"(?<=\w)\$(?=\w)", "s", folded)
    folded = re.sub(r"(?<=\w)!(?=\w)", "i", folded)
    folded = re.sub(r"[&+]", " and ", _SILENT.sub("", folded))
    kept = "".join(
        sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in folded
    )
    words = kept.split()
    if all(word in _AND for word in words):
        return words if re.search(r"\w", text) else []
    return ["and" if word in _AND else word for word in words]


def _raw(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip() or text


def _suffix(name: str) -> str:
    found = _NUMBER_SUFFIX.search(name)
    return found.group().strip() if found else ""


def _other_work(title: str) -> frozenset[str]:
    return frozenset(
        re.sub(r"\W+", "", word.casefold()) for word in _OTHER_WORK.findall(strip_edition(title)[0])
    )


def _digits(key: str) -> list[str]:
    return re.findall(r"\d+", key)
