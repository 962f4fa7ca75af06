"""Titles taken apart for comparison: words, remarks, edition, numbers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from catalog.matching.editions import COLOURS, Edition, is_colour, is_edition, read_edition
from catalog.matching.folding import words
from catalog.matching.reading import tokens_of
from catalog.matching.tails import bare_tail

# Longer than any title and listing known.
LONGEST = 500
_BLANKS = re.compile(r"\s+")
_MARKUP = re.compile(r"<(\w{1,6})>[^<>]*</\1>|</?\w{1,6}/?>")
_HEARTS = re.compile("[♥❤💓-💟🧡🤍🤎🖤🩵-🩷]\ufe0f?")
_GUEST = re.compile(
    r"^(.*\S)[\s(\[]+((?:pres(?:ents|ented by)?|feat|featuring|ft)\b\.?\s.*)$", re.IGNORECASE
)
_TWICE = re.compile(r"^(.{3,}?)\s*[-–:(]+\s*\1$", re.IGNORECASE)
_SOUNDTRACK = re.compile(
    r"^(?:the )?(?:original |official |complete |music |songs |from |by |and |inspired |the "
    r"|motion |netflix |picture |film |movie |series |tv |television |game |video |cast )*"
    r"(?:ost|o s t|soundtrack|score|bso|banda sonora(?: original)?|bande originale|colonna sonora|"
    r"filmmusik|original m[a-z ]{0,14}|motion p[a-z]*|original s[a-z]*)$"
)
# "Vol. 2 of 3" is the second volume, another record than the first; "(2 of 3)" is a part of one.
_VOLUME_OF = re.compile(
    r"\b(vol(?:umen?)?\.?\s*\d{1,2})\s*(?:of|/|von|de|van|di)\s*\d{1,2}\b", re.IGNORECASE
)
_OF_SET = re.compile(
    r"[\s,(\[-]+(?:(?:part|pt|edition|disc|disk|record|lp|cd|no)\.?\s*)?"
    r"(\d{1,2})\s*(?:of|/|von|de|van|di)\s*(\d{1,2})[)\]]?$",
    re.IGNORECASE,
)
# Spellings that people and printers use for one word.
_INFORMAL = {
    "nite": "night", "nites": "nights", "tonite": "tonight", "thru": "through", "luv": "love",
    "u": "you", "ur": "your", "r": "are", "da": "the", "tha": "the", "dat": "that", "dis": "this",
    "wit": "with", "cuz": "because", "coz": "because", "cos": "because", "til": "until",
    "till": "until", "gonna": "going", "goin": "going", "wanna": "want", "ya": "you", "em": "them",
    "lovin": "loving", "nothin": "nothing", "somethin": "something", "colour": "color",
    "colours": "colors", "grey": "gray", "theatre": "theater", "centre": "center", "ok": "okay",
    "alright": "allright", "boyz": "boys", "girlz": "girls", "beatz": "beats", "trax": "tracks",
    "rmx": "remix", "rmxs": "remixes", "rmxes": "remixes", "inst": "instrumental",
    "orig": "original", "no1": "number1", "mr": "mister", "dr": "doctor", "st": "saint",
}  # fmt: skip
_BRACKET = re.compile(r"^(.*\S)\s*[(\[]([^()\[\]]*)[)\]][\s.]*$")
_OPEN_BRACKET = re.compile(r"^(.*\S)\s*[(\[]([^()\[\]]*)$")
_FENCED = re.compile(r"^(.*?\S)\s*(?:(?<=[\s.])-|-(?=\s))\s*((?:[^-]|(?<=\w)-(?=\w))+?)\s*-?\s*$")
# "-OST-": dashes that close upon the words are a shop's remark.
_CLOSED = re.compile(r"^(.*?\S)\s+-((?=\S)[^-]*[^-\s])-$")
_COLOURED = rf"(?:(?:{'|'.join(sorted(COLOURS))}|colou?red)\s+)*"
# "Kind of Blue Vinyl" is not "Kind of".
_NOT_BEHIND = r"(?<!\bof)(?<!\bthe)(?<!\bin)(?<!\binto)(?<!\band)(?<!\bto)(?<!\bmy)"
_TAIL = re.compile(
    rf"^(.*?\S){_NOT_BEHIND}\s+(?:{_COLOURED}vin[iy]lo?|(?:\d{{1,2}}x?|\d{{1,2}}\sx\s?)?lps?|box\s?set|"
    r"picture\s+disc|ost|(?:7|10|12)\s?-?inch(?:/\d+)?|promo|sampler)$",
    re.IGNORECASE,
)
_HEAD = re.compile(r"\s*:\s+|\s+[-–—]\s+")
_SLASH = re.compile(r"\s*/\s*")
_SHORT_YEAR = re.compile(r"['’](\d\d)(?!\d)")
# Words in front of the number of a volume; the number says it all.
VOLUME = frozenset(
    "vol volume volumen part parte pt tome tomo teil chapter episode session disc no nr".split()
)
_WORKS = {
    "live": r"live|en vivo|en directo|in concert|concert|unplugged|tour",
    "remix": r"remix(?:es|ed)?|rmxs?|mix(?:es)?|rework(?:s|ed)?|reconfigured|versions?",
    "ep": r"e\s?ps?",
    "other_take": r"demos?|instrumentals?|acoustic|akustik|acustico|acoustique|karaoke|rarities|"
    r"outtakes|alternates?|a cappellas?|acappella|b sides|sessions?|dubs?|orchestral|"
    r"symphonic|tribute|covers|redux|encore|outakes",
    "other_kind": r"soundtrack|score|singles|best of|lo mejor de|das beste|le meilleur|hits|exitos|"
    r"collection|coleccion|anthology|suite|compilation|sampler|essential",
}
WORK = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for name, words in _WORKS.items()}


@dataclass(frozen=True)
class Title:
    """A title as it is compared. `shown` is its text without edition words, `tokens` its words
    without articles and without what unknown brackets at the end say (`notes`); `heads` are the
    tokens of what stands before a colon or a dash, `sides` those of a single's two sides."""

    text: str
    shown: str
    tokens: tuple[str, ...]
    notes: tuple[str, ...]
    heads: frozenset[tuple[str, ...]]
    sides: frozenset[tuple[str, ...]]
    works: frozenset[str]
    numbers: tuple[str, ...]
    edition: Edition
    set_apart: tuple[str, ...]
    of_set: tuple[str, str] | None

    @property
    def joined(self) -> str:
        return "".join(self.tokens)

    @property
    def whole(self) -> tuple[str, ...]:
        return self.tokens + self.notes


@lru_cache(maxsize=4096)
def read_title(text: str) -> Title:
    """Take a title apart. A title of edition words alone stays whole.

    Of a longer one than LONGEST signs, all words count, and its edition, remarks and place in a set
    are looked for among the last LONGEST signs: the work grows with the length, not its square.
    """
    rest = _HEARTS.sub(" love ", _MARKUP.sub(" ", text)).strip() or text.strip()
    rest = _VOLUME_OF.sub(r"\1", rest)
    if len(rest) > LONGEST:
        rest = _BLANKS.sub(" ", rest)
    begins, rest = rest[:-LONGEST], rest[-LONGEST:]
    of_set = _OF_SET.search(rest)
    if of_set:
        rest = rest[: of_set.start()] or rest
    editions: list[str] = []
    notes: list[str] = []
    while True:
        part = _last_part(rest)
        if part is None:
            break
        rest, told, kind = part
        (editions if kind == "edition" else notes).insert(0, told)
    rest = begins + rest
    twice = _TWICE.match(rest) if not begins else None
    rest = twice[1] if twice else rest
    heads = [part for part in _HEAD.split(rest) if part.strip()]
    sides = [part for part in _SLASH.split(rest) if words(part)]
    tokens = _tokens(rest)
    noted = tuple(token for note in notes for token in _note(note))
    spoken = " ".join((*tokens, *noted))
    return Title(
        text=text,
        shown=rest + "".join(f" ({note})" for note in notes),
        tokens=tokens,
        notes=noted,
        heads=frozenset(_tokens(part) for part in heads) if len(heads) > 1 else frozenset(),
        sides=frozenset(_tokens(part) for part in sides) if len(sides) > 1 else frozenset(),
        works=frozenset(name for name, sign in WORK.items() if sign.search(spoken)),
        numbers=_numbers((*tokens, *noted)),
        edition=read_edition(*editions),
        set_apart=tuple(editions),
        of_set=(of_set[1], of_set[2]) if of_set else None,
    )


def _last_part(text: str) -> tuple[str, str, str] | None:
    """(rest, words, "edition" or "note") of the last part that can go."""
    fenced = _FENCED.match(text)
    if fenced and (_of_edition(fenced[2]) or is_colour(fenced[2])):
        return fenced[1], fenced[2].strip(), "edition"
    closed = _CLOSED.match(text)
    if closed:
        return closed[1], closed[2].strip(), "note"
    found = _BRACKET.match(text) or _OPEN_BRACKET.match(text)
    if found:
        kind = "edition" if _of_edition(found[2]) else "note"
        return found[1], found[2].strip(), kind
    bare = bare_tail(text)
    if bare:
        return *bare, "edition"
    found = _TAIL.match(text)
    if found:
        return found[1], text[found.end(1) :].strip(), "edition"
    found = _GUEST.match(text)
    if found:
        return found[1], found[2].strip(" )]"), "note"
    return None


def _note(text: str) -> tuple[str, ...]:
    """The words of a remark in brackets; what says soundtrack, however cut off, is one word."""
    found = _tokens(text)
    return ("soundtrack",) if _SOUNDTRACK.match(" ".join(words(text))) else found


def _of_edition(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    # "(BLUE/WHI", "(CLEAR/BLACK SMOK": the last word may be cut.
    return (
        is_edition(text) or is_colour(text) or (len(words) > 1 and is_colour(" ".join(words[:-1])))
    )


def _tokens(text: str) -> tuple[str, ...]:
    """Words without articles; "Vol. II", "Volume Two" and "Pt 2" are "2"."""
    found = tokens_of(_SHORT_YEAR.sub(r"19\1", text), ordinals=False) or (text.casefold(),)
    kept: list[str] = []
    of_volume = False
    found = tuple(_INFORMAL.get(word, word) for word in found)
    for word, following in zip(found, (*found[1:], ""), strict=True):
        counts = following == "i" or following[:1].isdigit()
        if word in VOLUME and counts:
            of_volume = True
            continue
        kept.append("1" if of_volume and word == "i" else word)
        of_volume = False
    return tuple(kept)


def _numbers(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(digits for token in tokens for digits in re.findall(r"\d+", token)))
