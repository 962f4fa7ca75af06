"""Reads: the current set, what a listener is like, and the albums that could be recommended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import Owned, User, Want
from accounts.queries import listening_of, owned_albums
from catalog.models import Album, AlbumArtist, Artist, SimilarArtist
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
    newest = RecommendationSet.objects.filter(user_id=user.pk)
    return newest.order_by("-made_at", "-pk").first()


def shown_rows(found: RecommendationSet, *, reserve: bool = False) -> QuerySet[Recommendation]:
    """Rows of a set that are neither owned nor dismissed now, with `kept` and `wanted`.

    `reserve` adds those that wait for their turn. Albums come along in the same query.
    """
    mine: dict[str, Any] = {"user_id": found.user_id, "album_id": OuterRef("album_id")}
    rows = (
        Recommendation.objects.filter(set=found)
        .filter(~Exists(Owned.objects.filter(**mine)), ~Exists(Dismissal.objects.filter(**mine)))
        .annotate(
            kept=Exists(Lock.objects.filter(**mine)), wanted=Exists(Want.objects.filter(**mine))
        )
        .select_related("album")
        .order_by("position")
    )
    return rows if reserve else rows.filter(position__lt=RESERVE)


def seeds_of(user: Person) -> list[Artist]:
    """Artists that the person named, oldest first. One query."""
    seeds = Seed.objects.filter(user_id=user.pk).select_related("artist")
    return [seed.artist for seed in seeds]


def artists_by_id(artist_ids: Iterable[int]) -> list[Artist]:
    """These artists in this order; unknown ids and placeholders are left out. One query."""
    ids = list(artist_ids)
    found = Artist.objects.filter(is_placeholder=False).in_bulk(ids)
    return [found[artist_id] for artist_id in ids if artist_id in found]


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
    dismissed = dict(
        Dismissal.objects.filter(user_id=user.pk).values_list("album_id", "reason").distinct()
    )
    by_artist = [album for album, reason in dismissed.items() if reason == Dismissal.Reason.ARTIST]
    return Choices(
        owned=frozenset(owned_albums(user)),
        dismissed=frozenset(dismissed),
        dismissed_artists=frozenset(
            AlbumArtist.objects.filter(album_id__in=by_artist).values_list("artist_id", flat=True)
        ),
        locked=frozenset(Lock.objects.filter(user_id=user.pk).values_list("album_id", flat=True)),
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
        SimilarArtist.objects.filter(artist_id__in=artist_ids, other__is_placeholder=False)
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
    """Those of these artists whose likeness to others was never asked for, or long ago."""
    old = timezone.now() - SIMILAR_FOR
    return [
        artist
        for artist in artists_by_id(artist_ids)
        if artist.similar_synced_at is None or artist.similar_synced_at < old
    ]


def album_or_none(album_id: int) -> Album | None:
    """The album, None where there is no such."""
    return Album.objects.filter(pk=album_id).first()


# --- the page ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Records:
    """The recommendations page: the set, its cards, and the filter bar's fields."""

    set: RecommendationSet | None
    cards: list[Card]
    fields: list[FilterField]

    @property
    def is_expired(self) -> bool:
        """Whether it is time to make a new set."""
        return self.set is None or self.set.expires_at <= timezone.now()


def _row(one: Recommendation) -> Row:
    facts: Any = one  # kept and wanted are annotated by shown_rows
    return Row(
        one.album, one.listening, one.taste, one.causes, facts.kept, facts.wanted, one.position
    )


def cards(user: User, filters: Filters | None = None, viewer: Viewer | None = None) -> Records:
    """The person's current set as cards, at most 20. Four queries at most.

    With a filter the reserve is searched as well, so that the list stays as full as it can.
    """
    filters = filters or Filters()
    viewer = viewer or viewer_for(user)
    found = current_set(user)
    if found is None:
        return Records(None, [], filter_fields([], filters, viewer.currency))
    rows = list(shown_rows(found, reserve=True))
    fields = filter_fields((row.album for row in rows), filters, viewer.currency)
    if not filters.any:
        rows = [row for row in rows if row.position < RESERVE][:PAGE]
    tags = price_tags([row.album_id for row in rows], viewer)
    drawn = cards_of(map(_row, rows), tags, filters=filters, rate=viewer.rate)
    return Records(found, drawn, fields)


def try_cards(candidates: Iterable[Candidate], viewer: Viewer) -> list[Card]:
    """Cards for somebody without an account: no buttons, nothing stored. Three queries."""
    chosen = list(candidates)
    albums = Album.objects.in_bulk([one.album_id for one in chosen])
    rows = [
        Row(albums[one.album_id], one.listening, one.taste, one.causes, place=place)
        for place, one in enumerate(chosen)
        if one.album_id in albums
    ]
    tags = price_tags([row.album.pk for row in rows], viewer)
    return cards_of(rows, tags, filters=Filters(), rate=viewer.rate, signed_in=False)


def is_locked(user: User, album: Album) -> bool:
    """Whether the person keeps the album on the list."""
    return Lock.objects.filter(user=user, album=album).exists()


def is_wanted(user: User, album: Album) -> bool:
    """Whether the person wants the album in any pressing."""
    return Want.objects.filter(user=user, album=album).exists()


def job_by_id(number: object) -> Job | None:
    """The job with this number, None where it is gone."""
    return Job.objects.filter(pk=number).first() if isinstance(number, int) else None
