"""Two plain item-item measures that shine where little is known of a person.

`shrunk_cosine`: cosine of artists' listeners, shrunk towards 0 where few are common. `walks`:
RP3beta (Paudel and others 2017), the chance of a walk artist - listener - artist, popular ends
held back. Both give artists x artists with the strongest entries of each row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import scipy.sparse as sp

from recommendations.similarity.matrix import EPSILON, scale_columns, scale_rows

CHUNK = 2000
POWER = 0.7  # flattens cosines, so that one strong pair does not outvote three fair ones


def shrunk_cosine(weights: sp.csr_matrix, *, shrink: float, keep: int) -> sp.csr_matrix:
    """(dot / (norm * norm + shrink)) ** POWER."""
    norms = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=0)).ravel())

    def measure(dots: sp.coo_matrix, start: int) -> np.ndarray:
        lengths = norms[dots.row + start] * norms[dots.col]
        return (dots.data / (lengths + shrink)) ** POWER

    return _rows(weights.T.tocsr(), weights.tocsr(), measure, keep)


def walks(weights: sp.csr_matrix, *, beta: float, keep: int) -> sp.csr_matrix:
    """P(artist to listener) P(listener to artist) / listeners ** beta."""
    out = scale_rows(weights, 1 / np.maximum(np.asarray(weights.sum(axis=1)).ravel(), EPSILON))
    back = weights.T.tocsr()
    back = scale_rows(back, 1 / np.maximum(np.asarray(back.sum(axis=1)).ravel(), EPSILON))
    listeners = np.maximum(np.bincount(weights.indices, minlength=weights.shape[1]), 1)

    def measure(dots: sp.coo_matrix, start: int) -> np.ndarray:
        return dots.data * 1.0

    return _rows(back, scale_columns(out, listeners.astype(np.float64) ** -beta), measure, keep)


def _rows(
    left: sp.csr_matrix,
    right: sp.csr_matrix,
    measure: Callable[[sp.coo_matrix, int], np.ndarray],
    keep: int,
) -> sp.csr_matrix:
    """left @ right, measured, without the diagonal, every row cut to its `keep` greatest. (Cut by
    column, an artist whom one person plays would crowd out those whom everybody plays.)"""
    found = []
    for start in range(0, left.shape[0], CHUNK):
        dots = (left[start : start + CHUNK] @ right).tocoo()
        values = measure(dots, start)
        values[dots.row + start == dots.col] = 0
        block = sp.csr_matrix((values, (dots.row, dots.col)), shape=dots.shape)
        found.append(greatest(block, keep).astype(np.float32))
    return sp.vstack(found).tocsr()


Compressed = TypeVar("Compressed", sp.csr_matrix, sp.csc_matrix)


def greatest(matrix: Compressed, keep: int) -> Compressed:
    """Every row (of CSR; column of CSC) cut to its `keep` greatest entries; no zeros stored."""
    matrix.eliminate_zeros()
    for line in np.flatnonzero(np.diff(matrix.indptr) > keep):
        start, end = matrix.indptr[line : line + 2]
        values = matrix.data[start:end]
        values[values < np.partition(values, len(values) - keep)[len(values) - keep]] = 0
    matrix.eliminate_zeros()
    return matrix
