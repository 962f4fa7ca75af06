"""Artists near to a profile, by the model in use. No model, no artists: nothing breaks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from recommendations.models import SimilarityModel
from recommendations.similarity import store
from recommendations.similarity.model import BECAUSE_MOST, Model, ModelFileError, Profile

log = logging.getLogger(__name__)

TRY_AGAIN_S = 60.0  # after a file that could not be read


@dataclass(frozen=True, slots=True)
class NearArtist:
    """An artist whom a profile leads to.

    `score` is 1 for the best of this profile and falls to 0. `because` names artists of the
    profile with what each contributed (same unit as each other, largest first, only who spoke for
    it), read off the model's own sum.
    """

    artist_id: int
    score: float
    because: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model that serves just now. `problem` says why it does not, where it does not."""

    version: str
    created: datetime
    artists: int
    listeners: int
    problem: str = ""


class _Loaded:
    """The one model that this process holds, loaded when first asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = ""
        self._model: Model | None = None
        self._failed = ("", 0.0, "")

    def of(self, row: SimilarityModel) -> Model | None:
        if self._version == row.version:
            return self._model
        with self._lock:
            if self._version == row.version:
                return self._model
            version, when, _ = self._failed
            if version == row.version and time.monotonic() - when < TRY_AGAIN_S:
                return None
            try:
                model = store.read(row)
            except ModelFileError as error:
                log.warning("The similarity model cannot serve: %s", error)
                self._failed = (row.version, time.monotonic(), str(error))
                return None
            self._model, self._version, self._failed = model, row.version, ("", 0.0, "")
            return model

    def problem(self, row: SimilarityModel) -> str:
        """Why the row's model does not serve; "" where it does."""
        if self.of(row) is not None:
            return ""
        return self._failed[2] or "its file cannot be read"

    def forget(self) -> None:
        """Let go of the model; the next question loads again."""
        with self._lock:
            self._version, self._model, self._failed = "", None, ("", 0.0, "")


loaded = _Loaded()


def near_artists(
    profile: Mapping[int, float], *, limit: int = 300, spread: float | None = None
) -> list[NearArtist]:
    """The `limit` artists nearest to a profile (artist id to a plays-like weight of 0 or more),
    best first, none of the profile's own. [] where no model is in use, and where the model knows
    nobody of the profile.

    `spread` 0 ranks by score alone; None spreads the front over unlike artists as far as it costs
    nothing (chosen in training), so that a score may be a little above the one before it. One
    query; a few milliseconds of work.
    """
    row = store.row_in_use()
    model = loaded.of(row) if row is not None else None
    if model is None or not len(model.artists):
        return []
    ids = np.fromiter(profile.keys(), dtype=np.int64, count=len(profile))
    plays = np.fromiter(profile.values(), dtype=np.float64, count=len(profile))
    places = np.minimum(np.searchsorted(model.artists, ids), len(model.artists) - 1)
    known = model.artists[places] == ids
    heard = Profile.of(places[known], plays[known])
    if not len(heard.places):
        return []
    found, scores, factor = model.ranked_by(heard, limit=limit, never=places[known], spread=spread)
    keep = scores > 0
    return _told(model, heard, found[keep], scores[keep], factor)


def _told(
    model: Model, heard: Profile, found: np.ndarray, scores: np.ndarray, factor: np.ndarray
) -> list[NearArtist]:
    if not len(found):
        return []
    given = model.contributions(heard, found, factor)
    # Along rows that lie in one piece: down the columns it takes several times as long.
    order = np.argsort(-given.T, axis=1, kind="stable")[:, :BECAUSE_MOST]
    names = model.artists[heard.places]
    best = scores.max()
    return [
        NearArtist(
            int(model.artists[place]),
            float(scores[column] / best),
            tuple(
                (int(names[row]), float(given[row, column]))
                for row in order[column]
                if given[row, column] > 0
            ),
        )
        for column, place in enumerate(found)
    ]


def model_in_use() -> ModelInfo | None:
    """What is known of the model that is in use, or None where none is."""
    row = store.row_in_use()
    if row is None:
        return None
    return ModelInfo(row.version, row.created_at, row.artists, row.people, loaded.problem(row))
