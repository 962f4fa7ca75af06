"""Matrix factorisation of implicit listening by alternating least squares.

Hu, Koren and Volinsky 2008, "Collaborative Filtering for Implicit Feedback Datasets": everybody's
preference is 1 for what they play and 0 else, believed by 1 + alpha * sqrt(plays). Each half step
is solved by a few steps of conjugate gradients for all rows at once (Takacs and others 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

# Floating point numbers that one block of a half step holds at most.
BLOCK = 8_000_000


@dataclass(frozen=True, slots=True)
class FactorSettings:
    size: int = 64
    ridge: float = 8.0
    alpha: float = 1.0
    rounds: int = 8


def fit(plays: sp.csr_matrix, settings: FactorSettings, *, seed: int = 0) -> np.ndarray:
    """Artists x size, float32."""
    rng = np.random.default_rng(seed)
    believed = plays.astype(np.float32).tocsr()
    believed.data = confidence(believed.data, settings)
    turned = believed.T.tocsr()
    people = rng.normal(0, 0.01, (plays.shape[0], settings.size)).astype(np.float32)
    artists = rng.normal(0, 0.01, (plays.shape[1], settings.size)).astype(np.float32)
    for _ in range(settings.rounds):
        people = _half(believed, artists, people, settings.ridge)
        artists = _half(turned, people, artists, settings.ridge)
    return artists


def confidence(plays: np.ndarray, settings: FactorSettings) -> np.ndarray:
    """What is believed beyond the 1 of everything."""
    return settings.alpha * np.sqrt(plays)


def _half(
    believed: sp.csr_matrix, fixed: np.ndarray, start: np.ndarray, ridge: float
) -> np.ndarray:
    gram = fixed.T @ fixed + ridge * np.eye(fixed.shape[1], dtype=np.float32)
    found = np.empty_like(start)
    step = max(1, BLOCK // fixed.shape[1])
    row = 0
    while row < believed.shape[0]:
        limit = believed.indptr[row] + step
        end = int(np.searchsorted(believed.indptr, limit, side="right")) - 1
        end = min(max(end, row + 1), believed.shape[0])
        found[row:end] = _gradients(believed[row:end], fixed, start[row:end], gram)
        row = end
    return found


def _gradients(
    rows: sp.csr_matrix, fixed: np.ndarray, start: np.ndarray, gram: np.ndarray, steps: int = 3
) -> np.ndarray:
    """Conjugate gradients on (gram + sum of c y y') x = sum of (1 + c) y, for each row."""
    owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    partners = fixed[rows.indices]

    def times(x: np.ndarray) -> np.ndarray:
        inner = np.einsum("ij,ij->i", partners, x[owner]) * rows.data
        spread = sp.csr_matrix((inner, rows.indices, rows.indptr), shape=rows.shape)
        return x @ gram + spread @ fixed

    wanted = sp.csr_matrix((rows.data + 1, rows.indices, rows.indptr), shape=rows.shape) @ fixed
    x = start.copy()
    rest = wanted - times(x)
    way = rest.copy()
    size = (rest * rest).sum(axis=1)
    for _ in range(steps):
        turned = times(way)
        far = size / np.maximum((way * turned).sum(axis=1), 1e-20)
        x += far[:, None] * way
        rest -= far[:, None] * turned
        smaller = (rest * rest).sum(axis=1)
        way = rest + (smaller / np.maximum(size, 1e-20))[:, None] * way
        size = smaller
    return x


@dataclass(frozen=True, slots=True)
class FoldIn:
    """A person whom the model never saw: `shares` has one row for each artist of the profile,
    and the person's factors are their sum; so every artist's part in a score is known."""

    shares: np.ndarray


def fold_in(
    artists: np.ndarray, gram: np.ndarray, profile: np.ndarray, plays: np.ndarray,
    settings: FactorSettings,
) -> FoldIn:  # fmt: skip
    """Solve for one person. `gram` is artists' artists + ridge * I, made once."""
    believed = confidence(plays, settings).astype(np.float64)
    own = artists[profile].astype(np.float64)
    system = gram + (own * believed[:, None]).T @ own
    return FoldIn(np.linalg.solve(system, (own * (believed + 1)[:, None]).T).T)


def gram_of(artists: np.ndarray, settings: FactorSettings) -> np.ndarray:
    """What every fold-in shares."""
    wide = artists.astype(np.float64)
    return wide.T @ wide + settings.ridge * np.eye(wide.shape[1])
