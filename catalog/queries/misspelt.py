"""What was meant where somebody mistyped: words of the popular entries, a mistake or two away.

A word of four letters and more is compared with the vocabulary (`catalog.spelling`). One of two or
three may have its letters changed round ("teh"), one of three may lack a letter ("jon"); and where
the other words find nothing with it, it is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from catalog import search_sql, spelling
from catalog.matching.keys import ARTICLES

# So many words of the vocabulary are compared, the most frequent and again of those that are as
# long as what was typed; so many of them looked for, for each word; and so many entries ranked.
COMPARED, AS_LONG, CORRECTIONS, RANKED = 300, 150, 8, 400
# So many words are corrected, so many looked up for it, and so many that are too short helped.
MOST_CORRECTED, MOST_LOOKED_UP, MOST_HELPED = 4, 6, 2

_ALIKE = """
WITH alike AS MATERIALIZED (
    SELECT word, weight FROM catalog_searchword WHERE keys && %(keys)s::varchar[]
)
SELECT word FROM (
    (SELECT word, weight FROM alike ORDER BY weight DESC LIMIT %(compared)s)
    UNION
    (SELECT word, weight FROM alike WHERE length(word) BETWEEN %(length)s - 1 AND %(length)s + 1
     ORDER BY weight DESC LIMIT %(as_long)s)
) both_ways ORDER BY weight DESC, word
"""
_MEANT = f"""
SELECT kind, entity_id, words, popularity FROM catalog_searchentry
WHERE popular AND ({search_sql.WORDS_VECTOR}) @@ %s::tsquery ORDER BY popularity DESC LIMIT %s
"""
# What is known under exactly one of these names. Each kind has an index.
NEAR = """
(SELECT '{kind}' AS kind, entity_id, ln(1 + popularity) AS fit, normalised, true AS near
 FROM catalog_searchentry
 WHERE popular AND kind = '{kind}' AND normalised = ANY (%(near)s::text[])
 ORDER BY popularity DESC, entity_id LIMIT %(limit)s)
"""


@dataclass(frozen=True)
class _Word:
    """A word that was typed and the lexemes of what it may stand for."""

    typed: str
    lexemes: tuple[str, ...]
    may_be_left_out: bool = False


def meant(terms: Sequence[str], limit: int) -> list[tuple[str, int]]:
    """(kind, id) of what was meant: the fewest mistakes first, then the best known. A word that
    resembles nothing is passed over where another one does. A query for each word that is
    looked up or helped, at most eight, and one or two more."""
    words: list[_Word] = []
    looked_up = corrected = helped = 0
    for place, term in enumerate(terms):
        last = place == len(terms) - 1
        if term.isdecimal():
            words.append(_Word(term, (lexeme(term, start=True),)))
        elif spelling.forgiven(term):
            if corrected == MOST_CORRECTED or looked_up == MOST_LOOKED_UP:
                continue
            looked_up += 1
            if found := _corrected(term):
                words.append(_Word(term, found))
                corrected += 1
        elif not spelling.swapped(term) & ARTICLES:
            helped += 1
            words.append(_Word(term, _helped(term, last, ask=helped <= MOST_HELPED), True))
    if not corrected:
        return []
    certain = [word for word in words if not word.may_be_left_out]
    rows = _entries(words)
    if not rows and len(certain) < len(words):
        words, rows = certain, _entries(certain)
    typed = [word.typed for word in words]
    ranked = sorted((_wrong(typed, row[2]), -row[3], row[1], row[0]) for row in rows)
    return [(kind, entity_id) for _wrong_, _popularity, entity_id, kind in ranked[: 4 * limit]]


def lexeme(word: str, *, start: bool) -> str:
    """A word of a tsquery; `start`: it may go on."""
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*" if start else f"'{quoted}'"


def _entries(words: Sequence[_Word]) -> list[tuple[str, int, str, int]]:
    query = " & ".join(f"({' | '.join(word.lexemes)})" for word in words)
    with connection.cursor() as cursor:
        cursor.execute(_MEANT, [query, RANKED])
        return list(cursor.fetchall())


def _alike(keys: set[str], length: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            _ALIKE,
            {"keys": sorted(keys), "length": length, "compared": COMPARED, "as_long": AS_LONG},
        )
        return [word for (word,) in cursor.fetchall()]


def _corrected(term: str) -> tuple[str, ...]:
    """What it begins, and words of the vocabulary that somebody may have meant by it: whole words
    before beginnings, letters changed round before other mistakes, frequent ones before rare."""
    most = spelling.forgiven(term)
    letters = sorted(term)
    begins, near = False, []
    for word in _alike(spelling.typed_keys(term), len(term)):
        begun, whole = spelling.distances(term, word)
        if not begun:
            begins = True
        elif begun <= most:
            is_whole = whole <= most
            near.append(((begun, not is_whole, sorted(word) != letters), word, is_whole))
    # The vocabulary comes by weight, and sorting keeps that among equals.
    near.sort(key=lambda one: one[0])
    found = [lexeme(word, start=not is_whole) for _, word, is_whole in near[:CORRECTIONS]]
    return (*((lexeme(term, start=True),) if begins else ()), *found)


def _helped(term: str, last: bool, *, ask: bool) -> tuple[str, ...]:
    """A short word as it is, changed round, and words of four letters in which one more stands."""
    more = _alike({term}, len(term)) if ask and len(term) == spelling.SHORTEST - 1 else []
    longer = [word for word in more if len(word) == spelling.SHORTEST]
    return (
        lexeme(term, start=last or len(term) == spelling.SHORTEST - 1),
        *(lexeme(word, start=False) for word in sorted(spelling.swapped(term))),
        *(lexeme(word, start=False) for word in longer[:CORRECTIONS]),
    )


def _wrong(typed: Sequence[str], words: str) -> int:
    """How many mistakes lead from an entry's words to what was typed."""
    there = words.split()
    return sum(
        min(spelling.mistakes(term, word) for word in there) if len(term) > 1 else 0
        for term in typed
    )
