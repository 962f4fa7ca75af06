"""The order of a list, version 2: as good as it can be, in the person's own mix, not all alike.

One album after another is chosen by what it adds to the list so far:

- its points;
- less its likeness to the most alike album that is there already (maximal marginal relevance,
  Carbonell and Goldstein 1998), of genres and styles;
- more the less well known it is;
- less the distance (Kullback and Leibler's) of the list's genres from the person's (calibrated
  recommendations, Steck 2018, doi 10.1145/3240323.3240372).

One dial turns the second and third weight together. Pure: no database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from recommendations.scoring import PAGE, PER_ARTIST_IN_PAGE

SAFE, IN_BETWEEN, ADVENTUROUS = 0, 50, 100
DIALS = (SAFE, 25, IN_BETWEEN, 75, ADVENTUROUS)
# What the dial moves: at its safe end, in the middle, at its adventurous end.
LIKENESS = (0.0, 0.2, 1.0)
NOVELTY = (-0.4, 0.05, 0.8)
MIX = 0.3
# Steck's share of the person's own mix that is blended into the list's, so that no share is 0.
BLEND = 0.01
# So many of the best are looked at; nobody sees what comes after them.
LOOKED_AT = 300


class Rankable(Protocol):
    """What :func:`arrange` needs of a candidate."""

    @property
    def album_id(self) -> int: ...

    @property
    def artist_id(self) -> int | None: ...

    @property
    def points(self) -> Decimal: ...

    @property
    def genres(self) -> Sequence[str]: ...

    @property
    def traits(self) -> Sequence[str]:
        """Genres and styles, for likeness."""
        ...

    @property
    def fame(self) -> float:
        """How well known, 0 to 1."""
        ...


R = TypeVar("R", bound=Rankable)
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much likeness, novelty and the genre mix count against points, which count 1."""

    likeness: float
    novelty: float
    mix: float = MIX

    @classmethod
    def of_dial(cls, dial: int) -> Weights:
        """Weights for a place of the dial, 0 to 100; what lies outside is moved to the end."""
        places = (SAFE, IN_BETWEEN, ADVENTUROUS)
        likeness, novelty = (float(np.interp(dial, places, one)) for one in (LIKENESS, NOVELTY))
        return cls(likeness=likeness, novelty=novelty)


def arrange(
    candidates: Iterable[R],
    *,
    mix: Mapping[str, float],
    dial: int = IN_BETWEEN,
    kept: Sequence[R] = (),
    limit: int = PAGE,
) -> list[R]:
    """At most `limit` of these, best list first, with at most two by one artist in each page of 20.

    `mix` are the shares of the person's genres. `kept` come first whatever they are, and count for
    the list's mix and for their artist. The same input makes the same list, in whatever order.
    """
    chosen = list(kept)
    taken = {one.album_id for one in chosen}
    waiting = [one for one in candidates if one.album_id not in taken]
    waiting = sorted(waiting, key=lambda one: (-one.points, one.album_id))[: max(LOOKED_AT, limit)]
    if not waiting:
        return chosen
    board = _Board([*chosen, *waiting], mix, Weights.of_dial(dial), held=len(chosen))
    on_page = Counter(one.artist_id for one in chosen[len(chosen) - len(chosen) % PAGE :])
    for artist_id, count in on_page.items():
        if count >= PER_ARTIST_IN_PAGE:
            board.close(artist_id)
    while len(chosen) < limit:
        place = board.best()
        if place is None:
            break
        board.take(place)
        one = waiting[place - board.held]
        chosen.append(one)
        on_page[one.artist_id] += 1
        if len(chosen) % PAGE == 0:
            on_page.clear()
            board.turn_page()
        elif on_page[one.artist_id] >= PER_ARTIST_IN_PAGE:
            board.close(one.artist_id)
    return chosen


class _Board:
    """Candidates as matrices, with what the list holds so far. The first `held` are in it."""

    def __init__(
        self,
        rows: Sequence[Rankable],
        mix: Mapping[str, float],
        weights: Weights,
        *,
        held: int,
    ) -> None:
        self.held = held
        self.weights = weights
        self.artists = np.array([one.artist_id or 0 for one in rows], dtype=np.int64)
        points = np.array([float(one.points) for one in rows])
        fame = np.array([one.fame for one in rows])
        best = points[held:].max() or 1.0
        self.worth = points / best + weights.novelty * (1 - fame)
        self.target, self.genres = _genre_shares(rows, mix)
        self.aim = (self.target * np.log(self.target)).sum() if len(self.target) else 0.0
        # Many rows are of the same genres; what these would do to the mix is found out once.
        self.kinds, self.kind = np.zeros((1, 0)), np.zeros(len(rows), dtype=np.intp)
        if len(self.target):
            self.kinds, self.kind = np.unique(self.genres, axis=0, return_inverse=True)
        # Trait by trait: an album has a few of the hundreds.
        self.traits = np.ascontiguousarray(_unit_rows([one.traits for one in rows]).T)
        self.alike = np.zeros(len(rows))
        self.sum = np.zeros(len(self.target))
        self.count = 0
        self.open = np.ones(len(rows), dtype=bool)
        # By an artist who has all that a page may hold of them.
        self.closed = np.zeros(len(rows), dtype=bool)
        for place in range(held):
            self.take(place)

    def take(self, place: int) -> None:
        """Put a row into the list."""
        self.open[place] = False
        self.sum = self.sum + self.genres[place]
        self.count += 1
        own = self.traits[:, place].nonzero()[0]
        alike = self.traits[own, place] @ self.traits[own]
        np.maximum(self.alike, alike, out=self.alike)

    def close(self, artist_id: int | None) -> None:
        """No more by this artist on the page; who is not known has room always."""
        if artist_id:
            self.closed |= self.artists == artist_id

    def turn_page(self) -> None:
        """A new page, with room for everybody."""
        self.closed[:] = False

    def best(self) -> int | None:
        """The row that adds most, of those whose artist has room; None where there is none."""
        value = self.worth - self.weights.likeness * self.alike
        if len(self.target):
            # Each album moves the shares of a longer list less; the mix shall count the same.
            far = (self.count + 1) * self._distance()
            value -= self.weights.mix * far
        value[self.closed | ~self.open] = -np.inf
        place = int(value.argmax())
        return place if value[place] > -np.inf else None

    def _distance(self) -> Matrix:
        """How far the list's genres would be from the person's with each row in it."""
        shares = (self.sum + self.kinds) / (self.count + 1)
        blended = (1 - BLEND) * shares + BLEND * self.target
        far: Matrix = self.aim - np.log(blended) @ self.target
        return far[self.kind]


def _genre_shares(rows: Sequence[Rankable], mix: Mapping[str, float]) -> tuple[Matrix, Matrix]:
    """The person's shares, and each row's over the same genres. A row of which no genre is known
    is neutral: it counts as the person's own mix. Genres the person has none of count as one."""
    total = sum(share for share in mix.values() if share > 0)
    names = [name for name, share in mix.items() if share > 0]
    if not names or total <= 0:
        return np.zeros(0), np.zeros((len(rows), 0))
    places = {name: place for place, name in enumerate(names)}
    # The last column is everything else, which the person has next to nothing of.
    target = np.array([*(mix[name] / total for name in names), 0.0])
    target = (target + 1e-3) / (target + 1e-3).sum()
    shares = np.zeros((len(rows), len(target)))
    for row, one in enumerate(rows):
        known = list(dict.fromkeys(one.genres))
        if not known:
            shares[row] = target
            continue
        for genre in known:
            shares[row, places.get(genre, len(names))] += 1 / len(known)
    return target, shares


def _unit_rows(traits: Sequence[Sequence[str]]) -> Matrix:
    """Each row's traits as a vector of length 1; one without any is like nothing."""
    places: dict[str, int] = {}
    for row in traits:
        for trait in row:
            places.setdefault(trait, len(places))
    found = np.zeros((len(traits), max(1, len(places))))
    for number, row in enumerate(traits):
        for trait in set(row):
            found[number, places[trait]] = 1.0
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(lengths == 0, 1.0, lengths))


def distance(shares: Mapping[str, float], mix: Mapping[str, float]) -> float:
    """Kullback and Leibler's distance of a list's genre shares from the person's, blended as in
    :func:`arrange`; 0 where they are the same."""
    total = sum(mix.values()) or 1.0
    told = 0.0
    for name, share in mix.items():
        if share > 0:
            wanted = share / total
            has = (1 - BLEND) * shares.get(name, 0.0) + BLEND * wanted
            told += wanted * float(np.log(wanted / has))
    return told


def shares_of(genres: Iterable[Sequence[str]]) -> dict[str, float]:
    """The genre shares of a list: each album counts once, spread over its genres."""
    counted: dict[str, float] = {}
    albums = 0
    for row in genres:
        known = set(row)
        albums += bool(known)
        for genre in known:
            counted[genre] = counted.get(genre, 0.0) + 1 / len(known)
    return {name: share / albums for name, share in counted.items()} if albums else {}
