"""The one search box: artists, albums, and the numbers printed on records.

How artists and albums are found stands in `catalog.queries.asked` and `catalog.queries.entries`. A
number is found by its beginning, in the order of its signs, so the very number comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from catalog.matching import normalise_number
from catalog.models import Album, Artist, Release
from catalog.queries.asked import find_asked
from catalog.queries.withholding import withheld_of

LEAST_FOR_NUMBERS = 3
LONGEST_QUERY = 200
# So many of each kind are listed at most, however many there are.
MOST = 500
KINDS = ("artists", "albums", "numbers")

# Each part walks its index from where the number begins. The comparison with '' is that of the
# partial indexes, which serve only who repeats it.
_NUMBERS = """
(SELECT release_id, catno FROM catalog_releaselabel
 WHERE catno_normalised <> '' AND catno_normalised LIKE %(start)s
 ORDER BY catno_normalised USING ~<~ LIMIT %(limit)s)
UNION ALL
(SELECT release_id, value FROM catalog_releaseidentifier
 WHERE normalised <> '' AND normalised LIKE %(start)s
 ORDER BY normalised USING ~<~ LIMIT %(limit)s)
"""


@dataclass(frozen=True)
class ArtistHit:
    id: int
    name: str
    disambiguation: str
    genres: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class AlbumHit:
    id: int
    title: str
    artist_line: str
    year: int | None
    url: str


@dataclass(frozen=True)
class NumberHit:
    """A pressing found by its catalogue number or barcode; `number` is the one that matched."""

    release_id: int
    number: str
    album: AlbumHit
    label: str
    country: str
    year: int | None


@dataclass(frozen=True)
class SearchResults:
    artists: tuple[ArtistHit, ...] = ()
    albums: tuple[AlbumHit, ...] = ()
    numbers: tuple[NumberHit, ...] = ()

    @property
    def count(self) -> int:
        return len(self.artists) + len(self.albums) + len(self.numbers)


def search(q: str, limit: int = 20) -> SearchResults:
    """Up to `limit` artists, albums and numbers each, for what somebody is typing. At most nine
    queries, seventeen where mistakes are looked for, and eight more where a year or the like stands
    beside a name; none for no words."""
    return _shown(_ids(q, limit), limit)


@dataclass(frozen=True)
class SearchPage:
    """Everything that was found, counted, and one page of it.

    `counts` by kind, each at most MOST; `results` hold the first few of each kind, or the
    `page`-th `size` of the one kind that was asked for.
    """

    counts: dict[str, int]
    results: SearchResults

    @property
    def count(self) -> int:
        return sum(self.counts.values())


def search_page(q: str, *, kind: str = "", page: int = 1, size: int = 20) -> SearchPage:
    """Everything that fits. `kind` is one of KINDS or "" for the first `size` of each. As many
    queries as `search`."""
    found = _ids(q, MOST)
    counts = {name: len(found[name]) for name in KINDS}
    if kind:
        last = max(1, -(-counts[kind] // size))
        start = (min(max(page, 1), last) - 1) * size
        part = {name: found[name][start : start + size] if name == kind else [] for name in KINDS}
    else:
        part = {name: found[name][:size] for name in KINDS}
    return SearchPage(counts, _shown(part, size))


def suggest_artists(q: str, limit: int = 8) -> tuple[ArtistHit, ...]:
    """Artists for what somebody is typing."""
    words = _words(q)
    return _artists(find_asked(words, limit=limit).artists) if words else ()


def artist_ids(q: str) -> list[int]:
    """Ids of the artists that fit what somebody typed, best first, at most MOST; those of merged
    ones are of who stands. One query and those of `find_asked`."""
    return [one.id for one in suggest_artists(q, MOST)]


def album_ids(q: str) -> list[int]:
    """Ids of the albums that fit what somebody typed, best first, at most MOST; as `artist_ids`."""
    words = _words(q)
    return [one.id for one in _albums(find_asked(words, limit=MOST).albums)] if words else []


# By kind: ids of artists and of albums, and (release id, number) of numbers.
_Ids = dict[str, Sequence[Any]]


def _ids(q: str, limit: int) -> _Ids:
    words = _words(q)
    if not words:
        return dict.fromkeys(KINDS, ())
    numbers = _numbered(words, limit)
    # What is a number that some record has is not a mistyped name.
    found = find_asked(words, limit=limit, typos=not numbers)
    return {"artists": found.artists, "albums": found.albums, "numbers": numbers}


def _shown(found: _Ids, limit: int) -> SearchResults:
    return SearchResults(
        artists=_artists(found["artists"]),
        albums=_albums(found["albums"]),
        numbers=_numbers(found["numbers"])[:limit],
    )


def _words(q: str) -> str:
    return q.strip()[:LONGEST_QUERY].replace("\x00", "")


def _artists(ids: Sequence[int]) -> tuple[ArtistHit, ...]:
    if not ids:
        return ()
    # Merged artists are found under their old names and answered with the present one.
    rows = Artist.objects.filter(pk__in=ids).select_related("merged_into")
    present = {row.pk: row.merged_into or row for row in rows}
    shown = {present[pk].pk: present[pk] for pk in ids if pk in present}
    return tuple(
        ArtistHit(
            artist.pk,
            artist.name,
            artist.disambiguation,
            tuple(artist.genres),
            artist.get_absolute_url(),
        )
        for artist in shown.values()
        if not artist.is_placeholder
    )


def _albums(ids: Sequence[int]) -> tuple[AlbumHit, ...]:
    if not ids:
        return ()
    rows = Album.objects.filter(pk__in=ids).select_related("merged_into")
    present = {row.pk: row.merged_into or row for row in rows}
    shown = {present[pk].pk: present[pk] for pk in ids if pk in present}
    return tuple(_album(album) for album in shown.values())


def _album(album: Album) -> AlbumHit:
    return AlbumHit(album.pk, album.title, album.artist_line, album.year, album.get_absolute_url())


def _numbered(words: str, limit: int) -> list[tuple[int, str]]:
    """Pressings with a label's or a printed number that begins so, and that number."""
    key = normalise_number(words)
    if len(key) < LEAST_FOR_NUMBERS or not any(sign.isdigit() for sign in key):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, {"start": f"{key}%", "limit": limit})
        numbers: dict[int, str] = {}
        for release_id, number in cursor.fetchall():
            numbers.setdefault(release_id, number)
    for release_id in withheld_of(numbers):
        del numbers[release_id]
    # The very number before one that only begins so, whichever table it stands in.
    ranked = sorted(numbers.items(), key=lambda one: (len(normalise_number(one[1])), one[0]))
    return ranked[:limit]


def _numbers(numbers: Sequence[tuple[int, str]]) -> tuple[NumberHit, ...]:
    if not numbers:
        return ()
    rows = Release.objects.select_related("album").in_bulk([pk for pk, _number in numbers])
    return tuple(
        NumberHit(pk, number, _album(row.album), row.label, row.country, row.year)
        for pk, number in numbers
        if (row := rows.get(pk)) is not None
    )
