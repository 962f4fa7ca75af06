"""Reads of the catalogue for sets: albums of artists, who is near, what is known of an album."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db.models import Case, Count, F, Q, QuerySet, Sum, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import Listening, Owned
from catalog.models import AlbumArtist, Release
from catalog.queries.likeness import likeness
from catalog.queries.withholding import withheld_rows
from recommendations.candidates import AlbumRow, Edge
from recommendations.knowledge import Editions, NewPressing, OnShelves, Standing
from recommendations.teaching import learned_snapshots, teachers
from vinyl.upstreams.terms import terms_for

# Singles are heard as parts of albums; nobody is told to buy one.
NOT_RECOMMENDED_KINDS = ("single",)
# Fewer people than these are not told of: who they are could be guessed.
LEAST_PEOPLE = 3
LIKE_MINDED = 50
SHARED_RECORDS = 2
NEW_FOR_YEARS = 1
_COLUMNS = (
    "album_id", "artist_id", "artist__name", "album__popularity", "album__genres", "album__styles",
    "album__year",
)  # fmt: skip


def edges_from(artist_ids: Collection[int]) -> list[Edge]:
    """Likeness of other artists to these, nearest first; no placeholders. One query."""
    rows = (
        likeness()
        .filter(artist__id__any=artist_ids)
        .order_by("-score", "artist_id", "other_id")
        .values_list("artist_id", "other_id", "score")
    )
    return [Edge(artist, other, float(score)) for artist, other, score in rows]


def _album_rows() -> QuerySet[AlbumArtist]:
    """First credits on albums that may be recommended."""
    return AlbumArtist.objects.filter(
        position=0, artist__is_placeholder=False, album__merged_into__isnull=True
    ).exclude(album__kind__in=NOT_RECOMMENDED_KINDS)


def _rows(found: QuerySet[AlbumArtist]) -> list[AlbumRow]:
    return [
        AlbumRow(album, artist, name, popularity, tuple(genres), tuple(styles), year)
        for album, artist, name, popularity, genres, styles, year in found.values_list(*_COLUMNS)
    ]


def album_rows(album_ids: Collection[int]) -> list[AlbumRow]:
    """These albums with their first artist. One query."""
    return _rows(_album_rows().filter(album__id__any=album_ids))


def albums_by(
    artist_ids: Collection[int], *, each: int, others: Collection[int] = (), each_other: int = 0
) -> list[AlbumRow]:
    """The best known albums of these artists, at most `each` of one, and of `others` who are not
    among them at most `each_other` of one. One query."""
    first = list(artist_ids)
    most = Case(When(artist__id__any=first, then=each), default=each_other)
    place = Window(
        RowNumber(), partition_by=F("artist_id"), order_by=[F("album__popularity").desc(), "album"]
    )
    rows = _album_rows().filter(artist__id__any=[*first, *others])
    return _rows(rows.annotate(place=place).filter(place__lte=most if others else each))


# --- what is known of an album ---------------------------------------------------------------


def standings(album_ids: Collection[int]) -> dict[int, Standing]:
    """What is known of these albums' collectors and listeners. Two queries."""
    max_age = terms_for("discogs").max_age
    counted = Q(stats_at__isnull=False)
    if max_age is not None:
        counted = Q(stats_at__gte=timezone.now() - max_age)
    rows = (
        Release.objects.filter(counted, album__id__any=album_ids, is_unofficial=False)
        .order_by()
        .values_list("album_id")
        .annotate(Sum("have"), Sum("want"))
    )
    heard = _listeners(album_ids)
    found = {
        album: Standing(heard.get(album, 0), (have or 0) + (want or 0))
        for album, have, want in rows
    }
    return {key: Standing(listeners=count) for key, count in heard.items()} | found


def editions(album_ids: Iterable[int]) -> dict[int, Editions]:
    """Which official pressings of these albums there are. One query."""
    counted = Q(album__year__isnull=False, year__isnull=False)
    rows = (
        Release.objects.filter(album__id__any=list(album_ids), is_unofficial=False)
        .order_by()
        .values_list("album_id")
        .annotate(
            countries=ArrayAgg("country", distinct=True, filter=~Q(country="")),
            originals=BoolOr(Q(year__lte=F("album__year")), filter=counted),
            reissues=BoolOr(Q(year__gt=F("album__year")), filter=counted),
        )
    )
    return {
        album: Editions(tuple(countries or ()), bool(originals), bool(reissues))
        for album, countries, originals, reissues in rows
    }


def _listeners(album_ids: Collection[int]) -> dict[int, int]:
    """How many people play each of these albums, of whom that may be learned; few are none."""
    rows = (
        Listening.objects.filter(
            album__id__any=album_ids,
            kind=Listening.Kind.ALBUM,
            period=Listening.Period.ALL,
            snapshot__in=learned_snapshots().values("pk"),
        )
        .order_by()
        .values("album_id")
        .annotate(people=Count("snapshot__user_id", distinct=True))
    )
    return {row["album_id"]: row["people"] for row in rows if row["people"] >= LEAST_PEOPLE}


def new_pressings(album_ids: Collection[int]) -> dict[int, NewPressing]:
    """New official pressings of these albums; of several the newest. One query."""
    since = timezone.now().year - NEW_FOR_YEARS
    rows = Release.objects.filter(album__id__any=album_ids, year__gte=since, is_unofficial=False)
    rows = rows.exclude(withheld_rows())
    found = {}
    fields = rows.order_by("year", "-pk").values_list("album_id", "year", "country", "label")
    for album_id, year, country, label in fields:
        found[album_id] = NewPressing(year or since, country, label)
    return found


# --- like-minded shelves ---------------------------------------------------------------------


def on_like_shelves(user_id: int, album_ids: Collection[int]) -> list[OnShelves]:
    """What people own whose shelves hold at least two of these albums: only people who opted in,
    only albums that at least three of them hold, the most alike first. Three queries."""
    mine = frozenset(album_ids)
    if len(mine) < SHARED_RECORDS:
        return []
    others = Owned.objects.filter(user__in=teachers()).exclude(user_id=user_id).order_by()
    near = (
        others.filter(album__id__any=mine)
        .values("user_id")
        .annotate(shared=Count("album_id", distinct=True))
        .filter(shared__gte=SHARED_RECORDS)
        .order_by("-shared", "user_id")
    )
    shared = {row["user_id"]: row["shared"] for row in near[:LIKE_MINDED]}
    if len(shared) < LEAST_PEOPLE:
        return []
    sizes = dict(
        others.filter(user_id__in=shared)
        .values("user_id")
        .annotate(size=Count("album_id", distinct=True))
        .values_list("user_id", "size")
    )
    held = others.filter(user_id__in=shared).exclude(album__id__any=mine)
    alike: dict[int, list[tuple[float, int]]] = {}
    for album_id, owner in held.values_list("album_id", "user_id").distinct():
        cosine = shared[owner] / (len(mine) * sizes[owner]) ** 0.5
        alike.setdefault(album_id, []).append((cosine, shared[owner]))
    return sorted(_told(alike.items()), key=lambda one: (-one.likeness, one.album_id))


def _told(alike: Iterable[tuple[int, list[tuple[float, int]]]]) -> Iterable[OnShelves]:
    for album_id, people in alike:
        if len(people) >= LEAST_PEOPLE:
            total = sum(cosine for cosine, _shared in people)
            yield OnShelves(album_id, total, len(people), max(shared for _cosine, shared in people))
