"""Keys of names, titles and numbers: spellings of one thing meet in one key. Pure.

The plain fast paths give exactly what the full way gives; the importer of the dumps calls them
for every row. Who changes what a key is raises VERSION: a job then makes the stored keys anew, in
small portions (`catalog.key_tasks`).
"""

from __future__ import annotations

import re
import unicodedata

from catalog.matching.editions import strip_marked_edition
from catalog.matching.folding import AND, is_latin, latin, raw, words

# The rules of this file and of the edition words (`catalog.matching.editions`).
VERSION = 2
ARTICLES = frozenset("the los las el la les le die der das".split())
# These fall away wherever a name has them, or in front, because people leave them out.
_ANYWHERE = frozenset(("the",))
_IN_FRONT = frozenset(("los", "las"))
# These are words of English or first names as well ("Les Paul", "Die Form", "El-P"): they fall
# away in front of two words at least, where no other artist is left.
_IN_FRONT_OF_TWO = ARTICLES - _ANYWHERE - _IN_FRONT
_NUMBER_SUFFIX = re.compile(r"\s\((\d{1,4})\)\s*$")
_TRAILING_ARTICLE = re.compile(r"^(?P<name>.+),\s*(?P<article>[^\W\d]+)$")
# Most names and titles are plain words; for them a key is a lower case away.
_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
# With these a name, or a title, is no plain one.
NAME_WORDS = ARTICLES | AND
TITLE_WORDS = AND
_NO_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}


def normalise_name(name: str) -> str:
    """The key of an artist's name; never empty unless the name is the empty string.

    A name of punctuation only keeps it. "(2)" behind a name is not part of it.
    """
    if _PLAIN.fullmatch(name):
        lower = name.lower()
        if NAME_WORDS.isdisjoint(lower.split(" ")):
            return lower
    bare = (_NUMBER_SUFFIX.sub("", name) or name) if "(" in name else name
    trailing = _TRAILING_ARTICLE.match(bare.strip()) if "," in bare else None
    if trailing and trailing["article"].casefold() in ARTICLES:
        bare = f"{trailing['article']} {trailing['name']}"
    return " ".join(_without_articles(words(bare))) or raw(name)


def normalise_title(title: str) -> str:
    """The key of an album's title, without edition words; never empty for a title.

    Articles stay: "The Wall" and "Wall" are two titles.
    """
    if _PLAIN.fullmatch(title):
        lower = title.lower()
        if TITLE_WORDS.isdisjoint(lower.split(" ")):
            return lower
    bare, _edition = strip_marked_edition(title)
    return " ".join(words(bare)) or raw(title)


def normalise_number(number: str) -> str:
    """The key of a catalogue number or barcode: letters and digits, "STUMM-128" is "stumm128"."""
    if number.isascii():
        return number.lower().translate(_NO_SIGNS)
    folded = unicodedata.normalize("NFKC", number).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def signs_alone(signs: str) -> str | None:
    """The key of signs beyond ASCII in a number, if it is the same whatever stands beside them;
    None where the first one joins with a letter in front."""
    first = unicodedata.normalize("NFKD", signs)[:1]
    return None if unicodedata.combining(first) else normalise_number(signs)


def alternative_keys(name: str) -> tuple[str, ...]:
    """Further keys under which the same artist may be found, best first, without its own.

    In Latin letters, with "Last, First" turned round, without a leading article of any of our
    languages, and without blanks. They find candidates; whether one is meant, evidence says.
    """
    own = normalise_name(name)
    found: list[str] = []
    last, comma, first = name.partition(",")
    if comma and last.strip() and first.strip():
        found.append(normalise_name(f"{first.strip()} {last.strip()}"))
    if in_latin := latin_name(name):
        found.append(in_latin)
    for key in (own, *found):
        article, _blank, rest = key.partition(" ")
        if article in ARTICLES and rest:
            found.append(rest)
        found.append(key.replace(" ", ""))
    return tuple(key for key in dict.fromkeys(found) if key and key != own)


def latin_name(name: str) -> str:
    """The key of a name in Latin letters, "" where it is written in them."""
    return "" if is_latin(name) else normalise_name(latin(_NUMBER_SUFFIX.sub("", name)))


def latin_title(title: str) -> str:
    """The key of a title in Latin letters, "" where it is written in them."""
    return "" if is_latin(title) else normalise_title(latin(title))


def suffix_of(name: str) -> str:
    """The number that tells homonyms apart: "4" of "Scuba (4)", else ""."""
    found = _NUMBER_SUFFIX.search(name)
    return found[1] if found else ""


def _without_articles(found: list[str]) -> list[str]:
    """The words without articles, as long as a name is left: "The The" is a name."""
    kept = [word for word in found if word not in _ANYWHERE]
    if not kept or (len(found) > 1 and all(word in ARTICLES for word in found)):
        return found
    while len(kept) > 1 and kept[1] not in ARTICLES:
        if kept[0] in _IN_FRONT or (kept[0] in _IN_FRONT_OF_TWO and len(kept) > 2):
            kept = kept[1:]
        else:
            break
    return kept
