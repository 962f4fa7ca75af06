"""One row per artist and album, whoever asks, however often, at once; for many of them together.

Ids first, then names. Nothing here asks an upstream: what an id means there is found out by
the syncs. Questions are answered one after the other, in the order in which they come, but read and
written all together: a page of a hundred costs as many queries as one.

Whoever makes something waits for all others who could make the same, and waits in one order:
names of artists, then of albums, rows of albums, pressings, and at last words of the search box.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import transaction

from catalog.matching import normalise_name, normalise_title
from catalog.models import Album, AlbumArtist, Artist, ExternalId
from catalog.queries.names import Namesakes, albums_by_key, namesakes
from catalog.services.identity import PLACEHOLDERS
from catalog.services.index import index_rows
from catalog.services.locks import take_locks
from catalog.services.owning import Ids, Owners
from vinyl.upstreams.door import Lane
from vinyl.upstreams.reading import split_disambiguation

_ARTIST, _ALBUM = ExternalId.Kind.ARTIST, ExternalId.Kind.ALBUM
_Row = TypeVar("_Row", Artist, Album)
_Ask = TypeVar("_Ask", "ArtistAsk", "AlbumAsk")


@dataclass(frozen=True)
class ArtistAsk:
    """An artist that somebody names; `discogs_id` None and `mbid` "" where none is told."""

    name: str
    discogs_id: int | None = None
    mbid: str = ""
    source: str = "listener"

    @property
    def ids(self) -> Ids:
        return _ids(self.discogs_id, self.mbid)


@dataclass(frozen=True)
class AlbumAsk:
    """An album that somebody names, by this artist. Year, kind, genres, styles and main release
    are for one that is made; one that stands keeps its own."""

    artist: Artist
    title: str
    master_id: int | None = None
    mbid: str = ""
    year: int | None = None
    kind: str = ""
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    main_release: int | None = None
    source: str = "listener"

    @property
    def ids(self) -> Ids:
        return _ids(self.master_id, self.mbid)


@dataclass
class Fresh:
    """What one transaction made and the search box does not find yet. Who gathers it calls
    `index` at the end of the transaction."""

    artists: list[Artist] = field(default_factory=list)
    albums: list[Album] = field(default_factory=list)

    def index(self) -> None:
        """Make it findable. At most four queries, none where nothing is new."""
        if self.artists or self.albums:
            index_rows(artists=self.artists, albums=self.albums)


def get_or_create_artist(
    *,
    name: str,
    mbid: str = "",
    discogs_id: int | None = None,
    lane: Lane = Lane.BACKGROUND,
    source: str = "listener",
) -> Artist:
    """The artist with one of these ids, else of this name, else a new one; see `artists_of`.

    `lane` is for the syncs that may follow and costs nothing here. ValueError for an empty name.
    """
    ask = ArtistAsk(name, discogs_id, mbid, source)
    return artists_of([ask])[ask]


def get_or_create_album(
    *,
    artist: Artist,
    title: str,
    mbid: str = "",
    master_id: int | None = None,
    year: int | None = None,
    kind: str = "",
    lane: Lane = Lane.BACKGROUND,
    source: str = "listener",
) -> Album:
    """The album with one of these ids, else the artist's of this title, else a new one; see
    `albums_of`. ValueError for an empty title."""
    ask = AlbumAsk(artist, title, master_id, mbid, year, kind, source=source)
    return albums_of([ask])[ask]


def artists_of(asks: Iterable[ArtistAsk], *, fresh: Fresh | None = None) -> dict[ArtistAsk, Artist]:
    """The artist of each question: with one of its ids, else of its name, else a new one.

    A Discogs id that is not known is another artist than those of the same name that have one;
    a MusicBrainz id may be out of date, so a clear match of the name takes it as a further id.
    A bare name that several artists share means the best known of them: it never adds one more.
    Merges are followed. With `fresh` the caller holds a transaction and indexes what was made.
    ValueError for an empty name. At most ten queries; two where all ids are known.
    """
    keys = {ask: normalise_name(split_disambiguation(ask.name.strip())[0]) for ask in asks}
    if not all(key.strip() for key in keys.values()):
        raise ValueError("An artist needs a name.")
    known, missing = _known(_ARTIST, keys)
    made: dict[ArtistAsk, Artist] = {}
    # No lock for known ones: most rows of a shelf are, and locks last long there.
    if missing:
        with transaction.atomic(savepoint=False):
            take_locks(("artist", keys[ask]) for ask in missing)
            gathered = fresh or Fresh()
            numbers, made = _settle_artists({ask: keys[ask] for ask in missing}, gathered)
            known |= numbers
            if fresh is None:
                gathered.index()
    rows = standing_rows(Artist, known.values())
    return {ask: made[ask] if ask in made else rows[known[ask]] for ask in keys}


def albums_of(asks: Iterable[AlbumAsk], *, fresh: Fresh | None = None) -> dict[AlbumAsk, Album]:
    """The album of each question: with one of its ids, else the artist's of this title, else a
    new one.

    Two masters of one title are two albums. Merges are followed. With `fresh` the caller holds a
    transaction and indexes what was made. ValueError for an empty title. At most ten queries; two
    where all ids are known.
    """
    keys = {ask: normalise_title(ask.title.strip()) for ask in asks}
    if not all(key.strip() for key in keys.values()):
        raise ValueError("An album needs a title.")
    known, missing = _known(_ALBUM, keys)
    made: dict[AlbumAsk, Album] = {}
    if missing:
        with transaction.atomic(savepoint=False):
            take_locks(("album", str(ask.artist.pk), keys[ask]) for ask in missing)
            gathered = fresh or Fresh()
            numbers, made = _settle_albums({ask: keys[ask] for ask in missing}, gathered)
            known |= numbers
            if fresh is None:
                gathered.index()
    rows = standing_rows(Album, known.values())
    return {ask: made[ask] if ask in made else rows[known[ask]] for ask in keys}


def standing_rows(model: type[_Row], ids: Iterable[int]) -> dict[int, _Row]:
    """The row of each id, or the one that it was merged into. One query, one more for each round
    of merges; DoesNotExist for an id without a row."""
    asked = set(ids)
    rows = model._default_manager.in_bulk(asked)
    if asked - rows.keys():
        raise model.DoesNotExist(f"{model.__name__} {sorted(asked - rows.keys())}")
    while behind := {row.merged_into_id for row in rows.values()} - rows.keys() - {None}:
        rows |= model._default_manager.in_bulk(behind)
    return {pk: _followed(rows, pk) for pk in asked}


def _followed(rows: Mapping[int, _Row], pk: int) -> _Row:
    seen = {pk}
    while (ahead := rows[pk].merged_into_id) is not None and ahead not in seen:
        seen.add(ahead)
        pk = ahead
    return rows[pk]


# --- artists --------------------------------------------------------------------------------


def _settle_artists(
    keys: Mapping[ArtistAsk, str], fresh: Fresh
) -> tuple[dict[ArtistAsk, int], dict[ArtistAsk, Artist]]:
    """(ids of those that stand, rows of those that are made now). The locks are held."""
    ids = Owners(_ARTIST, (ask.ids for ask in keys))
    named = {key for ask, key in keys.items() if ids.owner(ask.ids) is None}
    held = namesakes(named - PLACEHOLDERS)
    ids.look_at({pk for one in held.values() for pk in one.popularity})
    placeholders = _placeholders(named & PLACEHOLDERS)
    rows: dict[int, Artist] = {}
    found: dict[ArtistAsk, int] = {}
    for ask, key in keys.items():
        number = ids.owner(ask.ids)
        if number is None and key in PLACEHOLDERS:
            number = placeholders.get(key)
        elif number is None:
            number = _meant(held[key], ask.ids, ids)
        if number is None:
            number = -len(rows) - 1
            rows[number] = _new_artist(ask, key)
            if key in PLACEHOLDERS:
                placeholders[key] = number
            else:
                held[key].add(number)
        ids.give(number, ask.ids)
        found[ask] = number
    fresh.artists += Artist.objects.bulk_create(rows.values())
    ids.remember({number: row.pk for number, row in rows.items()})
    return _parted(found, rows)


def _meant(held: Namesakes, told: Ids, ids: Owners) -> int | None:
    """The artist that a name means for somebody who tells these ids, none of them known."""
    clear = held.standing_out
    if clear is not None:
        return None if "discogs" in told and ids.is_on_discogs(clear) else clear
    return None if told else held.best_known


def _new_artist(ask: ArtistAsk, key: str) -> Artist:
    bare, number = split_disambiguation(ask.name.strip())
    return Artist(
        name=bare[:500],
        disambiguation=number,
        normalised=key[:500],
        is_placeholder=key in PLACEHOLDERS,
        source=ask.source,
    )


def _placeholders(keys: Collection[str]) -> dict[str, int]:
    if not keys:
        return {}
    found = Artist.objects.filter(normalised__in=keys).order_by("-name", "-pk")
    return dict(found.values_list("normalised", "pk"))


# --- albums ---------------------------------------------------------------------------------


def _settle_albums(
    keys: Mapping[AlbumAsk, str], fresh: Fresh
) -> tuple[dict[AlbumAsk, int], dict[AlbumAsk, Album]]:
    """(ids of those that stand, rows of those that are made now). The locks are held."""
    ids = Owners(_ALBUM, (ask.ids for ask in keys))
    places = {ask: (ask.artist.pk, key) for ask, key in keys.items()}
    held = albums_by_key(places[ask] for ask in keys if ids.owner(ask.ids) is None)
    ids.look_at(held.values())
    rows: dict[int, Album] = {}
    credits: list[AlbumArtist] = []
    found: dict[AlbumAsk, int] = {}
    for ask, key in keys.items():
        number = ids.owner(ask.ids)
        if number is None:
            number = held.get(places[ask])
            if number is not None and ask.master_id and ids.is_on_discogs(number):
                number = None
        if number is None:
            number = -len(rows) - 1
            rows[number] = album = _new_album(ask, key)
            credits.append(AlbumArtist(album=album, artist=ask.artist, credited_as=ask.artist.name))
            held.setdefault(places[ask], number)  # of equals the oldest is the one of this title
        ids.give(number, ask.ids)
        found[ask] = number
    fresh.albums += Album.objects.bulk_create(rows.values())
    for one in credits:
        one.album_id = one.album.pk
    AlbumArtist.objects.bulk_create(sorted(credits, key=lambda one: one.artist_id))
    ids.remember({number: row.pk for number, row in rows.items()})
    return _parted(found, rows)


def _new_album(ask: AlbumAsk, key: str) -> Album:
    return Album(
        title=ask.title.strip()[:1000],
        normalised=key[:1000],
        artist_line=ask.artist.name,
        year=ask.year,
        kind=ask.kind,
        genres=list(ask.genres),
        styles=list(ask.styles),
        main_discogs_id=ask.main_release,
        source=ask.source,
    )


# --- both -----------------------------------------------------------------------------------


def _known(kind: ExternalId.Kind, asks: Iterable[_Ask]) -> tuple[dict[_Ask, int], list[_Ask]]:
    """(our id of the questions with a known id, the other questions). What a known one tells of
    further ids is remembered."""
    told = {ask: ask.ids for ask in asks}
    ids = Owners(kind, told.values())
    known = {ask: number for ask, one in told.items() if (number := ids.owner(one)) is not None}
    for ask, number in known.items():
        ids.give(number, told[ask])
    ids.remember({})
    return known, [ask for ask in told if ask not in known]


def _parted(
    found: Mapping[_Ask, int], rows: Mapping[int, _Row]
) -> tuple[dict[_Ask, int], dict[_Ask, _Row]]:
    known = {ask: number for ask, number in found.items() if number > 0}
    return known, {ask: rows[number] for ask, number in found.items() if number < 0}


def _ids(discogs: int | None, musicbrainz: str) -> dict[str, str]:
    found = {"discogs": str(discogs or ""), "musicbrainz": musicbrainz[:80]}
    return {source: value for source, value in found.items() if value}
