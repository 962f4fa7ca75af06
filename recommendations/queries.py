"""Reads: the current set, what a listener is like, and the albums that could be recommended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    Manager,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Window,
)
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import Owned, User, Want
from accounts.queries import listening_of, owned_albums
from catalog.covers.queries import with_covers
from catalog.models import Album, AlbumArtist, Artist
from catalog.queries import of_albums, present
from catalog.queries.likeness import lapsed_likeness, likeness
from pricing.queries import price_tags
from pricing.viewer import Viewer, viewer_for
from recommendations.candidates import AlbumRow, ArtistPlays, Candidate, Edge, Listener
from recommendations.cards import Filters, Row, cards_of, filter_fields
from recommendations.models import Dismissal, Lock, Recommendation, RecommendationSet, Seed
from recommendations.scoring import PAGE, Heard
from vinyl.jobs.models import Job
from vinyl.look import Card, FilterField

MAKE_SET = "recommendations.make_set"
FIND_ARTISTS = "recommendations.find_artists"
# Positions from here on are the reserve: not shown until the list is filled up from it.
RESERVE = 1000
# Singles are heard as parts of albums; nobody is told to buy one.
NOT_RECOMMENDED_KINDS = ("single",)
DISMISSALS_COUNT_FOR = timedelta(days=30)
MOST_DISMISSALS = 100
SIMILAR_FOR = timedelta(days=30)

Person = User


def current_set(user: Person) -> RecommendationSet | None:
    """The newest set of this person, None before the first. One query."""
    return _newest_first(user).first()


def _newest_first(user: Person) -> QuerySet[RecommendationSet]:
    return RecommendationSet.objects.filter(user_id=user.pk).order_by("-made_at", "-pk")


def shown_rows(found: RecommendationSet, *, reserve: bool = False) -> QuerySet[Recommendation]:
    """Rows of a set that are neither owned nor dismissed now, with `kept` and `wanted`.

    Merged albums count as what they were merged into; nothing by an artist who was dismissed is
    there, unless it is kept. `reserve` adds those that wait for their turn. Albums come along in
    the same query.
    """
    user_id = found.user_id
    rows = (
        Recommendation.objects.filter(set=found)
        .annotate(standing_id=present())
        .filter(~_about(Owned.objects, user_id), ~_about(Dismissal.objects, user_id))
        .annotate(kept=_about(Lock.objects, user_id), wanted=_about(Want.objects, user_id))
        .filter(Q(kept=True) | ~Exists(_credits_of_dismissed_artists(user_id)))
        .select_related("album__cover", "album__merged_into__cover")
        .order_by("position")
    )
    return rows if reserve else rows.filter(position__lt=RESERVE)


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


def seeds_of(user: Person) -> list[Artist]:
    """Artists that the person named, oldest first, merges followed. One query."""
    seeds = Seed.objects.filter(user_id=user.pk).select_related("artist__merged_into")
    named = [seed.artist.merged_into or seed.artist for seed in seeds]
    return list({artist.pk: artist for artist in named}.values())


def artists_by_id(artist_ids: Iterable[int]) -> list[Artist]:
    """These artists in this order, merges followed, each once where two became one; unknown ids and
    placeholders are left out. One query."""
    ids = list(artist_ids)
    rows = Artist.objects.filter(is_placeholder=False).select_related("merged_into")
    found = {pk: artist.merged_into or artist for pk, artist in rows.in_bulk(ids).items()}
    named = [found[artist_id] for artist_id in ids if artist_id in found]
    return list({artist.pk: artist for artist in named}.values())


def active_job(user: Person) -> Job | None:
    """The job that is making this person's set right now. One query."""
    return Job.objects.filter(
        kind=MAKE_SET, dedupe_key=f"user:{user.pk}", state__in=Job.ACTIVE
    ).first()


def counted_dismissals(user: Person, now: datetime | None = None) -> int:
    """How many albums the person dismissed in the last 30 days."""
    since = (now or timezone.now()) - DISMISSALS_COUNT_FOR
    return Dismissal.objects.filter(user_id=user.pk, created_at__gte=since).count()


# --- what goes into a set ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person said to albums: never these, and these in any case."""

    owned: frozenset[int]
    dismissed: frozenset[int]
    dismissed_artists: frozenset[int]
    locked: frozenset[int]


def choices_of(user: Person) -> Choices:
    """Owned, dismissed and kept albums, and artists that were dismissed with an album."""
    said = Dismissal.objects.filter(user_id=user.pk).order_by("created_at")
    dismissed = dict(said.values_list(present(), "reason"))
    by_artist = [album for album, reason in dismissed.items() if reason == Dismissal.Reason.ARTIST]
    return Choices(
        owned=frozenset(owned_albums(user)),
        dismissed=frozenset(dismissed),
        dismissed_artists=frozenset(
            AlbumArtist.objects.filter(album_id__in=by_artist).values_list("artist_id", flat=True)
        ),
        locked=frozenset(Lock.objects.filter(user_id=user.pk).values_list(present(), flat=True)),
    )


def listener_of(user: Person) -> Listener:
    """Everything about a person that a set is made from."""
    profile = listening_of(user)
    return Listener(
        artists={
            one.artist_id: ArtistPlays(
                one.name, one.plays, dict(one.plays_by_period), dict(one.ranks)
            )
            for one in profile.artists
        },
        albums={
            one.album_id: Heard(
                one.plays, dict(one.plays_by_period), dict(one.ranks), one.distinct_tracks
            )
            for one in profile.albums
        },
        seeds={artist.pk: artist.name for artist in seeds_of(user)},
        plays=profile.plays,
    )


def listener_of_seeds(artist_ids: Collection[int]) -> Listener:
    """Somebody of whom nothing is known but artists whom they named."""
    seeds = {artist.pk: artist.name for artist in artists_by_id(artist_ids)}
    return Listener(artists={}, albums={}, seeds=seeds, plays=0)


def edges_from(artist_ids: Collection[int]) -> list[Edge]:
    """Likeness of other artists to these, nearest first; no placeholders. One query."""
    rows = (
        likeness()
        .filter(artist_id__in=artist_ids)
        .order_by("-score", "artist_id", "other_id")
        .values_list("artist_id", "other_id", "score")
    )
    return [Edge(artist, other, float(score)) for artist, other, score in rows]


def _album_rows() -> QuerySet[AlbumArtist]:
    """First credits on albums that may be recommended."""
    return AlbumArtist.objects.filter(
        position=0, artist__is_placeholder=False, album__merged_into__isnull=True
    ).exclude(album__kind__in=NOT_RECOMMENDED_KINDS)


def album_rows(album_ids: Collection[int]) -> list[AlbumRow]:
    """These albums with their first artist. One query."""
    rows = _album_rows().filter(album_id__in=album_ids)
    found = rows.values_list("album_id", "artist_id", "artist__name", "album__popularity")
    return [AlbumRow(*row) for row in found]


def albums_by(artist_ids: Collection[int], *, each: int) -> list[AlbumRow]:
    """The best known albums of these artists, at most `each` of one. One query."""
    place = Window(
        RowNumber(), partition_by=F("artist_id"), order_by=[F("album__popularity").desc(), "album"]
    )
    rows = _album_rows().filter(artist_id__in=artist_ids).annotate(place=place)
    found = rows.filter(place__lte=each).values_list(
        "album_id", "artist_id", "artist__name", "album__popularity"
    )
    return [AlbumRow(*row) for row in found]


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


def album_or_none(album_id: int) -> Album | None:
    """The album, or the one that it was merged into; None where there is no such. One query."""
    found = Album.objects.select_related("merged_into").filter(pk=album_id).first()
    return None if found is None else found.merged_into or found


# --- the page ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Records:
    """The recommendations page: the set, its cards, the filter bar's fields, and how many albums
    the person dismissed in all."""

    set: RecommendationSet | None
    cards: list[Card]
    fields: list[FilterField]
    dismissed: int = 0

    @property
    def is_expired(self) -> bool:
        """Whether it is time to make a new set."""
        return self.set is None or self.set.expires_at <= timezone.now()


def _row(one: Recommendation) -> Row:
    facts: Any = one  # kept and wanted are annotated by shown_rows
    album = one.album.merged_into or one.album
    return Row(album, one.listening, one.taste, one.causes, facts.kept, facts.wanted, one.position)


def _once_each(rows: Iterable[Row]) -> list[Row]:
    """Of two albums that became one the better placed stays."""
    found: dict[int, Row] = {}
    for row in rows:
        found.setdefault(row.album.pk, row)
    return list(found.values())


def cards(user: User, filters: Filters | None = None, viewer: Viewer | None = None) -> Records:
    """The person's current set as cards, at most 20. Four queries at most.

    With a filter the reserve is searched as well, so that the list stays as full as it can.
    """
    filters = filters or Filters()
    viewer = viewer or viewer_for(user)
    with_count = _newest_first(user).annotate(dismissed=_number_dismissed())
    found = with_count.first()
    if found is None:
        return Records(None, [], filter_fields([], filters, viewer.currency))
    rows = _once_each(map(_row, shown_rows(found, reserve=True)))
    fields = filter_fields((row.album for row in rows), filters, viewer.currency)
    if not filters.any:
        rows = [row for row in rows if row.place < RESERVE][:PAGE]
    tags = price_tags([row.album.pk for row in rows], viewer)
    drawn = cards_of(rows, tags, filters=filters, rate=viewer.rate)
    with_covers([card.album for card in drawn], large_first=True)
    return Records(found, drawn, fields, found.dismissed or 0)


def _number_dismissed() -> Subquery:
    """How many albums the owner of the outer query's row dismissed; None for none."""
    mine = Dismissal.objects.filter(user_id=OuterRef("user_id")).order_by()
    counted = mine.values("user_id").annotate(number=Count("pk"))
    return Subquery(counted.values("number"), output_field=IntegerField())


def dismissals(user: Person) -> int:
    """How many albums the person dismissed in all."""
    return Dismissal.objects.filter(user_id=user.pk).count()


def try_cards(candidates: Iterable[Candidate], viewer: Viewer) -> list[Card]:
    """Cards for somebody without an account: no buttons, nothing stored. Four queries."""
    chosen = list(candidates)
    albums = Album.objects.in_bulk([one.album_id for one in chosen])
    rows = [
        Row(albums[one.album_id], one.listening, one.taste, one.causes, place=place)
        for place, one in enumerate(chosen)
        if one.album_id in albums
    ]
    tags = price_tags([row.album.pk for row in rows], viewer)
    drawn = cards_of(rows, tags, filters=Filters(), rate=viewer.rate, signed_in=False)
    with_covers([card.album for card in drawn])
    return drawn


def is_locked(user: User, album: Album) -> bool:
    """Whether the person keeps the album on the list."""
    return Lock.objects.filter(of_albums([album.pk]), user=user).exists()


def is_wanted(user: User, album: Album) -> bool:
    """Whether the person wants the album in any pressing."""
    return Want.objects.filter(of_albums([album.pk]), user=user).exists()


def job_by_id(number: object) -> Job | None:
    """The job with this number, None where it is gone."""
    return Job.objects.filter(pk=number).first() if isinstance(number, int) else None
