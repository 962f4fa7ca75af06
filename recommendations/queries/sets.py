"""Reads of sets: the current one, what of it is shown now, and what people said to albums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Exists, Manager, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Owned, User, Want
from catalog.models import Album, AlbumArtist, Artist
from catalog.queries import of_albums, present
from catalog.queries.likeness import lapsed_likeness
from recommendations.candidates import OWN
from recommendations.models import (
    Dismissal,
    Lean,
    Lock,
    Recommendation,
    RecommendationSet,
    Seed,
    TasteSettings,
)
from vinyl.jobs.models import Job
from vinyl.prepared import Prepared

MAKE_SET = "recommendations.make_set"
FIND_ARTISTS = "recommendations.find_artists"
# Positions from here on are the reserve: not shown until the list is filled up from it.
RESERVE = 1000
LAST_PLACE = 32_767
DISMISSALS_COUNT_FOR = timedelta(days=30)
MOST_DISMISSALS = 100
SIMILAR_FOR = timedelta(days=30)

Person = User


def current_set(user: Person) -> RecommendationSet | None:
    """The newest set of this person, None before the first. One query."""
    return _NEWEST.first(person=user.pk)


_NEWEST = Prepared(
    lambda person: RecommendationSet.objects.filter(user_id=person).order_by("-made_at", "-pk")[:1],
    person=int,
)


def newest_first(user: Person) -> QuerySet[RecommendationSet]:
    return RecommendationSet.objects.filter(user_id=user.pk).order_by("-made_at", "-pk")


def shown_rows(
    found: RecommendationSet, *, tab: str | None = OWN, reserve: bool = False
) -> list[Recommendation]:
    """Rows of a tab (None: of all) that are neither owned nor dismissed now, with `kept` and
    `wanted`.

    Merged albums count as what they were merged into; nothing by an artist who was dismissed is
    there, unless it is kept. `reserve` adds those that wait for their turn. Albums come along in
    the same query.
    """
    given = {"chosen": found.pk, "person": found.user_id} | ({} if tab is None else {"tab": tab})
    return _shown(tab is not None, reserve).all(**given)


@cache
def _shown(one_tab: bool, reserve: bool) -> Prepared[Recommendation]:
    def build(chosen: int, person: int, tab: str = "") -> QuerySet[Recommendation]:
        rows = standing_rows(chosen, person).select_related(*_ALBUMS)
        if one_tab:
            rows = rows.filter(tab=tab)
        return rows if reserve else rows.filter(position__lt=RESERVE)

    given: dict[str, type] = {"chosen": int, "person": int}
    return Prepared(build, **given, **({"tab": str} if one_tab else {}))


def standing_rows(chosen: int, person: int) -> QuerySet[Recommendation]:
    """The rows of a set that a person may be shown, of all tabs and the reserve, in their order."""
    return (
        Recommendation.objects.filter(set_id=chosen)
        .annotate(standing_id=present())
        .filter(~_about(Owned.objects, person), ~_about(Dismissal.objects, person))
        .annotate(kept=_about(Lock.objects, person), wanted=_about(Want.objects, person))
        .filter(Q(kept=True) | ~Exists(_credits_of_dismissed_artists(person)))
        .order_by("position", "pk")
    )


_ALBUMS = ("album__cover", "album__merged_into__cover")
_BY_ID = Prepared(
    lambda rows: Recommendation.objects.filter(pk__any=rows).select_related(*_ALBUMS).order_by(),
    rows=list,
)


def _places(below: int) -> Prepared[Any]:
    return Prepared(
        lambda chosen, person: (
            standing_rows(chosen, person)
            .filter(position__lt=below)
            .values_list("pk", "tab", "position")
        ),
        chosen=int,
        person=int,
    )


_PLACES, _SHOWN_PLACES = _places(LAST_PLACE), _places(RESERVE)


def rows_by_id(row_ids: Iterable[int]) -> list[Recommendation]:
    """Rows of sets with their albums and covers, in no order. One query."""
    return _BY_ID.all(rows=list(row_ids))


def places_of(found: RecommendationSet, *, reserve: bool = False) -> list[tuple[int, str, int]]:
    """(row, tab, position) of all that `shown_rows` gives of every tab, without its albums. One
    query."""
    places = _PLACES if reserve else _SHOWN_PLACES
    return places.all(chosen=found.pk, person=found.user_id)


def _about(rows: Manager[Any], user_id: int) -> Exists:
    """Whether the person has such a row about the album of the outer query."""
    mine = rows.filter(user_id=user_id).annotate(standing_id=present())
    return Exists(mine.filter(standing_id=OuterRef("standing_id")))


def _credits_of_dismissed_artists(user_id: int) -> QuerySet[AlbumArtist]:
    """First credits, on the album of the outer query, of artists who were dismissed."""
    unliked = Dismissal.objects.filter(user_id=user_id, reason=Dismissal.Reason.ARTIST)
    artists = AlbumArtist.objects.filter(album_id__in=unliked.values("album_id"))
    return AlbumArtist.objects.filter(
        position=0, album_id=OuterRef("standing_id"), artist_id__in=artists.values("artist_id")
    )


def dated_seeds(user: Person) -> dict[int, tuple[str, datetime]]:
    """Artists that the person named with when, by id, oldest first, merges followed. One query."""
    seeds = Seed.objects.filter(user_id=user.pk).select_related("artist__merged_into")
    found: dict[int, tuple[str, datetime]] = {}
    for seed in seeds:
        artist = seed.artist.merged_into or seed.artist
        found.setdefault(artist.pk, (artist.name, seed.created_at))
    return found


def seeds_of(user: Person) -> list[Artist]:
    """Artists that the person named, oldest first, merges followed. One query."""
    seeds = Seed.objects.filter(user_id=user.pk).select_related("artist__merged_into")
    named = [seed.artist.merged_into or seed.artist for seed in seeds]
    return list({artist.pk: artist for artist in named}.values())


def taste_of(user: Person) -> TasteSettings:
    """What the person set, or the defaults (not stored). One query."""
    found = TasteSettings.objects.filter(user_id=user.pk).first()
    return found or TasteSettings(user_id=user.pk)


def artists_by_id(artist_ids: Iterable[int]) -> list[Artist]:
    """These artists in this order, merges followed, each once where two became one; unknown ids and
    placeholders are left out. One query."""
    ids = list(artist_ids)
    rows = Artist.objects.filter(is_placeholder=False).select_related("merged_into")
    found = {pk: artist.merged_into or artist for pk, artist in rows.in_bulk(ids).items()}
    named = [found[artist_id] for artist_id in ids if artist_id in found]
    return list({artist.pk: artist for artist in named}.values())


def first_artist(album_id: int) -> list[Artist]:
    """The album's first artist, merges followed; nobody for a placeholder. Two queries."""
    credit = AlbumArtist.objects.filter(album_id=album_id, position=0)
    return artists_by_id(credit.values_list("artist_id", flat=True)[:1])


_MAKING = Prepared(
    lambda key: Job.objects.filter(
        kind=MAKE_SET, dedupe_key=key, state__in=[str(one) for one in Job.ACTIVE]
    )[:1],
    key=str,
)


def active_job(user: Person) -> Job | None:
    """The job that is making this person's set right now. One query."""
    return _MAKING.first(key=f"user:{user.pk}")


def counted_dismissals(user: Person, now: datetime | None = None) -> int:
    """How many albums the person dismissed in the last 30 days."""
    since = (now or timezone.now()) - DISMISSALS_COUNT_FOR
    return Dismissal.objects.filter(user_id=user.pk, created_at__gte=since).count()


def without_neighbours(artist_ids: Iterable[int]) -> list[Artist]:
    """Those of these artists whose likeness to others was never asked for, or long ago, or may be
    used no longer."""
    old, wanted = timezone.now() - SIMILAR_FOR, list(artist_ids)
    rows = lapsed_likeness().filter(artist_id__in=wanted)
    lapsed = set(rows.values_list("artist_id", flat=True))
    return [
        artist
        for artist in artists_by_id(wanted)
        if artist.similar_synced_at is None or artist.similar_synced_at < old or artist.pk in lapsed
    ]


@dataclass(frozen=True, slots=True)
class Dismissed:
    """An album that the person took off their list, and why."""

    album: Album
    reason: str
    dismissed_at: datetime


def dismissed_of(user: Person) -> list[Dismissed]:
    """What the person dismissed, the latest first, each album once. One query."""
    rows = (
        Dismissal.objects.filter(user_id=user.pk)
        .select_related("album__merged_into")
        .order_by("-created_at", "-pk")
    )
    found: dict[int, Dismissed] = {}
    for row in rows:
        album = row.album.merged_into or row.album
        found.setdefault(album.pk, Dismissed(album, row.reason, row.created_at))
    return list(found.values())


def leans_of(user: Person) -> list[Lean]:
    """Of whom the person asked for more and less, the latest first, each artist once, with the
    artist that counts now as `artist`. One query."""
    rows = (
        Lean.objects.filter(user_id=user.pk)
        .select_related("artist__merged_into")
        .order_by("-created_at", "-pk")
    )
    found: dict[int, Lean] = {}
    for row in rows:
        row.artist = row.artist.merged_into or row.artist
        found.setdefault(row.artist.pk, row)
    return list(found.values())


_ALBUM = Prepared(
    lambda album: Album.objects.select_related("merged_into").filter(pk=album)[:1], album=int
)


def album_or_none(album_id: int) -> Album | None:
    """The album, or the one that it was merged into; None where there is no such. One query."""
    found = _ALBUM.first(album=album_id)
    return None if found is None else found.merged_into or found


def dismissals(user: Person) -> int:
    """How many albums the person dismissed in all."""
    return Dismissal.objects.filter(user_id=user.pk).count()


def is_locked(user: User, album: Album) -> bool:
    """Whether the person keeps the album on the list."""
    return _LOCK.first(albums=[album.pk], person=user.pk) is not None


def dismissed_because(user: User, album: Album) -> str | None:
    """The reason for which the person dismissed the album, "" where they gave none; None where it
    is not dismissed. One query."""
    return _REASON.first(albums=[album.pk], person=user.pk)


_REASON = Prepared(
    lambda albums, person: Dismissal.objects.filter(of_albums(albums), user_id=person).values_list(
        "reason", flat=True
    )[:1],
    albums=list,
    person=int,
)
_LOCK = Prepared(
    lambda albums, person: Lock.objects.filter(of_albums(albums), user_id=person).values_list(
        "pk", flat=True
    )[:1],
    albums=list,
    person=int,
)
_ON_LIST = Prepared(
    lambda albums, chosen: (
        Recommendation.objects.filter(of_albums(albums), set_id=chosen)
        .order_by()
        .values_list("pk", flat=True)[:1]
    ),
    albums=list,
    chosen=int,
)


def is_on_list(found: RecommendationSet, album_id: int) -> bool:
    """Whether the album is in the set, on a tab or in the reserve."""
    return _ON_LIST.first(albums=[album_id], chosen=found.pk) is not None


def job_by_id(number: object) -> Job | None:
    """The job with this number, None where it is gone."""
    return Job.objects.filter(pk=number).first() if isinstance(number, int) else None
