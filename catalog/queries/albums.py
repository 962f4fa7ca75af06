"""An album with all its pressings, an artist with all its albums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Album, AlbumArtist, Release
from catalog.queries.likeness import likeness
from catalog.queries.withholding import oldest_text, told_before
from vinyl.prepared import Prepared
from vinyl.upstreams.terms import withheld

# Only Discogs tells ratings; open dumps have none.
RATING_SOURCE = "discogs"
_REISSUE = ("reissue", "repress", "remaster", "unofficial")


@dataclass(frozen=True)
class PressingFilters:
    """Which pressings to list; "" and None are no filter. `format` is a word of the format,
    `medium` one of Release.Medium."""

    country: str = ""
    year: int | None = None
    format: str = ""
    label: str = ""
    medium: str = ""


@dataclass(frozen=True)
class Facets:
    """Values with their counts over all pressings of the album, the most frequent first; years
    in order."""

    countries: tuple[tuple[str, int], ...] = ()
    years: tuple[tuple[int, int], ...] = ()
    formats: tuple[tuple[str, int], ...] = ()
    labels: tuple[tuple[str, int], ...] = ()
    media: tuple[tuple[str, int], ...] = ()


class PressingLine(NamedTuple):
    """As much of a pressing as a list says. `have` and `want` are None where nobody counted them,
    and where they were counted too long ago to be shown now."""

    pk: int
    country: str
    year: int | None
    label: str
    catalogue_number: str
    format: str
    medium: str
    is_unofficial: bool
    generated: bool
    have: int | None
    want: int | None
    withheld: bool


@dataclass(frozen=True)
class PressingList:
    """All rows that pass the filters, originals first, and the facets of all. `total` counts the
    `withheld` too, whose text may not be shown now, and so does `vinyl`: those that are records of
    vinyl, for it is these that Discogs counts. `every` is the rows without filters."""

    rows: tuple[PressingLine, ...]
    total: int
    facets: Facets = field(default_factory=Facets)
    withheld: int = 0
    vinyl: int = 0
    every: tuple[PressingLine, ...] = ()

    @property
    def others(self) -> int:
        """Flexi-discs, shellac, lathe cuts and acetates."""
        return self.total - self.vinyl


@dataclass(frozen=True)
class Edge:
    """How alike two artists are, 0 to 1, said by `source`."""

    artist_id: int
    other_id: int
    score: Decimal
    source: str


def present(path: str = "album") -> Coalesce:
    """For queries: the id of the row's album (or artist, by the path), or of the one that it was
    merged into."""
    return Coalesce(f"{path}__merged_into_id", f"{path}_id")


def of_albums(album_ids: Iterable[int], path: str = "album") -> Q:
    """For queries: rows of these albums, and of what was merged into them."""
    ids = list(album_ids)
    return Q(**{f"{path}_id__any": ids}) | Q(**{f"{path}__merged_into_id__any": ids})


def standing(album_ids: Iterable[int]) -> QuerySet[Album, Any]:
    """For queries on large tables: the ids of these albums and of what was merged into them, as a
    subquery: ``album_id__in=standing(ids)`` is served by an index, which `of_albums` is not."""
    ids = list(album_ids)
    return Album.objects.filter(Q(pk__any=ids) | Q(merged_into_id__any=ids)).order_by().values("pk")


def of_artists(artist_ids: Iterable[int], path: str = "artist") -> Q:
    """For queries: rows of these artists, and of those who were merged into them."""
    return of_albums(artist_ids, path)


_INTO = Prepared(
    lambda album: Album.objects.filter(pk=album).values_list("merged_into_id", flat=True),
    album=int,
)


def present_id(album_id: int) -> int:
    """The id of the album that this one was merged into, or the same."""
    seen: set[int] = set()
    while album_id not in seen:
        seen.add(album_id)
        into = _INTO.first(album=album_id)
        if into is None:
            break
        album_id = into
    return album_id


@dataclass(frozen=True)
class Rating:
    """What the community thinks of an album: a mean of 0 to 5 from so many people."""

    mean: Decimal
    count: int
    source: str


def shown_rating(album: Album, now: datetime | None = None) -> Rating | None:
    """The album's rating where its source's terms let it be shown now; one without a time is open
    data. No query."""
    if album.rating is None:
        return None
    read_at = album.rating_at
    if read_at is not None and withheld(RATING_SOURCE, read_at, now or timezone.now()):
        return None
    return Rating(album.rating, album.rating_count or 0, RATING_SOURCE)


def _of_album(album: int, oldest: datetime) -> QuerySet[Release, Any]:
    """What only a pressing's own page shows is megabytes for a famous album, and what is the same
    for all need not be asked twice: what is too old to be shown the database says itself."""
    here = Album.objects.filter(pk=album).order_by().values(here=Coalesce("merged_into_id", "pk"))
    counted = Q(stats_at__gte=oldest) | Q(stats_at=None, created_at__gte=oldest)
    rows = Release.objects.filter(album_id=Subquery(here)).order_by()
    return rows.annotate(
        shown_have=Case(When(counted, then=F("have"))),
        shown_want=Case(When(counted, then=F("want"))),
        is_withheld=ExpressionWrapper(told_before(oldest), BooleanField()),
    ).values_list(*PressingLine._fields[:-3], "shown_have", "shown_want", "is_withheld")


_OF_ALBUM = Prepared(_of_album, album=int, oldest=datetime)


def pressings(album_id: int, filters: PressingFilters | None = None) -> PressingList:
    """All pressings of an album, or of the one that it was merged into, that pass the filters, none
    left out but those whose text may not be shown now. One query."""
    wanted = filters or PressingFilters()
    told = _OF_ALBUM.all(album=album_id, oldest=oldest_text(timezone.now()))
    found = [PressingLine._make(row) for row in told]
    shown = sorted((row for row in found if not row.withheld), key=_originals_first)
    rows = tuple(row for row in shown if _passes(row, wanted))
    vinyl = sum(row.medium == Release.Medium.VINYL for row in found)
    withheld = len(found) - len(shown)
    return PressingList(rows, len(found), _facets(shown), withheld, vinyl, tuple(shown))


class AlbumLine(NamedTuple):
    """As much of an album as a list of an artist's albums says."""

    pk: int
    title: str
    artist_line: str
    year: int | None
    kind: str


def _of_artist(artist: int) -> QuerySet[Album, Any]:
    credited = AlbumArtist.objects.filter(artist_id=artist, artist__is_placeholder=False)
    albums = Album.objects.filter(
        pk__in=credited.order_by().values("album_id"), merged_into__isnull=True
    )
    return albums.order_by("year", "title", "pk").values_list(*AlbumLine._fields)


_OF_ARTIST = Prepared(_of_artist, artist=int)


def artist_albums(artist_id: int) -> list[AlbumLine]:
    """All albums of an artist, the oldest first; none for Various and the like. One query."""
    return [AlbumLine._make(row) for row in _OF_ARTIST.all(artist=artist_id)]


def similar_artists(artist_ids: Sequence[int]) -> list[Edge]:
    """All edges that leave these artists, the most alike first."""
    rows = likeness().filter(artist_id__in=artist_ids).order_by("-score", "other_id")
    return [Edge(*row) for row in rows.values_list("artist_id", "other_id", "score", "source")]


def _originals_first(row: PressingLine) -> tuple[bool, bool, int, int]:
    """Unofficial copies last, unknown years behind known ones, then by year; within a year what
    calls itself a reissue comes later."""
    again = _says_reissue(row.format)
    return (row.is_unofficial, row.year is None, 2 * (row.year or 0) + again, row.pk)


# The pressings of an album have few formats between them.
@lru_cache(maxsize=4096)
def _says_reissue(text: str) -> bool:
    words = text.casefold()
    return any(word in words for word in _REISSUE)


def _passes(row: PressingLine, wanted: PressingFilters) -> bool:
    return (
        (not wanted.country or row.country == wanted.country)
        and (wanted.year is None or row.year == wanted.year)
        and (not wanted.label or row.label == wanted.label)
        and (not wanted.medium or row.medium == wanted.medium)
        and (not wanted.format or wanted.format in _formats(row.format))
    )


@lru_cache(maxsize=4096)
def _formats(text: str) -> tuple[str, ...]:
    """The words of a format, each once."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _facets(rows: Sequence[PressingLine]) -> Facets:
    countries = Counter(row.country for row in rows if row.country)
    years = Counter(row.year for row in rows if row.year)
    labels = Counter(row.label for row in rows if row.label)
    formats: Counter[str] = Counter()
    for text, count in Counter(row.format for row in rows).items():
        for word in _formats(text):
            formats[word] += count
    return Facets(
        countries=tuple(countries.most_common()),
        years=tuple(sorted(years.items())),
        formats=tuple(formats.most_common()),
        labels=tuple(labels.most_common()),
        media=tuple(Counter(row.medium for row in rows).most_common()),
    )
