"""The score, version 2: the parts of version 1, measured against the person's own listening.

Listening (50) is the logarithm of an album's plays against that of the person's tenth most played
album: somebody with thirty plays in all has favourites as well, and ten thousand plays of one song
do not push all others out. Taste (30) is how much an artist is loved or near to those who are, best
of several ways. Rating (10) and price (10) are version 1's. No database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import log, log1p

from recommendations import scoring
from recommendations.scoring import Heard, plays_of

VERSION = "2"
# The measure of listening lies between these: below, three plays would be all of it.
LEAST_MEASURE, MOST_MEASURE = 20.0, 500.0
MEASURE_PLACE = 10
# The measure earns this share of the points; all of them are for so many times as many plays.
AT_MEASURE, ALL_AT_TIMES = 0.9, 10.0
# Nobody outside is as near as an artist whom the person named.
NEAR_STRENGTH = 0.8
# Ways that tell of albums and not of listening: shelves, content.
SOURCE_STRENGTH = 0.7
# An artist's second and third album earn a little less than the first, see candidates2.
PLACE_SHARES = (1.0, 0.94, 0.88, 0.84, 0.8)


def measure(heard: Iterable[Heard]) -> float:
    """The plays that earn nine tenths of the points: those of the tenth most played album."""
    ordered = sorted((plays_of(one) for one in heard), reverse=True)
    return measure_of(ordered)


def measure_of(ordered: list[float]) -> float:
    """The same for plays that are sorted already, largest first."""
    if not ordered:
        return LEAST_MEASURE
    tenth = ordered[min(MEASURE_PLACE, len(ordered)) - 1]
    return min(MOST_MEASURE, max(LEAST_MEASURE, tenth))


def listening_points(
    heard: Heard,
    *,
    measure: float,
    favourite: bool,
    fresh: float = 1.0,
    plays: float | None = None,
) -> Decimal:
    """Points for listening, 0 to 50. `fresh` is the share that figures of their age count, `plays`
    what `plays_of` told, where that is known already.

    An album of which at most one track was heard earns nothing, unless its artist is a favourite.
    """
    if heard.tracks is not None and heard.tracks < scoring.LEAST_TRACKS and not favourite:
        return Decimal(0)
    plays = (plays_of(heard) if plays is None else plays) * fresh
    measure = max(1.0, measure)
    share = AT_MEASURE * log1p(plays) / log1p(measure)
    if plays > measure:
        share = AT_MEASURE + (1 - AT_MEASURE) * log(plays / measure) / log(ALL_AT_TIMES)
    return scoring.as_points(scoring.LISTENING_LIMIT * min(1.0, share))


def love(weights: Mapping[int, float]) -> dict[int, float]:
    """How much each artist is loved, 0 to 1, on a logarithm against the third strongest."""
    ordered = sorted(weights.values(), reverse=True)
    if not ordered:
        return {}
    measure = max(LEAST_MEASURE, ordered[2] if len(ordered) > 2 else ordered[0])
    return {key: min(1.0, log1p(one) / log1p(measure)) for key, one in weights.items()}


def taste_points(share: float) -> Decimal:
    """Points for taste, 0 to 30."""
    return scoring.as_points(scoring.TASTE_LIMIT * min(1.0, max(0.0, share)))


def place_share(place: int) -> float:
    """What an artist's album at this place (0 is first) earns of the artist's points."""
    return PLACE_SHARES[min(place, len(PLACE_SHARES) - 1)]
