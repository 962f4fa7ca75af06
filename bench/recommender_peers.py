"""Known recommenders on the files of `evaluate_recommender`, each with its settings chosen on
people held out of the training file. Run by bench.recommender, in an environment of its own:

    python3 -m venv peers && peers/bin/pip install numpy scipy implicit

ALS is that of the package `implicit` (left out where it is not installed). EASE, item-kNN, RP3beta,
popularity and the sums of similar-artist scores are reference implementations, written here from
their papers: EASE with log plays (Steck 2019); cosine of log plays, shrunk; Paudel 2017; the number
of listeners. Similar artists are three: the 20 most similar of each artist, scores added. Plain, as
services hand them out, from who listens to both and not from plays, the most similar at 1: by the
number of common listeners ("counted"), and by that over the root of both artists' listeners
("cosine"). And "tuned": cosines of log plays, shrunk as trial says, which no service hands out.
Reads nothing of the product's code.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

Scorer = Callable[[sp.csr_matrix], np.ndarray]
Maker = Callable[..., Scorer]
DISCOUNT = 1 / np.log2(np.arange(2, 22))


def read(path: Path) -> list[tuple[str, str, float]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return [(one, two, float(three)) for one, two, three in rows]


def logs(plays: sp.csr_matrix) -> sp.csr_matrix:
    weighed = plays.copy()
    weighed.data = np.log1p(weighed.data)
    most = np.maximum(weighed.max(axis=1).toarray().ravel(), 1e-9)
    return (sp.diags(1 / most) @ weighed).tocsr()


def ease(plays: sp.csr_matrix, ridge: float) -> Scorer:
    rows = logs(plays)
    core = np.linalg.inv((rows @ rows.T).toarray() + ridge * np.eye(rows.shape[0]))
    diagonal = np.zeros(rows.shape[1])
    columns = rows.tocsc()
    for start in range(0, rows.shape[1], 2000):
        part = columns[:, start : start + 2000].T
        diagonal[start : start + 2000] = np.asarray(part.multiply(part @ core).sum(1)).ravel()
    diagonal = (1 - diagonal) / ridge
    return lambda who: (rows.T @ ((logs(who) @ rows.T).toarray() @ core).T).T / ridge / diagonal


def als(plays: sp.csr_matrix, factors: int, regularization: float, alpha: float) -> Scorer:
    import implicit.als

    believed = plays.astype(np.float32).copy()
    believed.data = np.sqrt(believed.data)
    model = implicit.als.AlternatingLeastSquares(
        factors=factors, regularization=regularization, alpha=alpha, iterations=15,
        random_state=0, num_threads=1,
    )  # fmt: skip
    model.fit(believed, show_progress=False)

    def scores(who: sp.csr_matrix) -> np.ndarray:
        mine = who.astype(np.float32).copy()
        mine.data = np.sqrt(mine.data)
        vectors = model.recalculate_user(np.arange(who.shape[0]), mine)
        return np.asarray(vectors @ model.item_factors.T, dtype=np.float64)

    return scores


def cosines(plays: sp.csr_matrix, shrink: float) -> sp.csr_matrix:
    rows = logs(plays)
    norms = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=0)).ravel())
    dots = (rows.T @ rows).tocoo()
    values = dots.data / (norms[dots.row] * norms[dots.col] + shrink)
    values[dots.row == dots.col] = 0
    return sp.csr_matrix((values, (dots.row, dots.col)), shape=dots.shape)


def knn(plays: sp.csr_matrix, shrink: float) -> Scorer:
    near = cosines(plays, shrink)
    return lambda who: (logs(who) @ near).toarray()


def similar(plays: sp.csr_matrix, shrink: float) -> Scorer:
    return summed(first_twenty(cosines(plays, shrink)))


def similar_plain(plays: sp.csr_matrix, by_listeners: float) -> Scorer:
    """`by_listeners` 0: common listeners as counted; 0.5: their cosine."""
    who = (plays > 0).astype(float)
    listeners = np.maximum(np.asarray(who.sum(axis=0)).ravel(), 1.0)
    both = (who.T @ who).tocoo()
    values = both.data / (listeners[both.row] * listeners[both.col]) ** by_listeners
    apart = both.row != both.col
    near = sp.csr_matrix((values[apart], (both.row[apart], both.col[apart])), shape=both.shape)
    near = first_twenty(near)
    most = np.maximum(near.max(axis=1).toarray().ravel(), 1e-9)
    return summed((sp.diags(1 / most) @ near).tocsr())


def first_twenty(near: sp.csr_matrix) -> sp.csr_matrix:
    """The 20 most similar of each artist; of equal ones those that the file names first."""
    for row in range(near.shape[0]):
        start, end = near.indptr[row : row + 2]
        if end - start > 20:
            order = np.lexsort((near.indices[start:end], -near.data[start:end]))
            near.data[start + order[20:]] = 0
    return near


def summed(near: sp.csr_matrix) -> Scorer:
    return lambda who: ((who > 0).astype(float) @ near).toarray()


def rp3(plays: sp.csr_matrix, beta: float) -> Scorer:
    rows = logs(plays)
    out = sp.diags(1 / np.asarray(rows.sum(axis=1)).ravel()) @ rows
    back = rows.T
    back = sp.diags(1 / np.maximum(np.asarray(back.sum(axis=1)).ravel(), 1e-9)) @ back
    listeners = np.maximum(np.bincount(plays.indices, minlength=plays.shape[1]), 1.0)
    near = (back @ out @ sp.diags(listeners**-beta)).tolil()
    near.setdiag(0)
    near = near.tocsr()
    return lambda who: (logs(who) @ near).toarray()


def popularity(plays: sp.csr_matrix) -> Scorer:
    listeners = np.bincount(plays.indices, minlength=plays.shape[1]).astype(float)
    return lambda who: np.tile(listeners, (who.shape[0], 1))


GRIDS: dict[str, tuple[Maker, list[dict[str, Any]]]] = {
    "EASE": (ease, [{"ridge": r} for r in (5, 10, 20, 40, 80, 160)]),
    "ALS (implicit)": (
        als,
        [
            {"factors": f, "regularization": r, "alpha": a}
            for f in (32, 64, 128)
            for r in (0.1, 1.0, 10.0)
            for a in (0.3, 1.0)
        ],
    ),
    "item-kNN": (knn, [{"shrink": s} for s in (1, 3, 10, 30)]),
    "RP3beta": (rp3, [{"beta": b} for b in (0.0, 0.1, 0.2, 0.3, 0.5)]),
    "similar, counted": (similar_plain, [{"by_listeners": 0.0}]),
    "similar, cosine": (similar_plain, [{"by_listeners": 0.5}]),
    "similar, tuned": (similar, [{"shrink": s} for s in (0, 1, 3, 10)]),
    "popularity": (popularity, [{}]),
}


def lists(scores: np.ndarray, own: sp.csr_matrix, many: int) -> np.ndarray:
    scores = scores.copy()
    scores[own.nonzero()] = -np.inf
    many = min(many, scores.shape[1])
    front = np.argpartition(-scores, many - 1, axis=1)[:, :many]
    order = np.argsort(-np.take_along_axis(scores, front, 1), axis=1, kind="stable")
    return np.take_along_axis(front, order, 1)


def held_out(plays: sp.csr_matrix) -> tuple[sp.csr_matrix, sp.csr_matrix, list[set[int]]]:
    """Nine tenths of the people, and profiles with targets of the others."""
    rng = np.random.default_rng(0)
    order = rng.permutation(plays.shape[0])
    out, rest = order[: len(order) // 8], order[len(order) // 8 :]
    mine = plays[out].tolil()
    targets = []
    for row in range(mine.shape[0]):
        artists = np.array(mine.rows[row])
        away = set(rng.permutation(artists)[: round(len(artists) * 0.2)].tolist())
        targets.append(away)
        for artist in away:
            mine[row, artist] = 0
    return plays[np.sort(rest)], mine.tocsr(), targets


def judged(scorer: Scorer, who: sp.csr_matrix, targets: list[set[int]]) -> float:
    found = []
    for row, one in zip(lists(scorer(who), who, 20), targets, strict=True):
        if one:
            hits = np.array([artist in one for artist in row.tolist()])
            reach = min(20, len(one))
            ideal = DISCOUNT[:reach].sum()
            found.append(hits.sum() / reach + (hits * DISCOUNT[: len(hits)]).sum() / ideal)
    return float(np.mean(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--foldin", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for a CSV of each model")
    given = parser.parse_args()
    train, foldin = read(given.train), read(given.foldin)
    artists = {name: at for at, name in enumerate(dict.fromkeys(row[1] for row in train))}
    names = list(artists)
    teachers = {name: at for at, name in enumerate(dict.fromkeys(row[0] for row in train))}
    people = {name: at for at, name in enumerate(dict.fromkeys(row[0] for row in foldin))}

    def matrix(rows: list[tuple[str, str, float]], who: dict[str, int]) -> sp.csr_matrix:
        known = [(who[u], artists[a], p) for u, a, p in rows if a in artists and p > 0]
        left, right, plays = zip(*known, strict=True)
        return sp.csr_matrix((plays, (left, right)), shape=(len(who), len(artists)))

    plays, profiles = matrix(train, teachers), matrix(foldin, people)
    rest, who, targets = held_out(plays)
    told = {}
    for name, (make, grid) in GRIDS.items():
        started = time.monotonic()
        try:
            tried = [(judged(make(rest, **one), who, targets), at) for at, one in enumerate(grid)]
        except ImportError:
            print(f"{name}: not installed, left out", flush=True)
            continue
        best = grid[max(tried)[1]]
        ranked = np.vstack(
            [
                lists(scorer(profiles[start : start + 500]), profiles[start : start + 500], 100)
                for scorer in [make(plays, **best)]
                for start in range(0, profiles.shape[0], 500)
            ]
        )
        with (given.out / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("user", "artist", "rank"))
            for person, row in zip(people, ranked.tolist(), strict=True):
                writer.writerows((person, names[one], rank) for rank, one in enumerate(row, 1))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told[name] = {"seconds": time.monotonic() - started, "peak_mb": peak, "settings": best}
        print(f"{name}: {best}", flush=True)
    (given.out / "told.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
