"""The trained model: arrays that score a person it never saw, and say why. No database."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommendations.similarity import factors as als
from recommendations.similarity.blend import (
    PARTS,
    POPULARITY,
    Blend,
    best_first,
    center,
    spread_out,
)

# Another layout of the file is another number: an older or newer file is not read.
FORMAT = 1
# A person is heard by so many of their artists, the most played.
PROFILE_MOST = 200
BECAUSE_MOST = 5


class ModelFileError(Exception):
    """The file is missing, damaged, or of another version; the message says which."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What one person plays, as places in the model's list of artists, with plays."""

    places: np.ndarray
    plays: np.ndarray
    # By model, see Model._folded.
    folded: dict[int, np.ndarray] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, places: np.ndarray, plays: np.ndarray) -> Profile:
        """Without what is no positive number; the strongest PROFILE_MOST, in order of place."""
        plays = np.asarray(plays, dtype=np.float64)
        good = np.flatnonzero(np.isfinite(plays) & (plays > 0))
        order = good[np.argsort(-plays[good], kind="stable")][:PROFILE_MOST]
        order = order[np.argsort(places[order], kind="stable")]
        return cls(np.asarray(places)[order].astype(np.int64), plays[order])

    @property
    def weights(self) -> np.ndarray:
        """log(1 + plays), 1 for the most played."""
        logs = np.log1p(self.plays)
        return logs / logs.max() if len(logs) else logs


@dataclass(frozen=True)
class Model:
    """Matrices are artists x artists (from, to), `factors` artists x size, `tags` artists x tags
    with rows of length 1, `popularity` a z-score of log listeners."""

    artists: np.ndarray
    linear: sp.csr_matrix
    neighbours: sp.csr_matrix
    walks: sp.csr_matrix
    factors: np.ndarray
    tags: sp.csr_matrix
    popularity: np.ndarray
    factor_settings: als.FactorSettings
    play_cap: float
    blend: Blend
    spread: float
    about: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _gram(self) -> np.ndarray:
        return als.gram_of(self.factors, self.factor_settings)

    @cached_property
    def _means(self) -> dict[str, np.ndarray]:
        """What each artist of a profile gives the mean of all artists, by part."""
        many = max(len(self.artists), 1)
        given = {
            part: np.asarray(getattr(self, part).sum(axis=1)).ravel() / many
            for part in ("linear", "neighbours", "walks")
        }
        given["factors"] = self.factors.mean(axis=0).astype(np.float64)
        given["tags"] = np.asarray(self.tags.mean(axis=0)).ravel()
        return given

    def _folded(self, profile: Profile) -> np.ndarray:
        """Worked out once for a profile: its scores and their explanation ask for the same."""
        if id(self) not in profile.folded:
            plays = np.minimum(profile.plays, self.play_cap)
            profile.folded[id(self)] = als.fold_in(
                self.factors, self._gram, profile.places, plays, self.factor_settings
            ).shares
        return profile.folded[id(self)]

    def _tag_shares(self, profile: Profile) -> sp.csr_matrix:
        shares = sp.diags(profile.weights) @ self.tags[profile.places]
        whole = np.asarray(shares.sum(axis=0)).ravel()
        return (shares / max(float(np.sqrt(whole @ whole)), 1e-12)).tocsr()

    @cached_property
    def _wide_factors(self) -> np.ndarray:
        """In the precision that a person's are in: NumPy would copy all of them for each person."""
        return self.factors.astype(np.float64)

    @cached_property
    def _wide_tags(self) -> sp.csr_matrix:
        """The same for SciPy and the tags."""
        return self.tags.astype(np.float64, copy=False)

    def _raw(self, profile: Profile, weights: np.ndarray) -> np.ndarray:
        """PARTS x artists, before they are put on one scale. A part that counts nothing for a
        profile of this size stays 0."""
        found = np.zeros((len(PARTS), len(self.artists)))
        found[POPULARITY] = self.popularity
        if not len(profile.places):
            return found
        for row, part in enumerate(PARTS):
            if not weights[row] or row == POPULARITY:
                continue
            if part == "factors":
                found[row] = self._wide_factors @ self._folded(profile).sum(axis=0)
            elif part == "tags":
                heard = _sum_rows(self.tags, profile.places, profile.weights)
                found[row] = self._wide_tags @ (heard / max(float(np.sqrt(heard @ heard)), 1e-12))
            else:
                found[row] = _sum_rows(getattr(self, part), profile.places, profile.weights)
        return found

    def scores(self, profile: Profile) -> np.ndarray:
        """One number for every artist, the profile's own too."""
        return self._scored(profile)[0]

    def _scored(self, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
        """Scores, and the factor that each part's raw value went in with."""
        weights = self.blend.at(len(profile.places))
        if not len(profile.places):
            weights = np.eye(len(PARTS))[POPULARITY]
        known = self._raw(profile, weights)
        scale = center(known)
        return (weights / scale) @ known, weights / scale

    def ranked(
        self, profile: Profile, *, limit: int, never: np.ndarray, spread: float | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Places of the best `limit` artists without those of `never`, spread out, and their
        scores. `spread` None takes what was chosen in training."""
        found, scores, _factor = self.ranked_by(profile, limit=limit, never=never, spread=spread)
        return found, scores

    def ranked_by(
        self, profile: Profile, *, limit: int, never: np.ndarray, spread: float | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As `ranked`, with the factors that `contributions` would else find out once more."""
        scores, factor = self._scored(profile)
        scores[never] = -np.inf
        found = best_first(scores, limit)
        wide = self.spread if spread is None else spread
        found = spread_out(found, scores, self.tags, wide)
        return found, scores[found], factor

    def contributions(
        self, profile: Profile, wanted: np.ndarray, factor: np.ndarray | None = None
    ) -> np.ndarray:
        """Profile x wanted: what each artist of the profile adds to each wanted artist's score.
        `factor` is what `ranked_by` told of this profile.

        Exact: a column's sum is the score without its share of popularity (a test holds it)."""
        if factor is None:
            _, factor = self._scored(profile)
        weights = profile.weights[:, None]
        total = np.zeros((len(profile.places), len(wanted)))
        for part in ("linear", "neighbours", "walks"):
            if not factor[PARTS.index(part)]:
                continue
            given = _picked(getattr(self, part), profile.places, wanted)
            given -= self._means[part][profile.places][:, None]
            total += factor[PARTS.index(part)] * weights * given
        shares = self._folded(profile)
        there = self.factors[wanted] - self._means["factors"]
        total += factor[PARTS.index("factors")] * (shares @ there.T)
        tag_shares = self._tag_shares(profile)
        alike = (tag_shares @ self.tags[wanted].T).toarray()
        alike -= np.asarray(tag_shares @ self._means["tags"])[:, None]
        total += factor[PARTS.index("tags")] * alike
        return total

    @property
    def size(self) -> int:
        """Bytes of its arrays."""
        matrices = [self.linear, self.neighbours, self.walks, self.tags]
        whole = sum(m.data.nbytes + m.indices.nbytes + m.indptr.nbytes for m in matrices)
        return int(whole + self.factors.nbytes + self.popularity.nbytes + self.artists.nbytes)


def _entries(rows: sp.csr_matrix, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the entries of these rows lie in the matrix' data, and which of the rows each is of."""
    starts = rows.indptr[places].astype(np.int64)
    lengths = rows.indptr[places + 1] - starts
    owner = np.repeat(np.arange(len(places)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(owner)) + np.repeat(starts - before, lengths), owner


def _sum_rows(rows: sp.csr_matrix, places: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """weights @ rows[places], dense. Both steps are loops in C; summing what fancy indices gather
    takes several times as long."""
    return np.asarray(rows[places].T @ weights)


def _picked(rows: sp.csr_matrix, places: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """rows[places][:, wanted], dense; no column is wanted twice."""
    column = np.full(rows.shape[1], -1)
    column[wanted] = np.arange(len(wanted))
    flat, owner = _entries(rows, places)
    at = column[rows.indices[flat]]
    there = at >= 0
    found = np.zeros((len(places), len(wanted)))
    found[owner[there], at[there]] = rows.data[flat[there]]
    return found


_SPARSE = ("linear", "neighbours", "walks", "tags")
_DENSE = ("artists", "factors", "popularity")


def save(model: Model, path: Path) -> None:
    """Write all or nothing: beside the place, then renamed into it."""
    arrays: dict[str, np.ndarray] = {name: getattr(model, name) for name in _DENSE}
    for name in _SPARSE:
        matrix = getattr(model, name)
        arrays |= {
            f"{name}_data": matrix.data.astype(np.float32),
            f"{name}_indices": matrix.indices.astype(np.int32),
            f"{name}_indptr": matrix.indptr.astype(np.int64),
            f"{name}_shape": np.array(matrix.shape),
        }
    head = {
        "format": FORMAT,
        "parts": PARTS,
        "factor_settings": asdict(model.factor_settings),
        "play_cap": model.play_cap,
        "sizes": model.blend.sizes,
        "weights": model.blend.weights,
        "spread": model.spread,
        "about": model.about,
    }
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # its stub reads ** as allow_pickle
    draft.replace(path)


def load(path: Path) -> Model:
    """Read what `save` wrote. Raises ModelFileError."""
    try:
        with np.load(path, allow_pickle=False) as file:
            head = json.loads(bytes(file["head"]))
            if head.get("format") != FORMAT or tuple(head.get("parts", ())) != PARTS:
                raise ModelFileError(
                    f"{path.name} has format {head.get('format')}, this program reads {FORMAT}"
                )
            return _unpack(head, file)
    except FileNotFoundError:
        raise ModelFileError(f"{path.name} is missing") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{path.name} cannot be read: {error}") from error


def _unpack(head: Mapping[str, Any], file: Mapping[str, np.ndarray]) -> Model:
    matrices = {
        name: sp.csr_matrix(
            (file[f"{name}_data"], file[f"{name}_indices"], file[f"{name}_indptr"]),
            shape=tuple(file[f"{name}_shape"]),
        )
        for name in _SPARSE
    }
    return Model(
        **matrices,
        **{name: file[name] for name in _DENSE},
        factor_settings=als.FactorSettings(**head["factor_settings"]),
        play_cap=head["play_cap"],
        blend=Blend(tuple(head["sizes"]), tuple(tuple(row) for row in head["weights"])),
        spread=head["spread"],
        about=head["about"],
    )
