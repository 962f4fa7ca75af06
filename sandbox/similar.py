"""Similar artists: weighted shared styles, how close in time, a little for the same country."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache

from sandbox.world import Artist, World, load_world

FIRST_STYLE_BONUS = 1.3
ERA_YEARS = 22.0
SAME_COUNTRY = 1.06
LEAST = 0.06
OBSCURE = 100


class Similarity:
    def __init__(self, world: World) -> None:
        self._artists = [a for a in world.artists if a.styles and a.name != "Various"]
        counted = Counter(style for artist in self._artists for style in artist.styles)
        total = len(self._artists)
        self._rarity = {style: math.log(total / count) for style, count in counted.items()}
        self._vectors = {artist.number: self._vector(artist) for artist in self._artists}

    def _vector(self, artist: Artist) -> dict[str, float]:
        weights = {
            style: self._rarity[style] * (FIRST_STYLE_BONUS if place == 0 else 1.0)
            for place, style in enumerate(artist.styles)
        }
        length = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
        return {style: weight / length for style, weight in weights.items()}

    def score(self, one: Artist, other: Artist) -> float:
        """0 to about 1; the same in both directions."""
        mine, theirs = self._vectors.get(one.number, {}), self._vectors.get(other.number, {})
        shared = sum(weight * theirs[style] for style, weight in mine.items() if style in theirs)
        if one.begin and other.begin:
            shared *= math.exp(-abs(one.begin - other.begin) / ERA_YEARS)
        if one.country and one.country == other.country:
            shared *= SAME_COUNTRY
        return min(1.0, shared)

    def _known(self, other: Artist) -> float:
        """Listeners of one artist play well-known others more often than obscure ones."""
        return 0.25 if other.fame < OBSCURE else 0.7 + 0.3 * other.fame / 1000

    @lru_cache(maxsize=2048)  # noqa: B019 - lives as long as the process
    def to(self, artist: Artist) -> list[tuple[Artist, float]]:
        """Best first, scaled so that the best is 1."""
        scored = [
            (other, score)
            for other in self._artists
            if other.number != artist.number
            and (score := self.score(artist, other) * self._known(other)) > LEAST
        ]
        scored.sort(key=lambda pair: (-pair[1], -pair[0].fame, pair[0].number))
        best = scored[0][1] if scored else 1.0
        return [(other, score / best) for other, score in scored[:100]]


@lru_cache(maxsize=1)
def load_similarity() -> Similarity:
    return Similarity(load_world())
