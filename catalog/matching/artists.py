"""Whether two strings name one artist. Pure.

One relation between the two names is found, the strongest that holds, and the table of weights
says what it is worth; flags beside it take some of that away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.distance import JaroWinkler, Levenshtein

from catalog.matching.folding import words
from catalog.matching.keys import normalise_name
from catalog.matching.lexicon import (
    ENSEMBLES,
    GENERATIONS,
    GROUP_WORDS,
    KNOWN_NAMES,
    NICKNAMES,
    TITLES,
    TRIBUTE,
)
from catalog.matching.reading import Name, has_han, in_latin, latinised, meaning, read_name
from catalog.matching.sounds import heard_alike, one_transcribed, skeleton, transcribed
from catalog.matching.verdicts import Match, certain, weigh

SHORT = 5
# Jaro-Winkler likeness of two spellings of one surname.
ALIKE = 0.88
_OF_MANY = frozenset(("the", "los", "las", "les"))


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
    if bool(TRIBUTE.search(left.text)) != bool(TRIBUTE.search(right.text)):
        return {"tribute": 1.0}
    values: dict[str, float] = {}
    same = normalise_name(left.text) == normalise_name(right.text)
    if left.suffix != right.suffix:
        if same:
            return {_homonyms(left, right): 1.0}
        if left.suffix and right.suffix:
            return {"both_numbered": 1.0}
        values["numbered"] = 1.0
    scripts = in_latin(left.tokens) != left.tokens, in_latin(right.tokens) != right.tokens
    if any(scripts):
        han = has_han(left) != has_han(right)
        left, right = latinised(left), latinised(right)
        values["other_script"] = 1.0
    values[relation(left, right)] = 1.0
    if "likeness" in values:
        del values["likeness"]
        values |= likeness(left, right)
        if "other_script" in values:  # letters of other scripts are transcribed in several ways
            values.pop("first_letter", None)
            values["heard_alike"] = max(0.0, heard_alike(left.joined, right.joined) - 0.5) * 2
            if han:
                values["other_script_read"] = 1.0
    if _generation(left) != _generation(right):
        values = {"generation": 1.0}
    if _digits(left) != _digits(right):
        values["digits"] = 1.0
    return values


def _homonyms(left: Name, right: Name) -> str:
    """How two names of one key stand that are numbered differently. A catalogue numbers what is
    written the same; another spelling beside a numbered name is of that name as likely."""
    if left.suffix and right.suffix:
        return "homonyms"
    bare = (_bare(left), _bare(right))
    return "homonym" if bare[0] == bare[1] else "homonym_varied"


def relation(left: Name, right: Name) -> str:
    """The strongest relation between two names, by its name in the table of weights."""
    short, long = sorted((left, right), key=lambda name: (len(name.tokens), name.joined))
    whole = _of_whole(left, right)
    if whole:
        return whole
    for a, b in _readings(left, right):
        partly = _of_people(a, b)
        if partly:
            return partly
    if _acronym(short, long):
        return "acronym"
    if _only_titles(short, long):
        return "title_word"
    rest = set(long.tokens) - set(short.tokens)
    if rest <= GROUP_WORDS and len(short.tokens) > 1 and set(short.tokens) < set(long.tokens):
        return "group_word"
    if _members_short(left, right):
        return "members_short"
    if short.members < long.members or long.members < short.members:
        return "more_people"
    if len(short.tokens) < len(long.tokens) and set(short.tokens) < set(long.tokens):
        return _contained(short, long)
    if _aliases(left, right) or _aliases(right, left):
        return "alias_part"
    return "likeness"


def _of_whole(left: Name, right: Name) -> str:
    """The relation of two names that say the same in other words, signs or order; else ""."""
    if (
        left.joined == right.joined
        or left.sorted == right.sorted
        or (left.unbroken and left.unbroken == right.unbroken)
    ):
        return "same_words"
    if _umlauts(left.joined) == _umlauts(right.joined):
        return "umlauts"
    if _alias(left, right) or _alias(right, left):
        return "alias_named"
    if "".join(left.plain) == "".join(right.plain) or sorted(left.plain) == sorted(right.plain):
        return "aside"
    if _said_twice(left, right):
        return "said_twice"
    means = meaning(left), meaning(right)
    if means[0] and means[0] == means[1]:
        return "same_meaning"
    few, many = (set(one) for one in sorted(means, key=len))
    if many - few == {"orchestra"} and few < many and few & {"philharmonic", "symphony", "radio"}:
        return "same_meaning"
    return ""


def _said_twice(left: Name, right: Name) -> bool:
    """Whether both say one single word, and one of them more often: "Talk Talk" and "Talk"."""
    word = set(left.tokens)
    return len(word) == 1 and word == set(right.tokens) and len(left.tokens) != len(right.tokens)


def _readings(left: Name, right: Name) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The words of both, and without what stands in brackets where one has brackets."""
    found = [(left.tokens, right.tokens)]
    if left.asides or right.asides:
        found.append((left.plain, right.plain))
    return found


def _of_people(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    """The relation of two spellings of one person's names; else ""."""
    if _initials(a, b):
        return "initials"
    if _initials(a, b, alike=True):
        return "initials_alike"
    if _short_first_name(a, b):
        return "short_first_name"
    if _last_initial(a, b):
        return "last_initial" if a[0] in KNOWN_NAMES else "last_letter"
    if _cut_words(a, b):
        return "cut_words"
    if one_transcribed(a[-1], b[-1]) and _first_names_agree(a[:-1], b[:-1]):
        return "transcribed"
    return ""


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
        values["plural" if several else "plural_of_word"] = 1.0
    elif distance == 1 and min(len(first), len(second)) > SHORT:
        values["one_letter" if several else "one_letter_of_word"] = 1.0
    if first.rstrip("s") != second.rstrip("s") and skeleton(first) == skeleton(second):
        values["sounds_alike" if several else "word_sounds_alike"] = 1.0
    if len(a) == len(b) > 1:
        pairs = list(zip(a, b, strict=True))
        alike = [JaroWinkler.similarity(one, other) for one, other in pairs]
        values["worst_word"] = max(0.0, min(alike) - 0.6) * 2.5
        off = [(one, other) for one, other in pairs if one != other]
        if len(off) == 1:
            values |= _one_word_off(*off[0])
        last, its = pairs[-1]
        if last == its and last not in ENSEMBLES and pairs[0][0][0] == pairs[0][1][0]:
            values["same_surname"] = max(0.0, alike[0] - 0.5) * 2
    elif min(len(a), len(b)) == 1 and max(len(a), len(b)) == 2:
        word, name = sorted((a, b), key=len)
        near = Levenshtein.normalized_similarity(word[0], name[-1])
        if near > 0.75 and len(word[0]) >= SHORT and re.search("[aeiouy]", name[0]):
            return {"surname_alike": 1.0}
    if _spelt_inside(a, b) or _spelt_inside(b, a):
        values["spelt_inside"] = 1.0
    if first[0] != second[0]:
        values["first_letter"] = 1.0
    return values


def _one_word_off(one: str, other: str) -> dict[str, float]:
    """What the only word says in which two names differ."""
    if len(one) == len(other) == 1:
        return {"other_letter": 1.0}
    if one in KNOWN_NAMES and other in KNOWN_NAMES and other not in NICKNAMES.get(one, ()):
        return {"other_known_name": 1.0}
    near = Levenshtein.normalized_similarity(one, other)
    return {"one_word_off": max(0.0, near - 0.5) * 2}


def _contained(short: Name, long: Name) -> str:
    rest = set(long.tokens) - set(short.tokens)
    if set(short.tokens) & ENSEMBLES and len(short.tokens) > 1:
        return "ensemble_longer"
    if rest <= GENERATIONS or rest & GENERATIONS and len(rest) < 3:
        return "generation"
    if rest & (ENSEMBLES | GROUP_WORDS):
        return "ensemble"
    if len(short.tokens) == 1:
        if short.tokens[0] == long.tokens[-1]:
            if max(map(len, rest)) > 1:
                of_many = words(short.text)[0] in _OF_MANY and short.tokens[0] in KNOWN_NAMES
                return "group_named" if of_many else "surname"
            return "initial_dropped" if _with_initial(long) else "letter_more"
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
    if a[0] != b[0] and b[0] in NICKNAMES.get(a[0], ()):
        return True
    short, long = sorted((a[0], b[0]), key=len)
    if len(short) == 2:
        return len(a) == len(b) == 2 and short[0] == long[0] and short not in TITLES
    return len(short) > 2 and short != long and long.startswith(short)


def _first_names_agree(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether first names are the same, initials, forms of each other or transcriptions, as far as
    both have them."""
    return all(
        x == y or _short_for(x, y) or y in NICKNAMES.get(x, ()) or transcribed(x) == transcribed(y)
        for x, y in zip(a, b, strict=False)
    )


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
    """Whether the two differ in a title in front, or in "DJ" behind."""
    bare, rest = _untitled(short.tokens), _untitled(long.tokens)
    return bare == rest and (short.tokens != bare or long.tokens != rest)


def _untitled(tokens: tuple[str, ...]) -> tuple[str, ...]:
    if len(tokens) > 1 and tokens[-1] == "dj":
        tokens = tokens[:-1]
    while len(tokens) > 1 and tokens[0] in TITLES:
        tokens = tokens[1:]
    return tokens


def _with_initial(name: Name) -> bool:
    """Whether the first word is an initial: "F. Lelonek", but not "E-Dancer"."""
    return bool(re.match(r"\W*\w[.\s]", name.text))


def _cut_words(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """ "Josh Wink" and "Josh Winkelman": as many words, and of unequal ones one begins the other,
    but for a plural or two surnames."""
    if len(a) != len(b) or len(a) < 2 or "".join(a).rstrip("s") == "".join(b).rstrip("s"):
        return False
    return all(
        one == other
        or (
            min(len(one), len(other)) > 2
            and (one.startswith(other) or other.startswith(one))
            and not (one in KNOWN_NAMES and other in KNOWN_NAMES)
        )
        for one, other in zip(a, b, strict=True)
    )


def _members_short(left: Name, right: Name) -> bool:
    """ "Mia & Dion" and "Dion Cooper & Mia Nicolai": as many people, each named in short."""
    few, many = left.members, right.members
    if len(few) != len(many) or len(few) < 2 or few == many:
        return False

    def short(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> bool:
        return all(any(set(one) <= set(other) for other in b) for one in a)

    return short(few, many) or short(many, few)


def _aliases(one: Name, other: Name) -> bool:
    """Whether an alias that one text names is part of the other name."""
    return any(set(part) < set(other.tokens) for part in one.aliases)


def _bare(name: Name) -> str:
    return re.sub(r"\s\(\d{1,4}\)\s*$", "", name.text).strip()


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
