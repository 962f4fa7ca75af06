"""Which artists and albums fit what somebody types: ids, best first.

Three steps, each only where the one before left room:

1. Among the popular ones: every word begins a word of the entry, in any order. All that fit are
   ranked, by fit (the very name, its beginning, anything else) and by how well known they are.
2. Among the rest the same; there the first that fit will do.
3. Words of the popular ones that are one or two typing mistakes away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from catalog import search_sql, spelling
from catalog.matching import normalise_name, normalise_title
from catalog.matching.keys import ARTICLES

ARTIST, ALBUM = "artist", "album"
# From so many letters on the beginning of a word inside a name is looked for.
LEAST_INSIDE = 3
# With fewer hits than this, typing mistakes are thought of.
TYPOS_BELOW = 5
MOST_WORDS = 12
# So many words of the vocabulary are compared, so many of them looked for, for each word typed;
# and so many entries ranked.
COMPARED, CORRECTIONS, RANKED = 400, 8, 400

# What stands beside a name: the very name before all, a beginning some steps of popularity higher.
_FIT = """
    CASE WHEN normalised = %(own)s THEN 100
        WHEN normalised LIKE %(start)s OR words LIKE %(start)s THEN 2 ELSE 0 END
    + ln(1 + popularity)
"""
_VECTOR = f"({search_sql.WORDS_VECTOR})"
# A last word of a letter or two begins thousands of words: it is compared where the others fit.
_ENDS = "(%(ends)s IS NULL OR ' ' || words LIKE ANY (%(ends)s))"

_POPULAR = f"""
SELECT kind, entity_id FROM (
    SELECT kind, entity_id, row_number() OVER (
        PARTITION BY kind ORDER BY {{fit}} DESC, length(normalised), entity_id) AS place
    FROM catalog_searchentry
    WHERE popular AND {_VECTOR} @@ %(query)s::tsquery AND {_ENDS}
) found WHERE place <= %(limit)s ORDER BY place
"""
# The kind is not read: each kind has an index of its own, which holds everything else.
_POPULAR_START = """
(SELECT '{kind}' AS kind, entity_id FROM catalog_searchentry
 WHERE popular AND kind = '{kind}' AND normalised LIKE %({kind}_start)s
 ORDER BY (normalised = %({kind})s) DESC, popularity DESC, entity_id LIMIT %(limit)s)
"""
_OTHER_START = """
(SELECT kind, entity_id FROM catalog_searchentry
 WHERE kind = '{kind}' AND normalised LIKE %({kind}_start)s
 ORDER BY normalised USING ~<~ LIMIT %(limit)s)
"""
_OTHER_INSIDE = f"""
(SELECT kind, entity_id FROM catalog_searchentry
 WHERE NOT popular AND {_VECTOR} @@ %(query)s::tsquery AND {_ENDS} LIMIT %(limit)s)
"""
_ALIKE = """
SELECT word FROM catalog_searchword WHERE keys && %s::varchar[] ORDER BY weight DESC LIMIT %s
"""
_MEANT = f"""
SELECT kind, entity_id, words, popularity FROM catalog_searchentry
WHERE popular AND {_VECTOR} @@ %s::tsquery ORDER BY popularity DESC LIMIT %s
"""


@dataclass
class Found:
    """Ids of each kind, best first, each once."""

    limit: int
    ids: dict[str, dict[int, None]] = field(default_factory=lambda: {ARTIST: {}, ALBUM: {}})

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for kind, entity_id, *_ in rows:
            known = self.ids[kind]
            if len(known) < self.limit:
                known.setdefault(entity_id)

    @property
    def artists(self) -> list[int]:
        return list(self.ids[ARTIST])

    @property
    def albums(self) -> list[int]:
        return list(self.ids[ALBUM])

    @property
    def count(self) -> int:
        return len(self.ids[ARTIST]) + len(self.ids[ALBUM])

    @property
    def full(self) -> bool:
        return all(len(known) >= self.limit for known in self.ids.values())


def find_entries(typed: str, *, limit: int, typos: bool = True) -> Found:
    """At most `limit` artists and albums each. Two queries; up to five more where few are found
    and typing mistakes are thought of: one for each of at most three words, and one."""
    found = Found(limit)
    keys = {ARTIST: normalise_name(typed), ALBUM: normalise_title(typed)}
    if not keys[ALBUM]:
        return found
    terms = _terms(keys[ALBUM])
    params = _params(keys, terms, limit)
    inside = bool(terms) and (len(terms) > 1 or len(terms[0]) >= LEAST_INSIDE)
    with connection.cursor() as cursor:
        if inside:
            fits = {"own": f"%({ALBUM})s", "start": f"%({ALBUM}_start)s"}
            cursor.execute(_POPULAR.format(fit=_fit(fits)), params)
        else:
            cursor.execute(_both(_POPULAR_START), params)
        found.add(cursor.fetchall())
        if not found.full:
            rest = _both(_OTHER_START)
            cursor.execute(f"{rest} UNION ALL {_OTHER_INSIDE}" if inside else rest, params)
            found.add(cursor.fetchall())
    if typos and found.count < min(TYPOS_BELOW, limit):
        found.add(_meant(terms, limit))
    return found


def _fit(names: dict[str, str]) -> str:
    """An artist's key has no article, so each kind has its own."""
    by_kind = {
        "own": f"CASE kind WHEN 'artist' THEN %({ARTIST})s ELSE {names['own']} END",
        "start": f"CASE kind WHEN 'artist' THEN %({ARTIST}_start)s ELSE {names['start']} END",
    }
    return _FIT.replace("%(own)s", by_kind["own"]).replace("%(start)s", by_kind["start"])


def _both(statement: str) -> str:
    return " UNION ALL ".join(statement.format(kind=kind) for kind in (ARTIST, ALBUM))


def _params(keys: dict[str, str], terms: list[str], limit: int) -> dict[str, Any]:
    starts = {f"{kind}_start": f"{_escaped(key)}%" for kind, key in keys.items()}
    begun = _begun(terms)
    query = _tsquery(terms[:-1] if begun else terms, joined="".join(terms))
    ends = [f"% {_escaped(begun)}%", f"% {_escaped(''.join(terms))}%"] if begun else None
    return {**keys, **starts, "query": query, "ends": ends, "limit": limit}


def _begun(terms: list[str]) -> str:
    """The last word where it has only begun and others say enough, else ""."""
    enough = any(len(word) >= LEAST_INSIDE for word in terms[:-1])
    return terms[-1] if enough and len(terms[-1]) < LEAST_INSIDE else ""


def _terms(key: str) -> list[str]:
    """The words to look for. Articles are left out where something else is left: artists' keys
    have none, and what begins with one ranks higher anyway."""
    found = list(dict.fromkeys(key.split()))[:MOST_WORDS]
    return [word for word in found if word not in ARTICLES] or found


def _tsquery(terms: list[str], *, joined: str) -> str:
    """All words, each as a beginning; or all that was typed as one: "radio head" is Radiohead."""
    last = len(terms) - 1
    each = " & ".join(
        _lexeme(word, start=at == last or len(word) >= LEAST_INSIDE)
        for at, word in enumerate(terms)
    )
    if [joined] == terms:
        return each
    return f"({each}) | {_lexeme(joined, start=True)}"


def _lexeme(word: str, *, start: bool) -> str:
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*" if start else f"'{quoted}'"


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _meant(terms: list[str], limit: int) -> list[tuple[str, int]]:
    """What was meant: the fewest mistakes first, then the best known. A word that resembles
    nothing is passed over where another one does."""
    wanted: dict[str, list[str]] = {}
    corrected = 0
    for term in terms:
        if not spelling.forgiven(term) or term.isdecimal():
            wanted[term] = [term]
        elif corrected < 4 and (alike := _alike(term)):
            wanted[term] = alike
            corrected += 1
    if not corrected:
        return []
    query = " & ".join(
        f"({' | '.join(_lexeme(word, start=True) for word in words)})" for words in wanted.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(_MEANT, [query, RANKED])
        rows = cursor.fetchall()
    ranked = sorted((_wrong(wanted, row[2]), -row[3], row[1], row[0]) for row in rows)
    return [(kind, entity_id) for _wrong_, _popularity, entity_id, kind in ranked[: 4 * limit]]


def _alike(term: str) -> list[str]:
    """The word itself, and words of the vocabulary that somebody may have meant by it."""
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, [sorted(spelling.typed_keys(term)), COMPARED])
        words = [word for (word,) in cursor.fetchall()]
    most = spelling.forgiven(term)
    near = [(spelling.mistakes(term, word), word) for word in words]
    # The vocabulary comes by weight, and sorting keeps that within the same number of mistakes.
    near = sorted((one for one in near if one[0] <= most), key=lambda one: one[0])
    return [word for _mistakes, word in near[:CORRECTIONS]]


def _wrong(wanted: dict[str, list[str]], words: str) -> int:
    """How many mistakes lead from an entry's words to what was typed."""
    there = words.split()
    return sum(
        min(spelling.mistakes(term, word) for word in there) if len(term) > 1 else 0
        for term in wanted
    )
