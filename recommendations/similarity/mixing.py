"""Weights of the parts and the spread of lists, chosen on people who were not learned from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommendations.similarity.blend import best_first, spread_out
from recommendations.similarity.matrix import tag_vectors, unit_rows
from recommendations.similarity.metrics import AT, DISCOUNT, diversity, ndcg, recall

STEPS = (-0.2, -0.1, -0.05, 0.05, 0.1, 0.2, 0.4)
GAIN = 4e-4  # a smaller one is chance
SPREADS = (0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
SPREAD_PEOPLE = 400
MOST_COST = 0.02


@dataclass(frozen=True, slots=True)
class Person:
    """Candidate artists (places), PARTS x candidates of z-scores, which of them are targets, and
    how many targets there are."""

    places: np.ndarray
    scores: np.ndarray
    hits: np.ndarray
    targets: int


class Table:
    """Everybody's candidates side by side, padded."""

    def __init__(self, people: list[Person]) -> None:
        longest = max(len(one.places) for one in people)
        parts = people[0].scores.shape[0]
        self.scores = np.zeros((len(people), longest, parts), dtype=np.float32)
        self.hits = np.zeros((len(people), longest), dtype=bool)
        self.there = np.zeros((len(people), longest), dtype=bool)
        for row, one in enumerate(people):
            many = len(one.places)
            self.scores[row, :many] = one.scores.T
            self.hits[row, :many] = one.hits
            self.there[row, :many] = True
        self.reach = np.minimum([one.targets for one in people], AT)
        self.ideal = np.concatenate([[0], np.cumsum(DISCOUNT)])[self.reach]

    def quality(self, weights: np.ndarray) -> float:
        """Recall@20 + NDCG@20, mean over people."""
        total = np.where(self.there, self.scores @ weights.astype(np.float32), -np.inf)
        many = min(AT, total.shape[1])
        front = np.argpartition(-total, many - 1, axis=1)[:, :many]
        order = np.argsort(-np.take_along_axis(total, front, 1), axis=1, kind="stable")
        hits = np.take_along_axis(self.hits, np.take_along_axis(front, order, 1), 1)
        gained = (hits * DISCOUNT[:many]).sum(axis=1)
        return float((hits.sum(axis=1) / self.reach + gained / self.ideal).mean())


def choose_blend(
    people: list[Person], start: np.ndarray, stop: Callable[[], bool], rounds: int = 3
) -> tuple[np.ndarray, float, float]:
    """Weights (their sum is 1), the quality at the start and at the end. Coordinate steps."""
    weights = np.asarray(start, dtype=float)
    weights = weights / weights.sum()
    if not people:
        return weights, 0.0, 0.0
    table = Table(people)
    value = before = table.quality(weights)
    for _ in range(rounds):
        last = value
        for part in range(len(weights)):
            best, chosen = value + GAIN, None
            for step in STEPS:
                tried = weights.copy()
                tried[part] = max(0.0, tried[part] + step)
                if stop() or not tried.any() or tried[part] == weights[part]:
                    continue
                found = table.quality(tried)
                if found > best:
                    best, chosen = found, tried
            if chosen is not None:
                weights, value = chosen, best
        if value == last:
            break
    return weights / weights.sum(), before, value


def choose_spread(
    people: list[Person],
    weights: np.ndarray,
    tags: sp.csr_matrix,
    plain: list[np.ndarray],
) -> tuple[float, list[dict[str, float]]]:
    """The least spread that makes lists as diverse as `plain` ones, and the whole dial: spread,
    quality (Recall@20 + NDCG@20) and diversity.

    Likeness is looked at in two ways, with the tags as counted and with their logarithms, and
    the lists must be wide in both; no spread is taken that costs over MOST_COST of the quality.
    """
    raw = unit_rows(tags.tocsr().astype(np.float64))
    logs = tags.tocsr().astype(np.float64)
    logs.data = np.log1p(np.maximum(logs.data, 0))
    views = [raw, unit_rows(logs)]
    sample = people[:SPREAD_PEOPLE]
    if not sample or not tags.nnz:
        return 0.0, []
    from_tags = tag_vectors(tags)
    goal = [np.mean([diversity(one, view) for one in plain[:SPREAD_PEOPLE]]) for view in views]
    dial: list[dict[str, float]] = []
    for by in SPREADS:
        lists = [_front(one, weights, from_tags, by) for one in sample]
        hits = [set(one.places[one.hits].tolist()) for one in sample]
        gained = [
            (recall(found.tolist(), hit, AT) + ndcg(found.tolist(), hit)) if hit else 0.0
            for found, hit in zip(lists, hits, strict=True)
        ]
        wide = [float(np.mean([diversity(one, view) for one in lists])) for view in views]
        enough = float(min(w / g for w, g in zip(wide, goal, strict=True)))
        dial.append(
            {
                "spread": by,
                "quality": float(np.mean(gained)),
                "diversity": wide[0],
                "enough": enough,
            }
        )
    return _least_enough(dial), dial


def _least_enough(dial: list[dict[str, float]]) -> float:
    """Between two settings of the dial the place where lists become wide enough."""
    top = max(one["quality"] for one in dial)
    allowed = [one for one in dial if one["quality"] >= top * (1 - MOST_COST)]
    for before, after in zip([None, *allowed], allowed, strict=False):
        if after["enough"] >= 1.0:
            if before is None:
                return after["spread"]
            share = (1.0 - before["enough"]) / (after["enough"] - before["enough"])
            return round(before["spread"] + share * (after["spread"] - before["spread"]), 3)
    return allowed[-1]["spread"]


def _front(person: Person, weights: np.ndarray, vectors: sp.csr_matrix, by: float) -> np.ndarray:
    scores = weights @ person.scores
    order = best_first(scores, len(scores))
    places = person.places[order]
    whole = np.full(vectors.shape[0], -np.inf)
    whole[person.places] = scores
    return spread_out(places, whole, vectors, by)[:AT]
