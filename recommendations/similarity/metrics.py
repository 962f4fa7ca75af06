"""How good ranked lists are: recall, NDCG, coverage, diversity. Pure numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import scipy.sparse as sp

AT = 20
DISCOUNT = 1 / np.log2(np.arange(2, AT + 2))


def recall(ranked: Sequence[int], targets: Collection[int], at: int = AT) -> float:
    """Targets among the first `at`, of as many as could be there. `targets` is not empty."""
    return sum(one in targets for one in ranked[:at]) / min(at, len(targets))


def ndcg(ranked: Sequence[int], targets: Collection[int]) -> float:
    """Binary normalised discounted cumulative gain at 20. `targets` is not empty."""
    hits = np.array([one in targets for one in ranked[:AT]], dtype=float)
    ideal = DISCOUNT[: min(AT, len(targets))].sum()
    return float((hits * DISCOUNT[: len(hits)]).sum() / ideal)


def diversity(ranked: np.ndarray, vectors: sp.csr_matrix) -> float:
    """1 - mean cosine of the tags of two different artists among the first 20.

    `vectors` has rows of length 1 or 0; an artist without tags is like nobody."""
    first = vectors[ranked[:AT]]
    many = first.shape[0]
    if many < 2:
        return 1.0
    alike = (first @ first.T).toarray()
    return float(1 - (alike.sum() - np.trace(alike)) / (many * (many - 1)))
