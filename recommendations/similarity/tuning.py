"""Choosing the settings by cross-validation over people: whoever is ranked for was not learned
from. Pure numbers; stops in good order when its time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommendations.similarity import factors as als
from recommendations.similarity import linear, neighbours
from recommendations.similarity.blend import PARTS, POPULARITY, Blend, best_first, standard
from recommendations.similarity.matrix import cut, log_weights, split, tag_vectors
from recommendations.similarity.metrics import ndcg, recall
from recommendations.similarity.mixing import Person, choose_blend, choose_spread
from recommendations.similarity.training import (
    PLAIN_KEPT,
    Material,
    Say,
    Settings,
    popularity_of,
    settled,
    silent,
)

LEAST_PEOPLE = 40  # fewer say nothing about settings
MOST_PEOPLE = 2500  # more change the choice no longer, only its price
SEARCH_FOLDS, BLEND_FOLDS = 4, 8
SHORT = (3, 5, 10)
CANDIDATES = 120  # of each part
EASE_RIDGES = (10.0, 20.0, 40.0)

Scores = Callable[[Material, sp.csr_matrix], np.ndarray]


@dataclass
class Clock:
    """Time left for the search, in seconds."""

    seconds: float

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def up(self, share: float = 1.0) -> bool:
        """Whether that share of the time is gone."""
        return time.monotonic() > self._end - self.seconds * (1 - share)


@dataclass(frozen=True, slots=True)
class Fold:
    """Who is learned from, and profiles with targets of those who are ranked for."""

    learned: Material
    profiles: sp.csr_matrix
    targets: sp.csr_matrix


def folds(material: Material, count: int, rng: np.random.Generator) -> Iterator[Fold]:
    """People in `count` parts, each once ranked for."""
    order = rng.permutation(material.plays.shape[0])
    for part in range(count):
        out = np.sort(order[part::count])
        profiles, targets = split(material.plays[out], rng)
        yield Fold(material.of(np.setdiff1d(order, out)), profiles, targets)


def tune(
    material: Material,
    *,
    seconds: float = 240.0,
    seed: int = 0,
    say: Say = silent,
    start: Settings | None = None,
) -> tuple[Settings, dict[str, Any]]:
    """Settings for `material`, and what was measured on the way.

    First the linear model (ridge, dropout, weight of the tags), then the factors, then the two
    plain measures, each by steps from what is usual; last the weights of all for short and full
    profiles, and the widest spread of lists that plain EASE's lists have.
    """
    rng = np.random.default_rng(seed)
    settings = start or Settings()
    people = material.plays.shape[0]
    if people < LEAST_PEOPLE:
        say(f"{people} people are too few to choose settings by trial; the usual ones are taken")
        return settled(settings, people), {"tuned": False}
    if people > MOST_PEOPLE:
        material = material.of(np.sort(rng.choice(people, MOST_PEOPLE, replace=False)))
        say(f"settings are chosen on {MOST_PEOPLE:,} of {people:,} people")
    clock = Clock(seconds)
    settings = settled(settings, material.plays.shape[0])
    trials = list(folds(material, SEARCH_FOLDS, rng))
    settings = _search_linear(trials, settings, clock, say)
    settings = _search_factors(trials, settings, clock, say)
    settings = _search_plain(trials, settings, rng, say)
    return _mix(material, settings, rng, clock, say)


def quality(scores: np.ndarray, fold: Fold, profiles: sp.csr_matrix) -> float:
    """Recall@20 + NDCG@20, mean over people with targets."""
    found = []
    for row in range(profiles.shape[0]):
        targets = set(_row(fold.targets, row).tolist())
        if targets:
            own = scores[row].copy()
            own[_row(profiles, row)] = -np.inf
            first = best_first(own, 20).tolist()
            found.append(recall(first, targets) + ndcg(first, targets))
    return float(np.mean(found)) if found else 0.0


def _row(rows: sp.csr_matrix, row: int) -> np.ndarray:
    return rows.indices[rows.indptr[row] : rows.indptr[row + 1]]


def _mean_quality(trials: list[Fold], scores: Scores) -> float:
    return float(np.mean([quality(scores(f.learned, f.profiles), f, f.profiles) for f in trials]))


def _climb(
    value: float,
    settings: Any,
    steps: list[tuple[str, Callable[[float], float]]],
    judge: Callable[[Any], float],
    stop: Callable[[], bool],
    rounds: int,
) -> tuple[Any, float]:
    """Coordinate steps while they help and time is left; nothing is judged twice."""
    seen = {settings}
    for _ in range(rounds):
        before = value
        for name, step in steps:
            tried = replace(settings, **{name: step(getattr(settings, name))})
            if tried in seen or stop():
                continue
            seen.add(tried)
            found = judge(tried)
            if found > value + 5e-4:
                settings, value = tried, found
        if value == before:
            break
    return settings, value


def _search_linear(trials: list[Fold], settings: Settings, clock: Clock, say: Say) -> Settings:
    def judge(tried: linear.LinearSettings) -> float:
        def scores(learned: Material, profiles: sp.csr_matrix) -> np.ndarray:
            return _linear_scores(learned, profiles, tried)

        found = _mean_quality(trials, scores)
        say(f"ridge {tried.ridge:g}, dropout {tried.dropout:.2f}, tags {tried.tags:g}: {found:.4f}")
        return found

    steps: list[tuple[str, Callable[[float], float]]] = [
        ("ridge", lambda x: min(x * 2, 2000.0)),
        ("ridge", lambda x: max(x / 2, 0.5)),
        ("dropout", lambda x: min(x + 0.15, 0.9)),
        ("dropout", lambda x: max(x - 0.15, 0.05)),
        ("tags", lambda x: min(x * 2, 200.0)),
        ("tags", lambda x: x / 2),
    ]
    first = settings.linear
    found, _ = _climb(judge(first), first, steps, judge, lambda: clock.up(0.4), rounds=2)
    return replace(settings, linear=found)


def _linear_scores(
    learned: Material, profiles: sp.csr_matrix, settings: linear.LinearSettings
) -> np.ndarray:
    model = linear.Linear(
        log_weights(learned.plays), learned.sides(tag_vectors(learned.tags)), settings
    )
    return model.scores(log_weights(profiles))


def _factor_scores(
    learned: Material, profiles: sp.csr_matrix, settings: als.FactorSettings
) -> np.ndarray:
    artists = als.fit(learned.plays, settings)
    gram = als.gram_of(artists, settings)
    found = np.zeros(profiles.shape)
    for row in range(profiles.shape[0]):
        start, end = profiles.indptr[row : row + 2]
        if end > start:
            own, plays = profiles.indices[start:end], profiles.data[start:end]
            shares = als.fold_in(artists, gram, own, plays, settings).shares
            found[row] = artists @ shares.sum(axis=0)
    return found


def _search_factors(trials: list[Fold], settings: Settings, clock: Clock, say: Say) -> Settings:
    def judge(tried: als.FactorSettings) -> float:
        found = _mean_quality(trials, lambda learned, who: _factor_scores(learned, who, tried))
        say(f"{tried.size} factors, ridge {tried.ridge:g}, alpha {tried.alpha:g}: {found:.4f}")
        return found

    steps: list[tuple[str, Callable[[float], float]]] = [
        ("alpha", lambda x: x / 3),
        ("alpha", lambda x: min(x * 3, 30.0)),
        ("ridge", lambda x: min(x * 3, 500.0)),
        ("ridge", lambda x: max(x / 3, 0.1)),
    ]
    first = settings.factors
    found, _ = _climb(judge(first), first, steps, judge, lambda: clock.up(0.55), rounds=2)
    return replace(settings, factors=found)


def _search_plain(
    trials: list[Fold], settings: Settings, rng: np.random.Generator, say: Say
) -> Settings:
    """How much to shrink, and to hold back popular ends: judged on short profiles, where these
    measures count."""
    short = [cut(fold.profiles, 5, rng) for fold in trials]

    def judge(measure: Callable[[sp.csr_matrix], sp.csr_matrix]) -> float:
        found = []
        for fold, who in zip(trials, short, strict=True):
            near = measure(log_weights(fold.learned.plays))
            found.append(quality((log_weights(who) @ near).toarray(), fold, who))
        return float(np.mean(found))

    shrinks = {
        x: judge(partial(neighbours.shrunk_cosine, shrink=x, keep=PLAIN_KEPT))
        for x in (1.0, 3.0, 10.0)
    }
    betas = {
        x: judge(partial(neighbours.walks, beta=x, keep=PLAIN_KEPT)) for x in (0.0, 0.1, 0.25, 0.5)
    }
    shrink, beta = max(shrinks, key=shrinks.__getitem__), max(betas, key=betas.__getitem__)
    say(f"shrink {shrink:g}: {shrinks[shrink]:.4f}, walks beta {beta:g}: {betas[beta]:.4f}")
    return replace(settings, shrink=shrink, beta=beta)


def part_scores(
    learned: Material, settings: Settings
) -> Callable[[sp.csr_matrix], Iterator[np.ndarray]]:
    """All parts trained once: a function from profiles to the parts' z-scores, in order of
    blend.PARTS, each people x artists."""
    weights, vectors = log_weights(learned.plays), tag_vectors(learned.tags)
    solved = linear.Linear(weights, learned.sides(vectors), settings.linear)
    cosine = neighbours.shrunk_cosine(weights, shrink=settings.shrink, keep=PLAIN_KEPT)
    walked = neighbours.walks(weights, beta=settings.beta, keep=PLAIN_KEPT)
    artists = als.fit(learned.plays, settings.factors)
    gram = als.gram_of(artists, settings.factors)
    known = popularity_of(learned.plays)

    def folded(profiles: sp.csr_matrix) -> np.ndarray:
        found = np.zeros((profiles.shape[0], artists.shape[1]))
        for row in range(profiles.shape[0]):
            start, end = profiles.indptr[row : row + 2]
            if end > start:
                own, plays = profiles.indices[start:end], profiles.data[start:end]
                shares = als.fold_in(artists, gram, own, plays, settings.factors).shares
                found[row] = shares.sum(axis=0)
        return found

    def scores(profiles: sp.csr_matrix) -> Iterator[np.ndarray]:
        heard = log_weights(profiles)
        yield standard(solved.scores(heard))[0]
        yield standard(folded(profiles) @ artists.T.astype(np.float64))[0]
        yield standard((heard @ cosine).toarray())[0]
        yield standard((heard @ walked).toarray())[0]
        yield standard(((heard @ vectors) @ vectors.T).toarray())[0]
        yield np.broadcast_to(known, profiles.shape)

    return scores


def _mix(
    material: Material, settings: Settings, rng: np.random.Generator, clock: Clock, say: Say
) -> tuple[Settings, dict[str, Any]]:
    lengths = np.diff(material.plays.indptr)
    full = max(4, round(float(np.median(lengths)) * 0.8))
    sizes = (*[size for size in SHORT if size * 1.5 < full], full)
    people: dict[int, list[Person]] = {size: [] for size in sizes}
    ease_ridge = _ease_ridge(next(folds(material, SEARCH_FOLDS, rng)))
    plain: list[np.ndarray] = []
    for number, fold in enumerate(folds(material, BLEND_FOLDS, rng)):
        if number >= 2 and clock.up(0.8):
            break
        scores = part_scores(fold.learned, settings)
        for size in sizes:
            short = fold.profiles if size == full else cut(fold.profiles, size, rng)
            people[size] += _candidates(list(scores(short)), short, fold)
        plain += _plain_lists(fold, ease_ridge)
        say(f"weighing the parts: {number + 1} of {BLEND_FOLDS} folds")
    rows = []
    for size in sizes:
        start = settings.blend.at(size)
        weights, before, after = choose_blend(people[size], start, lambda: clock.up(1.0))
        rows.append(tuple(float(round(one, 4)) for one in weights))
        words = ", ".join(f"{p} {w:.2f}" for p, w in zip(PARTS, weights, strict=True) if w)
        say(f"profiles of {size}: {words}: {before:.4f} -> {after:.4f}")
    blend = Blend(sizes, tuple(rows))
    spread, dial = choose_spread(people[full], np.array(rows[-1]), material.tags, plain)
    say(f"spread {spread:.2f}")
    chosen = replace(settings, blend=blend, spread=spread)
    return chosen, {"tuned": True, "dial": dial, "ease_ridge": ease_ridge}


def _candidates(parts: list[np.ndarray], profiles: sp.csr_matrix, fold: Fold) -> list[Person]:
    """For everybody with targets the artists that any part puts in front, with all parts' scores.

    Popularity alone puts nobody in front: it only weighs those whom another part found, or all
    of its first for short profiles."""
    found = []
    for row in range(profiles.shape[0]):
        targets = _row(fold.targets, row)
        if not len(targets):
            continue
        never = _row(profiles, row)
        fronts = []
        for place, part in enumerate(parts):
            own = part[row].astype(np.float64)
            own[never] = -np.inf
            fronts.append(best_first(own, 30 if place == POPULARITY else CANDIDATES))
        places = np.unique(np.concatenate(fronts))
        table = np.stack([part[row, places] for part in parts]).astype(np.float32)
        found.append(Person(places, table, np.isin(places, targets), len(targets)))
    return found


def _ease(fold: Fold, ridge: float) -> np.ndarray:
    plain = linear.LinearSettings(ridge=ridge, dropout=0.0, tags=0.0)
    return linear.Linear(log_weights(fold.learned.plays), [], plain).scores(
        log_weights(fold.profiles)
    )


def _ease_ridge(fold: Fold) -> float:
    """The ridge with which plain EASE does best."""
    tried = {ridge: quality(_ease(fold, ridge), fold, fold.profiles) for ridge in EASE_RIDGES}
    return max(tried, key=tried.__getitem__)


def _plain_lists(fold: Fold, ridge: float) -> list[np.ndarray]:
    """Plain EASE's first 20 for everybody of the fold: how wide lists are without our doing."""
    scores = _ease(fold, ridge)
    scores[fold.profiles.nonzero()] = -np.inf
    return [best_first(one, 20) for one in scores]
