"""How the parts of the model become one score, and one list. Pure numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp

PARTS = ("linear", "factors", "neighbours", "walks", "tags", "popularity")
POPULARITY = PARTS.index("popularity")

# The list is spread over so many places, chosen among the best so many.
SPREAD_PLACES = 50
SPREAD_POOL = 100


@dataclass(frozen=True, slots=True)
class Blend:
    """Weights of the parts at profile sizes; between two sizes they go over in log steps."""

    sizes: tuple[int, ...]
    weights: tuple[tuple[float, ...], ...]

    def at(self, size: int) -> np.ndarray:
        """One weight for each of PARTS; not to be written to."""
        return _weights_at(self, size)


@lru_cache(maxsize=1024)
def _weights_at(blend: Blend, size: int) -> np.ndarray:
    where = np.log(max(size, 1))
    nodes = np.log(np.asarray(blend.sizes, dtype=float))
    table = np.asarray(blend.weights)
    found = np.array([np.interp(where, nodes, column) for column in table.T])
    found.flags.writeable = False
    return found


# Where too few people are known to choose by trial: what held over all splits tried.
USUAL = Blend(
    sizes=(3, 5, 10, 40),
    weights=(
        (0.15, 0.16, 0.06, 0.14, 0.27, 0.22),
        (0.25, 0.24, 0.08, 0.12, 0.26, 0.05),
        (0.24, 0.24, 0.05, 0.13, 0.32, 0.02),
        (0.52, 0.14, 0.0, 0.02, 0.32, 0.0),
    ),
)


def standard(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """z-scores over the last axis and the standard deviations (1 where all are equal)."""
    scale = raw.std(axis=-1, keepdims=True)
    scale = np.where(scale > 1e-12, scale, 1.0)
    return (raw - raw.mean(axis=-1, keepdims=True)) / scale, scale[..., 0]


def center(raw: np.ndarray) -> np.ndarray:
    """Take each row's mean off it, in place; the standard deviations, as `standard` tells them."""
    raw -= raw.mean(axis=-1, keepdims=True)
    scale = np.sqrt(np.einsum("ij,ij->i", raw, raw) / max(1, raw.shape[-1]))
    return np.where(scale > 1e-12, scale, 1.0)


def best_first(scores: np.ndarray, many: int) -> np.ndarray:
    """Places of the `many` greatest finite scores, greatest first, ties by place."""
    many = min(many, len(scores))
    if many <= 0:
        return np.zeros(0, dtype=np.int64)
    found = np.argpartition(-scores, many - 1)[:many]
    found = found[np.lexsort((found, -scores[found]))]
    return found[np.isfinite(scores[found])]


def spread_out(
    ranked: np.ndarray, scores: np.ndarray, vectors: sp.csr_matrix, by: float
) -> np.ndarray:
    """`ranked` with its front re-ranked by maximal marginal relevance.

    Carbonell and Goldstein 1998, with the mean likeness (cosine of tags) to what stands above in
    place of the greatest: (1 - by) * score / best score - by * likeness. `by` 0 changes nothing.
    """
    pool = ranked[:SPREAD_POOL]
    if by <= 0 or len(pool) < 3 or scores[pool[0]] <= 0:
        return ranked
    worth = scores[pool] / scores[pool[0]] * (1 - by)
    alike = _likeness(vectors[pool]) * by
    above, value = np.zeros(len(pool)), worth.copy()
    left = np.ones(len(pool), dtype=bool)
    front = np.empty(min(SPREAD_PLACES, len(pool)), dtype=np.int64)
    for place in range(len(front)):
        if place:
            np.divide(above, place, out=value)
            np.subtract(worth, value, out=value)
        chosen = value.argmax()
        worth[chosen], left[chosen] = -np.inf, False
        front[place] = chosen
        above += alike[chosen]
    return np.concatenate([pool[front], pool[left], ranked[SPREAD_POOL:]])


def _likeness(rows: sp.csr_matrix) -> np.ndarray:
    """rows @ rows.T, dense. With the right side dense its product is one loop; between two sparse
    matrices SciPy first counts what there will be, and takes thrice as long."""
    right = np.zeros((rows.shape[1], rows.shape[0]), dtype=rows.dtype)
    right[rows.indices, np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))] = rows.data
    return np.asarray(rows @ right)
