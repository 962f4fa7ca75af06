"""From listening to a model with given settings. Pure numbers; `tuning` chooses the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommendations.similarity import factors as als
from recommendations.similarity import linear, neighbours
from recommendations.similarity.blend import USUAL, Blend, standard
from recommendations.similarity.matrix import log_weights, tag_vectors
from recommendations.similarity.model import Model

# Entries of the linear part in memory: 8 bytes each. 200 for each of 50,000 artists, more of
# fewer artists, because what is cut off costs accuracy.
ENTRIES = 9_000_000
LEAST_KEPT, MOST_KEPT = 200, 1000
PLAIN_KEPT = 200

Say = Callable[[str], None]


def silent(_text: str) -> None:
    """For callers who show no progress."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that tuning may choose."""

    linear: linear.LinearSettings = field(default_factory=linear.LinearSettings)
    factors: als.FactorSettings = field(default_factory=als.FactorSettings)
    shrink: float = 3.0
    beta: float = 0.1
    blend: Blend = USUAL
    spread: float = 0.33


@dataclass(frozen=True, slots=True)
class Material:
    """People x artists of plays (cleaned by `matrix.listening`), artists x tags of raw weights,
    and, where known, rows of artists near to each other (each row: one artist's neighbours and
    itself, weights 0 to 1)."""

    plays: sp.csr_matrix
    tags: sp.csr_matrix
    edges: sp.csr_matrix | None = None

    def of(self, people: np.ndarray) -> Material:
        """The same with some of the people only."""
        return replace(self, plays=self.plays[people])

    def sides(self, vectors: sp.csr_matrix) -> list[sp.csr_matrix]:
        """Extra rows under the people: tags, then edges."""
        return [vectors.T.tocsr(), *([] if self.edges is None else [self.edges])]


def kept_entries(artists: int) -> int:
    """How many neighbours of an artist the model keeps."""
    return int(np.clip(ENTRIES // max(artists, 1), LEAST_KEPT, MOST_KEPT))


def settled(settings: Settings, people: int) -> Settings:
    """Settings that fit the number of people: no more factors than they can fill."""
    size = int(np.clip(people // 4, 4, settings.factors.size))
    return replace(settings, factors=replace(settings.factors, size=size))


def popularity_of(plays: sp.csr_matrix) -> np.ndarray:
    """z-scores of log(1 + listeners)."""
    listeners = np.bincount(plays.indices, minlength=plays.shape[1])
    return standard(np.log1p(listeners.astype(np.float64)))[0]


def fit(
    artists: np.ndarray,
    material: Material,
    settings: Settings,
    *,
    say: Say = silent,
    about: dict[str, Any] | None = None,
) -> Model:
    """The model of all people of `material`. `artists` are the keys of its columns."""
    settings = settled(settings, material.plays.shape[0])
    weights = log_weights(material.plays)
    vectors = tag_vectors(material.tags)
    keep = kept_entries(len(artists))
    say(f"learning from {material.plays.shape[0]:,} people and {len(artists):,} artists")
    near = _linear(weights, material.sides(vectors), settings.linear, keep)
    say("factors")
    found = als.fit(material.plays, settings.factors)
    say("neighbours")
    cosine = neighbours.shrunk_cosine(weights, shrink=settings.shrink, keep=PLAIN_KEPT)
    walked = neighbours.walks(weights, beta=settings.beta, keep=PLAIN_KEPT)
    return Model(
        artists=artists,
        linear=near,
        neighbours=cosine,
        walks=walked,
        factors=found,
        tags=vectors.astype(np.float32),
        popularity=popularity_of(material.plays),
        factor_settings=settings.factors,
        play_cap=float(material.plays.data.max()) if material.plays.nnz else 1.0,
        blend=settings.blend,
        spread=settings.spread,
        about=about or {},
    )


def _linear(
    weights: sp.csr_matrix,
    sides: list[sp.csr_matrix],
    settings: linear.LinearSettings,
    keep: int,
) -> sp.csr_matrix:
    rows = weights.shape[0] + sum(one.shape[0] for one in sides)
    if rows <= linear.DUAL_ROWS:
        return linear.Linear(weights, sides, settings).neighbours(keep)
    return linear.head_neighbours(weights, sides, settings, keep=keep)
