"""What a person sees who decides whether two rows are one thing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from catalog.models import (
    Album,
    AlbumArtist,
    Artist,
    ArtistName,
    ExternalId,
    MatchReview,
    Release,
    ReleaseLabel,
)
from catalog.queries.figures import listeners

SHOWN_ALBUMS = 12
SHOWN_NAMES = 12
SHOWN_COUNTRIES = 6
SHOWN_NUMBERS = 8
# Pressings of an album that are looked at for countries and years.
PRESSINGS_READ = 500
_PAGES = {
    ("discogs", "artist"): "https://www.discogs.com/artist/{}",
    ("discogs", "album"): "https://www.discogs.com/master/{}",
    ("musicbrainz", "artist"): "https://musicbrainz.org/artist/{}",
    ("musicbrainz", "album"): "https://musicbrainz.org/release-group/{}",
    ("spotify", "artist"): "https://open.spotify.com/artist/{}",
    ("spotify", "album"): "https://open.spotify.com/album/{}",
}


@dataclass(frozen=True)
class IdLink:
    """An id of another service; `url` is "" where the service has no page for it."""

    source: str
    value: str
    url: str


@dataclass(frozen=True)
class Work:
    title: str
    year: int | None
    url: str
    # The other side has one of the same key.
    shared: bool = False


@dataclass(frozen=True)
class Side:
    """One of the two rows: `also` are other names of an artist, catalogue numbers of an album."""

    id: int
    title: str
    subtitle: str
    url: str
    source: str
    ids: tuple[IdLink, ...]
    also: tuple[str, ...]
    works: tuple[Work, ...]
    work_count: int
    years: str
    countries: tuple[tuple[str, int], ...]
    listeners: int
    popularity: int


@dataclass(frozen=True)
class Progress:
    """`decided` of `total` questions, those put aside among the decided ones."""

    decided: int
    total: int

    @property
    def open(self) -> int:
        return self.total - self.decided

    @property
    def percent(self) -> int:
        return 100 * self.decided // self.total if self.total else 100


@dataclass(frozen=True)
class Piece:
    """One part of the evidence: `points` in log odds, positive for one thing."""

    says: str
    points: float

    @property
    def for_same(self) -> bool:
        return self.points > 0


def progress() -> Progress:
    """How far the questions are. One query over the index of verdicts."""
    by_verdict = dict(
        MatchReview.objects.order_by().values_list("verdict").annotate(rows=Count("pk"))
    )
    total = sum(by_verdict.values())
    return Progress(total - by_verdict.get(MatchReview.Verdict.OPEN, 0), total)


def pieces(review: MatchReview) -> list[Piece]:
    """The evidence, the weightiest part first, in the page's language where its words are known."""
    told = ((str(one.get("says") or one.get("name") or ""), one) for one in review.evidence)
    found = [Piece(_(says) if says else "", _points(one)) for says, one in told]
    return sorted(found, key=lambda piece: -abs(piece.points))


def sides(kind: str, left: int, right: int) -> tuple[Side, Side] | None:
    """Both rows as they stand now, the left one first; None when one is gone. At most nine queries
    a side."""
    both = _artists if kind == MatchReview.Kind.ARTIST else _albums
    found = both((left, right))
    return (found[left], found[right]) if {left, right} <= found.keys() else None


def members(kind: str, entity_id: int) -> set[int]:
    """A row and all that was merged into it."""
    model: Any = Artist if kind == MatchReview.Kind.ARTIST else Album
    return {entity_id, *model.objects.filter(merged_into=entity_id).values_list("pk", flat=True)}


def said_before(kind: str, left: int, right: int) -> str:
    """What was said about these two rows, or about rows that were merged into them; "" when nobody
    was asked. "different" outweighs the rest. Three queries."""
    one, other = members(kind, left), members(kind, right)
    rows = MatchReview.objects.filter(kind=kind).filter(
        Q(left_id__in=one, right_id__in=other) | Q(left_id__in=other, right_id__in=one)
    )
    said = set(rows.values_list("verdict", flat=True))
    order = (
        MatchReview.Verdict.DIFFERENT,
        MatchReview.Verdict.SKIPPED,
        MatchReview.Verdict.SAME,
        MatchReview.Verdict.OPEN,
    )
    return next((verdict.value for verdict in order if verdict in said), "")


# --- the two sides --------------------------------------------------------------------------


def _artists(ids: Collection[int]) -> dict[int, Side]:
    artists = Artist.objects.in_bulk(ids)
    works = {pk: _works_of(pk) for pk in artists}
    keys = {pk: {album.normalised for album in albums} for pk, albums in works.items()}
    heard = listeners(MatchReview.Kind.ARTIST, ids)
    found = {}
    for pk, artist in artists.items():
        others = set[str]().union(*(keys[other] for other in keys if other != pk))
        names = ArtistName.objects.filter(artist=artist).order_by("name")[:SHOWN_NAMES]
        found[pk] = Side(
            id=pk,
            title=f"{artist.name} ({artist.disambiguation})"
            if artist.disambiguation
            else artist.name,
            subtitle=", ".join(artist.genres[:4]),
            url=artist.get_absolute_url(),
            source=artist.source,
            ids=id_links(MatchReview.Kind.ARTIST, pk),
            also=tuple(one.name for one in names),
            works=_shown_works(works[pk], others),
            work_count=AlbumArtist.objects.filter(artist=artist)[:PRESSINGS_READ].count(),
            years=_span(album.year for album in works[pk]),
            countries=((artist.country, 1),) if artist.country else (),
            listeners=heard[pk],
            popularity=artist.popularity,
        )
    return found


def _works_of(artist_id: int) -> list[Album]:
    credits = AlbumArtist.objects.filter(artist_id=artist_id, album__merged_into__isnull=True)
    credits = credits.select_related("album").order_by("pk")[:PRESSINGS_READ]
    return list({credit.album_id: credit.album for credit in credits}.values())


def _shown_works(albums: list[Album], shared: set[str]) -> tuple[Work, ...]:
    """What both have first, then by year."""
    ranked = sorted(
        albums, key=lambda one: (one.normalised not in shared, one.year or 9999, one.title)
    )
    return tuple(
        Work(one.title, one.year, one.get_absolute_url(), one.normalised in shared)
        for one in ranked[:SHOWN_ALBUMS]
    )


def _albums(ids: Collection[int]) -> dict[int, Side]:
    heard = listeners(MatchReview.Kind.ALBUM, ids)
    found = {}
    for pk, album in Album.objects.in_bulk(ids).items():
        pressings = list(
            Release.objects.filter(album=album)
            .order_by("year", "pk")
            .values_list("pk", "country", "year")[:PRESSINGS_READ]
        )
        countries = Counter(country for _pk, country, _year in pressings if country)
        found[pk] = Side(
            id=pk,
            title=album.title,
            subtitle=album.artist_line,
            url=album.get_absolute_url(),
            source=album.source,
            ids=id_links(MatchReview.Kind.ALBUM, pk),
            also=_numbers([number for number, _country, _year in pressings]),
            works=(),
            work_count=len(pressings),
            years=_span([album.year, *(year for _pk, _country, year in pressings)]),
            countries=tuple(countries.most_common(SHOWN_COUNTRIES)),
            listeners=heard[pk],
            popularity=album.popularity,
        )
    return found


def _numbers(release_ids: list[int]) -> tuple[str, ...]:
    rows = ReleaseLabel.objects.filter(release_id__in=release_ids).exclude(catno="")
    labels = rows.order_by("pk").values_list("name", "catno")[: SHOWN_NUMBERS * 4]
    numbers = dict.fromkeys(f"{name} {catno}".strip() for name, catno in labels)
    return tuple(numbers)[:SHOWN_NUMBERS]


def id_links(kind: str, entity_id: int) -> tuple[IdLink, ...]:
    """Ids of other services, with the pages that they have there. One query."""
    rows = ExternalId.objects.filter(kind=kind, entity_id=entity_id).order_by("source", "pk")
    return tuple(
        IdLink(source, value, _PAGES.get((source, kind), "").format(value))
        for source, value in rows.values_list("source", "value")
    )


def _span(years: Iterable[int | None]) -> str:
    known = sorted({year for year in years if year})
    if not known:
        return ""
    return str(known[0]) if len(known) == 1 else f"{known[0]}-{known[-1]}"


def _points(part: dict[str, Any]) -> float:
    points = float(part.get("weight", 0)) * float(part.get("value", 0))
    return points if math.isfinite(points) else 0.0
