"""What a person's signals are worth, by artist. No database: dated signals in, weights out.

A weight is in plays: what somebody owns, wants, keeps or names stands for a number of plays. Every
signal loses worth as it gets older, by half in its source's half-life, down to a floor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

LISTENING = ("lastfm", "listenbrainz", "spotify", "spotify_file")
# What the services of listening say together: the largest figure, see accounts.queries.
LISTENED = "listening"
SHELF, WANTS, LOCKS, SEEDS, DISMISSALS = "shelf", "wants", "locks", "seeds", "dismissals"
# Everything that a person can switch off, in the order of the settings page.
SOURCES = (*LISTENING, SHELF, WANTS, LOCKS, SEEDS, DISMISSALS)


@dataclass(frozen=True, slots=True)
class Worth:
    """What one signal of a source is worth in plays, and how fast that fades."""

    plays: float
    half_life: timedelta
    floor: float


_YEAR = timedelta(days=365)
# Figures of a service are as old as their last reading.
WORTH: Mapping[str, Worth] = {
    LISTENED: Worth(1, _YEAR, 0.25),
    SHELF: Worth(60, 5 * _YEAR, 0.5),
    WANTS: Worth(40, 2 * _YEAR, 0.25),
    LOCKS: Worth(60, _YEAR, 0.25),
    SEEDS: Worth(100, 3 * _YEAR, 0.5),
    DISMISSALS: Worth(0, _YEAR, 0),
}
# "Not my taste" takes this share of the artist's worth, "less of this" that one.
TASTE_TAKES, LESS_TAKES = 0.3, 0.8
MORE_TIMES = 2.0
# Nobody plays one artist this many times as often as their tenth: figures beyond are cut.
MOST_OF_TENTH = 20.0
ALWAYS_BELIEVED = 5_000.0
MOST = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Signal:
    """One dated thing that somebody did; `plays` None counts as its source's usual worth."""

    source: str
    artist_id: int
    at: datetime | None = None
    plays: float | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What was said against or for an artist: "taste", "artist", "more" or "less"."""

    what: str
    artist_id: int
    at: datetime | None = None


@lru_cache(maxsize=4096)
def freshness(source: str, at: datetime | None, now: datetime) -> float:
    """The share that a signal of this age still counts, 1 for today; unknown ages count in full."""
    worth = WORTH.get(source)
    if worth is None or at is None:
        return 1.0
    age = max(0.0, (now - at) / worth.half_life)
    return float(max(worth.floor, 0.5**age))


def weights(
    signals: Iterable[Signal],
    said: Iterable[Said] = (),
    *,
    now: datetime,
    without: Collection[str] = (),
) -> dict[int, float]:
    """Each artist's weight in plays, of the sources that are not switched off.

    Figures of listening tell of the same plays and are not added up: the largest counts. What
    somebody did here is added. `without` names sources of SOURCES; those of listening are left out
    where they are read.
    """
    heard: dict[int, float] = defaultdict(float)
    done: dict[int, float] = defaultdict(float)
    for one in signals:
        if one.source in without:
            continue
        plays = WORTH[one.source].plays if one.plays is None else max(0.0, one.plays)
        plays *= freshness(one.source, one.at, now)
        if one.source == LISTENED:
            heard[one.artist_id] = max(heard[one.artist_id], plays)
        else:
            done[one.artist_id] += plays
    believed = _believed(heard)
    found = {key: believed.get(key, 0.0) + done.get(key, 0.0) for key in heard.keys() | done.keys()}
    _apply(found, said, now=now, without=without)
    return {key: min(weight, MOST) for key, weight in found.items() if weight > 0}


def _believed(plays: Mapping[int, float]) -> dict[int, float]:
    """Without absurd counts: at most so many times the tenth most played artist's."""
    ordered = sorted(plays.values(), reverse=True)
    tenth = ordered[min(9, len(ordered) - 1)] if ordered else 0.0
    limit = max(ALWAYS_BELIEVED, MOST_OF_TENTH * tenth)
    return {key: min(one, limit) for key, one in plays.items()}


def _apply(
    found: dict[int, float], said: Iterable[Said], *, now: datetime, without: Collection[str]
) -> None:
    usual = sorted(found.values(), reverse=True)[:20]
    strong = usual[len(usual) // 2] if usual else WORTH[SEEDS].plays
    for one in said:
        share = freshness(DISMISSALS, one.at, now)
        here = found.get(one.artist_id, 0.0)
        if one.what == "more":
            found[one.artist_id] = max(here * MORE_TIMES, strong)
        elif one.what == "less":
            found[one.artist_id] = here * (1 - LESS_TAKES * share)
        elif DISMISSALS in without:
            continue
        elif one.what == "taste":
            found[one.artist_id] = here * (1 - TASTE_TAKES * share)
        elif one.what == "artist":
            found[one.artist_id] = 0.0
