"""Whether two titles name one work, and whether artist and title together do. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import JaroWinkler, Levenshtein

from catalog.matching.artists import artist_similarity
from catalog.matching.editions import COLOURS, Edition, is_colour, is_edition, read_edition
from catalog.matching.folding import words
from catalog.matching.keys import normalise_name, normalise_title
from catalog.matching.lexicon import TRIBUTE
from catalog.matching.reading import read_name, tokens_of
from catalog.matching.sounds import skeleton
from catalog.matching.verdicts import Match, certain, weigh

# Shops cut titles at 30 to 60 signs, in the middle of a word.
CUT_FROM = 16
LINE = 30
SHORT = 5
# Of the shorter credit so many words are in the longer one, when it is part of it.
MOST = 0.6
# Jaro-Winkler likeness of two spellings of one artist.
ALIKE = 0.88
_PARTLY = frozenset(
    "more_people ensemble more_words surname middle_name initials initials_alike last_initial "
    "acronym title_word alias_named one_word forename letter_more short_first_name umlauts "
    "group_word last_words".split()
)
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
_UNTITLED = frozenset(
    "untitled|self titled|selftitled|st|s t|no title|ohne titel|sans titre|sin titulo|senza titolo|"
    "eponymous|titel unbekannt|not on label".split("|")
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
_VOLUME = frozenset(
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
_WORK = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for name, words in _WORKS.items()}


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
    """Take a title apart. A title of edition words alone stays whole."""
    rest = _HEARTS.sub(" love ", _MARKUP.sub(" ", text)).strip() or text.strip()
    rest = _VOLUME_OF.sub(r"\1", rest)
    of_set = _OF_SET.search(rest)
    if of_set:
        rest = rest[: of_set.start()] or rest
    editions: list[str] = []
    notes: list[str] = []
    while True:
        part = _last_part(rest)
        if part is None:
            break
        rest, words, kind = part
        (editions if kind == "edition" else notes).insert(0, words)
    twice = _TWICE.match(rest)
    rest = twice[1] if twice else rest
    heads = [part for part in _HEAD.split(rest) if part.strip()]
    sides = [part for part in _SLASH.split(rest) if part.strip()]
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
        works=frozenset(name for name, sign in _WORK.items() if sign.search(spoken)),
        numbers=_numbers((*tokens, *noted)),
        edition=read_edition(*editions),
        set_apart=tuple(editions),
        of_set=(of_set[1], of_set[2]) if of_set else None,
    )


def title_similarity(a: str, b: str) -> Match:
    """Whether two titles name one work of the same artist. Editions are the same work; live,
    remix, demo and "Vol. 2" albums are another."""
    if normalise_title(a) == normalise_title(b):
        return certain("album", "the titles are the same but for edition words")
    return weigh("album", {"artist_same": 1.0, **title_values(read_title(a), read_title(b))})


def album_similarity(artist_a: str, title_a: str, artist_b: str, title_b: str) -> Match:
    """Whether artist and title mean one work."""
    if _keys(artist_a, title_a) == _keys(artist_b, title_b) and certain_artist(artist_a, artist_b):
        return certain("album", "artist and title are the same but for edition words")
    return weigh("album", album_values(artist_a, title_a, artist_b, title_b))


def album_values(artist_a: str, title_a: str, artist_b: str, title_b: str) -> dict[str, float]:
    """The evidence of two albums: one part for the artists, and those of the titles."""
    values = {artist_part(artist_a, artist_b): 1.0}
    return values | title_values(read_title(title_a), read_title(title_b))


def certain_artist(a: str, b: str) -> bool:
    return artist_similarity(a, b).score == 1


def artist_part(a: str, b: str) -> str:
    """How the artists of two albums stand to each other. One title by one of several people is
    often the same record, so part of a credit weighs less here than for artists alone."""
    if bool(TRIBUTE.search(a)) != bool(TRIBUTE.search(b)):
        return "artist_tribute"
    match = artist_similarity(a, b)
    names = {part.name for part in match.parts}
    if match.score == 1 or names & {"same_words", "aside"}:
        return "artist_same"
    if names & {"homonym", "homonyms"}:
        return "artist_homonym"
    one, other = set(read_name(a).tokens), set(read_name(b).tokens)
    shared = len(one & other) / min(len(one), len(other))
    if names & _PARTLY or shared >= MOST:
        return "artist_part"
    first, second = read_name(a).joined, read_name(b).joined
    return "artist_alike" if JaroWinkler.similarity(first, second) >= ALIKE else "artist_other"


# Relations that have said already what numbers say.
_NUMBERED = frozenset(
    ("title_same", "title_volumes", "title_sequel", "title_year", "title_untitled", "title_remixed")
)


def title_values(left: Title, right: Title) -> dict[str, float]:
    """The evidence of two titles: their relation, and what speaks against one work."""
    values = {title_relation(left, right): 1.0}
    if "title_alike" in values:
        values = {"title_other": 1.0} | _likeness(left, right)
    how = "noted" if "title_note" in values or "title_notes_differ" in values else "only_one"
    for work in sorted(left.works ^ right.works):
        if not {f"title_{work}", f"title_{work}ed"} & values.keys():
            values[f"{how}_{work}"] = 1.0
    if left.of_set != right.of_set:
        values["parts_of_set" if left.of_set and right.of_set else "part_of_set"] = 1.0
    if left.numbers != right.numbers and not values.keys() & _NUMBERED:
        both = bool(left.numbers) and bool(right.numbers)
        values["other_number" if both else "one_number"] = 1.0
    return values


def title_relation(left: Title, right: Title) -> str:
    """The strongest relation between two titles, by its name in the table of weights."""
    same = _same_title(left, right)
    if same:
        return same
    counted = _counted(left, right)
    if counted == "title_volumes":
        return counted
    if _is_cut(left, right) or _is_cut(right, left):
        return "title_cut"
    if " ".join(left.tokens) in _UNTITLED or " ".join(right.tokens) in _UNTITLED:
        return "title_untitled"
    few, many = sorted((left, right), key=lambda title: (len(title.tokens), title.joined))
    if _without(left, "ep") == _without(right, "ep"):
        return "title_ep"
    if counted:
        return counted
    heads = [{"".join(head) for head in one.heads} for one in (left, right)]
    if left.joined in heads[1] or right.joined in heads[0]:
        return "title_subtitle"
    if left.tokens in right.sides or right.tokens in left.sides:
        return "title_side"
    if Counter(few.tokens) < Counter(many.tokens):
        more = Counter(many.tokens) - Counter(few.tokens)
        if _WORK["remix"].search(" ".join(more)):
            return "title_remixed"
        if more.total() > 1 and many.tokens[: len(few.tokens)] != few.tokens:
            return "title_inside"
        return "title_one_word_more" if more.total() == 1 else "title_words_more"
    return "title_alike"


def _same_title(left: Title, right: Title) -> str:
    """The relation of two titles of the same words; else ""."""
    if left.joined == right.joined:
        if left.notes == right.notes:
            return "title_same"
        return "title_notes_differ" if left.notes and right.notes else "title_note"
    if "".join(left.whole) == "".join(right.whole) or sorted(left.tokens) == sorted(right.tokens):
        return "title_same"
    latin = [tuple(token for token in one.tokens if token.isascii()) for one in (left, right)]
    if latin[0] and latin[0] == latin[1]:
        return "title_script"
    return ""


def _counted(left: Title, right: Title) -> str:
    """How two titles stand that differ in numbers alone; else ""."""
    words = [_uncounted(one, other) for one, other in ((left, right), (right, left))]
    if not words[0] or words[0] != words[1] or left.numbers == right.numbers:
        return ""
    if (left.numbers or left.tokens[-1] == "i") and (right.numbers or right.tokens[-1] == "i"):
        return "title_volumes"
    only = (left.numbers or right.numbers)[0]
    return "title_year" if len(only) == 4 and only[:2] in ("19", "20") else "title_sequel"


def _uncounted(title: Title, other: Title) -> tuple[str, ...]:
    """The words of a title but for its number. "I" at the end is one where the other has a number:
    elsewhere it is a letter or who speaks."""
    tokens = title.whole
    if tokens[-1] == "i" and len(tokens) > 1 and not title.numbers and other.numbers:
        tokens = tokens[:-1]
    return tuple(token for token in tokens if not token.isdigit() and token not in _VOLUME)


def _without(title: Title, word: str) -> tuple[str, ...]:
    kept = tuple(token for token in title.whole if token != word)
    return kept or title.whole


def _likeness(left: Title, right: Title) -> dict[str, float]:
    a, b = left.joined, right.joined
    whole = Levenshtein.normalized_similarity(a, b)
    values = {"title_alike": max(0.0, whole - 0.5) * 2}
    several = min(len(left.tokens), len(right.tokens)) > 1
    near = Levenshtein.distance(a, b) == 1 and min(len(a), len(b)) > SHORT
    if several and skeleton(a.rstrip("s")) == skeleton(b.rstrip("s")):
        values["title_misspelt"] = 1.0
    elif near:
        long = min(len(a), len(b)) >= CUT_FROM and several
        values["title_misspelt" if long else "title_one_letter"] = 1.0
    if len(left.tokens) == len(right.tokens):
        pairs = zip(left.tokens, right.tokens, strict=True)
        worst = min(JaroWinkler.similarity(one, other) for one, other in pairs)
        values["title_worst_word"] = max(0.0, worst - 0.6) * 2.5
    shared = len(set(left.tokens) & set(right.tokens))
    values["title_shared_words"] = shared / max(len(set(left.tokens)), len(set(right.tokens)))
    return values


def _is_cut(one: Title, other: Title) -> bool:
    """Whether the first is the beginning of the second, cut off at a shop's longest line."""
    short, long = words(one.shown), words(other.shown)
    begins, whole = "".join(short), "".join(long)
    if not (CUT_FROM <= len(begins) < len(whole)) or not whole.startswith(begins):
        return False
    ends = {"".join(long[: count + 1]) for count in range(len(long))}
    return begins not in ends or len(one.text) >= LINE


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
        if word in _VOLUME and counts:
            of_volume = True
            continue
        kept.append("1" if of_volume and word == "i" else word)
        of_volume = False
    return tuple(kept)


def _numbers(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(digits for token in tokens for digits in re.findall(r"\d+", token)))


def _keys(artist: str, title: str) -> tuple[str, str]:
    return normalise_name(artist), normalise_title(title)
