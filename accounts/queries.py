"""Reads about people: what they listen to, own, want and linked. Database only, few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import LinkedService, Listening, Owned, Snapshot, User, Want
from catalog.queries import of_albums, of_artists, present
from vinyl.prepared import Prepared

ALL = Listening.Period.ALL.value
# While a sync reads, what it has so far stands beside the snapshot that counts.
UNFINISHED = "~new"


def listening_sources(user_id: int) -> QuerySet[Snapshot, Any]:
    """Names of the sources of a person's listening, as Snapshot.source writes them."""
    found = Snapshot.objects.filter(user_id=user_id).exclude(source__endswith=UNFINISHED)
    return found.order_by("source").values_list("source", flat=True)


@dataclass(frozen=True)
class Source:
    """One source of listening as last read. `skipped` counts rows by reason."""

    source: str
    username: str
    plays: int
    used: int
    unmatched: int
    skipped: dict[str, int]
    taken_at: datetime


@dataclass(frozen=True)
class ArtistListening:
    """`plays` over all time where known, else the longest period; keys of the two mappings are
    Listening.Period values ("all", "12m", "6m", "3m", "1m"); a rank counts from 1."""

    artist_id: int
    name: str
    plays: int
    plays_by_period: dict[str, int] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    # When the source was read that tells the largest figure. Not what was heard: two readings of
    # the same are equal.
    read_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class AlbumListening:
    """As ArtistListening. `distinct_tracks` is None where no source tells tracks by album."""

    album_id: int
    plays: int
    plays_by_period: dict[str, int] = field(default_factory=dict)
    distinct_tracks: int | None = None
    ranks: dict[str, int] = field(default_factory=dict)
    # When it was read, not what was heard: two readings of the same are equal.
    read_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ListeningProfile:
    """All that a person's sources say, most played first.

    The same play often reaches several services, so sources are never added up: the largest
    figure counts. `plays` is the largest source's total.
    """

    artists: tuple[ArtistListening, ...] = ()
    albums: tuple[AlbumListening, ...] = ()
    plays: int = 0
    sources: tuple[Source, ...] = ()


def sources_of(user: User) -> tuple[Source, ...]:
    """A person's sources as last read, newest first. One query."""
    return tuple(_source(row) for row in _counting(user))


def _counting(user: User) -> QuerySet[Snapshot]:
    found = Snapshot.objects.filter(user=user).exclude(source__endswith=UNFINISHED)
    return found.order_by("-taken_at", "-pk")


def _source(row: Snapshot) -> Source:
    return Source(
        source=row.source,
        username=row.username,
        plays=row.plays,
        used=row.used,
        unmatched=row.unmatched,
        skipped=dict(row.skipped),
        taken_at=row.taken_at,
    )


class Figures(NamedTuple):
    """What one snapshot says of an artist or album in a period."""

    snapshot_id: int
    period: str
    key: int
    heard: int | None
    best: int | None


_FIGURES = {"heard": Sum("plays"), "best": Min("rank")}


def _heard_artists(snapshots: list[int]) -> QuerySet[Listening, Any]:
    found = Listening.objects.filter(
        snapshot_id__any=snapshots, kind=Listening.Kind.ARTIST, artist__isnull=False
    ).order_by()
    named = found.annotate(
        heard_artist=present("artist"),
        heard_name=Coalesce("artist__merged_into__name", "artist__name"),
    ).values("snapshot_id", "period", "heard_artist", "heard_name")
    return named.annotate(**_FIGURES).values_list(
        "snapshot_id", "period", "heard_artist", "heard", "best", "heard_name"
    )


def _heard_albums(snapshots: list[int]) -> QuerySet[Listening, Any]:
    found = Listening.objects.filter(
        snapshot_id__any=snapshots, kind=Listening.Kind.ALBUM, album__isnull=False
    ).order_by()
    by_album = found.annotate(heard_album=present()).values("snapshot_id", "period", "heard_album")
    return by_album.annotate(tracks=Max("distinct_tracks"), **_FIGURES).values_list(
        "snapshot_id", "period", "heard_album", "heard", "best", "tracks"
    )


_HEARD_ARTISTS = Prepared(_heard_artists, snapshots=list)
_HEARD_ALBUMS = Prepared(_heard_albums, snapshots=list)


def listening_of(user: User, *, without: Collection[str] = ()) -> ListeningProfile:
    """Everything that a person listened to and that the catalogue knows, but of the sources
    `without`. Three queries."""
    counting = [row for row in _counting(user) if row.source not in without]
    sources = tuple(_source(row) for row in counting)
    read_at = {row.pk: row.taken_at for row in counting}
    artists = _Merged()
    for *told, name in _HEARD_ARTISTS.all(snapshots=read_at) if read_at else ():
        figures = Figures(*told)
        artists.add(figures, read_at[figures.snapshot_id], name=name)
    albums = _Merged()
    for *told, tracks in _HEARD_ALBUMS.all(snapshots=read_at) if read_at else ():
        figures = Figures(*told)
        albums.add(figures, read_at[figures.snapshot_id], tracks=tracks)
    return ListeningProfile(
        artists=tuple(
            ArtistListening(
                key,
                artists.names[key],
                artists.total(key),
                artists.plays[key],
                artists.ranks[key],
                artists.read_at.get(key),
            )
            for key in artists.ordered()
        ),
        albums=tuple(
            AlbumListening(
                key,
                albums.total(key),
                albums.plays[key],
                albums.tracks.get(key),
                albums.ranks[key],
                albums.read_at.get(key),
            )
            for key in albums.ordered()
        ),
        plays=max((one.plays for one in sources), default=0),
        sources=sources,
    )


class _Merged:
    """Figures of artists or albums, the largest over all sources."""

    def __init__(self) -> None:
        self.plays: dict[int, dict[str, int]] = defaultdict(dict)
        self.ranks: dict[int, dict[str, int]] = defaultdict(dict)
        self.names: dict[int, str] = {}
        self.tracks: dict[int, int] = {}
        self.seen: set[int] = set()
        self.read_at: dict[int, datetime] = {}

    def add(self, row: Figures, at: datetime, *, name: str = "", tracks: int | None = None) -> None:
        _snapshot, period, key, heard, best = row
        self.seen.add(key)
        if key not in self.read_at or (heard or 0) > self.total(key):
            self.read_at[key] = at
        if heard is not None:
            self.plays[key][period] = max(self.plays[key].get(period, 0), heard)
        if best is not None:
            self.ranks[key][period] = min(self.ranks[key].get(period, best), best)
        if name:
            self.names[key] = name
        if tracks is not None:
            self.tracks[key] = max(self.tracks.get(key, 0), tracks)

    def total(self, key: int) -> int:
        return max(self.plays[key].values(), default=0)

    def ordered(self) -> list[int]:
        """Most plays first, then the best rank, then the id."""
        return sorted(
            self.seen,
            key=lambda key: (
                -self.total(key),
                min(self.ranks[key].values(), default=1_000_000),
                key,
            ),
        )


def _album_plays(person: int, albums: list[int]) -> QuerySet[Listening, Any]:
    return (
        Listening.objects.filter(
            of_albums(albums), snapshot__user_id=person, kind=Listening.Kind.ALBUM
        )
        .exclude(snapshot__source__endswith=UNFINISHED)
        .order_by()
        .annotate(heard_album=present())
        .values("snapshot_id", "period", "heard_album")
        .annotate(heard=Sum("plays"))
        .values_list("heard_album", "heard")
    )


_ALBUM_PLAYS = Prepared(_album_plays, person=int, albums=list)


def album_plays(user: User, album_ids: Collection[int]) -> dict[int, int]:
    """Plays of these albums, the largest source's; albums without plays are left out. One query,
    none for no albums."""
    plays: dict[int, int] = {}
    rows = _ALBUM_PLAYS.all(person=user.pk, albums=album_ids) if album_ids else []
    for album, heard in rows:
        if heard:
            plays[album] = max(plays.get(album, 0), heard)
    return plays


def _artist_plays(person: int, artists: list[int]) -> QuerySet[Listening, Any]:
    return (
        Listening.objects.filter(
            of_artists(artists), snapshot__user_id=person, kind=Listening.Kind.ARTIST
        )
        .exclude(snapshot__source__endswith=UNFINISHED)
        .order_by()
        .values("snapshot_id", "period")
        .annotate(heard=Sum("plays"))
        .values_list("heard", flat=True)
    )


_ARTIST_PLAYS = Prepared(_artist_plays, person=int, artists=list)


def artist_plays(user: User, artist_id: int) -> int:
    """Plays of an artist, the largest of the sources and periods. One query."""
    found = _ARTIST_PLAYS.all(person=user.pk, artists=[artist_id])
    return max((heard or 0 for heard in found), default=0)


def _owned_among(person: int, albums: list[int]) -> QuerySet[Owned, Any]:
    copies = Owned.objects.filter(user_id=person).order_by().annotate(standing_id=present())
    return copies.filter(standing_id__any=albums).values_list("standing_id", flat=True)


def _wanted_among(person: int, albums: list[int]) -> QuerySet[Want, Any]:
    wants = Want.objects.filter(user_id=person).order_by()
    wants = wants.annotate(standing_id=Coalesce(present(), present("release__album")))
    return wants.filter(standing_id__any=albums).values_list("standing_id", flat=True)


_OWNED_AMONG = Prepared(_owned_among, person=int, albums=list)
_WANTED_AMONG = Prepared(_wanted_among, person=int, albums=list)


def owned_among(user: User, album_ids: Collection[int]) -> set[int]:
    """Those of these albums of which the person has a copy. One query."""
    return set(_OWNED_AMONG.all(person=user.pk, albums=album_ids))


def wanted_among(user: User, album_ids: Collection[int]) -> set[int]:
    """Those of these albums that the person wants, in any pressing or in a certain one. One
    query."""
    return set(_WANTED_AMONG.all(person=user.pk, albums=album_ids))


def wants_of(user: User) -> QuerySet[Want]:
    """Wants, newest first, with album and release at hand; of one album one.

    Who wanted two albums that were merged since has two wants of one. The want of the album that
    stands is the one that is told, with its conditions, else the older one; the other rests as it
    is until a split, which so has nothing to guess. Taking the want off takes both.
    """
    return told_wants(user.pk).select_related("album__merged_into", "release__album")


def told_wants(person: int) -> QuerySet[Want]:
    """The wants of `wants_of`, as rows alone."""
    mine = Want.objects.filter(user_id=person)
    same = Q(album_id=OuterRef("album__merged_into_id")) | Q(
        album__merged_into_id=OuterRef("album__merged_into_id"), pk__lt=OuterRef("pk")
    )
    merged = mine.filter(album__merged_into__isnull=False)
    resting = merged.filter(Exists(mine.filter(same).order_by())).order_by().values("pk")
    return mine.exclude(pk__in=resting)


def shelf_of(user: User) -> QuerySet[Owned]:
    """Copies, newest first, with album and release at hand."""
    return Owned.objects.filter(user=user).select_related("album__merged_into", "release")


_LINK = Prepared(
    lambda person, service: LinkedService.objects.filter(user_id=person, service=service)[:1],
    person=int,
    service=str,
)


def link_of(user: User, service: str) -> LinkedService | None:
    """The person's account at a service, or None. One query."""
    return _LINK.first(person=user.pk, service=service)


def links_of(user: User) -> dict[str, LinkedService]:
    """The person's accounts by service. One query."""
    return {link.service: link for link in LinkedService.objects.filter(user=user)}


@dataclass(frozen=True)
class HeardAlbum:
    """A line of "Heard so far"; `id`, `title`, `artist_line` and `year` as an Album has them."""

    id: int
    title: str
    artist_line: str
    year: int | None
    plays: int


@dataclass(frozen=True)
class HeardSoFar:
    """What has arrived: albums with most plays, and how many artists, named and matched."""

    albums: tuple[HeardAlbum, ...] = ()
    artists: int = 0
    matched: int = 0


def heard_so_far(user: User, limit: int = 16) -> HeardSoFar:
    """The listening that has arrived, also of a sync that still runs. Two queries."""
    items = Listening.objects.filter(snapshot__user=user).order_by()
    rows = (
        items.filter(kind=Listening.Kind.ALBUM, album__isnull=False)
        .values("album_id", "album__title", "album__artist_line", "album__year")
        .annotate(heard=Max("plays"), best=Min("rank"))
        .order_by(F("heard").desc(nulls_last=True), "best", "album_id")
    )
    named = items.filter(kind=Listening.Kind.ARTIST).aggregate(
        artists=Count("artist_name", distinct=True),
        matched=Count("artist_id", distinct=True, filter=Q(artist__isnull=False)),
    )
    return HeardSoFar(
        albums=tuple(_heard(row) for row in rows[:limit]),
        artists=named["artists"],
        matched=named["matched"],
    )


def _heard(row: Mapping[str, Any]) -> HeardAlbum:
    return HeardAlbum(
        row["album_id"],
        row["album__title"],
        row["album__artist_line"],
        row["album__year"],
        row["heard"] or 0,
    )
