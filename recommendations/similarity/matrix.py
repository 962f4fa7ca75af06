"""Who plays whom, as a sparse matrix: cleaned, capped, weighed, split. Pure numbers."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

# A listener who plays more artists than this teaches by the strongest of them; pairs grow with
# the square, so one endless list would drown everybody else's.
MOST_ARTISTS = 1000
# Nobody played one artist more often: at half a minute a play, the least that services count, this
# is a year of nothing else, day and night. What says more is somebody's mistake or mischief.
MOST_PLAYS = 1_000_000.0
# Plays above this share of all counts say no more than the count there does.
CAP_QUANTILE = 0.995
EPSILON = 1e-12


def listening(
    people: np.ndarray, artists: np.ndarray, plays: np.ndarray, shape: tuple[int, int]
) -> sp.csr_matrix:
    """People x artists of plays. Rows said twice are added; what is not a positive finite
    number is left out; counts are capped (`CAP_QUANTILE`), endless lists cut (`MOST_ARTISTS`).
    Counts that nobody can reach (`MOST_PLAYS`) have no say in where the cap lies."""
    plays = np.asarray(plays, dtype=np.float64)
    good = np.isfinite(plays) & (plays > 0)
    believed = np.minimum(plays[good], MOST_PLAYS)
    whole = sp.csr_matrix((believed, (people[good], artists[good])), shape=shape)
    whole.sum_duplicates()
    if whole.nnz:
        honest = whole.data[whole.data < MOST_PLAYS]
        cap = float(np.quantile(honest, CAP_QUANTILE)) if len(honest) else 1.0
        whole.data = np.minimum(whole.data, max(1.0, cap))
    return strongest(whole, MOST_ARTISTS)


def strongest(rows: sp.csr_matrix, most: int) -> sp.csr_matrix:
    """Every row cut to its `most` greatest entries."""
    lengths = np.diff(rows.indptr)
    if not len(lengths) or lengths.max() <= most:
        return rows
    keep = np.ones(rows.nnz, dtype=bool)
    for row in np.flatnonzero(lengths > most):
        start, end = rows.indptr[row : row + 2]
        order = np.argsort(-rows.data[start:end], kind="stable")
        keep[start + order[most:]] = False
    return kept(rows, keep)


def kept(rows: sp.csr_matrix, keep: np.ndarray) -> sp.csr_matrix:
    """The entries that a mask over `rows.data` keeps."""
    counts = np.concatenate([[0], np.cumsum(keep)])
    return sp.csr_matrix(
        (rows.data[keep], rows.indices[keep], counts[rows.indptr]), shape=rows.shape
    )


def log_weights(plays: sp.csr_matrix) -> sp.csr_matrix:
    """log(1 + plays), scaled so that everybody's most played artist has 1."""
    weighed = plays.astype(np.float64).tocsr()
    weighed.data = np.log1p(weighed.data)
    most = weighed.max(axis=1).toarray().ravel()
    return scale_rows(weighed, 1 / np.maximum(most, EPSILON))


def scale_rows(rows: sp.csr_matrix, by: np.ndarray) -> sp.csr_matrix:
    return (sp.diags(by) @ rows).tocsr()


def scale_columns(rows: sp.csr_matrix, by: np.ndarray) -> sp.csr_matrix:
    return (rows @ sp.diags(by)).tocsr()


def unit_rows(rows: sp.csr_matrix) -> sp.csr_matrix:
    """Rows of length 1; empty ones stay empty."""
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return scale_rows(rows, 1 / np.maximum(lengths, EPSILON))


def tag_vectors(tags: sp.csr_matrix, *, least: int = 5, most: int = 2000) -> sp.csr_matrix:
    """Artists x tags, log(1 + weight) times the inverse frequency of the tag, rows of length 1.

    Tags of fewer than `least` artists say nothing about others; of the rest the `most` common
    ones are kept, which bounds the solver."""
    tags = tags.tocsc()
    carried = np.diff(tags.indptr)
    chosen = np.flatnonzero(carried >= least)
    chosen = np.sort(chosen[np.argsort(-carried[chosen], kind="stable")[:most]])
    vectors = tags[:, chosen].tocsr().astype(np.float64)
    vectors.data = np.log1p(np.maximum(vectors.data, 0))
    rarity = np.log(tags.shape[0] / np.maximum(carried[chosen], 1))
    return unit_rows(scale_columns(vectors, np.maximum(rarity, 0)))


def split(
    plays: sp.csr_matrix, rng: np.random.Generator, share: float = 0.2
) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Everybody's artists in two: a profile and, for `share` of them, targets.

    Who has one artist only has no targets."""
    away = np.zeros(plays.nnz, dtype=bool)
    for row in range(plays.shape[0]):
        start, end = plays.indptr[row : row + 2]
        length = end - start
        if length > 1:
            many = max(1, round(length * share))
            away[start + rng.permutation(length)[:many]] = True
    return kept(plays, ~away), kept(plays, away)


def cut(profiles: sp.csr_matrix, size: int, rng: np.random.Generator) -> sp.csr_matrix:
    """Every profile cut to `size` of its artists, by chance."""
    keep = np.zeros(profiles.nnz, dtype=bool)
    for row in range(profiles.shape[0]):
        start, end = profiles.indptr[row : row + 2]
        keep[start + rng.permutation(end - start)[:size]] = True
    return kept(profiles, keep)
