"""A space in which albums of like tags lie near each other: latent semantic analysis. Pure.

Albums x tokens, weighted by rarity, are reduced by a truncated singular value decomposition
(Deerwester et al. 1990, "Indexing by latent semantic analysis"), so that Krautrock and Kosmische
lie near each other because the same albums carry both. New albums are placed by the vectors of
their tokens, without a new decomposition.
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float32]
DIMENSIONS = 96
# A token that one album alone carries says nothing about any other.
LEAST_ALBUMS = 2
MOST_TOKENS = 20_000
# So many tokens are solved exactly; of more, the strongest axes are searched for.
SOLVED_WHOLE = 1_500
# Weaker axes are rounding errors, and different ones every time.
LEAST_STRENGTH = 1e-4
# What is shorter is what rounding left of nothing, and points anywhere.
LEAST_LENGTH = 1e-6
# The weakest axis leaves a hundredth of a token that lies on it alone (the root of its strength).
# Of traits of which the space holds less, the rest would say where the album lies.
LEAST_HELD = 1e-3


class NoSpace(ValueError):
    """Too little is known to lay out a space."""


@dataclass(frozen=True, slots=True)
class Space:
    """`token_vectors` is tokens x DIMENSIONS; `rarity` one weight a token."""

    places: Mapping[str, int]
    rarity: Floats
    token_vectors: Floats

    def place(self, tokens: Mapping[str, float]) -> Floats:
        """Where an album with these tokens lies: DIMENSIONS floats of length 1, or all 0 where
        none of its tokens is known, or none that the space holds: a trait of a few albums alone
        may lie on none of the axes that were kept. Such an album is like nothing that is known; to
        place it by the traits that are left would make it like half of all."""
        found = np.zeros(DIMENSIONS, dtype=np.float32)
        traits = 0.0
        for token, weight in tokens.items():
            at = self.places.get(token)
            if at is not None:
                much = np.float32(weight) * self.rarity[at]
                found += much * self.token_vectors[at]
                traits += float(much) ** 2
        if float(np.linalg.norm(found)) < LEAST_HELD * math.sqrt(traits):
            return np.zeros(DIMENSIONS, dtype=np.float32)
        return unit(found)

    def to_bytes(self) -> bytes:
        """The space as one file."""
        names = sorted(self.places, key=self.places.__getitem__)
        packed = np.frombuffer(json.dumps(names).encode(), dtype=np.uint8)
        held = io.BytesIO()
        np.savez_compressed(held, names=packed, rarity=self.rarity, vectors=self.token_vectors)
        return held.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Space:
        """What `to_bytes` made. Nothing in it is executed. NoSpace when it is something else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as held:
                names = json.loads(held["names"].tobytes())
                rarity, vectors = held["rarity"], held["vectors"]
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
            raise NoSpace("this is no space of vectors") from error
        if vectors.shape != (len(names), DIMENSIONS) or rarity.shape != (len(names),):
            raise NoSpace("this space has other dimensions")
        return cls({name: at for at, name in enumerate(names)}, rarity, vectors)


def unit(vector: Floats) -> Floats:
    """The vector with length 1; all 0 where it has next to no length. Squares of numbers below
    1e-22 are 0 in single precision, so a length of 0 alone would not tell."""
    length = float(np.linalg.norm(vector))
    if length < LEAST_LENGTH:
        return np.zeros_like(vector, dtype=np.float32)
    return (vector / length).astype(np.float32)


def lay_out(albums: Sequence[Mapping[str, float]]) -> Space:
    """A space from the tokens of many albums. The same albums give the same space.

    NoSpace where fewer than three albums share tokens.
    """
    counts = Counter(token for album in albums for token in album)
    shared = [(token, count) for token, count in counts.items() if count >= LEAST_ALBUMS]
    shared.sort(key=lambda one: (-one[1], one[0]))
    places = {token: at for at, (token, _count) in enumerate(shared[:MOST_TOKENS])}
    if len(places) < 3 or len(albums) < 3:
        raise NoSpace("too few albums share a genre, a style, a label or a decade")
    seen = np.array([count for _token, count in shared[:MOST_TOKENS]], dtype=np.float32)
    rarity = np.log1p(len(albums) / seen).astype(np.float32)
    matrix = _matrix(albums, places, rarity)
    strengths, axes = _axes(matrix)
    vectors = np.zeros((len(places), DIMENSIONS), dtype=np.float32)
    # By the root of its strength an axis counts for what the albums share; with all axes alike,
    # each token would again be like itself only.
    vectors[:, : len(strengths)] = axes * np.sqrt(strengths)
    return Space(places, rarity, vectors)


def _axes(matrix: csr_array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The strongest axes of the tokens: (strengths relative to the first, tokens x axes)."""
    # Half a second of every process' start, for what one of them does once a night.
    from scipy.sparse.linalg import svds

    if matrix.shape[1] <= SOLVED_WHOLE:
        squares, columns = np.linalg.eigh((matrix.T @ matrix).toarray())
        values, axes = np.sqrt(np.clip(squares, 0, None))[::-1], columns[:, ::-1]
    else:
        start = np.ones(min(matrix.shape))
        _left, values, rows = svds(matrix, k=min(DIMENSIONS, min(matrix.shape) - 1), v0=start)
        values, axes = values[::-1], rows[::-1].T
    strong = values > values[0] * LEAST_STRENGTH
    strong[DIMENSIONS:] = False
    values, axes = values[strong], axes[:, strong]
    # An axis may point either way.
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(len(values))])
    return values / values[0], axes * signs


def _matrix(
    albums: Sequence[Mapping[str, float]], places: Mapping[str, int], rarity: Floats
) -> csr_array:
    """Albums x tokens, each album of length 1."""
    from scipy.sparse import csr_array  # late, as above

    data: list[float] = []
    columns: list[int] = []
    ends = [0]
    for album in albums:
        known = [(places[token], weight) for token, weight in album.items() if token in places]
        values = np.array([weight * rarity[at] for at, weight in known], dtype=np.float64)
        length = float(np.linalg.norm(values)) or 1.0
        data.extend(values / length)
        columns.extend(at for at, _weight in known)
        ends.append(len(data))
    return csr_array((data, columns, ends), shape=(len(albums), len(places)))
