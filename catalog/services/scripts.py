"""Names and titles of other scripts in Latin letters, for the search box: "gruppa krovi".

What services write has them at once (`catalog.services.index`). A dump's entries are made by the
database, which cannot write so; most are Latin, so they are gone through once an import has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from catalog import search_sql
from catalog.matching.folding import is_latin
from catalog.models import Album, Artist, DumpImport, KeyRules, SearchEntry
from catalog.services.index import index_rows

BATCH = 2000

# What is folded and no ASCII is hardly ever Latin; the rest is told apart by its letters.
_PORTION = """
SELECT max(id), count(*), array_agg(id) FILTER (
    WHERE octet_length(words) > length(words) AND strpos(words, %s) = 0)
FROM (SELECT id, words FROM catalog_searchentry WHERE id > %s ORDER BY id LIMIT %s) portion
"""


@dataclass(frozen=True)
class Read:
    """A portion of entries: how many were read and got words in Latin letters, and the last id."""

    read: int
    written: int
    last: int


def scripts_are_read() -> bool:
    """Whether all entries have been gone through since the last import. Nothing is to do, either,
    while keys are of unknown age: those are made anew first. Two small queries."""
    rules = KeyRules.objects.first()
    if rules is None:
        return True
    if rules.scripts_read_at is None:
        return False
    return not DumpImport.objects.filter(finished_at__gt=rules.scripts_read_at).exists()


def note_scripts_read(began: datetime) -> None:
    """Note that all entries have been gone through by somebody who began then."""
    KeyRules.objects.update(scripts_read_at=began)


def read_portion(after: int, most: int) -> Read | None:
    """Give the entries of other scripts among the next `most` behind this id their words in Latin
    letters. None where there are no more."""
    with connection.cursor() as cursor:
        cursor.execute(_PORTION, [search_sql.LATIN, after, most])
        last, read, ids = cursor.fetchone()
    if last is None:
        return None
    wanted = [one for one in SearchEntry.objects.filter(pk__in=ids or []) if _is_foreign(one)]
    for start in range(0, len(wanted), BATCH):
        _write(wanted[start : start + BATCH])
    return Read(read, len(wanted), last)


def _is_foreign(entry: SearchEntry) -> bool:
    """An artist is written by its own name only, an album by its title and artists."""
    text = entry.text if entry.kind == SearchEntry.Kind.ARTIST else f"{entry.text} {entry.words}"
    return not is_latin(text)


def _write(entries: list[SearchEntry]) -> None:
    ids = {
        kind: [one.entity_id for one in entries if one.kind == kind] for kind in SearchEntry.Kind
    }
    index_rows(
        artists=list(Artist.objects.filter(pk__in=ids[SearchEntry.Kind.ARTIST])),
        albums=list(Album.objects.filter(pk__in=ids[SearchEntry.Kind.ALBUM])),
    )
