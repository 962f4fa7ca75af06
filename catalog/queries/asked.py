"""What somebody asks the search box for: a name, and what may stand beside it.

All words together come first ("1999", "The Album Leaf"). Where some of them may be a year, the
medium or an edition, what has the name without them is found as well, those of the year first;
and a last word that has only begun to be one is left out where nothing has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from catalog.matching.beside import Parted, part
from catalog.queries.entries import (
    ALBUM,
    ARTIST,
    Found,
    add_meant,
    bare,
    find_entries,
    find_written,
    terms_of,
)
from catalog.search_sql import LATIN

# So many albums of a name are looked at for one of the year.
OF_A_YEAR = 100

# The year of an album, or of one of its pressings. Each by its index.
_FACTS = """
SELECT e.entity_id, e.normalised, e.words, b.year = ANY(%(years)s), EXISTS (
    SELECT 1 FROM catalog_release r WHERE r.album_id = b.id AND r.year = ANY(%(years)s))
FROM catalog_searchentry e
JOIN catalog_album told ON told.id = e.entity_id
JOIN catalog_album b ON b.id = coalesce(told.merged_into_id, told.id)
WHERE e.kind = 'album' AND e.entity_id = ANY(%(ids)s)
"""


@dataclass(frozen=True)
class _Facts:
    """Of an album that was found: the words of its title, these with its artists', and whether it
    or a pressing is of the year that was asked for."""

    title: frozenset[str]
    words: frozenset[str]
    of_year: bool
    pressed: bool

    def is_called(self, terms: Sequence[str]) -> bool:
        return frozenset(terms) in (self.title, self.words)

    def has(self, terms: Sequence[str]) -> bool:
        return self.words.issuperset(terms[:-1]) and any(
            word.startswith(terms[-1]) for word in self.words
        )


def find_asked(typed: str, *, limit: int, typos: bool = True) -> Found:
    """At most `limit` artists and albums each, best first. As many queries as `find_entries`; three
    to eight more where a year, the medium or an edition stands beside a name, and two to four where
    nothing was found and its last word may have begun to be one."""
    parted = part(typed)
    if parted.words:
        return _with_words_beside(typed, parted, limit, typos)
    if not parted.begun:
        return find_entries(typed, limit=limit, typos=typos)
    found = find_written(typed, limit=limit)
    if not found.count:
        found = find_written(parted.begun, limit=limit)
        if found.count:
            return found
    if typos:
        add_meant(found, typed)
    return found


def _with_words_beside(typed: str, parted: Parted, limit: int, typos: bool) -> Found:
    most = max(limit, OF_A_YEAR) if parted.years else limit
    whole = find_written(typed, limit=limit)
    if whole.called and not parted.years:
        return whole
    name, named = parted.name, find_written(parted.name, limit=most, near=typos)
    if not named.count and parted.begun:
        name, named = parted.begun, find_written(parted.begun, limit=most)
    if typos:
        add_meant(named, name)
    found = Found(limit)
    found.add((ARTIST, one) for one in whole.artists or named.artists)
    albums = list(dict.fromkeys((*whole.albums, *named.albums)))
    found.add((ALBUM, one) for one in _ranked(albums, terms_of(typed), terms_of(name), parted))
    return found


def _ranked(albums: list[int], whole: list[str], name: list[str], parted: Parted) -> list[int]:
    """Those that are called so as a whole; that have the name and are of the year, or have what
    stands beside it left out at the end; that have all words; of the year; the others."""
    facts = _facts(albums, parted.years)

    def rank(album: int) -> tuple[int, bool]:
        one = facts.get(album)
        if one is None:
            return 9, True
        fits = one.of_year or one.pressed
        if one.is_called(whole):
            return 0, False
        if one.is_called(name) and (fits if parted.years else parted.behind):
            return 1, not one.of_year
        if one.has(whole):
            return 2, not fits
        return (3, not one.of_year) if fits else (4, True)

    return sorted(albums, key=rank)


def _facts(albums: list[int], years: Sequence[int]) -> dict[int, _Facts]:
    if not albums:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": albums, "years": list(years)})
        return {
            pk: _Facts(bare(title), bare(words.split(LATIN)[0]), bool(of_year), pressed)
            for pk, title, words, of_year, pressed in cursor.fetchall()
        }
