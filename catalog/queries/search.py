"""The one search box: artists, albums, and the numbers printed on records.

Prefixes first, then words inside, then what only resembles the words (typing mistakes).
Within each the best known first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, FloatField, QuerySet, Value, When
from django.db.models.functions import Coalesce, Length

from catalog.matching import normalise_name, normalise_number
from catalog.models import (
    Album,
    Artist,
    Release,
    ReleaseIdentifier,
    ReleaseLabel,
    SearchEntry,
)

LEAST_FOR_NUMBERS = 3
LEAST_FOR_TYPOS = 4
ALIKE = 0.55
LONGEST_QUERY = 200


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
    """Up to `limit` artists, albums and numbers each. At most nine queries, none for no words."""
    words = q.strip()[:LONGEST_QUERY].replace("\x00", "")
    if not words:
        return SearchResults()
    return SearchResults(
        artists=suggest_artists(words, limit),
        albums=_albums(_entities(SearchEntry.Kind.ALBUM, words, limit)),
        numbers=_numbers(words, limit),
    )


def suggest_artists(q: str, limit: int = 8) -> tuple[ArtistHit, ...]:
    """Artists for what somebody is typing."""
    words = q.strip()[:LONGEST_QUERY].replace("\x00", "")
    if not words:
        return ()
    ids = _entities(SearchEntry.Kind.ARTIST, words, limit)
    found = Artist.objects.filter(is_placeholder=False).in_bulk(ids)
    return tuple(
        ArtistHit(
            artist.pk,
            artist.name,
            artist.disambiguation,
            tuple(artist.genres),
            artist.get_absolute_url(),
        )
        for artist in (found[pk] for pk in ids if pk in found)
    )


def _entities(kind: SearchEntry.Kind, words: str, limit: int) -> list[int]:
    """Ids by how well they match. A second query only where the first left room."""
    key = normalise_name(words)
    entries = SearchEntry.objects.filter(kind=kind)
    inside = entries.filter(normalised__contains=key).annotate(
        grade=Case(
            When(normalised=key, then=Value(0.0)),
            When(normalised__startswith=key, then=Value(1.0)),
            When(normalised__contains=f" {key}", then=Value(2.0)),
            default=Value(3.0),
            output_field=FloatField(),
        )
    )
    found = _distinct(inside.order_by("grade", "-popularity", Length("normalised")), limit)
    if len(found) < limit and len(key) >= LEAST_FOR_TYPOS:
        # The indexed operator narrows, the similarity ranks.
        alike = (
            entries.filter(normalised__trigram_word_similar=key)
            .annotate(alike=TrigramWordSimilarity(key, "normalised"))
            .filter(alike__gte=ALIKE)
            .order_by("-alike", "-popularity")
        )
        rest = _distinct(alike, limit)
        found += [pk for pk in rest if pk not in found][: limit - len(found)]
    return found


def _distinct(entries: QuerySet[SearchEntry], limit: int) -> list[int]:
    # An album has two entries, so twice the rows hold at least `limit` of them.
    ids: Iterable[int] = entries.values_list("entity_id", flat=True)[: 2 * limit]
    return list(dict.fromkeys(ids))[:limit]


def _albums(ids: list[int]) -> tuple[AlbumHit, ...]:
    # Merged albums are found under their old names and answered with the present one.
    present = dict(
        Album.objects.filter(pk__in=ids).values_list("pk", Coalesce("merged_into_id", "pk"))
    )
    albums = Album.objects.in_bulk(set(present.values()))
    order = dict.fromkeys(present[pk] for pk in ids if pk in present)
    return tuple(_album(albums[pk]) for pk in order)


def _album(album: Album) -> AlbumHit:
    return AlbumHit(album.pk, album.title, album.artist_line, album.year, album.get_absolute_url())


def _numbers(words: str, limit: int) -> tuple[NumberHit, ...]:
    """Pressings with a label's or a printed number that begins so, the shortest number first."""
    key = normalise_number(words)
    if len(key) < LEAST_FOR_NUMBERS or not any(sign.isdigit() for sign in key):
        return ()
    # The comparison with "" is that of the partial indexes, which serve only who repeats it.
    labels = ReleaseLabel.objects.filter(catno_normalised__startswith=key)
    labels = labels.exclude(catno_normalised="").order_by(Length("catno_normalised"), "pk")
    printed = ReleaseIdentifier.objects.filter(normalised__startswith=key)
    printed = printed.exclude(normalised="").order_by(Length("normalised"), "pk")
    numbers: dict[int, str] = {}
    for release_id, number in (
        *labels.values_list("release_id", "catno")[: 2 * limit],
        *printed.values_list("release_id", "value")[: 2 * limit],
    ):
        numbers.setdefault(release_id, number)
    rows = Release.objects.select_related("album").in_bulk(numbers)
    return tuple(
        NumberHit(pk, number, _album(row.album), row.label, row.country, row.year)
        for pk, number in numbers.items()
        if (row := rows.get(pk)) is not None
    )[:limit]
