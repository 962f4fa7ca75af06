"""Reads of what somebody is like: listening, shelf, wishes, and what they said to albums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Owned, Want
from accounts.queries import ListeningProfile, listening_of
from catalog.models import AlbumArtist
from catalog.queries import present
from recommendations import profile
from recommendations.candidates import SAVED, ArtistPlays, Listener, OnShelf
from recommendations.models import Dismissal, Lean, Lock
from recommendations.profile import Said, Signal
from recommendations.queries.sets import Person, artists_by_id, dated_seeds, taste_of
from recommendations.scoring import LEAST_TRACKS, Heard, counted
from vinyl.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person said to albums: never these, and these in any case."""

    owned: frozenset[int]
    dismissed: frozenset[int]
    dismissed_artists: frozenset[int]
    locked: frozenset[int]


# What a person said to albums and owns: asked for each list, so its SQL is put together once.
_OWNED = Prepared(
    lambda person: (
        Owned.objects.filter(user_id=person)
        .order_by("added_at", "pk")
        .values_list(present(), "added_at", "album__title")
    ),
    person=int,
)
_WANTED = Prepared(
    lambda person: (
        Want.objects.filter(user_id=person)
        .order_by()
        .values_list(Coalesce(present(), present("release__album")), "created_at")
    ),
    person=int,
)
_LOCKED = Prepared(
    lambda person: Lock.objects.filter(user_id=person).values_list(present(), "created_at"),
    person=int,
)
_DISMISSED = Prepared(
    lambda person: (
        Dismissal.objects.filter(user_id=person)
        .order_by("created_at")
        .values_list(present(), "created_at", "reason")
    ),
    person=int,
)
_CREDITED = Prepared(
    lambda albums: (
        AlbumArtist.objects.filter(album__id__any=albums)
        .order_by()
        .values_list("artist_id", flat=True)
    ),
    albums=list,
)
_LEANS = Prepared(
    lambda person: (
        Lean.objects.filter(user_id=person)
        .order_by("pk")
        .values_list(
            present("artist"),
            Coalesce("artist__merged_into__name", "artist__name"),
            "direction",
            "created_at",
        )
    ),
    person=int,
)


# Artist, their name, more (1) or less (-1), when.
Leaned = tuple[int, str, int, datetime]


def choices_of(user: Person) -> Choices:
    """Owned, dismissed and kept albums, and artists that were dismissed with an album."""
    dismissed = {album: reason for album, _at, reason in _DISMISSED.all(person=user.pk)}
    by_artist = [album for album, reason in dismissed.items() if reason == Dismissal.Reason.ARTIST]
    return Choices(
        owned=frozenset(album for album, _at, _title in _OWNED.all(person=user.pk)),
        dismissed=frozenset(dismissed),
        dismissed_artists=frozenset(_CREDITED.all(albums=by_artist) if by_artist else ()),
        locked=frozenset(album for album, _at in _LOCKED.all(person=user.pk)),
    )


@dataclass
class _Dated:
    """Albums that somebody owns, wants, keeps or dismissed, as (album, when) by source."""

    albums: dict[str, list[tuple[int, datetime | None]]] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)

    def ids(self) -> set[int]:
        return {album for pairs in self.albums.values() for album, _at in pairs}


def _dated(user: Person, off: Collection[str]) -> _Dated:
    """What is switched off is not read. Four queries at most."""
    found = _Dated()
    if profile.SHELF not in off:
        rows = _OWNED.all(person=user.pk)
        found.albums[profile.SHELF] = [(album, at) for album, at, _title in rows]
        found.titles = {album: title for album, _at, title in rows}
    if profile.WANTS not in off:
        found.albums[profile.WANTS] = _WANTED.all(person=user.pk)
    if profile.LOCKS not in off:
        found.albums[profile.LOCKS] = _LOCKED.all(person=user.pk)
    if profile.DISMISSALS not in off:
        rows = _DISMISSED.all(person=user.pk)
        found.albums[profile.DISMISSALS] = [(album, at) for album, at, _reason in rows]
        found.reasons = {album: reason for album, _at, reason in rows}
    return found


_FIRST_ARTISTS = Prepared(
    lambda albums: (
        AlbumArtist.objects.filter(album__id__any=albums, position=0, artist__is_placeholder=False)
        .order_by()
        .values_list(
            "album_id",
            present("artist"),
            Coalesce("artist__merged_into__name", "artist__name"),
        )
    ),
    albums=list,
)


def _first_artists(album_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """The first artist of each album, merges followed: (id, name). One query."""
    rows = _FIRST_ARTISTS.all(albums=album_ids) if album_ids else ()
    return {album: (artist, name) for album, artist, name in rows}


def _signals(
    heard: ListeningProfile, dated: _Dated, artists: dict[int, tuple[int, str]]
) -> Iterable[Signal]:
    """Everything that speaks for an artist, dated."""
    for one in heard.artists:
        plays = ArtistPlays(one.name, one.plays, one.plays_by_period, one.ranks).weight
        yield Signal(profile.LISTENED, one.artist_id, one.read_at, plays)
    # A service that tells albums only, and an artist too far down its list, count by their albums.
    of_albums: dict[int, float] = defaultdict(float)
    read_at: dict[int, datetime | None] = {}
    for album in heard.albums:
        is_song = album.distinct_tracks is not None and album.distinct_tracks < LEAST_TRACKS
        if album.album_id in artists and not is_song:
            artist_id = artists[album.album_id][0]
            figures = ArtistPlays("", album.plays, album.plays_by_period, album.ranks)
            of_albums[artist_id] += figures.weight
            read_at[artist_id] = album.read_at
    for artist_id, plays in of_albums.items():
        yield Signal(profile.LISTENED, artist_id, read_at[artist_id], plays)
    for source in (profile.SHELF, profile.WANTS, profile.LOCKS):
        for album_id, at in dated.albums.get(source, ()):
            if album_id in artists:
                yield Signal(source, artists[album_id][0], at)


def _said(
    leans: Iterable[Leaned], dated: _Dated, artists: dict[int, tuple[int, str]]
) -> list[Said]:
    """What was said for and against artists, the oldest first."""
    found = []
    for album_id, at in dated.albums.get(profile.DISMISSALS, ()):
        if album_id in artists and dated.reasons.get(album_id) in ("taste", "artist"):
            found.append(Said(dated.reasons[album_id], artists[album_id][0], at))
    for artist_id, _name, direction, at in leans:
        found.append(Said("more" if direction > 0 else "less", artist_id, at))
    return sorted(found, key=lambda one: (one.at is not None, one.at, one.artist_id))


def _done(
    heard: ListeningProfile,
    dated: _Dated,
    artists: dict[int, tuple[int, str]],
    leans: Iterable[Leaned],
) -> dict[int, tuple[str, int]]:
    """What speaks for artists besides their plays, the strongest of it: see Listener.done."""
    found = {artist: ("more", 0) for artist, _name, direction, _at in leans if direction > 0}
    for source, how in ((profile.LOCKS, "kept"), (profile.WANTS, "wanted")):
        rows = dated.albums.get(source, ())
        found |= {artists[album][0]: (how, 0) for album, _at in rows if album in artists}
    plays: dict[int, int] = {}
    for one in heard.albums:
        is_song = one.distinct_tracks is not None and one.distinct_tracks < LEAST_TRACKS
        if one.album_id not in artists or is_song:
            continue
        artist = artists[one.album_id][0]
        count = counted(one.plays, one.plays_by_period).whole
        if count or set(one.ranks) - {SAVED}:
            plays[artist] = plays.get(artist, 0) + count
        elif artist not in plays:
            found[artist] = ("saved", 0)
    return found | {artist: ("albums", count) for artist, count in plays.items()}


def listener_of(user: Person) -> Listener:
    """Everything about a person that a set is made from, but what they switched off."""
    off = frozenset(taste_of(user).off)
    now = timezone.now()
    heard = listening_of(user, without=off)
    dated = _dated(user, off)
    seeds = {} if profile.SEEDS in off else dated_seeds(user)
    artists = _first_artists(dated.ids() | {one.album_id for one in heard.albums})
    signals = [*_signals(heard, dated, artists)]
    signals += [Signal(profile.SEEDS, one, at) for one, (_name, at) in seeds.items()]
    shelf = dated.albums.get(profile.SHELF, ())
    leans = _LEANS.all(person=user.pk)
    return Listener(
        artists={
            one.artist_id: ArtistPlays(
                one.name, one.plays, dict(one.plays_by_period), dict(one.ranks)
            )
            for one in heard.artists
        },
        albums={
            one.album_id: Heard(
                one.plays, dict(one.plays_by_period), dict(one.ranks), one.distinct_tracks
            )
            for one in heard.albums
        },
        seeds={key: name for key, (name, _at) in seeds.items()},
        plays=heard.plays,
        weights=profile.weights(signals, _said(leans, dated, artists), now=now, without=off),
        shelf={
            album: OnShelf(dated.titles[album], artists[album][0])
            for album, _at in shelf
            if album in artists
        },
        fresh={
            one.album_id: profile.freshness(profile.LISTENED, one.read_at, now)
            for one in heard.albums
        },
        names={artist: name for artist, name, _direction, _at in leans} | dict(artists.values()),
        done=_done(heard, dated, artists, leans),
        counts={
            "records": len(set(shelf)),
            "heard": 0 if heard.plays else len(heard.artists),
            "named": len(seeds),
            "wanted": len(dated.albums.get(profile.WANTS, ())),
            "kept": len(dated.albums.get(profile.LOCKS, ())),
            "more": sum(row[2] > 0 and row[0] not in seeds for row in leans),
        },
    )


def listener_of_seeds(artist_ids: Collection[int]) -> Listener:
    """Somebody of whom nothing is known but artists whom they named."""
    seeds = {artist.pk: artist.name for artist in artists_by_id(artist_ids)}
    worth = profile.WORTH[profile.SEEDS].plays
    return Listener(
        artists={}, albums={}, seeds=seeds, plays=0, weights=dict.fromkeys(seeds, worth)
    )
