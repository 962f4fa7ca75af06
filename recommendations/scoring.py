"""The score, version 1: how much an album deserves to be owned by one person, 0 to 100.

Four parts, listening (50), taste (30), community rating (10) and price (10). Numbers in, parts
out: no database and no outside service. The order of a list is made here as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Protocol, TypeVar

VERSION = "1"

LISTENING_LIMIT, TASTE_LIMIT, RATING_LIMIT, PRICE_LIMIT = 50, 30, 10, 10
PLAYS_PER_POINT = 10
FAVOURITE_FACTOR = 1.2
# An album known by one track is a song somebody likes, unless they like the artist anyway.
LEAST_TRACKS = 2
# How many of the most played artists are favourites.
FAVOURITES = 20
# A favourite says less about taste than an artist whom the person named.
FAVOURITE_STRENGTH = 0.8

PAGE = 20
LEAST_LEFT = 10
PER_ARTIST_IN_PAGE = 2

# Periods by length in days. They lie inside one another, so a play of last month is in all of
# them. The longest known one counts in full, the fullest of the shorter ones adds its share
# again: what somebody plays now says more than what they played once.
PERIOD_DAYS: Mapping[str, int] = {"all": 36500, "12m": 365, "6m": 182, "3m": 91, "1m": 30}
RECENT_SHARE = 0.25

# Spotify tells ranks and no plays. First place of a period stands for this many plays, the
# fiftieth for a fiftieth of it. "lib" is what was saved: a whole album takes its first place.
PLAYS_OF_FIRST_RANK: Mapping[str, int] = {"12m": 300, "6m": 200, "1m": 100, "lib": 250}
OTHER_FIRST_RANK = 100
RANKS = 50

UNDER_30, UNDER_50 = Decimal(30), Decimal(50)


@dataclass(frozen=True, slots=True)
class Heard:
    """How one person heard one album.

    `plays_by_period` counts plays by the period's name, `ranks` are places (1 is first) by
    period where a service tells no plays, `tracks` is how many different tracks, None where no
    source says.
    """

    plays: int = 0
    plays_by_period: Mapping[str, int] | None = None
    ranks: Mapping[str, int] | None = None
    tracks: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The plays that points come from: `whole` in its period, of which `recent` count again in
    part. The periods are names of PERIOD_DAYS; `recent` is 0 where no shorter one is known."""

    whole: int
    period: str
    recent: int = 0
    recent_period: str = ""

    @property
    def plays(self) -> float:
        """All of it in plays."""
        return self.whole + RECENT_SHARE * self.recent


def _days(period: str) -> int:
    return PERIOD_DAYS.get(period, 0)


def counted(plays: int, by_period: Mapping[str, int]) -> Counted:
    """What counts of plays over periods: the figures of a score and of the sentence about it.

    The largest count is taken in full: where the all-time figure is missing, a year stands
    for it. Negative counts do not exist and count as none. Of equal counts the longest period's.
    """
    counts = {period: max(0, count) for period, count in by_period.items()}
    whole = max([max(0, plays), *counts.values()])
    longest = max((_days(period) for period in counts), default=0)
    in_whole = [period for period, count in counts.items() if count == whole and _days(period)]
    shorter = [period for period in counts if 0 < _days(period) < longest]
    recent = max(shorter, key=lambda one: (counts[one], _days(one)), default="")
    return Counted(
        whole,
        max(in_whole, key=_days, default="all"),
        counts.get(recent, 0),
        recent,
    )


def plays_over_periods(plays: int, by_period: Mapping[str, int]) -> float:
    """Plays with the recent ones counted again in part: those of :func:`counted`, without their
    periods, as it is asked of thousands of albums."""
    days = [_days(period) for period in by_period]
    longest = max(days, default=0)
    lately = [
        count for count, so_many in zip(by_period.values(), days, strict=True)
        if 0 < so_many < longest
    ]  # fmt: skip
    whole = max(0, plays, *by_period.values())
    return whole + RECENT_SHARE * max(0, *lately) if lately else float(whole)


def plays_of_ranks(ranks: Mapping[str, int]) -> float:
    """What Spotify's places are worth in plays: the best of its periods.

    First place of a year is worth 300 plays and the fiftieth 6, linear between; places beyond
    count as the fiftieth. A period that is not Spotify's counts as the shortest.
    """
    best = best_of_ranks(ranks)
    return _worth(best, ranks[best]) if best else 0.0


def best_of_ranks(ranks: Mapping[str, int]) -> str:
    """The period whose place is worth most, "" without any; of equal ones the longer."""
    known = [period for period, rank in ranks.items() if rank >= 1]
    return max(known, key=lambda one: (_worth(one, ranks[one]), _days(one), one), default="")


def _worth(period: str, rank: int) -> float:
    """One place in plays."""
    first = PLAYS_OF_FIRST_RANK.get(period, OTHER_FIRST_RANK)
    return first * (RANKS + 1 - min(rank, RANKS)) / RANKS


def listening_points(heard: Heard, *, favourite: bool) -> Decimal:
    """Points for listening, 0 to 50: min(plays / 10, 50), a favourite's times 1.2.

    Plays and ranks describe the same listening and are not added: the larger counts. An album
    of which at most one track was heard earns nothing, unless its artist is a favourite.
    """
    if heard.tracks is not None and heard.tracks < LEAST_TRACKS and not favourite:
        return Decimal(0)
    plays = max(
        plays_over_periods(heard.plays, heard.plays_by_period or {}),
        plays_of_ranks(heard.ranks or {}),
    )
    points = min(plays / PLAYS_PER_POINT, LISTENING_LIMIT)
    if favourite:
        points *= FAVOURITE_FACTOR
    return as_points(min(points, LISTENING_LIMIT))


def taste_points(*, seed: bool, nearness: float = 0.0) -> Decimal:
    """Points for taste, 0 to 30: all for an artist whom the person named, else a share.

    `nearness` (0 to 1) is how near the artist is to one that the person named or loves.
    """
    if seed:
        return Decimal(TASTE_LIMIT)
    return as_points(TASTE_LIMIT * min(1.0, max(0.0, nearness)))


def rating_points(rating: Decimal | float | None) -> Decimal | None:
    """Points for the community's rating: twice the mean of 0 to 5. None stays not known."""
    if rating is None:
        return None
    return min(Decimal(RATING_LIMIT), max(Decimal(0), as_points(float(rating) * 2)))


def price_points(euros: Decimal | None) -> Decimal | None:
    """Points for the best price in euros: under 30 all 10, under 50 half. None stays not known."""
    if euros is None:
        return None
    if euros < UNDER_30:
        return Decimal(PRICE_LIMIT)
    return Decimal(PRICE_LIMIT) / 2 if euros < UNDER_50 else Decimal(0)


def total_points(parts: Iterable[Decimal | None]) -> Decimal:
    """The sum of the parts; what is not known counts nothing."""
    return sum((part for part in parts if part is not None), Decimal(0))


@lru_cache(maxsize=10_000)
def as_points(value: float) -> Decimal:
    """Points with two decimals, as they are stored. Many albums earn the same."""
    return Decimal(str(value)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def plays_of(heard: Heard) -> float:
    """Plays, or what the places are worth in plays; the larger counts."""
    return max(
        plays_over_periods(heard.plays, heard.plays_by_period or {}),
        plays_of_ranks(heard.ranks or {}),
    )


class Ranked(Protocol):
    """What :func:`rerank` needs of a candidate."""

    @property
    def album_id(self) -> int: ...

    @property
    def artist_id(self) -> int | None: ...

    @property
    def points(self) -> Decimal: ...


R = TypeVar("R", bound=Ranked)


def rerank(candidates: Iterable[R], *, kept: Sequence[R] = (), limit: int = PAGE) -> list[R]:
    """The best candidates, at most two by one artist in each page of 20, best first.

    `kept` stay whatever their points and come first; they count for their artist. `limit` is
    for all together. Equal points are ordered by album id: the same input, the same list.
    """
    chosen = list(kept)
    taken = {one.album_id for one in chosen}
    waiting = sorted(candidates, key=lambda one: (-one.points, one.album_id))
    waiting = [one for one in waiting if one.album_id not in taken]
    while waiting and len(chosen) < limit:
        page = chosen[len(chosen) - len(chosen) % PAGE :]
        index = _first_that_fits(waiting, Counter(one.artist_id for one in page))
        if index is None:
            break
        chosen.append(waiting.pop(index))
    return chosen


def _first_that_fits(waiting: Sequence[Ranked], on_page: Counter[int | None]) -> int | None:
    """Place of the best one whose artist has room on the page; no artist known fits always."""
    for place, one in enumerate(waiting):
        if one.artist_id is None or on_page[one.artist_id] < PER_ARTIST_IN_PAGE:
            return place
    return None
