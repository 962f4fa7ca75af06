"""One training: gather, choose settings, learn, measure beside the version in use, decide."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from threadpoolctl import threadpool_limits

from recommendations.models import SimilarityModel
from recommendations.similarity import store
from recommendations.similarity.gathering import Gathered, gather
from recommendations.similarity.matrix import split
from recommendations.similarity.metrics import AT, ndcg, recall
from recommendations.similarity.model import Model, ModelFileError, Profile
from recommendations.similarity.training import Say, Settings, fit, silent
from recommendations.similarity.tuning import tune

LOCK = 7_406_151_283  # of PostgreSQL's advisory locks; one number for all trainings
LEAST_ROWS = 200  # of listening, or of edges where there is no listening
LEAST_HELD_OUT = 10  # fewer people cannot tell two versions apart
TOLERANCE = 0.005  # a newer version may be that much worse: it knows newer artists


class NotNow(Exception):
    """No training took place; the message says why."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What became of a training."""

    row: SimilarityModel
    replaced: bool
    reason: str


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock of trainings. Raises NotNow where another one runs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise NotNow("another training is running")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def is_running() -> bool:
    """Whether somebody trains just now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND (classid::bigint << 32) + objid::bigint = %s",
            [LOCK],
        )
        return cursor.fetchone() is not None


def train(
    *, seconds: float = 300.0, threads: int = 1, say: Say = silent, force: bool = False
) -> Trained:
    """Learn a new version from all that may be learned from, and let it serve where it is not
    worse on people whom no version learned from (`force`: in any case).

    Raises NotNow where another training runs or too little is known. `threads` bounds what the
    solver takes of the machine."""
    with only_one(), threadpool_limits(threads):
        started = time.monotonic()
        found = gather()
        if found.material.plays.nnz + found.edges < LEAST_ROWS:
            raise NotNow("too little listening that may be learned from")
        before = store.row_in_use()
        settings, measured = tune(found.material, seconds=seconds, say=say)
        model = fit(found.artists, found.material, settings, say=say)
        figures = _measured(model, before, found)
        version = f"{timezone.now():%Y%m%d-%H%M%S-%f}"[:-3]
        facts = {
            **figures, "people": found.people, "artists": len(found.artists),
            "rows": found.material.plays.nnz, "edges": found.edges,
            "settings": {**_plain(settings), "measured": measured},
            "seconds": time.monotonic() - started,
        }  # fmt: skip
        row = store.keep(model, version=version, facts=facts)
        better, reason = verdict(row)
        if better or force:
            store.put_in_use(row)
        say(reason)
        return Trained(row, better or force, reason)


def _plain(settings: Settings) -> dict[str, Any]:
    return asdict(settings)


def _measured(model: Model, before: SimilarityModel | None, found: Gathered) -> dict[str, Any]:
    """Figures of the new version and of the one in use, on the people held out of all."""
    old = None
    if before is not None:
        try:
            old = store.read(before)
        except ModelFileError:
            old = None
    new = held_out_quality(model, found)
    told: dict[str, Any] = {"held_out": new[2], "recall": new[0], "ndcg": new[1]}
    if old is not None:
        recalled, gained, _ = held_out_quality(old, found)
        told |= {"before_recall": recalled, "before_ndcg": gained}
    return told


def held_out_quality(model: Model, found: Gathered) -> tuple[float | None, float | None, int]:
    """Recall@20, NDCG@20 and how many people they are of. An artist that the model does not know
    cannot be found by it."""
    profiles, targets = split(found.tests, np.random.default_rng(11))
    place = np.minimum(np.searchsorted(model.artists, found.artists), len(model.artists) - 1)
    known = model.artists[place] == found.artists
    recalls, gains = [], []
    for row in range(profiles.shape[0]):
        own = profiles.indices[profiles.indptr[row] : profiles.indptr[row + 1]]
        plays = profiles.data[profiles.indptr[row] : profiles.indptr[row + 1]]
        wanted = targets.indices[targets.indptr[row] : targets.indptr[row + 1]]
        if not len(wanted):
            continue
        aim = set(found.artists[wanted].tolist())
        mine = known[own]
        heard = Profile.of(place[own][mine], plays[mine])
        ranked, _ = model.ranked(heard, limit=AT, never=place[own][mine])
        names = model.artists[ranked].tolist()
        recalls.append(recall(names, aim))
        gains.append(ndcg(names, aim))
    if not recalls:
        return None, None, 0
    return float(np.mean(recalls)), float(np.mean(gains)), len(recalls)


def verdict(row: SimilarityModel) -> tuple[bool, str]:
    """Whether a candidate may serve, and why."""
    if row.before_recall is None or row.before_ndcg is None:
        return True, "no other version serves"
    if row.held_out < LEAST_HELD_OUT or row.recall is None or row.ndcg is None:
        return True, f"{row.held_out} people held out are too few to compare; the newer one serves"
    new, old = row.recall + row.ndcg, row.before_recall + row.before_ndcg
    words = (
        f"Recall@20 {row.recall:.4f} (in use: {row.before_recall:.4f}), "
        f"NDCG@20 {row.ndcg:.4f} ({row.before_ndcg:.4f}) on {row.held_out} people"
    )
    return new >= old * (1 - TOLERANCE), words
