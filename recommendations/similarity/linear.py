"""An item-item model in closed form: EASE with a dropout regulariser and tags as extra rows.

EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"): the matrix B with a zero
diagonal that best rebuilds everybody's row from itself, B = I - P / diag(P), P the inverse of the
regularised Gram matrix. EDLAE (Steck 2020, "Autoencoders that don't overfit towards the
Identity") adds p / (1 - p) times the Gram matrix's diagonal, what training with dropout p comes
to. CEASE (Jeunen and others 2020, "Closed-form models for collaborative filtering with
side-information") stacks tags under the people as if each tag were somebody who plays its
artists. The contribution of artist i to artist j is exactly weight(i) * B[i, j].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg as sl
import scipy.sparse as sp

from recommendations.similarity.matrix import scale_columns
from recommendations.similarity.neighbours import greatest

CHUNK = 1000
# Up to so many rows (people, tags, edges) the small system over rows is solved.
DUAL_ROWS = 8000
# Beyond, the dense system holds so many artists, the most played; 0.6 GB and a cubic solve.
HEAD = 12_000
# How many of an artist's companions in the head carry over to an artist outside of it.
TAIL_LINKS = 100


@dataclass(frozen=True, slots=True)
class LinearSettings:
    """`ridge` holds back all, `dropout` (0 to 1) what is popular; `tags` weighs the tag rows."""

    ridge: float = 10.0
    dropout: float = 0.5
    tags: float = 6.0


class Linear:
    """The model over rows: exact scores without B, or B's strongest entries.

    With R rows and D the diagonal regulariser, inverse(R'R + D) comes from the inverse of the
    small matrix I + R D^-1 R', rows x rows."""

    def __init__(
        self, weights: sp.csr_matrix, sides: list[sp.csr_matrix], settings: LinearSettings
    ) -> None:
        rows = stacked(weights, sides, settings)
        inverse, self.mass = regulariser(rows, settings)
        self._rows = scale_columns(rows, inverse)
        small = (self._rows @ rows.T).toarray()
        small[np.diag_indices_from(small)] += 1
        self._core = _inverse(small)
        self._columns = self._rows.tocsc()
        self._diagonal = inverse - self._shrinkage()

    def _shrinkage(self) -> np.ndarray:
        found = np.zeros(self._columns.shape[1])
        for start in range(0, len(found), CHUNK):
            part = self._columns[:, start : start + CHUNK]
            found[start : start + CHUNK] = np.asarray(
                part.T.multiply(part.T @ self._core).sum(axis=1)
            ).ravel()
        return found

    def scores(self, profiles: sp.csr_matrix) -> np.ndarray:
        """People x artists from weighed profiles; own artists count what the others give."""
        inner = (profiles @ self._rows.T).toarray() @ self._core
        return (self._rows.T @ inner.T).T / self._diagonal

    def neighbours(self, keep: int) -> sp.csr_matrix:
        """B with its `keep` strongest entries of either sign for each artist recommended."""
        back = self._rows.T.tocsr()
        found = []
        for start in range(0, self._columns.shape[1], CHUNK):
            part = self._columns[:, start : start + CHUNK]
            block = back @ (part.T @ self._core).T
            block /= self._diagonal[start : start + CHUNK]
            own = np.arange(start, start + block.shape[1])
            found.append(strongest_of(block, self.mass, keep, own))
        return sp.hstack(found).tocsr()


def stacked(
    weights: sp.csr_matrix, sides: list[sp.csr_matrix], settings: LinearSettings
) -> sp.csr_matrix:
    """People above what is known besides; the first of `sides` are the tags, which the settings
    weigh; the others count as a person does."""
    by = [np.sqrt(settings.tags), *[1.0] * len(sides)]
    extra = [weight * one for weight, one in zip(by, sides, strict=False) if one.shape[0]]
    return sp.vstack([weights, *extra]).tocsr()


def regulariser(rows: sp.csr_matrix, settings: LinearSettings) -> tuple[np.ndarray, np.ndarray]:
    """1 / (ridge + p / (1 - p) * mass) and the mass (sum of squares) of every artist."""
    mass = np.asarray(rows.multiply(rows).sum(axis=0)).ravel()
    return 1 / (settings.ridge + settings.dropout / (1 - settings.dropout) * mass), mass


def _inverse(positive: np.ndarray) -> np.ndarray:
    """The inverse of a symmetric positive definite matrix, made in its own memory."""
    potrf, potri = sl.get_lapack_funcs(("potrf", "potri"), (positive,))
    factor, failed = potrf(positive, lower=1, overwrite_a=1, clean=1)
    if failed:
        raise ValueError("the listening cannot be solved: its matrix is not positive definite")
    inverse, _ = potri(factor, lower=1, overwrite_c=1)
    lower = np.tril(inverse, -1)
    inverse = np.tril(inverse)
    inverse += lower.T
    return inverse


def strongest_of(block: np.ndarray, mass: np.ndarray, keep: int, own: np.ndarray) -> sp.csc_matrix:
    """Dense columns of B cut to the entries that move scores most: those of artists whom many
    play count for more than equal ones of artists whom nobody plays. `own` says in which row
    each column's own artist stands (-1: in none); nobody is a neighbour of themselves."""
    inside = np.flatnonzero(own >= 0)
    block[own[inside], inside] = 0
    if keep < len(block):
        force = np.abs(block) * np.sqrt(mass)[:, None]
        least = np.partition(force, len(block) - keep, axis=0)[len(block) - keep]
        block[force < np.maximum(least, 1e-9)] = 0
    return sp.csc_matrix(block.astype(np.float32))


def head_neighbours(
    weights: sp.csr_matrix,
    sides: list[sp.csr_matrix],
    settings: LinearSettings,
    *,
    keep: int,
    head: int | None = None,
) -> sp.csr_matrix:
    """B where there are too many rows for `Linear`, in memory bounded by `head`.

    The `head` (None: HEAD) artists played most are solved together. Another artist gets the ridge
    regression of its column on the head, from its `TAIL_LINKS` strongest companions there; as a
    cause it is left to the model's other parts. Rows of `sides` count as in `stacked`."""
    rows = stacked(weights, sides, settings)
    inverse, mass = regulariser(rows, settings)
    many = rows.shape[1]
    first = np.sort(np.argsort(-mass, kind="stable")[: min(head or HEAD, many)])
    inside = rows[:, first].tocsc()
    gram = np.zeros((len(first), len(first)), dtype=np.float32)
    for start in range(0, len(first), CHUNK):
        gram[:, start : start + CHUNK] = (inside.T @ inside[:, start : start + CHUNK]).toarray()
    gram[np.diag_indices_from(gram)] += (1 / inverse[first]).astype(np.float32)
    core = _inverse(gram)
    found = []
    place = np.full(many, -1)
    place[first] = np.arange(len(first))
    columns = rows.tocsc()
    for start in range(0, many, CHUNK):
        wanted = np.arange(start, min(start + CHUNK, many))
        block = np.zeros((len(first), len(wanted)), dtype=np.float32)
        known = place[wanted] >= 0
        block[:, known] = -core[:, place[wanted[known]]] / np.diag(core)[place[wanted[known]]]
        if (~known).any():
            links = (inside.T @ columns[:, wanted[~known]]).tocsc()
            block[:, ~known] = (greatest(links, TAIL_LINKS).T @ core).T
        found.append(strongest_of(block, mass[first], keep, place[wanted]))
    packed = sp.hstack(found).tocoo()
    return sp.csr_matrix((packed.data, (first[packed.row], packed.col)), shape=(many, many))
