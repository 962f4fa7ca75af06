"""Reads of the catalogue for sets: albums of artists, who is near, what is known of an album."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Listening, Owned
from catalog.models import AlbumArtist, Release
from catalog.queries.likeness import likeness
from catalog.queries.withholding import withheld_rows
from recommendations.candidates import AlbumRow, Edge
from recommendations.knowledge import Editions, NewPressing, OnShelves, Standing
from recommendations.teaching import learned_snapshots, teachers
from vinyl.lookups import id_list
from vinyl.prepared import Prepared
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


_ROWS = Prepared(
    lambda albums: _album_rows().filter(album__id__any=albums).order_by().values_list(*_COLUMNS),
    albums=list,
)


def album_rows(album_ids: Collection[int]) -> list[AlbumRow]:
    """These albums with their first artist. One query."""
    if not album_ids:
        return []
    return [
        AlbumRow(album, artist, name, popularity, tuple(genres), tuple(styles), year)
        for album, artist, name, popularity, genres, styles, year in _ROWS.all(albums=album_ids)
    ]


def albums_by(
    artist_ids: Collection[int], *, each: int, others: Collection[int] = (), each_other: int = 0
) -> list[AlbumRow]:
    """The best known albums of these artists, at most `each` of one, and of `others` who are not
    among them at most `each_other` of one. One query."""
    most = dict.fromkeys(others, each_other) | dict.fromkeys(artist_ids, each)
    return [row for rows in best_albums(most).values() for row in rows]


# Artist by artist: a window over all their albums sorts what is thrown away, and where there are
# many artists the planner reads the whole table for it.
_BEST_ALBUMS = """
SELECT b.id, a.id, a.name, b.popularity, b.genres, b.styles, b.year
FROM unnest(%s::bigint[], %s::int[]) w (id, most)
JOIN catalog_artist a ON a.id = w.id AND NOT a.is_placeholder
CROSS JOIN LATERAL (
    SELECT b.id, b.popularity, b.genres, b.styles, b.year
    FROM catalog_albumartist c JOIN catalog_album b ON b.id = c.album_id
    WHERE c.artist_id = w.id AND c.position = 0
        AND b.merged_into_id IS NULL AND b.kind <> ALL (%s)
    ORDER BY b.popularity DESC, b.id LIMIT w.most
) b
"""


def best_albums(most: Mapping[int, int]) -> dict[int, list[AlbumRow]]:
    """The best known albums of each artist, best first, as many as `most` says of them; no
    placeholders. One query."""
    found: dict[int, list[AlbumRow]] = {}
    if not most:
        return found
    with connection.cursor() as cursor:
        given = id_list(most), id_list(most.values()), list(NOT_RECOMMENDED_KINDS)
        cursor.execute(_BEST_ALBUMS, given)
        for album, artist, name, popularity, genres, styles, year in cursor.fetchall():
            row = AlbumRow(album, artist, name, popularity, tuple(genres), tuple(styles), year)
            found.setdefault(artist, []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (-row.popularity, row.album_id))
    return found


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


_PRESSED = """
SELECT album_id, array_agg(country ORDER BY country) FILTER (WHERE country <> ''),
    min(first), max(last)
FROM (
    SELECT album_id, country, min(year) AS first, max(year) AS last FROM catalog_release
    WHERE album_id = ANY (%s::bigint[]) AND NOT is_unofficial GROUP BY album_id, country
) one GROUP BY album_id
"""


def editions(years: Mapping[int, int | None]) -> dict[int, Editions]:
    """Which official pressings of these albums there are; `years` is when each album came out,
    None where that is not known. One query."""
    if not years:
        return {}
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_PRESSED, [id_list(years)])
        for album, countries, first, last in cursor.fetchall():
            year, is_told = years[album], years[album] is not None and first is not None
            found[album] = Editions(
                tuple(countries or ()), is_told and first <= year, is_told and last > year
            )
    return found


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
    fields = "album_id", "year", "country", "label"
    newest = rows.exclude(withheld_rows()).order_by("album_id", "-year", "pk")
    return {
        album_id: NewPressing(year or since, country, label)
        for album_id, year, country, label in newest.distinct("album_id").values_list(*fields)
    }


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
