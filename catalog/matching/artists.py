"""Whether two strings name one artist. Pure.

One relation between the two names is found, the strongest that holds, and the table of weights
says what it is worth; flags beside it take some of that away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.distance import JaroWinkler, Levenshtein

from catalog.matching.keys import normalise_name
from catalog.matching.reading import (
    ENSEMBLES,
    GENERATIONS,
    GROUP_WORDS,
    NICKNAMES,
    TITLES,
    Name,
    in_latin,
    latinised,
    read_name,
)
from catalog.matching.verdicts import Match, certain, weigh

SHORT = 5
# Jaro-Winkler likeness of two spellings of one surname.
ALIKE = 0.88


def artist_similarity(a: str, b: str, *, known_as: Iterable[str] = ()) -> Match:
    """Whether two strings name one artist, 1 for equal keys. Homonyms ("Scuba", "Scuba (4)") and
    more people than one ("Glenn Miller And His Orchestra") are others. `known_as` are variations
    of one of the two names that a catalogue lists: the other being among them settles it."""
    left, right = read_name(a), read_name(b)
    keys = {normalise_name(a), normalise_name(b)}
    if left.suffix == right.suffix and len(keys) == 1:
        return certain("artist", "the names are the same")
    if not keys.isdisjoint(map(normalise_name, known_as)):
        return certain("artist", "one is a known variation of the other's name")
    return weigh("artist", artist_values(left, right))


def artist_values(left: Name, right: Name) -> dict[str, float]:
    """The evidence of two names whose keys differ, or whose numbers do: value by part."""
    values: dict[str, float] = {}
    same = normalise_name(left.text) == normalise_name(right.text)
    if left.suffix != right.suffix:
        if same:
            return {"homonyms" if left.suffix and right.suffix else "homonym": 1.0}
        values["numbered"] = 1.0
    if in_latin(left.tokens) != left.tokens or in_latin(right.tokens) != right.tokens:
        left, right = latinised(left), latinised(right)
        values["other_script"] = 1.0
    values[relation(left, right)] = 1.0
    if "likeness" in values:
        values |= likeness(left, right)
        if "other_script" in values:  # letters of other scripts are transcribed in several ways
            values.pop("first_letter", None)
    if _generation(left) != _generation(right):
        values = {"generation": 1.0}
    if _digits(left) != _digits(right):
        values["digits"] = 1.0
    return values


def relation(left: Name, right: Name) -> str:
    """The strongest relation between two names, by its name in the table of weights."""
    short, long = sorted((left, right), key=lambda name: (len(name.tokens), name.joined))
    if (
        left.joined == right.joined
        or left.sorted == right.sorted
        or left.unbroken == right.unbroken
    ):
        return "same_words"
    if _umlauts(left.joined) == _umlauts(right.joined):
        return "umlauts"
    if _alias(left, right) or _alias(right, left):
        return "alias_named"
    if "".join(left.plain) == "".join(right.plain) or sorted(left.plain) == sorted(right.plain):
        return "aside"
    if _initials(left.tokens, right.tokens):
        return "initials"
    if _initials(left.tokens, right.tokens, alike=True):
        return "initials_alike"
    if _short_first_name(left.tokens, right.tokens):
        return "short_first_name"
    if _last_initial(left.tokens, right.tokens):
        return "last_initial"
    if _acronym(short, long):
        return "acronym"
    if _only_titles(short, long):
        return "title_word"
    rest = set(long.tokens) - set(short.tokens)
    if rest <= GROUP_WORDS and len(short.tokens) > 1 and set(short.tokens) < set(long.tokens):
        return "group_word"
    if short.members < long.members or long.members < short.members:
        return "more_people"
    if len(short.tokens) < len(long.tokens) and set(short.tokens) < set(long.tokens):
        return _contained(short, long)
    return "likeness"


def likeness(left: Name, right: Name) -> dict[str, float]:
    """How alike two names are that share no relation: as wholes, and in their worst word."""
    a, b = left.tokens, right.tokens
    values = {"no_relation": 1.0}
    first, second = "".join(a), "".join(b)
    whole = max(
        Levenshtein.normalized_similarity(first, second),
        Levenshtein.normalized_similarity("".join(sorted(a)), "".join(sorted(b))),
    )
    values["likeness"] = max(0.0, whole - 0.5) * 2
    if min(len(first), len(second)) <= SHORT:
        values["short"] = 1.0
    distance = Levenshtein.distance(first, second)
    several = min(len(a), len(b)) > 1
    if first.rstrip("s") == second.rstrip("s"):
        values["plural"] = 1.0
    elif distance == 1 and min(len(first), len(second)) > SHORT:
        values["one_letter" if several else "one_letter_of_word"] = 1.0
    if "plural" not in values and _skeleton(first) == _skeleton(second):
        values["sounds_alike" if several else "word_sounds_alike"] = 1.0
    if len(a) == len(b) > 1:
        pairs = list(zip(a, b, strict=True))
        alike = [JaroWinkler.similarity(one, other) for one, other in pairs]
        values["worst_word"] = max(0.0, min(alike) - 0.6) * 2.5
        last, its = pairs[-1]
        if last == its and last not in ENSEMBLES and pairs[0][0][0] == pairs[0][1][0]:
            values["same_surname"] = max(0.0, alike[0] - 0.5) * 2
    if _spelt_inside(a, b) or _spelt_inside(b, a):
        values["spelt_inside"] = 1.0
    if first[0] != second[0]:
        values["first_letter"] = 1.0
    return values


def _contained(short: Name, long: Name) -> str:
    rest = set(long.tokens) - set(short.tokens)
    if rest <= GENERATIONS or rest & GENERATIONS and len(rest) < 3:
        return "generation"
    if rest & (ENSEMBLES | GROUP_WORDS):
        return "ensemble"
    if len(short.tokens) == 1:
        if short.tokens[0] == long.tokens[-1]:
            return "surname" if max(map(len, rest)) > 1 else "letter_more"
        return "forename" if short.tokens[0] == long.tokens[0] else "one_word"
    if short.tokens[0] == long.tokens[0] and short.tokens[-1] == long.tokens[-1]:
        return "middle_name"
    if long.tokens[-len(short.tokens) :] == short.tokens:
        return "last_words"
    return "more_words"


def _alias(one: Name, other: Name) -> bool:
    return any(part in (other.tokens, other.plain) for part in (*one.aliases, *one.asides))


def _initials(a: tuple[str, ...], b: tuple[str, ...], *, alike: bool = False) -> bool:
    """ "N. Birmingham" and "Nick Birmingham", "J.E. Wuttke" and "Jörn Elling Wuttke"; with `alike`
    the surname may be misspelt."""
    a, b = _spread(a, b), _spread(b, a)
    if len(a) > len(b):
        a, b = b, a
    if len(a) < 2 or len(a[-1]) < 2:
        return False
    if a[-1] != b[-1] and not (alike and JaroWinkler.similarity(a[-1], b[-1]) >= ALIKE):
        return False
    heads = b[:-1] if len(a) == len(b) else b[: len(a) - 1]
    pairs = list(zip(a[:-1], heads, strict=True))
    return all(x == y or _short_for(x, y) for x, y in pairs) and any(x != y for x, y in pairs)


def _short_first_name(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """ "Matt Pelling" and "Matthew Robert Pelling", "J.A. Cassidy" and "Jenny Cassidy"."""
    if min(len(a), len(b)) < 2 or max(len(a), len(b)) > 3 or a[-1] != b[-1] or len(a[-1]) < 2:
        return False
    if a[0] != b[0] and NICKNAMES.get(a[0], a[0]) == NICKNAMES.get(b[0], b[0]):
        return True
    short, long = sorted((a[0], b[0]), key=len)
    if len(short) == 2:
        return len(a) == len(b) == 2 and short[0] == long[0] and short not in TITLES
    return len(short) > 2 and short != long and long.startswith(short)


def _last_initial(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """ "Charlie H." and "Charlie Hall"; "DJ C" says nothing of DJ Cam."""
    return (
        len(a) == len(b) > 1
        and a[:-1] == b[:-1]
        and a[0] not in TITLES
        and len(a[0]) > 1
        and _short_for(a[-1], b[-1])
    )


def _spread(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    """ "je wuttke" as "j e wuttke" where the other name has as many words."""
    if len(a) > 1 and len(a[0]) in (2, 3) and (len(b) > len(a) or not b[0].startswith(a[0])):
        letters = tuple(a[0])
        if all(word.startswith(letter) for letter, word in zip(letters, b, strict=False)):
            return (*letters, *a[1:])
    return a


def _short_for(x: str, y: str) -> bool:
    return (len(x) == 1 and y.startswith(x)) or (len(y) == 1 and x.startswith(y))


def _acronym(short: Name, long: Name) -> bool:
    if len(long.tokens) < 2 or len(short.joined) > 6:
        return False
    if short.joined == "".join(token[0] for token in long.tokens):
        return len(short.joined) > 1
    # "M.500" for "Model 500"
    return (
        len(short.tokens) == len(long.tokens)
        and len(long.tokens[0]) > 2
        and all(x == y or _short_for(x, y) for x, y in zip(short.tokens, long.tokens, strict=True))
    )


def _only_titles(short: Name, long: Name) -> bool:
    rest = [token for token in long.tokens if token not in TITLES]
    return len(rest) < len(long.tokens) and rest == [t for t in short.tokens if t not in TITLES]


def _spelt_inside(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether every word of the shorter name is in the longer one, but for a misspelling."""
    return 1 < len(a) < len(b) and all(
        max(JaroWinkler.similarity(word, other) for other in b) >= ALIKE for word in a
    )


def _umlauts(joined: str) -> str:
    return re.sub(r"(?<=[aou])e", "", joined)


def _generation(name: Name) -> frozenset[str]:
    same = {"junior": "jr", "senior": "sr"}
    return frozenset(same.get(one, one) for one in GENERATIONS & set(name.tokens))


def _digits(name: Name) -> list[str]:
    return sorted(re.findall(r"\d+", name.joined))


def _skeleton(word: str) -> str:
    """The word by its sound, roughly: no vowels behind the first letter, no doubles."""
    word = word.replace("ph", "f").replace("ck", "k").replace("c", "k").replace("z", "s")
    word = word[0] + re.sub(r"[aeiouyhw]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", word)
