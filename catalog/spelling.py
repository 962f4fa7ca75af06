"""Typing mistakes: which words share a key, and how far one is from another. Pure.

A key is the beginning of a word, four to six letters of it, or that with one letter left out. Two
spellings that differ in one letter (another one, one too many or too few, two changed round) share
a key, also while only the beginning is typed and also where the first letter is wrong. The method
is that of symmetric deletion (W. Garbe, "SymSpell", 2012), restricted to beginnings.
"""

from __future__ import annotations

from string import ascii_lowercase

SHORTEST, LONGEST_KEY = 4, 6
# From so many letters on two mistakes are forgiven, if at most one is among the first six.
TWO_MISTAKES = 8


def keys(word: str) -> set[str]:
    """The keys of a word of the vocabulary; none for one that is too short to be mistyped."""
    return {
        key
        for length in range(SHORTEST, min(len(word), LONGEST_KEY) + 1)
        for key in _with_one_left_out(word[:length])
    }


def typed_keys(typed: str) -> set[str]:
    """The keys by which the words are found that somebody may have meant."""
    return _with_one_left_out(typed[:LONGEST_KEY]) if len(typed) >= SHORTEST else set()


def forgiven(typed: str) -> int:
    """How many mistakes a word of this length may have."""
    return 0 if len(typed) < SHORTEST else 1 if len(typed) < TWO_MISTAKES else 2


def mistakes(typed: str, word: str) -> int:
    """The least number of mistakes that lead from the word, or its beginning, to what was typed."""
    return distances(typed, word)[0]


def distances(typed: str, word: str) -> tuple[int, int]:
    """How many mistakes lead to what was typed: from the beginning of the word that is nearest, and
    from the whole word.

    Optimal string alignment: a letter too many, too few, another one, or two changed round.
    """
    before: list[int] = []
    last = list(range(len(word) + 1))
    for at, sign in enumerate(typed, start=1):
        row = [at]
        for place, letter in enumerate(word, start=1):
            least = min(last[place] + 1, row[place - 1] + 1, last[place - 1] + (sign != letter))
            if at > 1 and place > 1 and sign == word[place - 2] and typed[at - 2] == letter:
                least = min(least, before[place - 2] + 1)
            row.append(least)
        before, last = last, row
    return min(last), last[-1]


def swapped(typed: str) -> set[str]:
    """What was typed with two neighbouring letters changed round."""
    return {
        typed[: at - 1] + typed[at] + typed[at - 1] + typed[at + 1 :] for at in range(1, len(typed))
    } - {typed}


def neighbours(typed: str) -> set[str]:
    """Whole words that somebody may have meant who typed this: two letters changed round, one too
    many, one too few; of five letters and more one too few only where it is a doubled one, for
    each is looked up. None for what is too short or too long."""
    if not SHORTEST <= len(typed) <= LONGEST_KEY:
        return set()
    some = len(typed) > SHORTEST
    one_more = {
        typed[:at] + letter + typed[at:]
        for at in range(len(typed) + (not some))
        for letter in (typed[at] if some else ascii_lowercase)
    }
    one_less = _with_one_left_out(typed) if some else set()
    return (swapped(typed) | one_more | one_less) - {typed}


def _with_one_left_out(text: str) -> set[str]:
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}
