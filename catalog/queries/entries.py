"""Which artists and albums fit what somebody types: ids, best first.

Three steps, each only where the one before left room:

1. Among the popular ones: every word begins a word of the entry, in any order. All that fit are
   ranked, by fit (the very name, its beginning, anything else) and by how well known they are.
2. Among the rest the same; there the first that fit will do.
3. Words of the popular ones that are one or two typing mistakes away (`catalog.queries.misspelt`).

A single word of one or two letters begins a name, or stands in it as it is ("77", "II").

A single word that names nothing may begin many names and still be a mistake ("cuer" for The Cure):
then popular ones that are called as one of its neighbours are ranked among those that begin so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from catalog import search_sql, spelling
from catalog.matching import normalise_name, normalise_title
from catalog.matching.keys import ARTICLES
from catalog.queries.misspelt import NEAR, lexeme, meant

ARTIST, ALBUM = "artist", "album"
# From so many letters on the beginning of a word inside a name is looked for.
LEAST_INSIDE = 3
# With fewer hits than this, typing mistakes are thought of.
TYPOS_BELOW = 5
MOST_WORDS = 12
# What has this much fit is called exactly so.
CALLED_SO = 100

# What stands beside a name: the very name before all, a beginning some steps of popularity higher.
_FIT = f"""
    CASE WHEN normalised = %(own)s THEN {CALLED_SO}
        WHEN normalised LIKE %(start)s OR words LIKE %(start)s THEN 2 ELSE 0 END
    + ln(1 + popularity)
"""
_VECTOR = f"({search_sql.WORDS_VECTOR})"
# A last word of a letter or two begins thousands of words: it is compared where the others fit.
_ENDS = "(%(ends)s IS NULL OR ' ' || words LIKE ANY (%(ends)s))"

_POPULAR = f"""
SELECT kind, entity_id, fit, normalised, false AS near FROM (
    SELECT kind, entity_id, fit, normalised, row_number() OVER (
        PARTITION BY kind ORDER BY fit DESC, length(normalised), entity_id) AS place
    FROM (
        SELECT kind, entity_id, normalised, {{fit}} AS fit FROM catalog_searchentry
        WHERE popular AND {_VECTOR} @@ %(query)s::tsquery AND {_ENDS}
    ) fitting
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


class _Row(NamedTuple):
    """A popular entry: how well it fits, its name's key, and whether only as a neighbour."""

    kind: str
    id: int
    fit: float
    key: str
    near: bool


@dataclass
class Found:
    """Ids of each kind, best first, each once. `called` says that a well known one is called
    exactly as was typed."""

    limit: int
    called: bool = False
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
    """At most `limit` artists and albums each. Two queries, three for a single short word; two more
    where an artist's name was typed without its blanks; and up to ten more where few are found and
    typing mistakes are thought of, see `misspelt.meant`."""
    found = find_written(typed, limit=limit, near=typos)
    if typos:
        add_meant(found, typed)
    return found


def find_written(typed: str, *, limit: int, near: bool = False) -> Found:
    """What has the words as they were typed: `find_entries` without mistakes. `near` brings well
    known names beside a single word that names nothing."""
    found = Found(limit)
    keys = _keys(typed)
    if not keys[ALBUM]:
        return found
    terms = _terms(keys[ALBUM])
    with connection.cursor() as cursor:
        if _say_enough(terms):
            beside = spelling.neighbours(terms[0]) if near and len(terms) == 1 else set()
            rows = _popular(cursor, keys, terms, limit, beside)
            found.add(rows)
            found.called = any(row.fit >= CALLED_SO for row in rows)
            for name in _named_without_blanks(rows, "".join(terms)):
                found.add(_albums_of(cursor, name, limit))
        else:
            cursor.execute(_both(_POPULAR_START), _params(keys, terms, limit))
            found.add(cursor.fetchall())
            if terms and not found.full:
                found.add(_popular(cursor, keys, terms, limit, set()))
        if not found.full:
            found.add(_others(cursor, keys, terms, limit))
    return found


def add_meant(found: Found, typed: str) -> None:
    """Where few were found: what may be meant if there are mistakes in what was typed."""
    terms = _terms(_keys(typed)[ALBUM])
    if terms and found.count < min(TYPOS_BELOW, found.limit):
        found.add(meant(terms, found.limit))


def terms_of(typed: str) -> list[str]:
    """The words that are looked for, folded."""
    return _terms(_keys(typed)[ALBUM])


def bare(key: str) -> frozenset[str]:
    """The words of an entry as they are compared with what was typed, see `_terms`."""
    found = key.split()
    return frozenset(word for word in found if word not in ARTICLES) or frozenset(found)


def _keys(typed: str) -> dict[str, str]:
    return {ARTIST: normalise_name(typed), ALBUM: normalise_title(typed)}


def _say_enough(terms: list[str]) -> bool:
    """Whether words inside of names are looked for."""
    return bool(terms) and (len(terms) > 1 or len(terms[0]) >= LEAST_INSIDE)


def _popular(
    cursor: Any, keys: dict[str, str], terms: list[str], limit: int, near: set[str]
) -> list[_Row]:
    """(kind, id, fit, key) of the popular ones, best first, with those that are called like a
    neighbour where nothing is called exactly so."""
    fits = {"own": f"%({ALBUM})s", "start": f"%({ALBUM}_start)s"}
    statement = _POPULAR.format(fit=_fit(fits))
    if near:
        statement = f"({statement}) UNION ALL {_both(NEAR)}"
    cursor.execute(statement, {**_params(keys, terms, limit), "near": sorted(near)})
    rows = [_Row(*row) for row in cursor.fetchall()]
    if any(row.fit >= CALLED_SO for row in rows):
        rows = [row for row in rows if not row.near]
    return sorted(rows, key=lambda row: -row.fit)


def _named_without_blanks(rows: list[_Row], joined: str) -> list[str]:
    """Keys of artists whose name was typed as one word: "ac dc" of "acdc"."""
    keys = (row.key for row in rows if row.kind == ARTIST and " " in row.key)
    return [key for key in dict.fromkeys(keys) if key.replace(" ", "") == joined][:1]


def _albums_of(cursor: Any, name: str, limit: int) -> list[tuple[Any, ...]]:
    """What the artist's name finds, without the artists: of the popular ones, then of the rest."""
    keys, terms = {ARTIST: name, ALBUM: name}, _terms(name)
    rows = [*_popular(cursor, keys, terms, limit, set()), *_others(cursor, keys, terms, limit)]
    return [row for row in rows if row[0] == ALBUM]


def _others(
    cursor: Any, keys: dict[str, str], terms: list[str], limit: int
) -> list[tuple[Any, ...]]:
    rest = _both(_OTHER_START)
    statement = f"{rest} UNION ALL {_OTHER_INSIDE}" if terms else rest
    cursor.execute(statement, _params(keys, terms, limit))
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


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
    """All words, each as a beginning; or all that was typed as one: "radio head" is Radiohead. A
    short word alone begins too much inside of names and is looked for as it is: "77", "II"."""
    if not _say_enough(terms):
        return " & ".join(lexeme(word, start=False) for word in terms)
    last = len(terms) - 1
    each = " & ".join(
        lexeme(word, start=at == last or len(word) >= LEAST_INSIDE) for at, word in enumerate(terms)
    )
    if [joined] == terms:
        return each
    return f"({each}) | {lexeme(joined, start=True)}"


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
