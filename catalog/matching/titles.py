"""Whether two titles name one work, and whether artist and title together do. Pure."""

from __future__ import annotations

from collections import Counter

from rapidfuzz.distance import JaroWinkler, Levenshtein

from catalog.matching.artists import artist_similarity
from catalog.matching.folding import words
from catalog.matching.keys import normalise_name, normalise_title
from catalog.matching.lexicon import TRIBUTE
from catalog.matching.reading import in_latin, read_name
from catalog.matching.sounds import skeleton, transcribed
from catalog.matching.title_reading import VOLUME, WORK, Title, read_title
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
_UNTITLED = frozenset(
    "untitled|self titled|selftitled|st|s t|no title|ohne titel|sans titre|sin titulo|senza titolo|"
    "eponymous|titel unbekannt|not on label".split("|")
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
    often the same record, so part of a credit weighs less here than for artists alone; nobody at
    all is no part of a credit."""
    if bool(a.strip()) != bool(b.strip()):
        return "artist_untold"
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


# Remarks in brackets that say more than their kind: a whole record mixed anew is another one than
# a single with remixes, and a single is seldom the album of its title.
_NOTED = frozenset(("remixed", "single"))


def title_values(left: Title, right: Title) -> dict[str, float]:
    """The evidence of two titles: their relation, and what speaks against one work."""
    values = {title_relation(left, right): 1.0}
    if "title_alike" in values:
        values = {"title_other": 1.0} | _likeness(left, right)
    how = "noted" if "title_note" in values or "title_notes_differ" in values else "only_one"
    for work in sorted(left.works ^ right.works):
        if not {f"title_{work}", f"title_{work}ed"} & values.keys():
            values[f"{how}_{work}"] = 1.0
    if how == "noted":
        for sign in sorted(_NOTED & ({*left.notes} ^ {*right.notes})):
            values[f"noted_{sign}"] = 1.0
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
        if WORK["remix"].search(" ".join(more)):
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
    return "title_transcribed" if _transcribed(left, right) else ""


def _transcribed(left: Title, right: Title) -> bool:
    """Whether one is the other in Latin letters; a long one may be transcribed in another way."""
    if (left.joined + right.joined).isascii():
        return False
    latin = in_latin(left.whole), in_latin(right.whole)
    if (latin[0] == left.whole) == (latin[1] == right.whole):
        return False
    one, other = map("".join, latin)
    if one == other:
        return True
    heard = [[transcribed(word) for word in words] for words in latin]
    return min(len(one), len(other)) > SHORT and heard[0] == heard[1]


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
    return tuple(token for token in tokens if not token.isdigit() and token not in VOLUME)


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


def _keys(artist: str, title: str) -> tuple[str, str]:
    return normalise_name(artist), normalise_title(title)
