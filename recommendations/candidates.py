"""From a listener to scored candidates with their causes. No database: rows in, candidates out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, overload

from recommendations import scoring
from recommendations.scoring import Heard

# What somebody saved at Spotify stands beside the periods.
SAVED = "lib"
# Tabs of the page, as Recommendation.Tab.
OWN, DISCOVER, BECAUSE, NEW = "own", "discover", "because", "new"
TABS = (OWN, DISCOVER, BECAUSE, NEW)
BECAUSE_OF = 2
# A cause that gave less than this share of what the strongest gave is not named beside it.
WORTH_NAMING = 0.2
# So many artists in one sentence, and so many sentences of them.
NAMED, SENTENCES = 2, 2


@dataclass(frozen=True, slots=True)
class ArtistPlays:
    """How a person plays one artist: plays and Spotify's places, by period."""

    name: str
    plays: int
    plays_by_period: Mapping[str, int] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """Plays, or what the places are worth in plays."""
        return max(
            scoring.plays_over_periods(self.plays, self.plays_by_period),
            scoring.plays_of_ranks(self.ranks),
        )


@dataclass(frozen=True, slots=True)
class OnShelf:
    """An album that somebody owns, with its first artist."""

    title: str
    artist_id: int


@dataclass(frozen=True)
class Listener:
    """What is known about somebody's taste, by catalogue ids."""

    artists: Mapping[int, ArtistPlays]
    albums: Mapping[int, Heard]
    seeds: Mapping[int, str]
    plays: int
    # Of version 2: all signals together in plays, see recommendations.profile.
    weights: Mapping[int, float] = field(default_factory=dict)
    shelf: Mapping[int, OnShelf] = field(default_factory=dict)
    # What share the figures of an album still count, as old as they are.
    fresh: Mapping[int, float] = field(default_factory=dict)
    # Names of artists who are neither played nor named, but owned, wanted or kept.
    names: Mapping[int, str] = field(default_factory=dict)
    # What else speaks for an artist, and how many of it: their "albums" are played or "saved",
    # records are "wanted" or "kept", "more" was asked for; they are "listed", with so many tracks,
    # or it is from them that a list "start"s.
    done: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    # How many things of each kind all this comes from, besides plays: see recommendations.made_of.
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_silent(self) -> bool:
        """Nothing to recommend from."""
        return not (self.artists or self.albums or self.seeds or self.weights)

    @cached_property
    def heard_plays(self) -> Mapping[int, float]:
        """Each album's plays, or what the places are worth in plays: asked for often."""
        return {key: scoring.plays_of(one) for key, one in self.albums.items()}

    @cached_property
    def owned(self) -> Mapping[int, int]:
        """How many records of each artist stand on the shelf."""
        return Counter(one.artist_id for one in self.shelf.values())

    def weighed(self, weights: Mapping[int, float]) -> Listener:
        """The same person, who named nobody and whose artists weigh so much."""
        other = replace(self, weights=dict(weights), seeds={})
        other.__dict__["heard_plays"] = self.heard_plays  # of the same albums
        return other

    def favourites(self) -> list[int]:
        """The most played artists, most played first."""
        ranked = sorted(self.artists, key=lambda one: (-self.artists[one].weight, one))
        return [one for one in ranked[: scoring.FAVOURITES] if self.artists[one].weight > 0]

    def loved(self) -> dict[int, float]:
        """How much each seed and favourite counts when others are near to it, 0 to 1.

        A seed counts in full; favourites from 0.8 for the first down to 0.4 for the last.
        """
        found: dict[int, float] = {}
        for place, artist_id in enumerate(self.favourites()):
            share = 1 - place / scoring.FAVOURITES / 2
            found[artist_id] = scoring.FAVOURITE_STRENGTH * share
        return found | dict.fromkeys(self.seeds, 1.0)

    def name_of(self, artist_id: int) -> str:
        if artist_id in self.artists:
            return self.artists[artist_id].name
        return self.seeds.get(artist_id) or self.names.get(artist_id, "")

    def known_by(self, artist_id: int) -> tuple[str, int]:
        """What the person has to do with an artist, the strongest of it: "plays", "owned", "named",
        "ranked" or one of `done`, and how many; ("", 0) for nothing."""
        played = self.artists.get(artist_id)
        plays = scoring.counted(played.plays, played.plays_by_period).whole if played else 0
        if plays:
            return "plays", plays
        if count := self.owned.get(artist_id, 0):
            return "owned", count
        if artist_id in self.seeds:
            return "named", 0
        if played and played.ranks:
            return "ranked", 0
        return self.done.get(artist_id, ("", 0))


@dataclass(frozen=True, slots=True)
class Edge:
    """How near (0 to 1) `other` is to `artist`."""

    artist: int
    other: int
    score: float


@dataclass(frozen=True, slots=True)
class AlbumRow:
    """An album with its first artist and how well known it is."""

    album_id: int
    artist_id: int
    artist: str
    popularity: int
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    year: int | None = None


Told = tuple[dict[str, Any], ...]


class Later(Sequence[dict[str, Any]]):
    """Causes that are put together when they are first asked for: of the thousands of albums that
    are scored for a list, a few hundred are told of."""

    __slots__ = ("_make", "_made")

    def __init__(self, make: Callable[[], Told]) -> None:
        self._make: Callable[[], Told] | None = make
        self._made: Told = ()

    @property
    def told(self) -> Told:
        """All of them."""
        if self._make is not None:
            self._made, self._make = self._make(), None
        return self._made

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Told: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | Told:
        return self.told[place]

    def __len__(self) -> int:
        return len(self.told)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.told)


Causes = Told | Later


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored album; `causes` is JSON data that recommendations.reasons turns into sentences."""

    album_id: int
    artist_id: int | None
    listening: Decimal
    taste: Decimal
    causes: Causes = ()
    # Of version 2: where it stands, and what orders and filters it.
    tab: str = OWN
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    fame: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def points(self) -> Decimal:
        """The stored parts together."""
        return self.listening + self.taste

    @property
    def traits(self) -> tuple[str, ...]:
        """What makes two albums alike."""
        return (*self.genres, *self.styles)


@dataclass(frozen=True, slots=True)
class Near:
    """How near an artist is to what a listener loves, and to which of those most.

    `shares` are what the model says each of `because` contributed, empty without a model.
    """

    nearness: float
    because: tuple[int, ...]
    shares: tuple[float, ...] = ()


def neighbourhood(
    listener: Listener, edges: Iterable[Edge], loved: Mapping[int, float] | None = None
) -> dict[int, Near]:
    """Every artist near to a seed or favourite. Favourites are near to themselves. `loved`: how
    much each counts, Listener.loved() unless given."""
    loved = listener.loved() if loved is None else loved
    links: dict[int, dict[int, float]] = {}
    for edge in edges:
        strength = loved.get(edge.artist, 0.0) * edge.score
        known = links.setdefault(edge.other, {})
        known[edge.artist] = max(strength, known.get(edge.artist, 0.0))
    for artist_id, strength in loved.items():
        links.setdefault(artist_id, {})[artist_id] = strength
    found = {}
    for artist_id, ways in links.items():
        best = sorted(ways, key=lambda one: (-ways[one], one))
        found[artist_id] = Near(ways[best[0]], tuple(best[:BECAUSE_OF]))
    return found


def scored(
    listener: Listener, rows: Iterable[AlbumRow], near: Mapping[int, Near]
) -> list[Candidate]:
    """A candidate for every row that earns any point; an album that comes twice counts once."""
    favourites = frozenset(listener.favourites()) | frozenset(listener.seeds)
    found: dict[int, Candidate] = {}
    for row in rows:
        if row.album_id in found:
            continue
        candidate = _score(listener, row, near.get(row.artist_id), row.artist_id in favourites)
        if candidate.points > 0:
            found[row.album_id] = candidate
    return list(found.values())


def _score(listener: Listener, row: AlbumRow, near: Near | None, favourite: bool) -> Candidate:
    heard = listener.albums.get(row.album_id, Heard())
    return Candidate(
        album_id=row.album_id,
        artist_id=row.artist_id,
        listening=scoring.listening_points(heard, favourite=favourite),
        taste=scoring.taste_points(
            seed=row.artist_id in listener.seeds, nearness=near.nearness if near else 0.0
        ),
        causes=tuple(_causes(listener, row, heard, near, favourite)),
    )


def _causes(
    listener: Listener, row: AlbumRow, heard: Heard, near: Near | None, favourite: bool
) -> Iterable[dict[str, Any]]:
    """What speaks for an album, strongest first; names and numbers only, no language.

    Only what its points come from, and the part's strongest first: a sentence that names another
    figure than the score was made of explains nothing.
    """
    yield from heard_causes(heard, favourite)
    others = [one for one in near.because if one != row.artist_id] if near else []
    by_others = bool(near and others and near.because[0] == others[0])
    told = list(artist_causes(listener, row))
    if not by_others:
        yield from told
    yield from near_causes(listener, others)
    if by_others:
        yield from told


def near_causes(
    listener: Listener, others: Sequence[int], shares: Mapping[int, float] | None = None
) -> Told:
    """Who leads to an artist, strongest first, with the evidence for them, which holds for each
    that one cause names. `shares` is what the model says each gave. All but the first cause are
    marked `also`."""
    shares = shares or {}
    least = WORTH_NAMING * max((shares.get(one, 0.0) for one in others), default=0.0)
    known = [
        (one, *listener.known_by(one))
        for one in others
        if listener.name_of(one) and shares.get(one, 0.0) >= least
    ]
    known = [one for one in known if one[1]]
    found: list[dict[str, Any]] = []
    while known and len(found) < SENTENCES:
        how = known[0][1]
        alike = NAMED if len(known) > 1 and known[1][1] == how else 1
        told, known = known[:alike], known[alike:]
        ids = [one for one, _how, _count in told]
        cause: dict[str, Any] = {
            "kind": "near",
            "ids": ids,
            "artists": [listener.name_of(one) for one in ids],
            "how": how,
            "count": sum(count for _one, _how, count in told),
        }
        if shares:
            cause["shares"] = [round(shares[one], 4) for one in ids]
        found.append(cause | {"also": True} if found else cause)
    return tuple(found)


def heard_causes(heard: Heard, favourite: bool) -> Iterable[dict[str, Any]]:
    """What the points for listening come from: plays, or places where those are worth more."""
    plays = scoring.counted(heard.plays, heard.plays_by_period or {})
    more: dict[str, Any] = {"favourite": True} if favourite else {}
    if heard.tracks is not None and heard.tracks < scoring.LEAST_TRACKS:
        more["tracks"] = heard.tracks
    if plays.whole and plays.plays >= scoring.plays_of_ranks(heard.ranks or {}):
        yield _of_plays("plays", plays) | more
        return
    ranks = heard.ranks or {}
    if best := scoring.best_of_ranks(ranks):
        kind = "saved" if best == SAVED else "rank"
        yield {"kind": kind, "rank": ranks[best], "period": best} | more
    played = {period: rank for period, rank in ranks.items() if period not in (SAVED, best)}
    if SAVED in ranks and best != SAVED:
        yield {"kind": "saved", "rank": ranks[SAVED]}
    elif best == SAVED and played:
        period = min(played, key=played.__getitem__)
        yield {"kind": "rank", "rank": played[period], "period": period}


def artist_causes(listener: Listener, row: AlbumRow) -> Iterable[dict[str, Any]]:
    """What is known of the person and the album's artist."""
    if row.artist_id in listener.seeds:
        yield {"kind": "seed", "artist": row.artist}
    elif row.artist_id in listener.artists:
        artist = listener.artists[row.artist_id]
        plays = scoring.counted(artist.plays, artist.plays_by_period)
        if plays.whole and plays.plays >= scoring.plays_of_ranks(artist.ranks):
            yield _of_plays("artist", plays) | {"artist": row.artist}
        elif best := scoring.best_of_ranks(artist.ranks):
            yield {"kind": "artist_rank", "artist": row.artist, "rank": artist.ranks[best]}


def _of_plays(kind: str, plays: scoring.Counted) -> dict[str, Any]:
    """Counted plays as a cause. Where the recent ones are all there are, one figure says it."""
    if plays.recent == plays.whole:
        return {"kind": kind, "count": plays.whole, "period": plays.recent_period}
    found = {"kind": kind, "count": plays.whole, "period": plays.period}
    if plays.recent:
        found |= {"recent": plays.recent, "recent_period": plays.recent_period}
    return found


def allowed(
    candidates: Iterable[Candidate], *, never: Collection[int], not_by: Collection[int] = ()
) -> list[Candidate]:
    """Without albums that are owned or dismissed, and without dismissed artists."""
    return [one for one in candidates if one.album_id not in never and one.artist_id not in not_by]
