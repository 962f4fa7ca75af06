"""Looks for rows that could be one thing: by name, titles and numbers.

Discogs tells its artists and masters apart itself, and so does MusicBrainz: two rows that both have
an id of the same service are never compared. What is looked for are *loose* rows, which came from a
listener, a similar artist or MusicBrainz and never met their row from Discogs.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from catalog.dumps.tables import DESCRIBED, SOURCE
from catalog.matching import Match, Verdict, album_similarity, artist_similarity
from catalog.models import Album, AlbumArtist, Artist, ArtistName, ExternalId, MatchReview
from catalog.queries.reviews import said_before
from catalog.services.merging import better_known, merge_albums, merge_artists
from catalog.services.reviews import ask

# Of namesakes the best known so many are asked about.
NAMESAKES = 3
ALBUMS_COMPARED = 400
# What rows say beside their names, in log odds. A name alone is worth at most BY_NAME, which is
# asked: there are many bands of one name. These are chosen by reasoning, not fitted: no set of
# pairs with rows beside the names is at hand.
BY_NAME = 0.4
WEIGHTS = {
    "shared_albums": (1.6, gettext_noop("albums of the same title")),
    "no_shared_album": (-1.2, gettext_noop("both have albums, none of one title")),
    "namesakes": (-0.5, gettext_noop("others have this name, too")),
    "same_year": (0.8, gettext_noop("the same year")),
    "years_apart": (-0.9, gettext_noop("years apart")),
    "only_title": (0.6, gettext_noop("the artist has no other album of this title")),
}
ASK_FROM, SAME_FROM = 0.3, 0.8
SHARED_AT_MOST = 3
MANY_ALBUMS = 3
YEARS_APART = 3
_ARTIST, _ALBUM = MatchReview.Kind.ARTIST, MatchReview.Kind.ALBUM
_ROWS: dict[str, type[Model]] = {_ARTIST: Artist, _ALBUM: Album}


@dataclass(frozen=True)
class Part:
    """One piece of evidence: `weight` in log odds for each unit of `value`."""

    name: str
    weight: float
    says: str
    value: float


@dataclass(frozen=True)
class Weighed:
    """How sure it is that two rows are one thing. `certain_names`: by their keys."""

    confidence: float
    parts: tuple[Part, ...]
    certain_names: bool

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """The parts as plain rows, for storing beside the question."""
        return [asdict(part) for part in self.parts]


@dataclass(frozen=True)
class Found:
    """What one portion brought: pairs compared, questions filed, rows merged."""

    compared: int
    asked: int
    merged: int


def how_many(kind: str) -> int:
    """How many rows there are of artists or albums, merged ones too. A second in a catalogue of
    millions."""
    return _ROWS[kind]._default_manager.count()


def next_rows(kind: str, after: int, portion: int) -> tuple[int, int]:
    """(the last id, how many) of the next rows of artists or albums behind the id `after`, at most
    `portion`; (after, 0) at the end. By rows, because ids may be far apart: a dump's begin at a
    round billion."""
    rows = _ROWS[kind]._default_manager.filter(pk__gt=after).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:portion])
    return (ids[-1], len(ids)) if ids else (after, 0)


def look_at_artists(after: int, until: int) -> Found:
    """Compare the loose artists with ids above `after` and up to `until` with their namesakes."""
    loose = list(loose_artists().filter(pk__gt=after, pk__lte=until))
    alike = _namesakes(loose)
    others = Artist.objects.in_bulk({pk for found in alike.values() for pk in found})
    ids = sources_of(_ARTIST, [*others, *(one.pk for one in loose)])
    titles = titles_of([*others, *(one.pk for one in loose)])
    tally: Counter[str] = Counter()
    for artist in loose:
        near = [others[pk] for pk in alike[artist.pk] if not ids[pk] & ids[artist.pk]]
        for other in sorted(near, key=lambda one: (-one.popularity, one.pk))[:NAMESAKES]:
            shared = titles[artist.pk] & titles[other.pk]
            weighed = weigh_artists(
                artist.name,
                other.name,
                shared=len(shared),
                albums=(len(titles[artist.pk]), len(titles[other.pk])),
                namesakes=len(near) - 1,
            )
            proven = bool(shared) and bool(ids[artist.pk] | ids[other.pk]) and len(near) == 1
            tally[_settle(_ARTIST, artist.pk, other.pk, weighed, proven=proven)] += 1
    return _found(tally)


def look_at_albums(after: int, until: int) -> Found:
    """Compare the loose albums with ids above `after` and up to `until` with all others of their
    artists."""
    loose = list(
        Album.objects.filter(
            _without_discogs(_ALBUM),
            pk__gt=after,
            pk__lte=until,
            merged_into__isnull=True,
        ).exclude(source__in=(SOURCE, DESCRIBED))
    )
    artists = _artists_of([album.pk for album in loose])
    tally: Counter[str] = Counter()
    for album in loose:
        near = [one for one in _albums_by(artists[album.pk]) if _near(album, one)]
        ids = sources_of(_ALBUM, [album.pk, *(one.pk for one in near)])
        near = [one for one in near if not ids[one.pk] & ids[album.pk]]
        for other in near:
            twins = sum(one.normalised == album.normalised for one in near)
            weighed = weigh_albums(album, other, alone=twins == 1)
            proven = twins == 1 and bool(ids[album.pk] | ids[other.pk])
            tally[_settle(_ALBUM, album.pk, other.pk, weighed, proven=proven)] += 1
    return _found(tally)


def weigh_artists(
    name: str, other: str, *, shared: int, albums: tuple[int, int], namesakes: int
) -> Weighed | None:
    """How sure it is that two rows are one artist: their names, and what their albums say. None
    where the names say that they are not."""
    names = artist_similarity(name, other)
    rows = {"shared_albums": float(min(shared, SHARED_AT_MOST))}
    if not shared and min(albums) >= MANY_ALBUMS:
        rows["no_shared_album"] = 1.0
    if namesakes:
        rows["namesakes"] = 1.0
    return _together(names, rows)


def weigh_albums(album: Album, other: Album, *, alone: bool) -> Weighed | None:
    """How sure it is that two rows are one album: artist and title, and their years. None where
    the titles say that they are not."""
    names = album_similarity(album.artist_line, album.title, other.artist_line, other.title)
    rows: dict[str, float] = {}
    if album.year and other.year:
        if abs(album.year - other.year) <= 1:
            rows["same_year"] = 1.0
        elif _apart(album, other):
            rows["years_apart"] = 1.0
    if alone and names.score == 1:
        rows["only_title"] = 1.0
    return _together(names, rows)


def _together(names: Match, rows: dict[str, float]) -> Weighed | None:
    if names.verdict == Verdict.DIFFERENT:
        return None
    if names.score == 1:
        says = "the names are the same"
    else:
        told = "; ".join(part.says for part in names.parts)
        says = f"the names alone: {names.score:.0%} ({told})"
    parts = [Part("names", round(min(BY_NAME, _log_odds(names.score)), 3), says, 1.0)]
    parts += [Part(name, *WEIGHTS[name], value) for name, value in rows.items() if value]
    total = sum(part.weight * part.value for part in parts)
    return Weighed(1 / (1 + math.exp(-total)), tuple(parts), certain_names=names.score == 1)


def _log_odds(score: float) -> float:
    bounded = min(0.99, max(0.01, score))
    return math.log(bounded / (1 - bounded))


def _settle(kind: str, one: int, other: int, weighed: Weighed | None, *, proven: bool) -> str:
    """Merge, ask, or leave alone; which of these."""
    if weighed is None or weighed.confidence < ASK_FROM:
        return "different"
    if proven and weighed.certain_names and weighed.confidence >= SAME_FROM:
        # A person who was asked, or who split the two, has the last word.
        if said_before(kind, one, other) in ("", MatchReview.Verdict.OPEN):
            stays, goes = better_known(kind, one, other)
            why = f"found to be one thing, {weighed.confidence:.0%}"
            if kind == MatchReview.Kind.ARTIST:
                merge_artists([goes], Artist.objects.get(pk=stays), why=why)
            else:
                merge_albums([goes], Album.objects.get(pk=stays), why=why)
            return "merged"
        return "said before"
    new = ask(kind, one, other, confidence=weighed.confidence, evidence=weighed.evidence)
    return "asked" if new else "said before"


def _found(tally: Counter[str]) -> Found:
    return Found(sum(tally.values()), tally["asked"], tally["merged"])


# --- rows -----------------------------------------------------------------------------------


def loose_artists() -> QuerySet[Artist]:
    """Standing artists without an id of Discogs that no dump has told of."""
    return Artist.objects.filter(
        _without_discogs(_ARTIST), merged_into__isnull=True, is_placeholder=False
    ).exclude(source__in=(SOURCE, DESCRIBED))


def _without_discogs(kind: str) -> Q:
    """For queries: rows without an id of Discogs."""
    return ~Q(
        Exists(ExternalId.objects.filter(kind=kind, source="discogs", entity_id=OuterRef("pk")))
    )


def sources_of(kind: str, ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Of which services each has ids. One query."""
    found: dict[int, set[str]] = {pk: set() for pk in ids}
    rows = ExternalId.objects.filter(kind=kind, entity_id__in=found)
    for entity_id, source in rows.values_list("entity_id", "source"):
        found[entity_id].add(source)
    return {pk: frozenset(sources) for pk, sources in found.items()}


def _namesakes(artists: Sequence[Artist]) -> dict[int, set[int]]:
    """Others of the same key, by their own name or by a variation. Two queries."""
    keys = {artist.normalised for artist in artists}
    by_key: dict[str, set[int]] = defaultdict(set)
    own = Artist.objects.filter(normalised__in=keys, merged_into__isnull=True, is_placeholder=False)
    for key, pk in own.values_list("normalised", "pk"):
        by_key[key].add(pk)
    known_as = ArtistName.objects.filter(
        normalised__in=keys, artist__merged_into__isnull=True, artist__is_placeholder=False
    )
    for key, pk in known_as.values_list("normalised", "artist_id"):
        by_key[key].add(pk)
    return {artist.pk: by_key[artist.normalised] - {artist.pk} for artist in artists}


def titles_of(artist_ids: Collection[int]) -> dict[int, set[str]]:
    """Keys of the titles of each artist's albums. One query."""
    found: dict[int, set[str]] = {pk: set() for pk in artist_ids}
    credits = AlbumArtist.objects.filter(artist_id__in=found, album__merged_into__isnull=True)
    for pk, key in credits.values_list("artist_id", "album__normalised"):
        found[pk].add(key)
    return found


def _artists_of(album_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {pk: [] for pk in album_ids}
    credits = AlbumArtist.objects.filter(album_id__in=found, artist__is_placeholder=False)
    for album_id, artist_id in credits.values_list(
        "album_id", Coalesce("artist__merged_into_id", "artist_id")
    ):
        found[album_id].append(artist_id)
    return found


def _albums_by(artist_ids: Collection[int]) -> list[Album]:
    credits = AlbumArtist.objects.filter(artist_id__in=artist_ids, album__merged_into__isnull=True)
    albums = credits.select_related("album").order_by("pk")[:ALBUMS_COMPARED]
    return list({credit.album_id: credit.album for credit in albums}.values())


def _near(album: Album, other: Album) -> bool:
    """Whether a comparison is worth its time: most pairs of an artist's titles share no word."""
    if album.pk == other.pk:
        return False
    if album.normalised == other.normalised:
        return True
    words, others = set(album.normalised.split()), set(other.normalised.split())
    return bool(words & others) or album.normalised[:4] == other.normalised[:4]


def _apart(album: Album, other: Album) -> bool:
    return bool(album.year and other.year and abs(album.year - other.year) >= YEARS_APART)
